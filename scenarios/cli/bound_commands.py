"""`bound`: the least that any scheduler could do to the batteries, and how far named ones are above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of
from scenarios.cli.run_commands import scheduler_list
from scenarios.config import load_scenario

if TYPE_CHECKING:
    from scenarios.bounding import PointOfCurve, RunGap
    from schedulers.bound import Bound, BoundProblem


def bound(
    scenario_name: str,
    overrides: Sequence[str],
    schedulers: str,
    runs_folder: Path,
    shares: str,
    sizes: tuple[float | None, int | None],
    *,
    as_json: bool,
) -> None:
    """Print the bounds of a scenario at shares of its work, and the gaps of schedulers at the work they completed.

    `sizes` are the interval in seconds and the number of groups, None for the defaults.
    """
    from scenarios.bounding import bound_problem, curve, gaps

    scenario = load_scenario(scenario_name, overrides)
    names = scheduler_list(schedulers) if schedulers else []
    asked = _shares(shares)
    problem = bound_problem(scenario, interval_s=sizes[0], n_groups=sizes[1])
    note(f"{problem.n_bodies} batteries x {problem.n_intervals} intervals, built in {problem.build_s:.1f} s")
    points = curve(problem, asked)
    runs: list[RunGap] = []
    if names:
        with progress_of(scenario.name) as progress:
            runs = gaps(scenario, problem, names, runs_folder=runs_folder, progress=progress)
    if as_json:
        print_json(_document(scenario.name, problem, points, runs))
        return
    console = result_console()
    console.print(_curve_table(scenario.name, points))
    if runs:
        console.print(_gap_table(runs))
    console.print("Clairvoyant bounds of a fluid relaxation, for runs without a brown-out; no run is below them.")


def _shares(text: str) -> list[float]:
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise CommandError(f"--at {text!r}: write shares such as 1,0.95,0.9", ExitCode.USAGE) from error
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise CommandError(f"--at {text!r}: a share lies in 0 to 1", ExitCode.USAGE)
    return shares


def _document(
    name: str, problem: BoundProblem, points: Sequence[PointOfCurve], runs: Sequence[RunGap]
) -> dict[str, Any]:
    return {
        "scenario": name,
        "kind": "clairvoyant lower bound, fluid relaxation",
        "interval_s": problem.interval_s,
        "n_batteries": problem.n_bodies,
        "offered_work_s": asdict(problem.demand.offered),
        "base_load_floor": float(problem.base_depth.max()),
        "build_s": problem.build_s,
        "rows": [
            {
                "share": point.share,
                "max_depth_of_discharge": _bound_fields(point.depth_of_discharge),
                "battery_energy_j": _bound_fields(point.battery_energy_j),
            }
            for point in points
        ],
        "schedulers": [
            {
                "scheduler": run.scheduler,
                "folder": str(run.folder),
                "completed_share": run.completed_share,
                "is_comparable": run.is_comparable,
                "is_on_floor": run.is_on_floor,
                "max_depth_of_discharge": run.max_depth_of_discharge,
                "depth_gap": run.depth_gap,
                "depth_bound": _bound_fields(run.depth_bound),
                "battery_energy_j": run.battery_energy_j,
                "energy_gap_j": run.energy_gap_j,
                "energy_bound": _bound_fields(run.energy_bound),
            }
            for run in runs
        ],
    }


def _bound_fields(bound: Bound) -> dict[str, Any]:
    return {
        "bound": bound.value,
        "floor": bound.floor,
        "is_feasible": bound.is_feasible,
        "binding": list(bound.binding),
        "solve_s": bound.solve_s,
    }


def _curve_table(name: str, points: Sequence[PointOfCurve]) -> Table:
    table = Table(title=f"{name}: least possible", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for heading in ("work\ndone", "max\nDoD", "base\nload", "from battery\n[MJ]", "base load\n[MJ]", "held up by"):
        table.add_column(heading, justify="right")
    for point in points:
        depth, energy = point.depth_of_discharge, point.battery_energy_j
        table.add_row(
            f"{point.share:.1%}",
            _number(depth, 1.0, 4),
            f"{depth.floor:.4f}",
            _number(energy, 1e-6, 2),
            f"{energy.floor * 1e-6:.2f}",
            ", ".join(depth.binding) if depth.is_feasible else "no run without brown-outs completes it",
        )
    return table


def _gap_table(runs: Sequence[RunGap]) -> Table:
    table = Table(
        title="Schedulers, each against the bound at the work it completed",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1),
    )
    for heading in ("scheduler", "work\ndone", "max\nDoD", "bound", "gap", "from battery\n[MJ]", "bound\n[MJ]", "note"):
        table.add_column(heading, justify="left" if heading in ("scheduler", "note") else "right")
    for run in runs:
        remark = "on the floor" if run.is_on_floor else ""
        table.add_row(
            run.scheduler,
            f"{run.completed_share:.2%}",
            f"{run.max_depth_of_discharge:.4f}",
            _number(run.depth_bound, 1.0, 4),
            f"{run.depth_gap:.4f}" if run.is_comparable else "-",
            f"{run.battery_energy_j * 1e-6:.2f}",
            _number(run.energy_bound, 1e-6, 2),
            remark if run.is_comparable else "brown-outs: not comparable",
        )
    return table


def _number(bound: Bound, scale: float, n_digits: int) -> str:
    return f"{bound.value * scale:.{n_digits}f}" if bound.is_feasible else "-"
