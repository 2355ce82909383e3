"""Memory of shadow edges, passes and batteries of 1,584 satellites over a day, above the process after its imports."""

from __future__ import annotations

import simulator.contacts.passes
from benchmarks.batteries import live_a_day, small_battery_world
from benchmarks.result import DAY_S, Result, memory_mib
from benchmarks.sunlight_and_contacts import EPOCH, MASK_RAD, SHELL, stations
from simulator.contacts import solve_passes
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.sunlight import solve_eclipses, solve_illumination

TARGET_MIB = 150.0


def measure(_: int) -> list[Result]:
    """Do all three, keep all that they return, and look at the most that was ever resident."""
    assert simulator.contacts.passes, "imported before the measurement begins"
    after_imports_mib = memory_mib("VmRSS")
    fleet = ShellSeriesModel(SHELL, EPOCH)
    eclipses = solve_eclipses(fleet, 0.0, DAY_S)
    after_shadow_mib = memory_mib("VmHWM")
    passes = solve_passes(fleet, stations(), 0.0, DAY_S, MASK_RAD)
    after_passes_mib = memory_mib("VmHWM")
    world = small_battery_world()
    batteries = live_a_day(world, solve_illumination(world.positions, 0.0, DAY_S, world.shadow))
    peak_mib = memory_mib("VmHWM")
    kept = f"{eclipses.i_sat.size:,} shadows, {passes.i_sat.size:,} passes, {len(batteries.batteries):,} batteries kept"
    steps = (
        f"{after_shadow_mib - after_imports_mib:.0f} after shadows, {after_passes_mib - after_imports_mib:.0f} passes"
    )
    return [
        Result(
            what="memory of edges, passes (numpy) and batteries, 1 day",
            measured=peak_mib - after_imports_mib,
            unit="MiB",
            target=TARGET_MIB,
            note=f"above {after_imports_mib:.0f} MiB after imports; {steps}; {kept}",
        )
    ]
