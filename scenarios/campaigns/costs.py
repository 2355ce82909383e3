"""What a protection costs in time: the same images, in turn through two networks, in one process, on one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.subject import Subject

_BLOCK_IMAGES: Final = 64
"""Images between two looks at the clock: early exits take other times for other images."""
_FEWEST_ROUNDS: Final = 7
_MOST_ROUNDS: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Time of a network beside that of a reference.

    Attributes
    ----------
    time_s : median per image
    reference_s : the reference's
    speedup : median over rounds of the reference's time over the network's; above 1 is faster
    speedup_low, speedup_high : quartiles of it
    n_rounds : of one block of images each
    """

    time_s: float
    reference_s: float
    speedup: float
    speedup_low: float
    speedup_high: float
    n_rounds: int


def measured_speed(
    subject: Subject,
    reference: Subject,
    x: NDArray[np.float32],
    *,
    batch: int,
    budget_s: float,
    clock: Callable[[], float] = time.process_time,
) -> Speed:
    """Return how fast a network answers without flips, beside a reference that runs in turn with it.

    Parameters
    ----------
    subject, reference : networks; they take turns in going first. Where they are one, the ratio is 1.
    x : (n, ...) images; each round takes the next block of them
    batch : images per call
    budget_s : time after which rounds end, unless they are too few for quartiles
    clock : seconds; processor time by default, which on an idle core is what passes, and is the same on a busy one
    """
    n_block = max(batch, min(_BLOCK_IMAGES, len(x)) // batch * batch)
    pair = (subject, reference)
    for warmed in pair:
        warmed.clean_answers(np.resize(x, (batch, *x.shape[1:])))
    times: list[tuple[float, float]] = []
    start_s = clock()
    while len(times) < _FEWEST_ROUNDS or (clock() - start_s < budget_s and len(times) < _MOST_ROUNDS):
        rows = (np.arange(n_block) + len(times) * n_block) % len(x)
        times.append(_times_of(pair, x[rows], batch, clock))
    own, other = np.array(times).T
    ratio = np.ones(len(times)) if subject is reference else other / own
    low, middle, high = np.quantile(ratio, [0.25, 0.5, 0.75]).tolist()
    return Speed(
        time_s=float(np.median(own)),
        reference_s=float(np.median(other)),
        speedup=middle,
        speedup_low=low,
        speedup_high=high,
        n_rounds=len(times),
    )


def _times_of(
    pair: tuple[Subject, Subject], block: NDArray[np.float32], batch: int, clock: Callable[[], float]
) -> tuple[float, float]:
    """Return the time per image of both networks for one block; they take turns at every call, and in going first."""
    taken = [0.0, 0.0]
    for i_call, first in enumerate(range(0, len(block), batch)):
        images = block[first : first + batch]
        for which in (0, 1) if i_call % 2 else (1, 0):
            start_s = clock()
            pair[which].clean_answers(images)
            taken[which] += clock() - start_s
    return taken[0] / len(block), taken[1] / len(block)
