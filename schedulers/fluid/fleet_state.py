"""All satellites as arrays: where the next shadow is, what the battery holds, what is planned."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from schedulers.depth_forecast import DepthForecast
from simulator.records import View

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What does not change in a run; arrays are (n_sats,).

    `compute_w` is the power of the first mode of each processor, `relative_speed` its speed over that of `View.modes`,
    in whose seconds the work of a fleet is counted.
    """

    capacity_j: Floats
    solar_w: Floats
    base_w: Floats
    compute_w: Floats
    relative_speed: Floats
    orbit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """The fleet at the beginning of a planning period; arrays are (n_sats,), times are counted from now.

    `dusk_s` is 0 in shadow; `shadow_s` is what lasts of the next shadow after dusk. A satellite that meets no
    shadow within an orbit has `dusk_s` = `dawn_s` = one orbit. `lit_orbit_s` is the sunlight of the coming orbit.
    """

    hardware: Hardware
    dusk_s: Floats
    dawn_s: Floats
    lit_orbit_s: Floats
    stored_j: Floats
    planned_lit_s: Floats
    planned_dark_s: Floats
    is_up: NDArray[np.bool_]

    @property
    def shadow_s(self) -> Floats:
        """Length of the next shadow, from now if it lasts."""
        return self.dawn_s - self.dusk_s

    @property
    def base_depth(self) -> Floats:
        """Depth at which base load through the next shadow leaves a battery that is full at dusk."""
        return self.hardware.base_w * self.shadow_s / self.hardware.capacity_j

    @property
    def at_dusk_j(self) -> Floats:
        """Energy at dusk without any work, as if the battery could take it all."""
        return self.stored_j + (self.hardware.solar_w - self.hardware.base_w) * self.dusk_s


def read_hardware(view: View) -> Hardware:
    """Read what stays the same for a whole run."""
    everyone = range(view.n_sats)
    return Hardware(
        capacity_j=np.array([view.capacity_j(satellite) for satellite in everyone]),
        solar_w=np.array([view.solar_power_w(satellite) for satellite in everyone]),
        base_w=np.array([view.base_power_w(satellite) for satellite in everyone]),
        compute_w=np.array([view.modes_of(satellite)[0].power_w for satellite in everyone]),
        relative_speed=np.array([view.modes_of(satellite)[0].speed / view.modes[0].speed for satellite in everyone]),
        orbit_s=view.orbital_period_s,
    )


def read_fleet(view: View, hardware: Hardware, forecast: DepthForecast) -> FleetState:
    """Read the state of all satellites now."""
    now_s, orbit_s = view.now_s, hardware.orbit_s
    rows = []
    for satellite in range(view.n_sats):
        dusk_s, dawn_s = forecast.next_shadow(satellite, view)
        lit_s = view.sunlit_s(satellite, now_s, now_s + orbit_s)
        dusk_s = min(max(dusk_s - now_s, 0.0), orbit_s)
        # a shadow beyond an orbit is none yet; one without an end in sight lasts as long
        dawn_s = dawn_s - now_s if dusk_s < orbit_s and dawn_s < inf else orbit_s
        planned_lit_s, planned_dark_s = forecast.planned_s(satellite, view)
        rows.append((dusk_s, max(dawn_s, dusk_s), lit_s, view.stored_j(satellite), planned_lit_s, planned_dark_s))
    columns = np.array(rows).reshape(-1, 6).T
    return FleetState(
        hardware=hardware,
        dusk_s=columns[0],
        dawn_s=columns[1],
        lit_orbit_s=columns[2],
        stored_j=columns[3],
        planned_lit_s=columns[4],
        planned_dark_s=columns[5],
        is_up=np.array([view.is_up(satellite) for satellite in range(view.n_sats)], dtype=np.bool_),
    )
