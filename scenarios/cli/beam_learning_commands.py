"""What `beam train`, `evaluate` and `claims` do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of

if TYPE_CHECKING:
    from onboard_models.beamforming.policies.training import PolicyReport
    from onboard_models.beamforming.td3 import CurvePoint
    from scenarios.beam.agents import AgentCurve
    from scenarios.beam.case import BeamCase
    from scenarios.beam.claims import Claim
    from scenarios.beam.methods import Outcome

_NEEDED: Final = ("torch", "safetensors")
_ATOMS: Final = (9, 16, 25, 49)
_LAYERS: Final = (1, 2, 4, 6, 8)
_TRIED_STARTS: Final = 10
"""Of alternating optimisation, to see what one costs."""
_MOST_STARTS: Final = 100
"""Of alternating optimisation at equal time: more add little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLearning:
    """Options as they were typed."""

    preset: str
    n_layers: int | None
    n_atoms: int | None
    n_users: int | None
    power_dbm: float | None
    n_channels: int
    n_seeds: int
    n_steps: int | None
    profile: str
    seed: int
    output: Path
    figures: Path | None
    as_json: bool


def train(what: str, asked: AskedLearning) -> None:
    """Train a policy or agents."""
    _check_torch()
    if what == "policy":
        _train_policy(asked)
        return
    from scenarios.beam.agents import ALGORITHMS

    if what not in ALGORITHMS:
        raise CommandError(f"{what!r}: write policy, {' or '.join(ALGORITHMS)}", ExitCode.USAGE)
    try:
        case = _case(asked)
        curve = _trained(what, asked, case)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    if asked.figures is not None:
        _draw([curve], {}, asked.figures)
    print_json(_curve_record(curve)) if asked.as_json else _print_curve(curve)


def evaluate(
    policy: str, preset: str | None, power_dbm: float | None, n_channels: int, n_steps: int, seed: int, *, as_json: bool
) -> None:
    """Evaluate a policy on random channels."""
    from onboard_models.beamforming.policy import PolicyRefusedError, PolicySolver, shipped_policies
    from scenarios.beam.case import BeamCase
    from scenarios.beam.methods import bounds_of, case_record, outcome_record, outcome_with

    try:
        solver = PolicySolver(shipped_policies().get(policy) or Path(policy), n_steps=n_steps)
    except PolicyRefusedError as error:
        shipped = ", ".join(shipped_policies()) or "none"
        raise CommandError(f"--policy: {error}; shipped ones: {shipped}", ExitCode.INPUT_REFUSED) from error
    shape = solver.shape
    case = BeamCase(
        preset=_preset(preset or solver.metadata["preset"]),
        n_layers=shape["n_layers"],
        n_atoms=shape["n_atoms"],
        n_users=shape["n_users"],
        power_dbm=power_dbm,
        n_channels=n_channels,
        seed=seed,
    )
    name = solver.path.stem + (f" + {n_steps} Adam steps" if n_steps else "")
    outcome, bounds = outcome_with(case, name, solver), bounds_of(case)
    if as_json:
        told = {"policy": str(solver.path), "sha256": solver.sha256, "cpu_s_per_channel": outcome.cpu_s / n_channels}
        print_json({**case_record(case, bounds), **outcome_record(outcome, case.preset.bandwidth_hz), **told})
        return
    from scenarios.cli.beam_tables import method_table

    title = f"{case.preset.name}: {shape['n_layers']} layers, {shape['n_atoms']} atoms each, {shape['n_users']} users"
    result_console().print(method_table(title, [outcome], bounds, case.preset.bandwidth_hz))


def claims(asked: AskedLearning, n_model_channels: int) -> None:
    """Measure the claims."""
    _check_torch()
    from scenarios.beam.claims import claim_of_agents, claim_of_atoms, claim_of_layers, n_starts_within
    from scenarios.beam.methods import Budget, outcome_of

    try:
        case = _case(asked)
        curves = {name: _trained(name, asked, case) for name in ("td3", "ddpg")}
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    agents = curves["td3"], curves["ddpg"]
    n_steps = int(curves["td3"].n_environment_steps[-1])
    common_s = min(float(curve.cpu_s_per_agent[-1]) for curve in agents)
    one_start = outcome_of(case, "ao", Budget(n_starts=1))
    tried = outcome_of(case, "ao", Budget(n_starts=_TRIED_STARTS))
    n_starts = n_starts_within(tried, _TRIED_STARTS, common_s, _MOST_STARTS)
    as_long = outcome_of(case, "ao", Budget(n_starts=n_starts))
    references = {"AO, one start": one_start, f"AO, {n_starts} starts": as_long}
    found = [
        claim_of_agents(*agents, one_start, f"equal steps ({n_steps}); AO: one start"),
        claim_of_agents(
            *agents,
            as_long,
            f"equal CPU time ({common_s:.1f} s); AO: {n_starts} starts in {as_long.cpu_s / case.n_channels:.1f} s",
            cpu_s_per_agent=common_s,
        ),
    ]
    model_case = replace(case, n_channels=n_model_channels)
    with progress_of("atoms and layers") as progress:

        def part(i_part: int) -> Callable[[float], None]:
            return lambda share: progress((i_part + share) / 4)

        for i, method in enumerate(("ao", "adam")):
            found.append(claim_of_atoms(model_case, method, _ATOMS, part(2 * i)))
            found.append(claim_of_layers(model_case, method, _LAYERS, part(2 * i + 1)))
    if asked.figures is not None:
        means = {name: outcome.mean_rate.estimate for name, outcome in references.items()}
        _draw(list(curves.values()), means, asked.figures)
    _print_claims(found, curves, references, as_json=asked.as_json)


