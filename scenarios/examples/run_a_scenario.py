"""Run a scenario from Python, read its summary, and ask its task table a question of one's own.

python -m scenarios.examples.run_a_scenario
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from scenarios import load_scenario, run

CHANGES = ["duration={orbits: 0.6}", "warm_up={orbits: 0.2}", "scheduler=phoenix"]


def main(runs_folder: Path = Path("runs")) -> None:
    """Run the smallest headline scenario, shortened; a second call finds the finished run."""
    scenario = load_scenario("headline-6x11", CHANGES)
    result = run(scenario, runs_folder=runs_folder)
    summary = result.summary
    print(f"{summary['scheduler']}: {summary['n_on_time']} of {summary['n_tasks']} tasks on time")
    print(f"deepest battery: {summary['max_depth_of_discharge']:.3f} of its capacity used")

    # every table is a Parquet file in the folder of the run; its columns carry their units in their names
    tasks = pq.read_table(result.folder / "tasks.parquet").to_pylist()
    moved = [task for task in tasks if task["n_hops"] > 0 and task["delivered_s"] is not None]
    farthest = max(moved, key=lambda task: task["n_hops"])
    print(
        f"{len(moved)} tasks ran elsewhere; task {farthest['task_id']} took {farthest['n_hops']} links there and back"
    )
    print(f"folder: {result.folder}")


if __name__ == "__main__":
    main()
