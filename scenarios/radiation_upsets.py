"""Upsets of a run: drawn along the orbits before it starts, protected, written, counted, and handed to the engine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radiation.memory_protection import Residual
from radiation.populations import POPULATIONS
from radiation.upsets import Effect, Track, UpsetList, joined_lists, systematic_factors
from scenarios.config import Scenario
from scenarios.config.radiation import Radiation
from scenarios.memory_kinds import MemoryKind
from scenarios.onboard_memory import OnboardMemory, Upkeep
from scenarios.radiation_setup import environment_of, memory_of, needs_environment, rates_of, upkeep_of
from scenarios.radiation_tracks import radiation_tracks
from scenarios.upset_survey import UpsetSurvey, survey_track
from simulator.engine.computer_faults import ComputerFaults
from simulator.engine.task_ends import ARISEN_IN_RESET, LOST_IN_RESET
from simulator.orbits.model import PositionModel
from simulator.records import Fate
from simulator.timescale import Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsetPart:
    """Upsets of satellites whose memories are alike, and what is left of them behind its protection.

    Attributes
    ----------
    i_kind : int, number of the kind of memory
    upsets : UpsetList
    residual : Residual
    """

    i_kind: int
    upsets: UpsetList
    residual: Residual


Take = Callable[[Sequence[UpsetPart]], None]
"""What is done with the upsets of some satellites, a part for each kind of memory among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindUpsets:
    """Upsets of all satellites of one kind of memory over a run.

    Attributes
    ----------
    kind : MemoryKind
    memory : OnboardMemory
    upkeep : Upkeep, of each satellite
    survey : UpsetSurvey, what was expected and what came
    residual : Counter, episodes of wrong words by the names of `ResidualCounts`
    """

    kind: MemoryKind
    memory: OnboardMemory
    upkeep: Upkeep
    survey: UpsetSurvey
    residual: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetUpsets:
    """Upsets of a fleet over a run.

    Attributes
    ----------
    kinds : tuple of KindUpsets
    environment : str, one line about the solar cycle; empty for devices of constant rates
    faults : ComputerFaults
    """

    kinds: tuple[KindUpsets, ...]
    environment: str
    faults: ComputerFaults

    @property
    def survey(self) -> UpsetSurvey:
        """What was expected and what came, of all satellites."""
        return reduce(UpsetSurvey.plus, (drawn.survey for drawn in self.kinds))

    @property
    def residual(self) -> Counter[str]:
        """Episodes of wrong words by the names of `ResidualCounts`, of all satellites."""
        total: Counter[str] = Counter()
        for drawn in self.kinds:
            total.update(drawn.residual)
        return total


class _KindDraws:
    """Draws the upsets of satellites of one kind of memory, and counts them."""

    def __init__(self, i_kind: int, kind: MemoryKind, scenario: Scenario, epoch: Epoch, end_s: float) -> None:
        self.kind = kind
        self.memory = memory_of(kind.section, scenario.folder)
        self.is_local = needs_environment(self.memory)
        self.environment = environment_of(kind.section, epoch)
        self._rates = rates_of(kind.section, self.memory, self.environment, seed=scenario.seed)
        self._i_kind, self._seed, self._end_s, self._folder = i_kind, scenario.seed, end_s, scenario.folder
        self._survey: UpsetSurvey | None = None
        self._residual: Counter[str] = Counter()
        self.faults: list[UpsetList] = []

    def draw(self, track: Track) -> UpsetPart | None:
        """Draw the upsets of those satellites of a track that are of this kind; None if it holds none."""
        is_own = np.isin(track.satellite, self.kind.satellites)
        if not is_own.any():
            return None
        own = track if is_own.all() else track.selected(np.flatnonzero(is_own))
        upsets, survey = survey_track(self._rates, own, self.environment, root_seed=self._seed)
        left = self.memory.residual_of(upsets, self._end_s)
        self._survey = survey if self._survey is None else self._survey.plus(survey)
        self._residual.update(asdict(left.counts()))
        self.faults.append(upsets.selected(left.passed_through))
        return UpsetPart(i_kind=self._i_kind, upsets=upsets, residual=left)

    def result(self) -> KindUpsets:
        """Return what has been drawn."""
        assert self._survey is not None, "a kind has satellites"
        upkeep = upkeep_of(self.kind.section, self._folder)
        return KindUpsets(
            kind=self.kind, memory=self.memory, upkeep=upkeep, survey=self._survey, residual=self._residual
        )


