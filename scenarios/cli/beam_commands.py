"""`beam solve` and `beam sweep`: methods held against each other on the same channels."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scenarios.beam.case import BeamCase
    from scenarios.beam.methods import Budget, Outcome
    from scenarios.beam.sweeps import SweepPoint

_QUIET_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBeam:
    """The options of `beam solve` and `beam sweep` as they were typed."""

    preset: str
    n_layers: int | None
    n_atoms: int | None
    n_users: int | None
    power_dbm: float | None
    methods: str
    n_channels: int
    n_starts: int | None
    n_steps: int | None
    n_bits: int | None
    seed: int
    is_passive: bool | None
    insertion_loss_db: float | None
    transfer: Path | None = None
    least_amplitude: float = 1.0
    dead_share: float = 0.0
    phase_noise_deg: float = 0.0
    channel_error: float = 0.0
    is_unaware: bool = False
    figures: Path | None
    as_json: bool


def solve(asked: AskedBeam) -> None:
    """Solve and print."""
    from scenarios.beam.methods import bounds_of, case_record, method_names, outcome_record, outcomes_of

    try:
        methods, case = method_names(asked.methods), _case(asked)
        budget = _budget(asked, case, methods)
        with progress_of("beams", quiet_s=_QUIET_S) as progress:
            outcomes = outcomes_of(case, methods, budget, progress)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    _tell_gain(case)
    bounds = bounds_of(case)
    if asked.figures is not None:
        for path in _draw_users(case, outcomes, bounds.certified_bps_hz, asked.figures):
            note(f"wrote {path}")
    if asked.as_json:
        records = [outcome_record(outcome, case.preset.bandwidth_hz) for outcome in outcomes]
        print_json({**case_record(case, bounds), **(records[0] if len(records) == 1 else {"methods": records})})
        return
    from scenarios.cli.beam_tables import method_table

    result_console().print(method_table(_title(case), outcomes, bounds, case.preset.bandwidth_hz))


def sweep(asked: AskedBeam, axis: str, values: str, output: Path) -> None:
    """Sweep, print and draw; points are kept in the folder."""
    from scenarios.beam.methods import method_names
    from scenarios.beam.sweeps import AXES
    from scenarios.beam.sweeps import sweep as run_sweep

    try:
        if axis not in AXES:
            raise ValueError(f"--over {axis!r}: write {', '.join(AXES)}")
        methods, case = method_names(asked.methods), _case(asked)
        numbers = _numbers(values) if values else AXES[axis]
        with progress_of("beams", quiet_s=_QUIET_S) as progress:
            points = run_sweep(case, axis, numbers, methods, _budget(asked, case, methods), output, progress)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    if asked.figures is not None:
        for path in _draw_sweep(_title(case, without=axis), points, asked.figures):
            note(f"wrote {path}")
    if asked.as_json:
        print_json({"title": _title(case, without=axis), "points": [dataclasses.asdict(point) for point in points]})
        return
    from scenarios.cli.beam_tables import sweep_table

    result_console().print(sweep_table(_title(case, without=axis), points))


def _case(asked: AskedBeam) -> BeamCase:
    """Return the case that was asked for.

    Raises
    ------
    ValueError
        If there is no such preset, or a number does not fit.
    """
    from scenarios.beam.case import BeamCase, Impairments
    from simulator.metasurface.presets import PRESETS

    if asked.preset not in PRESETS:
        raise ValueError(f"--preset {asked.preset!r}: write {', '.join(PRESETS)}")
    impairments = Impairments(
        least_amplitude=asked.least_amplitude,
        dead_share=asked.dead_share,
        phase_noise_rad=math.radians(asked.phase_noise_deg),
        channel_error=asked.channel_error,
        is_known=not asked.is_unaware,
    )
    preset = PRESETS[asked.preset]
    if asked.is_passive is not None:
        preset = dataclasses.replace(preset, is_passive=asked.is_passive)
    if asked.insertion_loss_db is not None:
        preset = dataclasses.replace(preset, insertion_loss_db=asked.insertion_loss_db)
    case = BeamCase(
        preset=preset,
        n_layers=asked.n_layers,
        n_atoms=asked.n_atoms,
        n_users=asked.n_users,
        power_dbm=asked.power_dbm,
        n_channels=asked.n_channels,
        seed=asked.seed,
        impairments=impairments,
        between_layers=None if asked.transfer is None else _matrices(asked.transfer),
    )
    if case.geometry.n_antennas > case.geometry.n_atoms:
        raise ValueError(f"--users {case.geometry.n_antennas}: give at most as many as atoms, {case.geometry.n_atoms}")
    return case


def _matrices(path: Path) -> NDArray[np.complex128]:
    """Return the matrices of a file.

    Raises
    ------
    ValueError
        If it does not hold finite numbers as numpy writes them.
    """
    import numpy as np

    try:
        matrices = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"--transfer {path}: give a file as numpy.save writes it ({error})") from error
    if not (isinstance(matrices, np.ndarray) and matrices.dtype.kind in "fc" and np.all(np.isfinite(matrices))):
        raise ValueError(f"--transfer {path}: give an array of finite numbers, real or complex")
    return matrices.astype(np.complex128)


def _budget(asked: AskedBeam, case: BeamCase, methods: Sequence[str]) -> Budget:
    """Return the budget of solvers; quantised phases have the bits of the preset unless others are asked for."""
    from scenarios.beam.methods import Budget

    bits = asked.n_bits
    if bits is None and "quantised" in methods:
        bits = case.preset.phase_bits
    return Budget(n_starts=asked.n_starts, n_steps=asked.n_steps, n_bits=bits)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise ValueError(f"--values {text!r}: write numbers such as 5,10,15") from error


def _tell_gain(case: BeamCase) -> None:
    if case.energy_gain_warning:
        note(f"warning: {case.energy_gain_warning}")


def _title(case: BeamCase, without: str = "") -> str:
    """Return what a table or a figure is about, but for what changes in it."""
    geometry = case.geometry
    parts = {
        "layers": f"{geometry.n_layers} layers",
        "atoms": f"{geometry.n_atoms} atoms each",
        "users": f"{geometry.n_antennas} users",
        "power": f"{10.0 * math.log10(1e3 * case.total_power_w):.4g} dBm",
    }
    return f"{case.preset.name}: {', '.join(words for name, words in parts.items() if name != without)}"


def _draw_users(case: BeamCase, outcomes: Sequence[Outcome], bound_bps_hz: float, out: Path) -> list[Path]:
    """Draw each method's rate, user by user."""
    from scenarios.plots.beam_rates import beam_users_data, plot_beam_users

    data = beam_users_data(_title(case), outcomes, bound_bps_hz)
    return _draw(out / "beam_users", data, plot_beam_users, 1.4 + 0.2 * len(outcomes))


def _draw_sweep(title: str, points: Sequence[SweepPoint], out: Path) -> list[Path]:
    """Draw rates against what changed."""
    from scenarios.plots.beam_rates import beam_sweep_data, plot_beam_sweep

    return _draw(out / f"beam_rate_by_{points[0].axis}", beam_sweep_data(title, points), plot_beam_sweep, 2.9)


def _draw(stem: Path, data: Any, plot: Any, height_in: float) -> list[Path]:
    from scenarios.plots.figures import draw_figure
    from scenarios.plots.style import ONE_COLUMN_IN

    stem.parent.mkdir(parents=True, exist_ok=True)
    return draw_figure(stem, data, plot, size_in=(ONE_COLUMN_IN, height_in), n_legend_columns=3)
