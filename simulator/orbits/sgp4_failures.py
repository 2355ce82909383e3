"""When and why SGP4 gives a satellite up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from simulator.orbits.model import Floats, PropagationFailure

REASONS: Final = {
    -1: "the elements give no number: eccentricity or mean motion is outside what SGP4 can take",
    1: "the mean eccentricity leaves 0 to 1: drag or old elements have carried the orbit away",
    2: "the mean motion becomes negative: drag or old elements have carried the orbit away",
    3: "the perturbed eccentricity leaves 0 to 1: Sun and Moon or old elements have carried the orbit away",
    4: "the orbit's semi-latus rectum becomes negative: the elements describe no closed orbit",
    5: "the orbit is below the ground at its epoch",
    6: "the satellite has decayed: its orbit radius falls below the Earth's",
}
"""Plain words for the error codes of SGP4 (Vallado et al. 2006); -1 is ours, for a position that is not a number."""

_RESOLUTION_S: Final = 1.0


def first_failures(
    sweep: Iterable[tuple[int, slice, np.ndarray]],
    sample_s: Floats,
    names: tuple[str, ...],
    code_at: Callable[[int, float], int],
) -> tuple[PropagationFailure, ...]:
    """Return the first failure of each satellite that fails at one of the sampled times.

    Parameters
    ----------
    sweep : iterable of (first satellite, slice of the samples, codes of shape (n, m))
        Error codes at the samples, times ascending for each satellite.
    sample_s : (n_samples,), float64
        Sampled times.
    names : tuple of str
        Name of each satellite.
    code_at : callable
        Error code of a satellite at a time, 0 for none.
    """
    found: dict[int, PropagationFailure] = {}
    for first, part, codes in sweep:
        for row in np.flatnonzero((codes != 0).any(axis=1)).tolist():
            i_sat = first + row
            if i_sat not in found:
                sample = part.start + int(np.argmax(codes[row] != 0))
                found[i_sat] = _located(i_sat, sample, sample_s, names[i_sat], code_at)
    return tuple(found[i_sat] for i_sat in sorted(found))


def _located(
    i_sat: int, sample: int, sample_s: Floats, name: str, code_at: Callable[[int, float], int]
) -> PropagationFailure:
    """Halve the span between the last good and the first bad sample down to a second."""
    bad_s = float(sample_s[sample])
    good_s = float(sample_s[sample - 1]) if sample else bad_s
    while bad_s - good_s > _RESOLUTION_S:
        middle_s = 0.5 * (good_s + bad_s)
        good_s, bad_s = (good_s, middle_s) if code_at(i_sat, middle_s) else (middle_s, bad_s)
    code = code_at(i_sat, bad_s)
    return PropagationFailure(i_sat=i_sat, name=name, t_s=bad_s, code=code, reason=REASONS[code])
