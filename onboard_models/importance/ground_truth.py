"""How much one flipped bit of each layer really harms, by injection: the judge of all criteria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.campaign.intervals import Interval, wilson_interval
from onboard_models.campaign.strata import BitClass, Stratum, strata_of, stratified_share
from onboard_models.importance.layers import Layer
from onboard_models.injection import Injector

TRIAL_SHARES: Final = {BitClass.SIGN: 0.25, BitClass.EXPONENT: 0.5, BitClass.MANTISSA: 0.25}
"""Of the trials of a layer: exponents differ most from one bit to the next."""
_STREAM: Final = 0x7A17
_TRIALS_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StratumHarm:
    """Single flips of one class of bits of one layer.

    Attributes
    ----------
    bit_class : BitClass
    n_bits : bits that could have been drawn
    silent : (n_trials,) share of the images whose answer each flip changed
    """

    bit_class: BitClass
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
    strata : by class of bits
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
        """Return the harm per flip of `n` bootstrap samples of the trials, drawn within strata, (n,)."""
        total = np.zeros(n)
        for stratum in self.strata:
            drawn = rng.integers(0, stratum.silent.size, (n, stratum.silent.size))
            total += stratum.n_bits / self.layer.n_bits * stratum.silent[drawn].mean(axis=1)
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
    n_trials : flips of each layer; `TRIAL_SHARES` says how many of each class, at least two
    seed : the same gives the same flips
    on_trial : told the share of the work that is done

    Raises
    ------
    ValueError
        If there are fewer than eight trials.
    """
    if n_trials < 8:
        raise ValueError(f"n_trials = {n_trials}: give 8 or more flips of each layer")
    injector = Injector(model_bytes, probe=x[:2], fall_back=True)
    golden = injector.golden(x).argmax(axis=-1)
    strata = {(stratum.layer, stratum.bit_class): stratum for stratum in _parameter_strata(injector)}
    harms = []
    for i_layer, layer in enumerate(layers):
        found = []
        for i_class, (bit_class, share) in enumerate(TRIAL_SHARES.items()):
            stratum = strata[layer.name, bit_class]
            key = (_STREAM, i_layer, i_class)
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
            n = min(max(2, round(share * n_trials)), stratum.n_bits)
            position = stratum.positions(np.sort(rng.choice(stratum.n_bits, n, replace=False)))
            silent = _silent_shares(injector, x, golden, position)
            found.append(StratumHarm(bit_class=bit_class, n_bits=stratum.n_bits, silent=silent))
        harms.append(LayerHarm(layer=layer, strata=tuple(found)))
        if on_trial is not None:
            on_trial((i_layer + 1) / len(layers))
    return tuple(harms)


def _parameter_strata(injector: Injector) -> list[Stratum]:
    return [stratum for stratum in strata_of(injector.image) if stratum.content == "parameters"]


def _silent_shares(
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
