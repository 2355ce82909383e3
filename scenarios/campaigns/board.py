"""What a scenario says of the board that a network runs on: the power of its processor, and how often bits flip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from radiation.upsets import Effect, expected_upsets
from scenarios.config import Scenario
from scenarios.config.hardware import Mode
from scenarios.config.radiation import Radiation
from scenarios.constellation import build_fleet
from scenarios.radiation_setup import environment_of, memory_of, needs_environment, rates_of
from scenarios.radiation_tracks import radiation_tracks

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A processor and its memory.

    Attributes
    ----------
    mode : of the processor, the one that tasks run in
    rate_per_bit_day : expected upsets of its memory; None where nothing upsets it
    """

    mode: Mode
    rate_per_bit_day: float | None


def board_of(scenario: Scenario) -> Board:
    """Return the board of a scenario's satellites; upsets are the mean over them and one day.

    Raises
    ------
    ValueError
        If device, memory and orbit do not go together.
    """
    radiation = scenario.radiation
    rate = None if radiation is None else _rate_per_bit_day(radiation, scenario)
    return Board(mode=scenario.processor.modes[0], rate_per_bit_day=rate)


def _rate_per_bit_day(section: Radiation, scenario: Scenario) -> float | None:
    memory = memory_of(section, scenario.folder)
    if memory.device.memory is None:
        return None
    positions = build_fleet(scenario).positions
    rates = rates_of(section, memory, environment_of(section, positions.epoch), seed=scenario.seed)
    n_bits, n_sats = 0.0, 0
    for track in radiation_tracks(
        positions,
        start_s=0.0,
        end_s=_DAY_S,
        step_s=section.step_s,
        needs_environment=needs_environment(memory),
    ):
        expected = expected_upsets(rates.device, track.t_s, rates.along(track))
        n_bits += float(expected.bits[expected.effects.index(Effect.CELLS)].sum())
        n_sats += track.satellite.size
    return n_bits / memory.device.memory.n_bits / n_sats or None
