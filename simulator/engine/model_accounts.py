"""What models cost each satellite: where the bits in its cache came from and went, and what tasks waited."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import TYPE_CHECKING, TypeAlias

from simulator.engine.model_cache import ModelCache
from simulator.engine.world import ModelFetchRow

if TYPE_CHECKING:
    from simulator.engine.model_fetches import ModelFetch

ModelRow: TypeAlias = tuple[int | float, ...]
"""One row of the `models` table, in the order of its columns."""


class FetchOutcome(StrEnum):
    """How a fetch ended: `given_up` where no task needed the model any more, the last two at the end of the run."""

    ARRIVED = "arrived"
    GIVEN_UP = "given_up"
    UNDER_WAY = "under_way"
    WAITING = "waiting"


@dataclass(slots=True, kw_only=True)
class ModelAccount:
    """Sums of one satellite over the whole run; transfers count when all of a model has arrived."""

    preloaded_bits: float = 0.0
    from_stations_bits: float = 0.0
    from_neighbours_bits: float = 0.0
    sent_bits: float = 0.0
    n_fetches: int = 0
    n_cut: int = 0
    n_hits: int = 0
    n_misses: int = 0
    waited_s: float = 0.0


def model_row(satellite: int, cache: ModelCache, account: ModelAccount) -> ModelRow:
    """Return the row of a satellite; the ledger error is relative to all bits that came in."""
    came_bits = account.preloaded_bits + account.from_stations_bits + account.from_neighbours_bits
    stored_bits = cache.stored_bits
    error = abs(fsum((came_bits, -cache.evicted_bits, -stored_bits))) / came_bits if came_bits > 0.0 else 0.0
    return (
        satellite,
        cache.capacity_bits,
        account.preloaded_bits,
        account.from_stations_bits,
        account.from_neighbours_bits,
        cache.evicted_bits,
        stored_bits,
        error,
        account.sent_bits,
        account.n_fetches,
        account.n_cut,
        account.n_hits,
        account.n_misses,
        account.waited_s,
    )


def fetch_row(fetch: ModelFetch, outcome: FetchOutcome, ended_s: float) -> ModelFetchRow:
    """Return the row of a fetch in the table `model_fetches`."""
    return (
        fetch.satellite,
        fetch.model,
        fetch.size_bits,
        fetch.source,
        fetch.asked_s,
        ended_s,
        fetch.n_hops,
        fetch.n_cut,
        outcome.value,
    )
