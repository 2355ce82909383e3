"""Which bits flip in which trial; a trial's flips depend on the seed and its number alone, never on other trials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage

_CAMPAIGN_STREAM: Final = 0x0B17
"""Keeps the numbers of campaigns apart from those that others draw from the same seed."""


class Trials(Protocol):
    """The trials of a plan on one image."""

    @property
    def n_trials(self) -> int:
        """Return how many there are."""

    def bits(self, i_trial: int) -> NDArray[np.int64]:
        """Return the positions in the image that flip in a trial, (n_flips,), all different."""


class Plan(Protocol):
    """What flips bits, of whichever image."""

    def on(self, image: MemoryImage) -> Trials:
        """Return the trials on an image."""


def trial_stream(seed: int, purpose: int, i_trial: int) -> np.random.Generator:
    """Return the random numbers of one trial for one purpose, the same in whatever order trials run."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_CAMPAIGN_STREAM, purpose, i_trial)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipNumber:
    """How many bits flip in a trial.

    Attributes
    ----------
    n_flips : in an image of `reference_bits`, or in every image
    reference_bits : size that `n_flips` is for: larger images are hit in proportion, at an equal bit error rate; None
        for equally many flips in all images
    """

    n_flips: int
    reference_bits: int | None = None

    def __post_init__(self) -> None:
        if self.n_flips < 0 or (self.reference_bits is not None and self.reference_bits < 1):
            raise ValueError(
                f"n_flips = {self.n_flips}, reference_bits = {self.reference_bits}: give 0 or more flips, and a size "
                "of at least 1 bit or None"
            )

    def expected(self, image: MemoryImage) -> float:
        """Return the mean number of flips in an image."""
        return self.n_flips if self.reference_bits is None else self.n_flips * image.n_bits / self.reference_bits

    def draw(self, image: MemoryImage, rng: np.random.Generator) -> int:
        """Return one of the two whole numbers next to the expected one, such that the mean is right."""
        expected = self.expected(image)
        n = math.floor(expected)
        return min(n + int(rng.random() < expected - n), image.n_bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformFlips:
    """A number of different bits, every set of so many as likely as any other."""

    number: FlipNumber
    n_trials: int
    seed: int

    def on(self, image: MemoryImage) -> Trials:
        """Return the trials on an image."""
        return _UniformTrials(self, image)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsetsOverDays:
    """Every bit is upset at random times at one rate, and none is written anew: a Poisson process.

    Attributes
    ----------
    rate_per_bit_day : upsets per bit and day; a bit that is upset twice is right again
    days : time since the image was loaded
    """

    rate_per_bit_day: float
    days: float
    n_trials: int
    seed: int

    def __post_init__(self) -> None:
        if not (self.rate_per_bit_day > 0.0 and self.days > 0.0 and math.isfinite(self.rate_per_bit_day * self.days)):
            raise ValueError(f"rate_per_bit_day = {self.rate_per_bit_day}, days = {self.days}: give both above 0")

    def on(self, image: MemoryImage) -> Trials:
        """Return the trials on an image."""
        return _PoissonTrials(self, image)


_COUNT, _UNIFORM, _POISSON, CLUSTERS, SINGLE_BITS, SLICES = range(6)
"""Purposes of random streams; numbers stay, or old campaigns change."""


@dataclass(frozen=True, slots=True)
class _UniformTrials:
    plan: UniformFlips
    image: MemoryImage

    @property
    def n_trials(self) -> int:
        return self.plan.n_trials

    def bits(self, i_trial: int) -> NDArray[np.int64]:
        n_flips = number_in_trial(self.plan.number, self.image, self.plan.seed, i_trial)
        rng = trial_stream(self.plan.seed, _UNIFORM, i_trial)
        return rng.choice(self.image.n_bits, n_flips, replace=False).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _PoissonTrials:
    plan: UpsetsOverDays
    image: MemoryImage

    @property
    def n_trials(self) -> int:
        return self.plan.n_trials

    def bits(self, i_trial: int) -> NDArray[np.int64]:
        rng = trial_stream(self.plan.seed, _POISSON, i_trial)
        mean = self.plan.rate_per_bit_day * self.plan.days * self.image.n_bits
        return odd_ones(rng.integers(0, self.image.n_bits, rng.poisson(mean)))


def odd_ones(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, in ascending order, the bits that are listed an odd number of times: the others are right again."""
    bit, n_times = np.unique(bits, return_counts=True)
    return np.asarray(bit[n_times % 2 == 1], dtype=np.int64)


def number_in_trial(number: FlipNumber, image: MemoryImage, seed: int, i_trial: int) -> int:
    """Return how many bits of an image flip in a trial."""
    return number.draw(image, trial_stream(seed, _COUNT, i_trial))
