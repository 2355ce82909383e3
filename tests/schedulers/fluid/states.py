"""Fleets written down by hand: one list per quantity, one entry per satellite."""

from __future__ import annotations

import numpy as np

from schedulers.fluid.fleet_state import FleetState, Hardware

ORBIT_S, CAPACITY_J, SOLAR_W, BASE_W, COMPUTE_W = 6000.0, 300e3, 200.0, 30.0, 60.0


def fleet(dusk_s, dawn_s, lit_orbit_s=3600.0, stored_j=CAPACITY_J, planned_s=(0.0, 0.0), is_up=True, **hardware):
    """Return the state of as many satellites as there are times of dusk; `hardware` replaces what is above."""
    dusk_s, dawn_s = np.atleast_1d(np.asarray(dusk_s, dtype=float)), np.atleast_1d(np.asarray(dawn_s, dtype=float))

    def each(value):
        return np.broadcast_to(np.asarray(value, dtype=float), dusk_s.shape).copy()

    return FleetState(
        hardware=Hardware(
            capacity_j=each(hardware.get("capacity_j", CAPACITY_J)),
            solar_w=each(hardware.get("solar_w", SOLAR_W)),
            base_w=each(hardware.get("base_w", BASE_W)),
            compute_w=each(hardware.get("compute_w", COMPUTE_W)),
            relative_speed=each(hardware.get("relative_speed", 1.0)),
            orbit_s=ORBIT_S,
        ),
        dusk_s=dusk_s,
        dawn_s=dawn_s,
        lit_orbit_s=each(lit_orbit_s),
        stored_j=each(stored_j),
        planned_lit_s=each(planned_s[0]),
        planned_dark_s=each(planned_s[1]),
        is_up=each(is_up).astype(bool),
    )