def _train_policy(asked: AskedLearning) -> None:
    from scenarios.beam.agents import policy_plan, train_policy_file

    try:
        case = _case(asked)
        plan = policy_plan(case, n_steps=asked.n_steps)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    name = f"{case.preset.name}-{plan.shape.n_atoms}"
    preset = replace(case.preset, power_w=case.total_power_w)
    with progress_of(f"train {name}") as progress:

        def tell(report: PolicyReport) -> None:
            note(f"{report.n_steps_done} steps, {report.cpu_s:.0f} CPU s: {report.mean_rate_bps_hz:.2f} bit/s/Hz")
            progress(report.n_steps_done / report.n_steps)

        path = train_policy_file(
            preset, plan, folder=asked.output / name, output=asked.output / f"{name}.onnx", on_report=tell
        )
    note(f"wrote {path}")
    if asked.as_json:
        print_json({"policy": str(path), "plan": asdict(plan)})


def _trained(algorithm: str, asked: AskedLearning, case: BeamCase) -> AgentCurve:
    from scenarios.beam.agents import agent_profile, train_on_case

    profile = agent_profile(algorithm, asked.profile, asked.n_steps)
    with progress_of(f"train {algorithm}") as progress:

        def tell(point: CurvePoint) -> None:
            rate = sum(point.actor_bps_hz) / len(point.actor_bps_hz)
            note(f"{algorithm}: {point.n_environment_steps} steps, {point.cpu_s:.0f} CPU s: {rate:.2f} bit/s/Hz")
            progress(point.n_environment_steps / profile.n_environment_steps)

        folder = asked.output / algorithm
        return train_on_case(case, algorithm, profile, n_seeds=asked.n_seeds, folder=folder, on_point=tell)


def _case(asked: AskedLearning) -> BeamCase:
    """Return the case that was asked for; a ValueError says what does not fit."""
    from scenarios.beam.case import BeamCase

    case = BeamCase(
        preset=_preset(asked.preset),
        n_layers=asked.n_layers,
        n_atoms=asked.n_atoms,
        n_users=asked.n_users,
        power_dbm=asked.power_dbm,
        n_channels=asked.n_channels,
        seed=asked.seed,
    )
    if case.geometry.n_antennas > case.geometry.n_atoms:
        raise ValueError(f"--users {case.geometry.n_antennas}: give at most as many as atoms, {case.geometry.n_atoms}")
    return case


def _preset(name: str) -> Any:
    from simulator.metasurface.presets import PRESETS

    if name not in PRESETS:
        raise CommandError(f"--preset {name!r}: write {', '.join(PRESETS)}", ExitCode.USAGE)
    return PRESETS[name]


def _check_torch() -> None:
    missing = [package for package in _NEEDED if find_spec(package) is None]
    if missing:
        raise CommandError(
            f"training needs {' and '.join(missing)}, which shipped policies do not: pip install sunwise[train]",
            ExitCode.RUN_FAILED,
        )


def _curve_record(curve: AgentCurve) -> dict[str, Any]:
    """Return a curve for JSON: axes points, seeds, channels."""
    return {
        "algorithm": curve.algorithm,
        "n_environment_steps": curve.n_environment_steps.tolist(),
        "cpu_s_per_agent": curve.cpu_s_per_agent.tolist(),
        "actor_bps_hz": curve.actor_bps_hz.tolist(),
        "best_bps_hz": curve.best_bps_hz.tolist(),
    }


def _print_curve(curve: AgentCurve) -> None:
    spent = f"{curve.n_environment_steps[-1]} steps and {curve.cpu_s_per_agent[-1]:.1f} CPU s per agent"
    reached = f"actor without noise {curve.actor_bps_hz[-1].mean():.2f} bit/s/Hz, best seen "
    result_console().print(f"{curve.algorithm}: {spent}; {reached}{curve.best_bps_hz[-1].mean():.2f}")


def _print_claims(
    found: Sequence[Claim], curves: Mapping[str, AgentCurve], references: Mapping[str, Outcome], *, as_json: bool
) -> None:
    """Print claims as JSON or as a table."""
    if as_json:
        print_json(
            {
                "claims": [{**asdict(claim), "verdict": claim.verdict} for claim in found],
                "curves": [_curve_record(curve) for curve in curves.values()],
                "references": {name: outcome.rates_bps_hz.tolist() for name, outcome in references.items()},
            }
        )
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, caption="differences of sum rates in bit/s/Hz, 95 % intervals over channels")
    for heading in ("claim", "under", "verdict", "measured"):
        table.add_column(heading)
    for claim in found:
        measured = "\n".join(
            f"{one.what}: {one.difference.estimate:+.2f} \\[{one.difference.low:+.2f}, {one.difference.high:+.2f}]"
            for one in claim.comparisons
        )
        table.add_row(f"{claim.name} {claim.statement}", claim.under, claim.verdict, measured)
    result_console().print(table)
    for curve in curves.values():
        _print_curve(curve)
    for name, outcome in references.items():
        result_console().print(f"{name}: {outcome.mean_rate.estimate:.2f} bit/s/Hz")


def _draw(curves: Sequence[AgentCurve], references: Mapping[str, float], out: Path) -> None:
    from scenarios.plots.beam_learning import beam_learning_data, plot_beam_learning
    from scenarios.plots.figures import draw_figure
    from scenarios.plots.style import ONE_COLUMN_IN

    out.mkdir(parents=True, exist_ok=True)
    data = beam_learning_data(curves, references)
    size_in = (ONE_COLUMN_IN, 2.9)
    for path in draw_figure(out / "beam_learning", data, plot_beam_learning, size_in=size_in, n_legend_columns=2):
        note(f"wrote {path}")
