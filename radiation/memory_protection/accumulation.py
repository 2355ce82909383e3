"""What a protection leaves of upsets, those included that meet older ones in the same word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiation.memory_protection.codes import Pattern
from radiation.memory_protection.hits import BEYOND_MEMORY, Hits, hits_in_words
from radiation.memory_protection.layout import Layout
from radiation.memory_protection.outcomes import Outcome
from radiation.memory_protection.protection import MemoryProtection
from radiation.memory_protection.residual import Ending, Residual
from radiation.memory_protection.sweep import Sweep
from radiation.upsets.upset_list import UpsetList


def residual_of(
    upsets: UpsetList, protection: MemoryProtection, *, data_bytes: int, memory_word_bits: int, end_s: float
) -> Residual:
    """Return what a protection leaves of upsets.

    Parameters
    ----------
    upsets : UpsetList
        Sampled for memories of `Layout(code=..., data_bytes=...).stored_bytes`, alike on all satellites and clean at
        first.
    protection : MemoryProtection
    data_bytes : int
        Data that each memory holds, redundancy not counted; a multiple of 8.
    memory_word_bits : int
        Width of the words of `upsets`: 8, 16, 32 or 64.
    end_s : float
        Until when to look; later upsets are left out.

    Raises
    ------
    ValueError
        If a flip lies outside the memory or outside its word.
    """
    layout = Layout(code=protection.code, data_bytes=data_bytes)
    hits = hits_in_words(upsets, layout, memory_word_bits, end_s)
    return _residual(upsets, layout, hits, _spans(hits, protection, layout.n_words), end_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A state of the word of each hit; empty where it ends as it starts."""

    pattern: Pattern
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    ended_by: NDArray[np.int64]


def _spans(hits: Hits, protection: MemoryProtection, n_words: int) -> tuple[_Span, _Span]:
    """Return the states of each hit word up to its next hit: before a scrub that changes it, and after."""
    scrub_s = _visits_s(protection.scrubbing, hits, n_words)
    reload_s = _visits_s(protection.reload, hits, n_words)
    # a reload sooner than the scrub, or at once with it, leaves the scrub nothing to do
    is_scrubbed = (scrub_s <= hits.until_s) & (scrub_s < reload_s)
    pattern = _accumulated(hits, protection, is_scrubbed, reload_s <= hits.until_s)
    scrubbed = protection.after_scrub(pattern) if is_scrubbed.any() else pattern
    is_scrubbed &= (scrubbed != pattern).any(axis=1)
    reload_end_s = np.minimum(reload_s, hits.until_s)
    reload_ending = np.where(
        reload_s <= hits.until_s, Ending.RELOAD, np.where(hits.is_last, Ending.HORIZON, Ending.UPSET)
    )
    outcome, _ = protection.code.read(pattern)
    is_restored = protection.reloads_detected & (outcome == Outcome.DETECTED)
    before = _Span(
        pattern=pattern,
        start_s=hits.t_s,
        end_s=np.where(is_scrubbed, scrub_s, reload_end_s),
        ended_by=np.where(is_scrubbed, np.where(is_restored, Ending.RELOAD, Ending.SCRUB), reload_ending),
    )
    after = _Span(
        pattern=scrubbed,
        start_s=np.where(is_scrubbed, scrub_s, reload_end_s),
        end_s=reload_end_s,
        ended_by=reload_ending,
    )
    return before, after


def _visits_s(sweep: Sweep | None, hits: Hits, n_words: int) -> NDArray[np.float64]:
    if sweep is None:
        return np.full(len(hits.t_s), np.inf)
    return sweep.next_visit_s(hits.t_s, hits.word, n_words)


def _accumulated(
    hits: Hits, protection: MemoryProtection, is_scrubbed: NDArray[np.bool_], is_reloaded: NDArray[np.bool_]
) -> Pattern:
    """Return the pattern of each word right after each hit: second hits of all words at once, then third ones, ..."""
    pattern = hits.pattern.copy()
    by_rank = np.argsort(hits.rank, kind="stable")
    for later in np.split(by_rank, np.cumsum(np.bincount(hits.rank)))[1:]:
        earlier = later - 1
        left = pattern[earlier]
        scrubbed = is_scrubbed[earlier]
        left[scrubbed] = protection.after_scrub(left[scrubbed])
        left[is_reloaded[earlier]] = 0
        pattern[later] ^= left
    return pattern


def _residual(upsets: UpsetList, layout: Layout, hits: Hits, spans: tuple[_Span, _Span], horizon_s: float) -> Residual:
    before, after = spans
    n_hits = len(hits.t_s)
    pattern = np.concatenate([before.pattern, after.pattern])
    start_s = np.concatenate([before.start_s, after.start_s])
    end_s = np.concatenate([before.end_s, after.end_s])
    hit = np.tile(np.arange(n_hits), 2)
    row = np.flatnonzero((end_s > start_s) & (pattern != 0).any(axis=1))
    row = row[np.argsort(hit[row], kind="stable")]
    hit = hit[row]
    outcome, wrong_mask = layout.code.read(pattern[row])
    alone, _ = layout.code.read(hits.pattern)
    has_accumulated = layout.code.read(before.pattern)[0] > alone
    satellite, word = hits.satellite[hit], hits.word[hit]
    same_word = (satellite[1:] == satellite[:-1]) & (word[1:] == word[:-1])
    is_start = np.append(True, ~same_word | (start_s[row][1:] != end_s[row][:-1]))[: len(row)]
    return Residual(
        satellite=satellite,
        word=word,
        start_s=start_s[row],
        end_s=end_s[row],
        outcome=outcome,
        wrong_mask=wrong_mask,
        ended_by=np.concatenate([before.ended_by, after.ended_by])[row].astype(np.int8),
        event=hits.event[hit],
        has_accumulated=has_accumulated[hit],
        episode=np.cumsum(is_start) - 1,
        passed_through=np.flatnonzero(np.isin(upsets.effect, BEYOND_MEMORY) & (upsets.t_s < horizon_s)),
        word_bits=layout.code.word_bits,
        n_words=layout.n_words,
    )
