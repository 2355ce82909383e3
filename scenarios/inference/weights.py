"""Bits of a network's weights that are wrong on each satellite, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.memory_protection import Outcome, Residual
from radiation.upsets import UpsetList, joined_lists
from scenarios.onboard_memory import OnboardMemory

CLEAN: Final = -1
"""Stands for a span of time in which a satellite's weights were never hit."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlippedWeights:
    """What whoever reads the weights gets wrong.

    Attributes
    ----------
    bits : (n,) int64, ascending positions in the image of the network
    is_alarmed : whether the protection of memory tells the reader that a word cannot be corrected
    """

    bits: NDArray[np.int64]
    is_alarmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightPlace:
    """Where the image of a network lies in the memory of a computer.

    Attributes
    ----------
    memory : OnboardMemory
    first_byte : of the image in the data of the memory
    n_bits : of the image
    """

    memory: OnboardMemory
    first_byte: int
    n_bits: int

    @property
    def stride_bits(self) -> int:
        """Bits of data from one word to the next: without a code, words are those of the device."""
        memory, device_memory = self.memory, self.memory.device.memory
        assert device_memory is not None, "networks lie in devices with memory"
        if memory.is_plain:
            return device_memory.word_bits
        return memory.protection.code.word_bits

    @property
    def n_free_bytes(self) -> int:
        """Data of the memory from the first byte of the image on; negative where it begins behind the end."""
        n_words = 8 * self.memory.data_bytes // self.memory.protection.code.word_bits
        return n_words * self.stride_bits // 8 - self.first_byte

    def is_inside(self, word: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which words of the code the image lies in, wholly or in part."""
        first_bit = 8 * self.first_byte
        last_word = (first_bit + self.n_bits - 1) // self.stride_bits
        inside: NDArray[np.bool_] = (word >= first_bit // self.stride_bits) & (word <= last_word)
        return inside

    def hits_of(self, upsets: UpsetList) -> UpsetList:
        """Return the events that flip data, copies or check bits of words of the image."""
        row, word, _, _ = self.memory.layout.locate(upsets.word, upsets.mask, self.memory.word_bits)
        hit = upsets.event_of_flip()[row[self.is_inside(word)]]
        return upsets.selected(np.unique(hit))

    def bits_of(self, word: NDArray[np.int64], mask: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the positions in the image of bits of words, ascending; those outside it are left out."""
        row, bit = np.nonzero(mask[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1))
        position = word[row] * self.stride_bits + bit - 8 * self.first_byte
        return np.sort(position[(position >= 0) & (position < self.n_bits)])


class WeightHistory:
    """Spans of time between two changes of the weights of a satellite, counted through the fleet.

    Weights are loaded at the start, every `reload_s`, and whenever a computer starts; then they are as they were
    written. Between two loadings they are in a memory whose protection leaves some words wrong for some time.

    Parameters
    ----------
    place : WeightPlace
    hits : events that hit words of the image, of different satellites
    reload_s : from a loading to the next; None for never
    started_s : times at which computers started, ascending, by satellite
    end_s : until when memory is looked after
    """

    def __init__(
        self,
        place: WeightPlace,
        hits: Sequence[UpsetList],
        *,
        reload_s: float | None,
        started_s: dict[int, NDArray[np.float64]],
        end_s: float,
    ) -> None:
        self._place = place
        self._satellites: NDArray[np.int64] = np.zeros(0, np.int64)
        self._change_s: list[NDArray[np.float64]] = []
        self._rows: list[NDArray[np.int64]] = []
        events = [upsets for upsets in hits if upsets.n_events]
        if not events:
            return
        upsets = joined_lists(events)
        owner, loading, loaded_until_s = _loadings(upsets, reload_s, started_s)
        left = place.memory.residual_of(replace(upsets, satellite=loading), end_s)
        self._residual: Residual = left
        self._end_s = np.minimum(left.end_s, loaded_until_s[left.satellite])
        row = np.flatnonzero(place.is_inside(left.word) & (self._end_s > left.start_s))
        satellite = owner[left.satellite[row]]
        self._satellites = np.unique(satellite)
        for i_sat in self._satellites:
            rows = row[satellite == i_sat]
            self._rows.append(rows)
            self._change_s.append(np.unique(np.concatenate([left.start_s[rows], self._end_s[rows]])))
        self._first_span = np.cumsum([0, *(changes.size for changes in self._change_s)])

    @property
    def n_spans(self) -> int:
        """Spans of all satellites."""
        return sum(changes_s.size for changes_s in self._change_s)

    def spans_at(self, satellite: NDArray[np.int64], t_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the span that each moment on a satellite is in, (n,); `CLEAN` before the first change."""
        span = np.full(satellite.size, CLEAN, np.int64)
        order = np.argsort(satellite, kind="stable")
        low = np.searchsorted(satellite[order], self._satellites, side="left")
        high = np.searchsorted(satellite[order], self._satellites, side="right")
        for i, changes_s in enumerate(self._change_s):
            chosen = order[low[i] : high[i]]
            place = np.searchsorted(changes_s, t_s[chosen], side="right") - 1
            span[chosen] = np.where(place >= 0, self._first_span[i] + place, CLEAN)
        return span

    def weights_in(self, span: int) -> FlippedWeights:
        """Return what is wrong in a span."""
        i = int(np.searchsorted(self._first_span, span, side="right")) - 1
        at_s = self._change_s[i][span - self._first_span[i]]
        rows, left = self._rows[i], self._residual
        rows = rows[(left.start_s[rows] <= at_s) & (at_s < self._end_s[rows])]
        return FlippedWeights(
            bits=self._place.bits_of(left.word[rows], left.wrong_mask[rows]),
            is_alarmed=bool((left.outcome[rows] == Outcome.DETECTED).any()),
        )


class WeightHistories:
    """Histories of satellites whose memories differ, their spans counted one history after the other."""

    def __init__(self, histories: Sequence[WeightHistory]) -> None:
        self._histories = histories
        self._first_span = np.cumsum([0, *(history.n_spans for history in histories)])

    def spans_at(self, satellite: NDArray[np.int64], t_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the span that each moment on a satellite is in, (n,); `CLEAN` before the first change."""
        span = np.full(satellite.size, CLEAN, np.int64)
        for first, history in zip(self._first_span, self._histories, strict=False):
            found = history.spans_at(satellite, t_s)
            span = np.where(found == CLEAN, span, first + found)
        return span

    def weights_in(self, span: int) -> FlippedWeights:
        """Return what is wrong in a span."""
        i = int(np.searchsorted(self._first_span, span, side="right")) - 1
        return self._histories[i].weights_in(span - int(self._first_span[i]))


def _loadings(
    upsets: UpsetList, reload_s: float | None, started_s: dict[int, NDArray[np.float64]]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return the satellite of each loading that something hit, the loading of each event, and its end."""
    n_periods = np.zeros(upsets.n_events, np.int64)
    if reload_s is not None:
        n_periods = np.floor_divide(upsets.t_s, reload_s).astype(np.int64)
    n_starts = np.zeros(upsets.n_events, np.int64)
    for i_sat, times_s in started_s.items():
        own = upsets.satellite == i_sat
        n_starts[own] = np.searchsorted(times_s, upsets.t_s[own], side="right")
    keys, loading = np.unique(
        np.stack([upsets.satellite.astype(np.int64), n_periods, n_starts]), axis=1, return_inverse=True
    )
    until_s = np.full(keys.shape[1], np.inf) if reload_s is None else (keys[1] + 1.0) * reload_s
    for i, (i_sat, i_start) in enumerate(zip(keys[0].tolist(), keys[2].tolist(), strict=True)):
        later_s = started_s[i_sat][i_start:] if i_sat in started_s else np.zeros(0)
        until_s[i] = min(until_s[i], later_s.min(initial=np.inf))
    return keys[0], loading.ravel().astype(np.int32), until_s
