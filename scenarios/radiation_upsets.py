"""Upsets of a run: drawn along the orbits before it starts, protected, written, counted, and handed to the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radiation.memory_protection import Residual
from radiation.populations import POPULATIONS
from radiation.upsets import Effect, UpsetList, joined_lists, systematic_factors
from scenarios.config import Scenario
from scenarios.config.radiation import Radiation
from scenarios.onboard_memory import OnboardMemory, Upkeep
from scenarios.radiation_setup import environment_of, memory_of, needs_environment, rates_of, upkeep_of
from scenarios.radiation_tracks import radiation_tracks
from scenarios.upset_survey import UpsetSurvey, survey_track
from simulator.engine.computer_faults import ComputerFaults
from simulator.engine.dispatcher import ARISEN_IN_RESET, LOST_IN_RESET
from simulator.orbits.model import PositionModel
from simulator.records import Fate

Take = Callable[[UpsetList, Residual], None]
"""What is done with the upsets of some satellites and with what is left of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetUpsets:
    """Upsets of a fleet over a run.

    Attributes
    ----------
    memory : OnboardMemory
    upkeep : Upkeep, of each satellite
    environment : str, one line about the solar cycle; empty for a device of constant rates
    survey : UpsetSurvey, what was expected and what came
    residual : Counter, episodes of wrong words by the names of `ResidualCounts`
    faults : ComputerFaults
    """

    memory: OnboardMemory
    upkeep: Upkeep
    environment: str
    survey: UpsetSurvey
    residual: Counter[str]
    faults: ComputerFaults


def draw_upsets(
    section: Radiation, scenario: Scenario, positions: PositionModel, end_s: float, take: Take | None = None
) -> FleetUpsets:
    """Draw the upsets of all satellites from 0 to `end_s`, some satellites at a time.

    Parameters
    ----------
    section : Radiation
        That of the scenario.
    scenario : Scenario
        Its seed names the random streams, so every scheduler sees the same upsets.
    positions : PositionModel
    end_s : float
    take : callable, optional
        Gets the upsets in order of satellites; each satellite once, with all of its upsets.

    Raises
    ------
    ValueError
        If a satellite leaves the altitudes that the tables hold for; the message names it and the key.
    """
    memory = memory_of(section, scenario.folder)
    environment = environment_of(section, positions.epoch)
    rates = rates_of(section, memory, environment, seed=scenario.seed)
    is_local = needs_environment(memory)
    surveys: list[UpsetSurvey] = []
    residual: Counter[str] = Counter()
    faults: list[UpsetList] = []
    try:
        for track in radiation_tracks(
            positions, start_s=0.0, end_s=end_s, step_s=section.step_s, needs_environment=is_local
        ):
            upsets, survey = survey_track(rates, track, environment, root_seed=scenario.seed)
            left = memory.residual_of(upsets, end_s)
            surveys = [survey if not surveys else surveys[0].plus(survey)]
            residual.update(asdict(left.counts()))
            faults.append(upsets.selected(left.passed_through))
            if take is not None:
                take(upsets, left)
    except ValueError as error:
        raise ValueError(f"radiation: {error}") from error
    upkeep = upkeep_of(section, scenario.folder)
    return FleetUpsets(
        memory=memory,
        upkeep=upkeep,
        environment=environment.describe() if is_local else "",
        survey=surveys[0],
        residual=residual,
        faults=_computer_faults(joined_lists(faults), section.reset_s, upkeep),
    )


def summary_of(section: Radiation, drawn: FleetUpsets, seed: int, n_resets: int, folder: Path) -> dict[str, Any]:
    """Return what a run's summary says of radiation: upsets of the whole run, tasks of the window after warm-up.

    Parameters
    ----------
    section : Radiation
    drawn : FleetUpsets
    seed : int
        That of the scenario.
    n_resets : int
        Of computers that were on, from the engine.
    folder : Path
        Of the run, with finished tables `tasks` and `energy`.
    """
    device = drawn.memory.device
    factors = systematic_factors(seed).tolist() if section.systematic else []
    memory_j = pq.read_table(folder / "energy.parquet", columns=["memory_j"])["memory_j"].to_numpy()
    return {
        "device": device.name,
        "evidence": device.evidence.value,
        "warnings": list(device.warnings()),
        "environment": drawn.environment,
        "systematic_factors": {p.name.lower(): factor for p, factor in zip(POPULATIONS, factors, strict=False)},
        "populations": {
            population.name.lower(): _counts(drawn.survey, (slice(None), row))
            for row, population in enumerate(POPULATIONS)
        },
        "effects": {
            effect.name.lower(): _counts(drawn.survey, (row, slice(None)))
            for row, effect in enumerate(drawn.survey.effects)
        },
        "residual": {name: n for name, n in drawn.residual.items() if name != "passed_through"},
        "n_resets": n_resets,
        "upkeep_power_w": drawn.upkeep.power_w,
        "upkeep_bandwidth_share": drawn.upkeep.bandwidth_share,
        "memory_energy_j": float(memory_j.sum()),
        **_task_counts(folder / "tasks.parquet"),
    }


def _computer_faults(upsets: UpsetList, reset_s: float, upkeep: Upkeep) -> ComputerFaults:
    is_interrupt = upsets.effect == Effect.FUNCTIONAL_INTERRUPT
    is_error = upsets.effect == Effect.LOGIC_ERROR
    return ComputerFaults(
        interrupt_s=upsets.t_s[is_interrupt],
        interrupted=upsets.satellite[is_interrupt],
        reset_s=reset_s,
        logic_error_s=upsets.t_s[is_error],
        erring=upsets.satellite[is_error],
        upkeep_power_w=upkeep.power_w,
    )


def _counts(survey: UpsetSurvey, cells: tuple[int | slice, int | slice]) -> dict[str, float]:
    return {
        "expected_events": float(survey.expected_events[cells].sum()),
        "events": int(survey.n_events[cells].sum()),
        "expected_bits": float(survey.expected_bits[cells].sum()),
        "bits": int(survey.n_bits[cells].sum()),
    }


def _task_counts(path: Path) -> dict[str, int]:
    """Return how many tasks that count resets lost and logic errors hit, a row group at a time."""
    counts = dict.fromkeys(("n_tasks_lost_to_resets", "n_tasks_hit_by_logic_errors", "n_wrong_results"), 0)
    with pq.ParquetFile(path) as file:
        for i_group in range(file.num_row_groups):
            rows = file.read_row_group(i_group, columns=["reason", "fate", "n_logic_errors", "counted"])
            rows = rows.filter(rows["counted"])
            is_hit = pc.greater(rows["n_logic_errors"], 0)
            is_delivered = _is_one_of(rows["fate"], (Fate.ON_TIME.value, Fate.LATE.value))
            counts["n_tasks_lost_to_resets"] += _n(_is_one_of(rows["reason"], (LOST_IN_RESET, ARISEN_IN_RESET)))
            counts["n_tasks_hit_by_logic_errors"] += _n(is_hit)
            counts["n_wrong_results"] += _n(pc.and_(is_hit, is_delivered))
    return counts


def _is_one_of(column: pa.ChunkedArray, words: tuple[str, ...]) -> pa.ChunkedArray:
    return pc.is_in(column.cast(pa.string()), value_set=pa.array(words))


def _n(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(flags).as_py() or 0)
