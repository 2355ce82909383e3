"""Write a scheduler of one's own in ten lines, and run it beside those that ship.

python -m scenarios.examples.custom_scheduler
sunwise check-scheduler scenarios.examples.custom_scheduler:GreedyBatteryScheduler
"""

from __future__ import annotations

from pathlib import Path

from scenarios import Scheduler, compare, load_scenario
from simulator.records import Run, Task, View

CHANGES = ["duration={orbits: 0.6}", "warm_up={orbits: 0.2}"]
ITS_NAME = "scenarios.examples.custom_scheduler:GreedyBatteryScheduler"


class GreedyBatteryScheduler(Scheduler):
    """Run on whichever of the holder and its neighbours has most energy left once its work is done."""

    name = "greedy-battery"

    def decide(self, task: Task, view: View) -> Run:
        """Look one link far."""

        def energy_left_j(satellite: int) -> float:
            return view.stored_j(satellite) - view.committed_s(satellite) * view.modes[0].power_w

        fullest = max([view.here, *view.neighbours(view.here)], key=energy_left_j)
        return Run(satellite=fullest, priority=task.deadline_s)


def main(runs_folder: Path = Path("runs")) -> None:
    """Compare it with computing where tasks arise."""
    scenario = load_scenario("headline-6x11", CHANGES)
    for result in compare(scenario, ["oec-local", ITS_NAME], runs_folder=runs_folder):
        summary = result.summary
        print(
            f"{summary['scheduler'].rpartition(':')[2]}: depth of discharge {summary['max_depth_of_discharge']:.3f}, "
            f"mean over satellites {summary['mean_max_depth_of_discharge']:.3f}, {summary['share_on_time']:.1%} on time"
        )


if __name__ == "__main__":
    main()
