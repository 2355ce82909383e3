"""How much one flipped bit of each layer really harms, by injection: the judge of all criteria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.campaign.intervals import Interval, wilson_interval
from onboard_models.campaign.strata import BitClass, Stratum, stratified_share
from onboard_models.importance.layers import Layer
from onboard_models.injection import Injector
from onboard_models.memory_image import MemoryImage


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatBits:
    """Bits of a float32 that do alike.

    Attributes
    ----------
    name : for people
    bit_class : that all of them are of
    bits : 0 is the lowest of the mantissa
    trial_share : of the trials of a layer
    """

    name: str
    bit_class: BitClass
    bits: tuple[int, ...]
    trial_share: float


FLOAT_BITS: Final = (
    FloatBits(name="sign", bit_class=BitClass.SIGN, bits=(31,), trial_share=0.05),
    FloatBits(name="exponent-30", bit_class=BitClass.EXPONENT, bits=(30,), trial_share=0.4),
    FloatBits(name="exponent", bit_class=BitClass.EXPONENT, bits=tuple(range(23, 30)), trial_share=0.25),
    FloatBits(name="mantissa", bit_class=BitClass.MANTISSA, bits=tuple(range(23)), trial_share=0.3),
)
"""The highest exponent bit is alone: it multiplies numbers below 2 by 2^128, and most harm is its own. Mantissas
are most bits, of which few that were not tried must not hide much."""
FEWEST_TRIALS: Final = 40
"""Of a layer: two signs, and more of all else."""
_STREAM: Final = 0x7A17
_TRIALS_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StratumHarm:
    """Single flips of one kind of bits of one layer.

    Attributes
    ----------
    float_bits : FloatBits
    n_bits : bits that could have been drawn
    silent : (n_trials,) share of the images whose answer each flip changed
    """

    float_bits: FloatBits
    n_bits: int
    silent: NDArray[np.float64]

    @property
    def harmful(self) -> Interval:
        """Share of flips that changed any answer, with its Wilson interval."""
        return wilson_interval(int(np.count_nonzero(self.silent)), self.silent.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerHarm:
    """What single flips of one layer do.

    Attributes
    ----------
    layer : Layer
    strata : one per entry of `FLOAT_BITS`
    """

    layer: Layer
    strata: tuple[StratumHarm, ...]

    @property
    def per_flip(self) -> Interval:
        """Share of answers that one flip of any bit of the layer changes, with its stratified interval."""
        found = stratified_share(
            [stratum.silent for stratum in self.strata],
            [stratum.n_bits for stratum in self.strata],
            self.layer.n_bits,
        )
        low, high = found.share - found.half_width, found.share + found.half_width
        return Interval(found.share, max(0.0, low), min(1.0, high))

    def resampled(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the harm per flip of `n` bootstrap samples of the trials, drawn within strata, (n,).

        A sample of n of N bits without replacement spreads less than one with, by sqrt(1 - n / N): a stratum of which
        every bit was tried is known.
        """
        total = np.zeros(n)
        for stratum in self.strata:
            n_drawn, mean = stratum.silent.size, stratum.silent.mean()
            drawn = stratum.silent[rng.integers(0, n_drawn, (n, n_drawn))].mean(axis=1)
            shrunk = mean + np.sqrt(1.0 - n_drawn / stratum.n_bits) * (drawn - mean)
            total += stratum.n_bits / self.layer.n_bits * shrunk
        return total


def measured_harm(
    model_bytes: bytes,
    layers: Sequence[Layer],
    x: NDArray[np.float32],
    *,
    n_trials: int,
    seed: int,
    on_trial: Callable[[float], None] | None = None,
) -> tuple[LayerHarm, ...]:
    """Return the harm of single flips of each layer.

    Parameters
    ----------
    model_bytes : ONNX, checked
    layers : as `layers_of`
    x : (n, ...) images on which answers are compared with those without flips
    n_trials : flips of each layer; `FLOAT_BITS` says how many of each kind, fewer if there are no more bits
    seed : the same gives the same flips
    on_trial : told the share of the work that is done

    Raises
    ------
    ValueError
        If there are fewer than `FEWEST_TRIALS`.
    """
    if n_trials < FEWEST_TRIALS:
        raise ValueError(f"n_trials = {n_trials}: give {FEWEST_TRIALS} or more flips of each layer")
    injector = Injector(model_bytes, probe=x[:2], fall_back=True)
    golden = injector.golden(x).argmax(axis=-1)
    harms = []
    for i_layer, layer in enumerate(layers):
        found = []
        for i_kind, float_bits in enumerate(FLOAT_BITS):
            stratum = stratum_of(injector.image, layer.tensors, float_bits, name=layer.name)
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM, i_layer, i_kind)))
            n = min(round(float_bits.trial_share * n_trials), stratum.n_bits)
            position = stratum.positions(np.sort(rng.choice(stratum.n_bits, n, replace=False)))
            silent = silent_shares(injector, x, golden, position)
            found.append(StratumHarm(float_bits=float_bits, n_bits=stratum.n_bits, silent=silent))
        harms.append(LayerHarm(layer=layer, strata=tuple(found)))
        if on_trial is not None:
            on_trial((i_layer + 1) / len(layers))
    return tuple(harms)


def stratum_of(image: MemoryImage, tensors: Sequence[str], float_bits: FloatBits, *, name: str) -> Stratum:
    """Return one kind of bits of float32 tensors."""
    return Stratum(
        layer=name,
        content="parameters",
        bit_class=float_bits.bit_class,
        parts=tuple((image.region(tensor), float_bits.bits) for tensor in tensors),
    )


def silent_shares(
    injector: Injector, x: NDArray[np.float32], golden: NDArray[Any], position: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of answers that each flip changes; a network that fails gives none, which is not silent."""
    shares = np.zeros(position.size)
    for first in range(0, position.size, _TRIALS_AT_ONCE):
        bits = position[first : first + _TRIALS_AT_ONCE]
        outputs = injector.run(x, [injector.image.flips_at(bits[i : i + 1]) for i in range(bits.size)])
        changed = outputs.outputs[injector.primary_output].argmax(axis=-1) != golden
        shares[first : first + bits.size] = changed.mean(axis=1) * ~outputs.is_failed
    return shares
