"""Upsets of a whole memory, seen by every image-sized slice of it as a trial of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard_models.campaign.plans import SLICES, odd_ones, trial_stream
from onboard_models.memory_image import MemoryImage


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MemoryUpsets:
    """What flipped in memories of several satellites, all alike, while nothing was written.

    A memory is far larger than a model. It is seen as filled with images side by side, each of which is what an image
    at that place would have met; the trials are slices drawn at random among those of all satellites.

    Attributes
    ----------
    satellite : (n,) int64, index of the satellite
    word : (n,) int64, index of the word in its memory
    mask : (n,) uint64, flipped bits; a bit that comes twice is right again
    n_satellites : those that nothing happened to included
    memory_bytes : size of one memory
    word_bits : width of its words
    n_trials : slices to draw, or fewer if there are fewer
    seed : of the draw

    Raises
    ------
    ValueError
        If the arrays differ in length, or a satellite or word lies outside.
    """

    satellite: NDArray[np.int64]
    word: NDArray[np.int64]
    mask: NDArray[np.uint64]
    n_satellites: int
    memory_bytes: int
    word_bits: int
    n_trials: int
    seed: int

    def __post_init__(self) -> None:
        if not self.satellite.shape == self.word.shape == self.mask.shape:
            raise ValueError("satellite, word and mask differ in length: give one of each per flipped word")
        n_words = 8 * self.memory_bytes // self.word_bits
        for name, values, end in (("satellite", self.satellite, self.n_satellites), ("word", self.word, n_words)):
            if values.size and not 0 <= values.min() <= values.max() < end:
                raise ValueError(f"{name} reaches from {values.min()} to {values.max()}: give 0 to {end - 1}")

    def on(self, image: MemoryImage) -> SliceTrials:
        """Return the trials on an image.

        Raises
        ------
        ValueError
            If the image is larger than the memory.
        """
        if image.n_bytes > self.memory_bytes:
            raise ValueError(
                f"the image has {image.n_bytes} bytes, the memory of the upsets {self.memory_bytes}: take a "
                "larger device"
            )
        n_slices = self.memory_bytes // image.n_bytes
        n_all = n_slices * self.n_satellites
        drawn = trial_stream(self.seed, SLICES, 0).choice(n_all, min(self.n_trials, n_all), replace=False)
        row, bit = np.nonzero(self.mask[:, None] >> np.arange(self.word_bits, dtype=np.uint64) & np.uint64(1))
        position = self.word[row] * self.word_bits + bit
        i_slice, within = np.divmod(position, image.n_bits)
        is_whole = i_slice < n_slices
        owner = (self.satellite[row] * n_slices + i_slice)[is_whole]
        order = np.argsort(owner, kind="stable")
        return SliceTrials(drawn=drawn, owner=owner[order], position=within[is_whole][order])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SliceTrials:
    """Slices of memories.

    Attributes
    ----------
    drawn : (n_trials,) number of the slice, counted through all satellites
    owner : (n,) ascending, number of the slice that each flip is in
    position : (n,) of the flip in its slice
    """

    drawn: NDArray[np.int64]
    owner: NDArray[np.int64]
    position: NDArray[np.int64]

    @property
    def n_trials(self) -> int:
        """Slices that were drawn."""
        return int(self.drawn.size)

    def bits(self, i_trial: int) -> NDArray[np.int64]:
        """Return the positions in the slice that flipped an odd number of times."""
        start, end = np.searchsorted(self.owner, [self.drawn[i_trial], self.drawn[i_trial] + 1])
        return odd_ones(self.position[start:end])
