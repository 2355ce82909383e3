"""Upsets as rows of a table, one per event, with the words and the bits that it flipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from radiation.memory_protection import OUTCOMES, Residual
from radiation.populations import Population
from radiation.upsets import Effect, UpsetList
from simulator.results.event_tables import UPSETS


def upset_columns(upsets: UpsetList, residual: Residual, names: Sequence[str], *, start_s: float) -> list[Any]:
    """Return the columns of `simulator.results.event_tables.UPSETS`.

    Parameters
    ----------
    upsets : UpsetList
    residual : what is left of them
    names : of all satellites of the fleet
    start_s : time that counts as zero
    """
    order = np.lexsort((upsets.t_s, upsets.satellite))
    outcomes = _outcomes(upsets, residual)
    ordered = upsets.selected(order)
    offsets = pa.array(ordered.first_flip.astype(np.int32))
    return [
        ordered.t_s - start_s,
        ordered.satellite,
        _words(ordered.population, {int(population): population.name.lower() for population in Population}),
        _words(ordered.effect, {int(effect): effect.name.lower() for effect in Effect}),
        ordered.latitude_rad,
        ordered.longitude_rad,
        ordered.altitude_m,
        ordered.bits_per_event(),
        pa.ListArray.from_arrays(offsets, pa.array(ordered.word)),
        pa.ListArray.from_arrays(offsets, pa.array(ordered.mask)),
        [outcomes[event] for event in order.tolist()],
        _words(ordered.satellite, {int(i): names[i] for i in np.unique(ordered.satellite)}),
    ]


def joined_columns(parts: Sequence[list[Any]]) -> list[Any]:
    """Return the columns of several parts as one, in order of satellite and time."""
    if len(parts) == 1:
        return parts[0]
    types = [pa.string() if pa.types.is_dictionary(field.type) else field.type for field in UPSETS]
    columns = [
        pa.concat_arrays([pa.array(piece, type=kind) for piece in pieces])
        for kind, pieces in zip(types, zip(*parts, strict=True), strict=True)
    ]
    order = pa.array(np.lexsort((columns[0].to_numpy(), columns[1].to_numpy())))
    ordered = [column.take(order) for column in columns]
    return [column.to_pylist() if pa.types.is_string(column.type) else column for column in ordered]


def _words(values: NDArray[np.integer[Any]], word_of: dict[int, str]) -> list[str]:
    return [word_of[value] for value in values.tolist()]


def _outcomes(upsets: UpsetList, residual: Residual) -> list[str | None]:
    worst = np.zeros(upsets.n_events, dtype=np.int8)
    np.maximum.at(worst, residual.event, residual.outcome)
    outcomes: list[str | None] = [*_words(worst, {int(outcome): outcome.name.lower() for outcome in OUTCOMES})]
    for event in residual.passed_through.tolist():
        outcomes[event] = None
    return outcomes
