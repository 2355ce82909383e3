"""Which users can be served at once: those whose channels are not alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.geometry import Floats

LARGEST_CORRELATION = 0.3
"""Users below this are served together without much loss."""


def channel_correlation(g: NDArray[np.complex128]) -> Floats:
    """Return how alike the channels of users are, (..., n_users, n_users), 1 for the same direction.

    Parameters
    ----------
    g : (..., n_users, n_atoms), complex

    Notes
    -----
    |g_i g_j^H| / (|g_i| |g_j|).
    """
    unit = g / np.linalg.norm(g, axis=-1, keepdims=True)
    return np.asarray(np.abs(unit @ np.swapaxes(unit.conj(), -1, -2)))


def group_users(
    correlation: Floats, most_users: int, largest_correlation: float = LARGEST_CORRELATION
) -> list[list[int]]:
    """Return groups of users to be served one after the other, so that no two of a group are alike.

    Parameters
    ----------
    correlation : (n_users, n_users)
        See `channel_correlation`.
    most_users : int
        Of a group: the antennas of the stack.
    largest_correlation : float
        Two users of a group are below it.

    Raises
    ------
    ValueError
        If `most_users` is below 1.

    Notes
    -----
    Whoever is like most others is placed first, into the first group that takes it: the greedy colouring of Welsh and
    Powell (1967), after which no more groups are made than one user's number of likes and one, where groups are large.
    """
    if most_users < 1:
        raise ValueError(f"most_users = {most_users}: give 1 or more")
    is_alike = correlation >= largest_correlation
    np.fill_diagonal(is_alike, False)
    groups: list[list[int]] = []
    for user in np.argsort(-is_alike.sum(axis=-1), kind="stable").tolist():
        fitting = (group for group in groups if len(group) < most_users and not is_alike[user, group].any())
        group = next(fitting, None)
        if group is None:
            groups.append([user])
        else:
            group.append(user)
    return [sorted(group) for group in groups]
