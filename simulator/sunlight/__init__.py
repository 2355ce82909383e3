"""The Sun, the Earth's shadow, shadow edges solved for, and the illumination of arrays."""

from simulator.sunlight.eclipses import EclipseTable, solve_eclipses
from simulator.sunlight.illumination import (
    Illumination,
    SunlitWindows,
    plane_sunlit_share,
    solve_illumination,
    sunlit_share,
    sunlit_windows,
)
from simulator.sunlight.shadow import ShadowKind, ShadowModel, shadow_depth_m, visible_fraction
from simulator.sunlight.sun import SunPath, sun_path

__all__ = [
    "EclipseTable",
    "Illumination",
    "ShadowKind",
    "ShadowModel",
    "SunPath",
    "SunlitWindows",
    "plane_sunlit_share",
    "shadow_depth_m",
    "solve_eclipses",
    "solve_illumination",
    "sun_path",
    "sunlit_share",
    "sunlit_windows",
    "visible_fraction",
]
