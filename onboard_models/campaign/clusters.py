"""Flips in clusters, as particles make them in the DRAM that RedNet was tested on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.campaign.plans import CLUSTERS, FlipNumber, Trials, number_in_trial, trial_stream
from onboard_models.memory_image import MemoryImage
from radiation.upsets.rednet_emulator import MAPPINGS, ClusterShape, RedNetEmulator, paged_image
from radiation.upsets.rednet_emulator import MemoryImage as DramImage

_MOST_ROUNDS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Where the image lies in the DRAM, and how clusters look there.

    Attributes
    ----------
    mapping : a name of `radiation.upsets.rednet_emulator.MAPPINGS`
    shape : of clusters over several bytes
    same_byte_share : share of multi-bit events that flip adjacent bits of one byte
    bit_index : bit of the byte that clusters over several bytes flip; None for a uniform one
    is_paged : whether pages of 4 KiB lie in random order instead of one behind the other
    """

    mapping: str = "S1"
    shape: ClusterShape = ClusterShape.STACK
    same_byte_share: float = 0.0
    bit_index: int | None = None
    is_paged: bool = False

    def __post_init__(self) -> None:
        if self.mapping not in MAPPINGS:
            raise ValueError(f"mapping = {self.mapping!r}: give one of {', '.join(MAPPINGS)}")

    def emulator(self, image: MemoryImage, rng: np.random.Generator) -> RedNetEmulator:
        """Return what hits an image."""
        mapping = MAPPINGS[self.mapping]
        dram = (
            paged_image(mapping, image.n_bytes, rng)
            if self.is_paged
            else DramImage(mapping=mapping, n_bytes=image.n_bytes)
        )
        return RedNetEmulator(image=dram, shape=self.shape, dq_share=self.same_byte_share, bit_index=self.bit_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredFlips:
    """A number of different bits in events of one or several bits.

    Attributes
    ----------
    number : flipped bits in all
    geometry : Geometry
    event_bits : bits of each event, one event less if they do not add up; None for the mixture of RedNet's emulator
    """

    number: FlipNumber
    geometry: Geometry
    event_bits: int | None
    n_trials: int
    seed: int

    def on(self, image: MemoryImage) -> Trials:
        """Return the trials on an image."""
        return _ClusteredTrials(self, image)


@dataclass(frozen=True, slots=True)
class _ClusteredTrials:
    plan: ClusteredFlips
    image: MemoryImage

    @property
    def n_trials(self) -> int:
        return self.plan.n_trials

    def bits(self, i_trial: int) -> NDArray[np.int64]:
        plan = self.plan
        n_flips = number_in_trial(plan.number, self.image, plan.seed, i_trial)
        rng = trial_stream(plan.seed, CLUSTERS, i_trial)
        emulator = plan.geometry.emulator(self.image, rng)
        if plan.event_bits is None:
            flips = emulator.exactly(n_flips, rng, word_bits=8)
            return _bits(flips.word, flips.mask)
        return _different_bits(emulator, _sizes(n_flips, plan.event_bits), rng)


def _different_bits(emulator: RedNetEmulator, sizes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the bits of events of given sizes; all are drawn again if two events share a bit."""
    for _ in range(_MOST_ROUNDS):
        flips = emulator.flips(sizes, rng, word_bits=8)
        bits = _bits(flips.word, flips.mask)
        if np.unique(bits).size == sizes.sum():
            return bits
    raise ValueError(f"{sizes.sum()} flips in events of {sizes[0]} keep meeting in one bit; give fewer flips")


def _sizes(n_flips: int, event_bits: int) -> NDArray[np.int64]:
    n_whole, rest = divmod(n_flips, event_bits)
    return np.array([event_bits] * n_whole + [rest] * (rest > 0), dtype=np.int64)


def _bits(byte: NDArray[np.int64], mask: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the positions of the bits of masks of bytes."""
    row, bit = np.nonzero(mask[:, None] >> np.arange(8, dtype=np.uint64) & np.uint64(1))
    return byte[row] * 8 + bit
