"""When many smooth functions of time change their sign, however short the visits to the other side are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.roots import Floats, Indices, ProblemFunction, bracketed_roots, refined_maxima

Crossings = tuple[Floats, Indices, NDArray[np.bool_]]
"""When, of which problem, and whether it is positive from then on, each (n,)."""


def level_crossings(function: ProblemFunction, t_s: Floats, values: Floats, grazing: float) -> Crossings:
    """Return every change of sign within sampled time, after the sign of all problems at its start.

    Parameters
    ----------
    function : callable
        See `simulator.roots`; never nan.
    t_s : (n_samples,)
        Evenly spaced.
    values : (n_problems, n_samples)
        Of the functions at the samples.
    grazing : float
        How far below zero a highest sample may lie whose true top is above it.

    Returns
    -------
    t_s, problem, is_positive : (n,), in order of time (of problems at equal times)

    Notes
    -----
    Each change of sign between samples brackets a root, good to 1e-6 s; a highest sample just below zero is followed to
    its top.
    """
    every = np.arange(len(values), dtype=np.intp)
    parts = [(np.full(len(values), t_s[0]), every, values[:, 0] > 0.0)]
    which, k = np.nonzero((values[:, :-1] > 0.0) != (values[:, 1:] > 0.0))
    parts.append(_roots(function, which, t_s[k], t_s[k + 1], values[which, k] <= 0.0))
    parts += brief_visits(function, t_s, values, grazing)
    return in_order(parts)


def in_order(parts: list[Crossings]) -> Crossings:
    """Return crossings of several kinds as one, in order of time, then of problems."""
    times_s, problems, is_positive = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((problems, times_s))
    return times_s[order], problems[order], is_positive[order]


def brief_visits(function: ProblemFunction, t_s: Floats, values: Floats, grazing: float) -> list[Crossings]:
    """Return starts and ends of visits above zero that fall between two samples."""
    middle = values[:, 1:-1]
    is_top = (middle <= 0.0) & (middle > -grazing) & (middle >= values[:, :-2]) & (middle >= values[:, 2:])
    which, k = np.nonzero(is_top)
    if which.size == 0:
        return []
    step_s = t_s[1] - t_s[0]
    top_s, top = refined_maxima(lambda row, at_s: function(which[row], at_s), t_s[k + 1], np.full(k.size, step_s))
    is_visit = top > 0.0
    which, top_s, before_s, after_s = which[is_visit], top_s[is_visit], t_s[k][is_visit], t_s[k + 2][is_visit]
    every = np.ones(which.size, dtype=np.bool_)
    return [_roots(function, which, before_s, top_s, every), _roots(function, which, top_s, after_s, ~every)]


def _roots(
    function: ProblemFunction, which: Indices, a_s: Floats, b_s: Floats, is_entry: NDArray[np.bool_]
) -> Crossings:
    """Return the crossings between pairs of times, the later one positive where `is_entry`."""
    inside_s, outside_s = np.where(is_entry, b_s, a_s), np.where(is_entry, a_s, b_s)
    if which.size == 0:
        return inside_s, which, is_entry

    def value(row: Indices, t_s: Floats) -> Floats:
        return function(which[row], t_s)

    guess_s = 0.5 * (inside_s + outside_s)
    every = np.arange(which.size, dtype=np.intp)
    slope = (value(every, inside_s) - value(every, outside_s)) / (inside_s - outside_s)
    return bracketed_roots(value, inside_s, outside_s, guess_s, slope), which, is_entry
