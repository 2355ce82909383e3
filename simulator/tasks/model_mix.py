"""Which model each task asks for, drawn by shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import accumulate

import numpy as np

from simulator.random_streams import Stream, random_stream
from simulator.records import Task

_BLOCK = 64  # draws of a satellite at a time; not part of what a seed means


def with_models(
    tasks: Iterable[Task], shares: Mapping[str, float], *, seed: int, replication: int = 0
) -> Iterator[Task]:
    """Yield tasks as they are, but each with a model.

    A satellite draws from its own stream, in order of its tasks: they are the same as without models, and their models
    are the same alone or in a fleet. The order of `shares` is part of what a seed means.

    Parameters
    ----------
    tasks : iterable of Task
    shares : mapping of str to float
        Models with the share of tasks that ask for each; shares sum to 1.
    seed, replication : int
        Key of the streams `Stream.TASK_MODELS`, one per satellite.

    Raises
    ------
    ValueError
        If there is no share, or shares are not positive or do not sum to 1.
    """
    if not shares or not min(shares.values()) > 0.0 or not abs(sum(shares.values()) - 1.0) <= 1e-9:
        raise ValueError(f"shares = {dict(shares)}: must be positive and sum to 1")
    return _drawn(tasks, shares, seed, replication)


def _drawn(tasks: Iterable[Task], shares: Mapping[str, float], seed: int, replication: int) -> Iterator[Task]:
    names, draws = list(shares), dict[int, Iterator[int]]()
    upper = np.array([*accumulate(shares.values())][:-1])
    for task in tasks:
        mine = draws.get(task.source)
        if mine is None:
            stream = random_stream(seed, Stream.TASK_MODELS, satellite=task.source, replication=replication)
            mine = draws[task.source] = _numbers(stream, upper)
        yield replace(task, model=names[next(mine)])


def _numbers(stream: np.random.Generator, upper: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Iterator[int]:
    """Yield numbers of models for ever; `upper` is where the share of each but the last one ends, added up."""
    while True:
        yield from np.searchsorted(upper, stream.random(_BLOCK), side="right").tolist()
