"""Events as hits in words of a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.memory_protection.codes import Pattern
from radiation.memory_protection.layout import Layout
from radiation.upsets.upset_list import Effect, UpsetList

BEYOND_MEMORY: Final = (Effect.FUNCTIONAL_INTERRUPT, Effect.LOGIC_ERROR)
"""Effects that no protection of memory sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Events in words of the code, in order of satellite, word and time; one row per event and word.

    `until_s` is the next hit of the same word or the horizon; `rank` counts the hits of a word from 0.
    """

    satellite: NDArray[np.int32]
    word: NDArray[np.int64]
    t_s: NDArray[np.float64]
    until_s: NDArray[np.float64]
    is_last: NDArray[np.bool_]
    rank: NDArray[np.int64]
    event: NDArray[np.int64]
    pattern: Pattern


def hits_in_words(upsets: UpsetList, layout: Layout, memory_word_bits: int, end_s: float) -> Hits:
    """Return the hits before `end_s` of events that change memory, for words of `memory_word_bits` in the device."""
    event_of_flip = upsets.event_of_flip()
    is_seen = ~np.isin(upsets.effect, BEYOND_MEMORY) & (upsets.t_s < end_s)
    flip = np.flatnonzero(is_seen[event_of_flip])
    row, word, part, flipped = layout.locate(upsets.word[flip], upsets.mask[flip], memory_word_bits)
    event = event_of_flip[flip[row]]
    key = upsets.satellite[event].astype(np.int64) * layout.n_words + word
    # one row per word and event, though an event may hit several parts of a word; events are in order of time
    order = np.lexsort((event, key))
    key, event, word = key[order], event[order], word[order]
    is_new_word = np.diff(key, prepend=-1) != 0
    is_new = is_new_word | (np.diff(event, prepend=-1) != 0)
    pattern = np.zeros((np.count_nonzero(is_new), layout.code.n_parts), dtype=np.uint64)
    np.bitwise_xor.at(pattern, (np.cumsum(is_new) - 1, part[order]), flipped[order])
    first = np.flatnonzero(is_new_word[is_new])
    word, event = word[is_new], event[is_new]
    index = np.arange(len(word))
    t_s = upsets.t_s[event]
    is_last = np.append(is_new_word[is_new][1:], True)[: len(word)]
    return Hits(
        satellite=upsets.satellite[event],
        word=word,
        t_s=t_s,
        until_s=np.where(is_last, end_s, np.roll(t_s, -1)),
        is_last=is_last,
        rank=index - np.repeat(first, np.diff(np.append(first, len(word)))),
        event=event,
        pattern=pattern,
    )
