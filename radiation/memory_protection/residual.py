"""What is left of upsets behind a protection of memory: every word that is wrong, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from radiation.memory_protection.outcomes import OUTCOMES, Outcome


class Ending(IntEnum):
    """What ended a state of a word; numbers are part of tables and are never reused."""

    UPSET = 1
    """Another upset in the same word."""
    SCRUB = 2
    """A scrub wrote the word back as it corrected it, or mis-corrected it."""
    RELOAD = 3
    """The word was written again from the golden copy."""
    HORIZON = 4
    """Nothing: it lasted until the end of what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """States of all words whose stored bits differ from what was written; elsewhere and else memory is clean.

    A row is one state of one word over `start_s <= t < end_s`; rows are in order of satellite, word and time. Rows of a
    word that follow each other without a clean moment between them are one episode. `word` counts words of the code
    (`word_bits` of data each), so `word * word_bits / 8` is the address of its first byte.

    Attributes
    ----------
    satellite : (n,) int32
    word : (n,) int64
    start_s, end_s : (n,) float64
    outcome : (n,) int8, the `Outcome` for whoever reads the word meanwhile
    wrong_mask : (n,) uint64, bits of the data that such a reader gets wrong; bit 0 is the lowest
    ended_by : (n,) int8, an `Ending`
    event : (n,) int64, index in the list of upsets of the latest event that hit the word
    has_accumulated : (n,) bool, whether that event left the word worse than it would have left a clean one
    episode : (n,) int64, from 0
    passed_through : (n_passed,) int64, events that no protection of memory sees: functional interrupts, logic errors
    word_bits, n_words : int, of the memory of one satellite
    """

    satellite: NDArray[np.int32]
    word: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    outcome: NDArray[np.int8]
    wrong_mask: NDArray[np.uint64]
    ended_by: NDArray[np.int8]
    event: NDArray[np.int64]
    has_accumulated: NDArray[np.bool_]
    episode: NDArray[np.int64]
    passed_through: NDArray[np.int64]
    word_bits: int
    n_words: int

    def at(self, t_s: float) -> NDArray[np.int64]:
        """Return the rows that hold at one moment: a picture of memory."""
        return np.flatnonzero((self.start_s <= t_s) & (t_s < self.end_s))

    def failures(self) -> NDArray[np.int64]:
        """Return the rows in which a reader does not get what was written, or is told not to trust it."""
        return np.flatnonzero(self.outcome > Outcome.CORRECTED)

    def word_seconds(self) -> NDArray[np.float64]:
        """Return the time that words spent in each outcome, summed over words: (5,), of `CLEAN` always 0."""
        spent: NDArray[np.float64] = np.zeros(len(OUTCOMES))
        np.add.at(spent, self.outcome, self.end_s - self.start_s)
        return spent

    def counts(self) -> ResidualCounts:
        """Count episodes by the worst that a reader could get in them."""
        n_episodes = int(self.episode[-1]) + 1 if len(self.episode) else 0
        worst = np.zeros(n_episodes, dtype=np.int8)
        np.maximum.at(worst, self.episode, self.outcome)
        worst_rows = np.flatnonzero(self.outcome == worst[self.episode])
        _, first = np.unique(self.episode[worst_rows], return_index=True)
        n_accumulated = np.count_nonzero(self.has_accumulated[worst_rows[first]])
        n_by_outcome = np.bincount(worst, minlength=len(OUTCOMES))
        return ResidualCounts(
            corrected=int(n_by_outcome[Outcome.CORRECTED]),
            detected=int(n_by_outcome[Outcome.DETECTED]),
            miscorrected=int(n_by_outcome[Outcome.MISCORRECTED]),
            silent=int(n_by_outcome[Outcome.SILENT]),
            accumulated=int(n_accumulated),
            passed_through=len(self.passed_through),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualCounts:
    """Episodes of wrong words, each counted once by the worst that a reader could get in it.

    Attributes
    ----------
    corrected : a reader always got what was written
    detected : uncorrectable, but a reader was told so
    miscorrected : a reader could get wrong data as corrected
    silent : a reader could get wrong data and was told nothing
    accumulated : of all these, episodes that became that bad only because upsets met older ones in the word
    passed_through : events that no protection of memory sees; they are no episodes
    """

    corrected: int
    detected: int
    miscorrected: int
    silent: int
    accumulated: int
    passed_through: int