def draw_upsets(
    kinds: Sequence[MemoryKind], scenario: Scenario, positions: PositionModel, end_s: float, take: Take | None = None
) -> FleetUpsets:
    """Draw the upsets of all satellites from 0 to `end_s`, some satellites at a time.

    Parameters
    ----------
    kinds : sequence of MemoryKind
        Every satellite is in one of them.
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
    draws = [_KindDraws(i_kind, kind, scenario, positions.epoch, end_s) for i_kind, kind in enumerate(kinds)]
    is_local = np.zeros(positions.n_sats, dtype=np.bool_)
    for own in draws:
        is_local[own.kind.satellites] = own.is_local
    section = kinds[0].section
    try:
        for track in radiation_tracks(
            positions, start_s=0.0, end_s=end_s, step_s=section.step_s, needs_environment=is_local
        ):
            parts = [part for own in draws if (part := own.draw(track)) is not None]
            if take is not None:
                take(parts)
    except ValueError as error:
        raise ValueError(f"radiation: {error}") from error
    drawn = tuple(own.result() for own in draws)
    local = [own.environment.describe() for own in draws if own.is_local]
    return FleetUpsets(
        kinds=drawn,
        environment=local[0] if local else "",
        faults=_computer_faults(joined_lists([fault for own in draws for fault in own.faults]), section.reset_s, drawn),
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
    factors = systematic_factors(seed).tolist() if section.systematic else []
    memory_j = pq.read_table(folder / "energy.parquet", columns=["memory_j"])["memory_j"].to_numpy()
    devices = [own.memory.device for own in drawn.kinds]
    survey = drawn.survey
    return {
        "device": ", ".join(dict.fromkeys(device.name for device in devices)),
        "evidence": ", ".join(dict.fromkeys(device.evidence.value for device in devices)),
        "warnings": list(dict.fromkeys(warning for device in devices for warning in device.warnings())),
        "environment": drawn.environment,
        "systematic_factors": {p.name.lower(): factor for p, factor in zip(POPULATIONS, factors, strict=False)},
        "populations": {
            population.name.lower(): _counts(survey, (slice(None), row)) for row, population in enumerate(POPULATIONS)
        },
        "effects": _effects(survey),
        "residual": _wrong_words(drawn.residual),
        "n_resets": n_resets,
        "upkeep_power_w": _mean([(own.upkeep.power_w, own.kind) for own in drawn.kinds]),
        "upkeep_bandwidth_share": _mean([(own.upkeep.bandwidth_share, own.kind) for own in drawn.kinds]),
        "memory_energy_j": float(memory_j.sum()),
        **_task_counts(folder / "tasks.parquet"),
        **({"memories": [_memory(own) for own in drawn.kinds]} if len(drawn.kinds) > 1 else {}),
    }


def _memory(own: KindUpsets) -> dict[str, Any]:
    """Return what the summary of a mixed fleet says of one kind of memory."""
    return {
        "device": own.memory.device.name,
        "groups": list(own.kind.groups),
        "n_satellites": own.kind.satellites.size,
        "effects": _effects(own.survey),
        "residual": _wrong_words(own.residual),
        "upkeep_power_w": own.upkeep.power_w,
        "upkeep_bandwidth_share": own.upkeep.bandwidth_share,
    }


def _effects(survey: UpsetSurvey) -> dict[str, dict[str, float]]:
    return {effect.name.lower(): _counts(survey, (row, slice(None))) for row, effect in enumerate(survey.effects)}


def _wrong_words(residual: Counter[str]) -> dict[str, int]:
    return {name: n for name, n in residual.items() if name != "passed_through"}


def _mean(values: Sequence[tuple[float, MemoryKind]]) -> float:
    """Return the mean over satellites of what each kind of memory takes."""
    if len(values) == 1:
        return values[0][0]
    n_sats = sum(kind.satellites.size for _, kind in values)
    return math.fsum(value * kind.satellites.size for value, kind in values) / n_sats


def _computer_faults(upsets: UpsetList, reset_s: float, drawn: Sequence[KindUpsets]) -> ComputerFaults:
    is_interrupt = upsets.effect == Effect.FUNCTIONAL_INTERRUPT
    is_error = upsets.effect == Effect.LOGIC_ERROR
    own_w = np.zeros(sum(own.kind.satellites.size for own in drawn))
    for own in drawn:
        own_w[own.kind.satellites] = own.upkeep.power_w
    return ComputerFaults(
        interrupt_s=upsets.t_s[is_interrupt],
        interrupted=upsets.satellite[is_interrupt],
        reset_s=reset_s,
        logic_error_s=upsets.t_s[is_error],
        erring=upsets.satellite[is_error],
        upkeep_power_w=tuple(own_w.tolist()),
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
