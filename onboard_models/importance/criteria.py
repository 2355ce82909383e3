"""All criteria of layer importance, each a number per layer from the file and a few calibration images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from onboard_models.importance.attribution import Passage, integrated_gradients, passages, relevances
from onboard_models.importance.bit_model import expected_changes
from onboard_models.importance.gradients import hessian_traces, squared_gradients
from onboard_models.importance.layers import Layer
from onboard_models.importance.perturbations import PERTURBATIONS, divergences
from onboard_models.importance.torch_network import TorchNetwork

N_COSTLY_IMAGES: Final = 24
"""Images of criteria that run the network many times for each."""
_STREAM: Final = 0x1A7E
"""Keeps random numbers of criteria apart from others of the same seed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """What a criterion says of layers: the larger, the more it matters.

    Attributes
    ----------
    per_parameter : (n_layers,) predicts the harm of one flipped bit
    total : (n_layers,) predicts the layer's share of all harm at a uniform rate of flips
    """

    per_parameter: NDArray[np.float64]
    total: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Examined:
    """A network, its layers and calibration images.

    Attributes
    ----------
    network, layers : as `TorchNetwork` and `layers_of`
    x, y : (n, ...) float32 images and (n,) labels, none of those that flips are judged on
    seed : of what criteria draw
    """

    network: TorchNetwork
    layers: tuple[Layer, ...]
    x: Tensor
    y: Tensor
    seed: int

    @property
    def n_parameters(self) -> NDArray[np.float64]:
        """Parameters of each layer."""
        return np.array([layer.n_parameters for layer in self.layers], dtype=np.float64)

    @cached_property
    def squared_gradients(self) -> tuple[list[float], list[float]]:
        """Taylor and Fisher sums by layer."""
        return squared_gradients(self.network, self.layers, self.x, self.y)

    @cached_property
    def passages(self) -> list[Passage]:
        """What passes through each layer."""
        return passages(self.network, self.layers, self.x)

    def stream(self, criterion: str) -> np.random.Generator:
        """Return the random numbers of one criterion."""
        key = (_STREAM, list(CRITERIA).index(criterion))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def magnitudes(self, layer: Layer) -> NDArray[np.float32]:
        """Return |w| of all parameters of a layer."""
        held = [self.network.parameters[name].detach().numpy().reshape(-1) for name in layer.tensors]
        return np.asarray(np.abs(np.concatenate(held)), dtype=np.float32)


Criterion = Callable[[Examined], Scores]


def score(examined: Examined, criteria: Sequence[str]) -> dict[str, Scores]:
    """Return the scores of criteria by name.

    Raises
    ------
    ValueError
        If there is no criterion of a name, or the network gives a score that is no number.
    """
    scores = {}
    for name in criteria:
        if name not in CRITERIA:
            raise ValueError(f"criterion = {name!r}: give some of {', '.join(CRITERIA)}")
        found = CRITERIA[name](examined)
        if not np.isfinite(found.per_parameter).all():
            raise ValueError(f"criterion {name!r} gives {found.per_parameter}: its gradients overflow in this network")
        scores[name] = found
    return scores


def _per_parameter(examined: Examined, values: Sequence[float]) -> Scores:
    found = np.array(values, dtype=np.float64)
    return Scores(per_parameter=found, total=found * examined.n_parameters)


def _summed(examined: Examined, values: Sequence[float]) -> Scores:
    found = np.array(values, dtype=np.float64)
    return Scores(per_parameter=found / examined.n_parameters, total=found)


def _mean_weight(examined: Examined) -> Scores:
    return _per_parameter(examined, [float(examined.magnitudes(layer).mean()) for layer in examined.layers])


def _largest_weight(examined: Examined) -> Scores:
    return _per_parameter(examined, [float(examined.magnitudes(layer).max()) for layer in examined.layers])


def _hessian(examined: Examined) -> Scores:
    seed = int(examined.stream("hessian").integers(2**31))
    generator = torch.Generator().manual_seed(seed)
    return _summed(
        examined,
        hessian_traces(examined.network, examined.layers, examined.x, examined.y, generator=generator),
    )


def _passage(name: str, examined: Examined) -> Scores:
    return _per_parameter(examined, [getattr(passage, name) for passage in examined.passages])


def _integrated_gradients(examined: Examined) -> Scores:
    x = examined.x[:N_COSTLY_IMAGES]
    found = [integrated_gradients(examined.network, layer, x) for layer in examined.layers]
    return _summed(examined, [float(attribution.abs().sum()) / len(x) for attribution in found])


def _relevance(examined: Examined) -> Scores:
    return _summed(examined, relevances(examined.network, examined.layers, examined.x))


def _divergence(name: str, examined: Examined) -> Scores:
    found = divergences(examined.network, examined.layers, examined.x, name, examined.stream(name))
    return _summed(examined, (np.array(found) / PERTURBATIONS[name][2]).tolist())


def _bit_model(examined: Examined) -> Scores:
    x = examined.x[:N_COSTLY_IMAGES]
    return _per_parameter(examined, expected_changes(examined.network, examined.layers, x))


def _fewest_parameters(examined: Examined) -> Scores:
    """Say that small layers hurt more per flip, and large ones more in all."""
    return Scores(per_parameter=1.0 / examined.n_parameters, total=examined.n_parameters)


def _depth(examined: Examined) -> Scores:
    depth = np.arange(1.0, len(examined.layers) + 1.0)
    return Scores(per_parameter=depth, total=depth)


def _random(examined: Examined) -> Scores:
    return _per_parameter(examined, examined.stream("random").random(len(examined.layers)).tolist())


CRITERIA: Final[Mapping[str, Criterion]] = {
    "mean-weight": _mean_weight,
    "max-weight": _largest_weight,
    "taylor": lambda examined: _summed(examined, examined.squared_gradients[0]),
    "fisher": lambda examined: _summed(examined, examined.squared_gradients[1]),
    "hessian": _hessian,
    "activation-mean": partial(_passage, "input_mean"),
    "activation-max": partial(_passage, "input_max"),
    "fan-out": partial(_passage, "fan_out"),
    "integrated-gradients": _integrated_gradients,
    "relevance": _relevance,
    **{name: partial(_divergence, name) for name in PERTURBATIONS},
    "bit-model": _bit_model,
    "parameter-count": _fewest_parameters,
    "depth": _depth,
    "random": _random,
}
"""By name, controls last; docs/importance.md says what each is."""
CONTROLS: Final = ("parameter-count", "depth", "random")
