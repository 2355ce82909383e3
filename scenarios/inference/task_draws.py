"""What chance decides for each task: the same for every scheduler, order of tasks and number of workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.random_streams import Stream, random_stream

_BLOCK_TASKS = 4096
"""Tasks whose numbers come from one stream; part of a run's identity."""


class TaskDraws:
    """Images and luck of tasks, by their numbers.

    Parameters
    ----------
    seed : of the run
    n_images : to draw from
    n_per_task : answers of a task
    """

    def __init__(self, seed: int, *, n_images: int, n_per_task: int) -> None:
        self._seed, self._n_images, self._n_per_task = seed, n_images, n_per_task

    def images(self, task: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the images of each task, (n, n_per_task); one may come twice."""
        return self._drawn(task, Stream.INFERENCE_IMAGES, lambda rng, shape: rng.integers(self._n_images, size=shape))

    def luck(self, task: NDArray[np.int64], i_answer: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return a number in [0, 1) for some answers of some tasks, (n,)."""
        tasks, of_task = np.unique(task, return_inverse=True)
        numbers = self._drawn(tasks, Stream.INFERENCE_ANSWERS, lambda rng, shape: rng.random(size=shape))
        chosen: NDArray[np.float64] = numbers[of_task, i_answer]
        return chosen

    def _drawn(
        self,
        task: NDArray[np.int64],
        stream: Stream,
        draw: Callable[[np.random.Generator, tuple[int, int]], NDArray[Any]],
    ) -> NDArray[Any]:
        block, row = np.divmod(task, _BLOCK_TASKS)
        order = np.argsort(block, kind="stable")
        blocks, starts = np.unique(block[order], return_index=True)
        parts = []
        for i_block, chosen in zip(blocks.tolist(), np.split(order, starts[1:]), strict=False):
            rng = random_stream(self._seed, stream, satellite=i_block)
            parts.append(draw(rng, (_BLOCK_TASKS, self._n_per_task))[row[chosen]])
        if not parts:
            return np.zeros((0, self._n_per_task), np.int64)
        drawn = np.concatenate(parts)
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        return drawn[back]
