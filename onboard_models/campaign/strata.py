"""Single flipped bits, drawn layer by layer and by what the bit means in its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.campaign.intervals import CONFIDENCE, error_margin, normal_quantile, sample_size
from onboard_models.campaign.plans import SINGLE_BITS, trial_stream
from onboard_models.memory_image import MemoryImage, Region, RegionKind

_PARAMETERS: Final = (RegionKind.WEIGHT, RegionKind.BIAS)
_MANTISSA_BITS: Final = {2: 10, 4: 23, 8: 52}
"""IEEE 754, by size in bytes."""


class BitClass(Enum):
    """What a bit means in its number."""

    SIGN = "sign"
    EXPONENT = "exponent"
    MANTISSA = "mantissa"
    MAGNITUDE = "magnitude"
    """All bits of an integer but its sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Bits of one layer that mean the same.

    Attributes
    ----------
    layer : as `Region.layer`
    content : "parameters" for weights and biases together, else the name of the kind, such as "scale"
    bit_class : BitClass
    parts : regions and their bits of each element, lowest first
    """

    layer: str
    content: str
    bit_class: BitClass
    parts: tuple[tuple[Region, tuple[int, ...]], ...]

    @property
    def n_bits(self) -> int:
        """Bits that can be drawn."""
        return sum(_n_elements(region) * len(bits) for region, bits in self.parts)

    def positions(self, number: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions in the image of bits that are counted through the stratum."""
        ends = np.cumsum([_n_elements(region) * len(bits) for region, bits in self.parts])
        position = np.zeros(number.shape, np.int64)
        part_of = np.searchsorted(ends, number, side="right")
        for i_part, (region, bits) in enumerate(self.parts):
            chosen = part_of == i_part
            within = number[chosen] - (ends[i_part - 1] if i_part else 0)
            element, i_bit = np.divmod(within, len(bits))
            byte = region.first_byte + element * region.dtype.itemsize
            position[chosen] = 8 * byte + np.array(bits, np.int64)[i_bit]
        return position

    def drawn(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the positions of `n` different bits, ascending, each bit as likely as any other.

        Every place in the number gets its part of the draws, rounded up or down at random: one bit of an exponent may
        do more harm than all others, and would else be drawn a few times too often or too seldom.
        """
        places = sorted({bit for _, bits in self.parts for bit in bits})
        held = [[region for region, bits in self.parts if place in bits] for place in places]
        ends = np.cumsum([sum(map(_n_elements, regions)) for regions in held])
        counts = np.diff(np.floor(n * ends / ends[-1] + rng.random()).astype(np.int64), prepend=0)
        drawn = [
            _drawn_elements(regions, int(count), place, rng)
            for place, regions, count in zip(places, held, counts, strict=True)
        ]
        return np.sort(np.concatenate(drawn))


def bit_classes(dtype: np.dtype[np.generic]) -> dict[BitClass, tuple[int, ...]]:
    """Return the bits of each class of a type of numbers, lowest first."""
    n_bits = 8 * dtype.itemsize
    if dtype.kind == "f":
        n_mantissa = _MANTISSA_BITS[dtype.itemsize]
        return {
            BitClass.SIGN: (n_bits - 1,),
            BitClass.EXPONENT: tuple(range(n_mantissa, n_bits - 1)),
            BitClass.MANTISSA: tuple(range(n_mantissa)),
        }
    if dtype.kind == "i":
        return {BitClass.SIGN: (n_bits - 1,), BitClass.MAGNITUDE: tuple(range(n_bits - 1))}
    return {BitClass.MAGNITUDE: tuple(range(n_bits))}


def strata_of(image: MemoryImage) -> tuple[Stratum, ...]:
    """Return the strata of an image, layers in order of address; unused bytes are in none of them."""
    parts: dict[tuple[str, str, BitClass], list[tuple[Region, tuple[int, ...]]]] = {}
    for region in image.regions:
        if region.kind is RegionKind.UNUSED:
            continue
        content = "parameters" if region.kind in _PARAMETERS else region.kind.value
        for bit_class, bits in bit_classes(region.dtype).items():
            parts.setdefault((region.layer, content, bit_class), []).append((region, bits))
    return tuple(
        Stratum(layer=layer, content=content, bit_class=bit_class, parts=tuple(found))
        for (layer, content, bit_class), found in parts.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleBits:
    """One flipped bit per trial, so many in each stratum that its error margin is met.

    Attributes
    ----------
    error_margin : of the share of harmful bits in every stratum, whatever that share is
    confidence : of the margin
    seed : of the draw
    """

    error_margin: float
    seed: int
    confidence: float = CONFIDENCE

    def on(self, image: MemoryImage) -> SingleBitTrials:
        """Return the trials on an image."""
        strata = strata_of(image)
        sizes = [
            sample_size(stratum.n_bits, error_margin=self.error_margin, confidence=self.confidence)
            for stratum in strata
        ]
        drawn = [
            stratum.drawn(n, trial_stream(self.seed, SINGLE_BITS, i))
            for i, (stratum, n) in enumerate(zip(strata, sizes, strict=True))
        ]
        return SingleBitTrials(
            strata=strata, stratum=np.repeat(np.arange(len(strata)), sizes), position=np.concatenate(drawn)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleBitTrials:
    """Trials with one flipped bit each, in the order of the strata.

    Attributes
    ----------
    strata : of the image
    stratum : (n_trials,) index into `strata`
    position : (n_trials,) int64, of the bit in the image
    """

    strata: tuple[Stratum, ...]
    stratum: NDArray[np.int64]
    position: NDArray[np.int64]

    @property
    def n_trials(self) -> int:
        """Trials of all strata."""
        return int(self.position.size)

    def bits(self, i_trial: int) -> NDArray[np.int64]:
        """Return the position of the bit that flips in a trial, (1,)."""
        return self.position[i_trial : i_trial + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class StratifiedShare:
    """A share of the bits of an image, from shares of its strata.

    Attributes
    ----------
    share : mean over all bits, each as likely to flip as any other
    half_width : of its interval, from the spread that was seen
    largest_half_width : of its interval, whatever the shares of the strata are
    """

    share: float
    half_width: float
    largest_half_width: float


def stratified_share(
    values: Sequence[NDArray[np.float64]], n_bits: Sequence[int], n_bits_of_image: int, confidence: float = CONFIDENCE
) -> StratifiedShare:
    """Return the mean over the bits of an image.

    Parameters
    ----------
    values : of each stratum, one from 0 to 1 per drawn bit
    n_bits : size of each stratum
    n_bits_of_image : bits in no stratum count as 0
    confidence : of the intervals

    Notes
    -----
    Mean sum W m, variance sum W^2 (1 - n/N) s^2 / n with W = N / N_image (Cochran 1977, theorems 5.1 and 5.3), which is
    no less than it is where draws are spread over the places in a number (theorem 5.8). A stratum whose drawn values
    are all alike still has bits nobody drew: s^2 is at least that of half a hit among n + 1.
    """
    z = normal_quantile(confidence)
    mean = variance = largest = 0.0
    for drawn, size in zip(values, n_bits, strict=True):
        weight, n = size / n_bits_of_image, drawn.size
        if n == 0:
            continue
        half_hit = 0.5 / (n + 1)
        spread = max(float(drawn.var(ddof=1)) if n > 1 else 0.25, half_hit * (1.0 - half_hit))
        mean += weight * float(drawn.mean())
        variance += weight**2 * (1.0 - n / size) * spread / n
        largest += (weight * error_margin(size, n, confidence)) ** 2
    return StratifiedShare(share=mean, half_width=z * variance**0.5, largest_half_width=largest**0.5)


def _n_elements(region: Region) -> int:
    return region.n_bytes // region.dtype.itemsize


def _drawn_elements(regions: Sequence[Region], n: int, bit: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the positions of one bit of `n` different elements of some regions."""
    sizes = [_n_elements(region) for region in regions]
    number = rng.choice(sum(sizes), n, replace=False)
    which = np.searchsorted(np.cumsum(sizes), number, side="right")
    element = number - (np.cumsum(sizes) - sizes)[which]
    first_byte = np.array([region.first_byte for region in regions])[which]
    element_bytes = np.array([region.dtype.itemsize for region in regions])[which]
    return np.asarray(8 * (first_byte + element * element_bytes) + bit, np.int64)
