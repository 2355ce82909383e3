"""Compare schedulers on the same arrivals and draw the figures.

python -m scenarios.examples.compare_schedulers
"""

from __future__ import annotations

from pathlib import Path

from scenarios import compare, load_scenario
from scenarios.plots import draw_comparison

CHANGES = ["duration={orbits: 0.6}", "warm_up={orbits: 0.2}"]
SCHEDULERS = ["oec-local", "nearest-sunlit", "phoenix"]


def main(runs_folder: Path = Path("runs"), figures_folder: Path = Path("figures")) -> None:
    """Compare three schedulers by the depth to which they discharge batteries."""
    scenario = load_scenario("headline-6x11", CHANGES)
    results = compare(scenario, SCHEDULERS, runs_folder=runs_folder)
    first = results[0].summary["max_depth_of_discharge"]
    for result in results:
        summary = result.summary
        depth = summary["max_depth_of_discharge"]
        print(
            f"{summary['scheduler']:>15}: depth of discharge {depth:.3f} ({depth / first - 1.0:+.0%}), "
            f"{summary['battery_energy_j'] / 1e6:.2f} MJ from batteries, {summary['share_on_time']:.1%} on time"
        )
    for path in draw_comparison([result.folder for result in results], figures_folder):
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
