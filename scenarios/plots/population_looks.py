"""How each population of particles is drawn and called in every figure."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from scenarios.plots.style import LineLook

POPULATION_LOOKS: Final = MappingProxyType(
    {
        "trapped_protons": LineLook(colour="#D55E00", dash="-"),
        "cosmic_protons": LineLook(colour="#0072B2", dash=(0.0, (6.5, 1.5))),
        "heavy_ions": LineLook(colour="#009E73", dash=(0.0, (3.0, 1.3))),
        "solar_protons": LineLook(colour="#CC79A7", dash=(0.0, (6.0, 1.4, 1.2, 1.4))),
        "unspecified": LineLook(colour="#222222", dash=(0.0, (1.2, 1.2))),
    }
)
"""By the names of `radiation.populations.Population` in lower case; colours of Okabe and Ito (2008)."""

MARKERS: Final = MappingProxyType(
    {"trapped_protons": "o", "cosmic_protons": "^", "heavy_ions": "s", "solar_protons": "D", "unspecified": "x"}
)


def population_text(name: str) -> str:
    """Return what a legend calls a population."""
    return name.replace("_", " ")
