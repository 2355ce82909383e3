"""Upsets as rows of a table, one per event, with the words and the bits that it flipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from radiation.memory_protection import OUTCOMES, Residual
from radiation.populations import Population
from radiation.upsets import Effect, UpsetList

_WORD: Final = pa.dictionary(pa.int32(), pa.string())


def _schema(description: str, *columns: tuple[str, pa.DataType, str]) -> pa.Schema:
    fields = [pa.field(name, kind, metadata={"description": text}) for name, kind, text in columns]
    return pa.schema(fields, metadata={"description": description})


UPSETS: Final = _schema(
    "One row per particle that upset a computer, in order of satellite and time.",
    ("t_s", pa.float64(), "time after the start of the span"),
    ("satellite", pa.int32(), "index of the satellite in its file or fleet"),
    ("population", _WORD, "`trapped_protons`, `cosmic_protons`, `heavy_ions`, `solar_protons` or `unspecified`"),
    ("effect", _WORD, "`cells`, `row`, `column`, `functional_interrupt` or `logic_error`"),
    ("latitude_rad", pa.float64(), "geodetic latitude"),
    ("longitude_rad", pa.float64(), "east positive"),
    ("altitude_m", pa.float64(), "above the ellipsoid"),
    ("n_bits", pa.int64(), "bits of memory that flipped"),
    ("words", pa.list_(pa.int64()), "words of the memory with flipped bits"),
    ("masks", pa.list_(pa.uint64()), "flipped bits of each of these words; bit 0 is the lowest"),
    (
        "outcome",
        _WORD,
        "the worst that a reader of these words could get until they were hit again or written anew: `clean`, "
        "`corrected`, `detected`, `miscorrected` or `silent`; null where no memory was hit",
    ),
    ("name", _WORD, "name of the satellite"),
)


def upset_columns(upsets: UpsetList, residual: Residual | None, names: Sequence[str], *, start_s: float) -> list[Any]:
    """Return the columns of `UPSETS`.

    Parameters
    ----------
    upsets : UpsetList
    residual : what is left of them; None for a device without memory
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


def _words(values: NDArray[np.integer[Any]], word_of: dict[int, str]) -> list[str]:
    return [word_of[value] for value in values.tolist()]


def _outcomes(upsets: UpsetList, residual: Residual | None) -> list[str | None]:
    if residual is None:
        return [None] * upsets.n_events
    worst = np.zeros(upsets.n_events, dtype=np.int8)
    np.maximum.at(worst, residual.event, residual.outcome)
    outcomes: list[str | None] = [*_words(worst, {int(outcome): outcome.name.lower() for outcome in OUTCOMES})]
    for event in residual.passed_through.tolist():
        outcomes[event] = None
    return outcomes
