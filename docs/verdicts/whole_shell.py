"""What can the whole shell carry for ever, and how loose does the bound get over groups of satellites?

At the floor of 0.187 some 0.71 to 0.72 of all processors can be busy for ever (21 June, 550 km, 53 degrees, 200 W, no
ground); a load of 0.75 needs a depth of 0.234 on 6 planes, 0.227 on 24, 0.226 on 72, a load of 0.90 of 0.416, 0.410 and
0.410 (0.008 to 0.009 more with 1 % of sunlit time lost between tasks). Over four orbits the exact bound for 0.75 is
0.204 on 132 satellites and 0.201 on 264; in groups of five it is the floor.

For ever, a satellite works while it is lit, and in its shadow as long as the depth at dawn allows
(`schedulers.fluid.levels`, closed form); the bound may end a run with work undone and batteries low.

Run as `python docs/verdicts/whole_shell.py` (a minute).
"""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

from scenarios.bounding import bound_problem
from scenarios.config import Scenario, load_scenario
from scenarios.execution import run
from schedulers.depth_forecast import DepthForecast
from schedulers.fluid.fleet_state import read_fleet, read_hardware
from schedulers.fluid.levels import least_levels
from schedulers.planning import FleetPlans
from simulator.records import Decision, Drop, Scheduler, Task, View

BOUNDED_LOAD = 0.75
LOADS = (BOUNDED_LOAD, 0.9)


class Reckoner(Scheduler):
    """Prints what the fleet needs for ever, and schedules nothing."""

    name = "reckoner"

    def start(self, view: View) -> float:
        """Reckon at the beginning."""
        hardware = read_hardware(view)
        fleet = read_fleet(view, hardware, DepthForecast(FleetPlans(view.n_sats), view.n_sats))
        for load, utilisation in product(LOADS, (1.0, 0.99)):
            level = least_levels(fleet, load * view.n_sats, utilisation, 0.0, 0.0).now
            what = f"{view.n_sats} satellites, {load} for ever, {utilisation:.0%} of sunlit time"
            print(f"{what}: {level:.3f}", flush=True)
        return float("inf")

    def decide(self, task: Task, view: View) -> Decision:
        """Drop everything."""
        del task, view
        return Drop(reason="reckoned")


def scenario(n_planes: int, orbits: float, *more: str) -> Scenario:
    """Return the headline in June at a heavy load without ground."""
    keys = [f"satellites.planes={n_planes}", f"duration.orbits={orbits}", f"tasks.load={BOUNDED_LOAD}", *more]
    return load_scenario(
        "headline-72x22", ["epoch=2026-06-21T00:00:00Z", "power.solar_power_w=200", "ground.stations=[]", *keys]
    )


def main() -> None:
    """Print levels for ever, then bounds with and without groups."""
    for n_planes in (6, 24, 72):
        with tempfile.TemporaryDirectory() as folder:
            keys = "warm_up.orbits=0", "scheduler=whole_shell:Reckoner"
            run(scenario(n_planes, 0.02, *keys), runs_folder=Path(folder))
    for n_planes in (6, 12):
        for n_groups in (None, n_planes * 22 // 5):
            problem = bound_problem(scenario(n_planes, 4.0, "warm_up.orbits=1"), interval_s=160.0, n_groups=n_groups)
            bound = problem.depth_of_discharge(problem.demand.offered)
            print(f"{n_planes * 22} satellites, four orbits, {n_groups or 'no'} groups: {bound.value:.3f}", flush=True)


if __name__ == "__main__":
    main()
