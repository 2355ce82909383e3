"""`beam pass`: a satellite over its users."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of

if TYPE_CHECKING:
    from scenarios.beam.pass_case import PassCase
    from scenarios.beam.satellite_pass import PassOutcome

_QUIET_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPass:
    """The options of `beam pass` as they were typed."""

    preset: str
    n_layers: int | None
    n_atoms: int | None
    n_users: int | None
    power_dbm: float | None
    side_km: float | None
    altitude_km: float | None
    insertion_loss_db: float | None
    shadowing: str | None
    duration_s: float
    step_s: float
    retrack_s: float
    n_draws: int
    controller_w: float
    update_energy_j: float
    update_time_s: float
    chain_w: float
    amplifier_efficiency: float
    seed: int
    figures: Path | None
    as_json: bool


def pass_over(asked: AskedPass) -> None:
    """Run a pass, print and draw it."""
    from scenarios.beam.satellite_pass import pass_record, run_pass

    try:
        case = _case(asked)
        with progress_of("pass", quiet_s=_QUIET_S) as progress:
            outcome = run_pass(case, progress)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    if len(outcome.groups) > 1:
        groups = " and ".join(", ".join(str(user + 1) for user in group) for group in outcome.groups)
        note(f"channels of users are alike up to {outcome.largest_correlation:.2f}: serve {groups} one after the other")
    if asked.figures is not None:
        for path in _draw(case, outcome, asked.figures):
            note(f"wrote {path}")
    if asked.as_json:
        print_json(pass_record(case, outcome))
        return
    from scenarios.cli.beam_tables import pass_table

    result_console().print(pass_table(case, outcome))


def _case(asked: AskedPass) -> PassCase:
    """Return the pass that was asked for.

    Raises
    ------
    ValueError
        If there is no such preset, or a number does not fit.
    """
    from scenarios.beam.pass_case import PassCase, TransmitterCosts
    from simulator.metasurface.channels import SHADOWINGS
    from simulator.metasurface.decibels import watts_of_dbm
    from simulator.metasurface.presets import PRESETS
    from simulator.metasurface.users import SatelliteUsers

    if asked.preset not in PRESETS:
        raise ValueError(f"--preset {asked.preset!r}: write satellite-ka or satellite-s")
    preset = PRESETS[asked.preset]
    if isinstance(preset.users, SatelliteUsers):
        side_m = preset.users.side_m if asked.side_km is None else 1e3 * asked.side_km
        altitude_m = preset.users.altitude_m if asked.altitude_km is None else 1e3 * asked.altitude_km
        if asked.shadowing is not None and asked.shadowing not in SHADOWINGS:
            raise ValueError(f"--shadowing {asked.shadowing!r}: write {', '.join(SHADOWINGS)}")
        shadowing = None if asked.shadowing is None else SHADOWINGS[asked.shadowing]
        users = dataclasses.replace(preset.users, side_m=side_m, altitude_m=altitude_m, shadowing=shadowing)
        preset = dataclasses.replace(preset, users=users)
    if asked.insertion_loss_db is not None:
        preset = dataclasses.replace(preset, insertion_loss_db=asked.insertion_loss_db)
    return PassCase(
        preset=preset,
        n_layers=asked.n_layers,
        n_atoms=asked.n_atoms,
        n_users=asked.n_users,
        power_w=preset.power_w if asked.power_dbm is None else watts_of_dbm(asked.power_dbm),
        duration_s=asked.duration_s,
        step_s=asked.step_s,
        retrack_s=asked.retrack_s,
        n_draws=asked.n_draws,
        seed=asked.seed,
        costs=TransmitterCosts(
            controller_w=asked.controller_w,
            update_energy_j=asked.update_energy_j,
            update_time_s=asked.update_time_s,
            chain_w=asked.chain_w,
            amplifier_efficiency=asked.amplifier_efficiency,
        ),
    )


def _draw(case: PassCase, outcome: PassOutcome, out: Path) -> list[Path]:
    """Draw rates against time."""
    from scenarios.plots.beam_pass import beam_pass_data, plot_beam_pass
    from scenarios.plots.figures import draw_figure
    from scenarios.plots.style import ONE_COLUMN_IN

    out.mkdir(parents=True, exist_ok=True)
    data = beam_pass_data(case.preset.name, outcome)
    return draw_figure(out / "beam_pass", data, plot_beam_pass, size_in=(ONE_COLUMN_IN, 3.1), n_legend_columns=2)
