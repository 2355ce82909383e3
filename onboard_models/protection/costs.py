"""What protections cost, measured side by side: time per image, memory, and energy at a processor's power."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard_models.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectCost:
    """One subject against the first one measured with it.

    Attributes
    ----------
    name : of the subject
    batch_sizes : images per call
    time_s : median per image, for each batch size
    speedup : median over rounds of the ratio of the first subject's time to this one's, less 1, for each batch size
    energy_j : per image at the power given, for each batch size; nan if none was
    image_bytes : size of the memory image
    memory_overhead : size over the first subject's, less 1
    """

    name: str
    batch_sizes: tuple[int, ...]
    time_s: tuple[float, ...]
    speedup: tuple[float, ...]
    energy_j: tuple[float, ...]
    image_bytes: int
    memory_overhead: float


def measured_costs(
    subjects: Sequence[Subject],
    x: NDArray[np.float32],
    *,
    batch_sizes: Sequence[int] = (1, 16),
    n_rounds: int = 30,
    images_per_round: int = 64,
    power_w: float = np.nan,
) -> tuple[SubjectCost, ...]:
    """Return the costs of subjects, all measured in turn in each round, the first one as the baseline.

    Time is that of the calling thread on a processor, as sessions have one thread: other programs on the machine then
    hardly count.

    Parameters
    ----------
    subjects : with `clean_answers` as they run on board
    x : (n, ...) images; rounds go through them in order, and all subjects get the same
    batch_sizes : images per call
    n_rounds : times that everything is measured
    images_per_round : a multiple of every batch size
    power_w : of the processor while it computes

    Raises
    ------
    ValueError
        If there is nothing to measure, or a batch size does not divide `images_per_round`.
    """
    if not subjects or n_rounds < 1 or any(size < 1 or images_per_round % size for size in batch_sizes):
        raise ValueError(
            f"subjects has {len(subjects)}, n_rounds = {n_rounds}, batch_sizes = {list(batch_sizes)}: give at least "
            f"one of each, and sizes that divide images_per_round = {images_per_round}"
        )
    times = np.stack([_times(subjects, x, size, n_rounds, images_per_round) for size in batch_sizes])
    median = np.median(times, axis=2)
    speedup = np.median(times[:, :1] / times, axis=2) - 1.0
    sizes = [subject.image.n_bytes for subject in subjects]
    return tuple(
        SubjectCost(
            name=subject.name,
            batch_sizes=tuple(batch_sizes),
            time_s=tuple(median[:, i].tolist()),
            speedup=tuple(speedup[:, i].tolist()),
            energy_j=tuple((power_w * median[:, i]).tolist()),
            image_bytes=sizes[i],
            memory_overhead=sizes[i] / sizes[0] - 1.0,
        )
        for i, subject in enumerate(subjects)
    )


def _times(
    subjects: Sequence[Subject], x: NDArray[np.float32], batch_size: int, n_rounds: int, n_images: int
) -> NDArray[np.float64]:
    """Return seconds per image, (n_subjects, n_rounds)."""
    times = np.zeros((len(subjects), n_rounds))
    for subject in subjects:
        subject.clean_answers(x[:batch_size])
    for i_round in range(n_rounds):
        first = i_round * n_images + np.arange(0, n_images, batch_size)
        batches = [x.take(range(start, start + batch_size), axis=0, mode="wrap") for start in first]
        # each goes first as often as any other: what ran before decides what the caches hold
        for place in np.roll(np.arange(len(subjects)), i_round).tolist():
            answer = subjects[place].clean_answers
            began_s = time.thread_time()
            for batch in batches:
                answer(batch)
            times[place, i_round] = (time.thread_time() - began_s) / n_images
    return times
