"""Thresholds of clip-to-zero by search: FT-ClipAct (Hoang, Hanif and Shafique, DATE 2020)."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.hardening.activations import activation_ranges, activations_of
from onboard_models.hardening.bounded_activations import Bound, every, threshold_name, with_bounds
from onboard_models.hardening.exits import exits_of
from onboard_models.injection import Injector, Mode
from onboard_models.memory_image import RegionKind
from onboard_models.model_tensors import with_values
from onboard_models.tensor_flips import TensorFlips, flips_in

RATES: Final = (0.0, 1e-6, 1e-5)
"""Bit error rates over which the area is taken."""
_FRACTIONS: Final = (0.25, 0.5, 0.75)


def with_searched_thresholds(
    model: onnx.ModelProto,
    x: NDArray[np.float32],
    y: NDArray[np.int64],
    *,
    seed: int,
    n_faults: int = 2,
    n_rounds: int = 2,
    n_search: int = 100,
) -> onnx.ModelProto:
    """Return the network with activations that are zero above thresholds of largest mean accuracy under faults.

    Layer by layer, the interval from zero to the largest clean value is narrowed around the best of three points, as
    long as that is better than what was known; the measure is the area under accuracy over `RATES`.

    Parameters
    ----------
    model : onnx.ModelProto
    x, y : clean images (n, ...) and their answers (n,); the first `n_search` are searched with
    seed : of the faults
    n_faults : sets of faults per rate
    n_rounds : times that each interval is narrowed

    Notes
    -----
    Differences from the paper: rates are flips of weights and biases alone; areas are sums of equal weight over the
    rates; layers are searched one after the other, each with the thresholds found before.
    """
    ranges = activation_ranges(model, x)
    bounded = with_bounds(model, every(model, Bound.ZERO), ranges)
    if not ranges:
        return bounded
    search = _Search(bounded, x[:n_search], y[:n_search], seed, n_faults)
    chosen = {name: reached.largest for name, reached in ranges.items()}
    best = search.area(chosen)
    for name in [activation.rectified for activation in activations_of(model)]:
        low, high = 0.0, ranges[name].largest
        for _ in range(n_rounds):
            points = [low + fraction * (high - low) for fraction in _FRACTIONS]
            areas = [search.area(chosen | {name: point}) for point in points]
            i = int(np.argmax(areas))
            if areas[i] <= best:
                break
            best, chosen[name] = areas[i], points[i]
            quarter = 0.25 * (high - low)
            low, high = max(points[i] - quarter, 0.0), points[i] + quarter
    values: dict[str, NDArray[np.generic]] = {
        threshold_name(name): np.array(value, np.float32) for name, value in chosen.items()
    }
    return with_values(bounded, values)


class _Search:
    """Accuracy under the same faults for any thresholds, which are written into the model as flips of their bits."""

    def __init__(
        self, model: onnx.ModelProto, x: NDArray[np.float32], y: NDArray[np.int64], seed: int, n_faults: int
    ) -> None:
        self._injector = Injector(model, modes=(Mode.IN_PLACE,), probe=x[:4], fall_back=True)
        self._x, self._y = x, y
        self._output = exits_of(model).outputs[-1]
        image = self._injector.image
        rng = np.random.default_rng(seed)
        hit = [region.name for region in image.regions if region.kind in (RegionKind.WEIGHT, RegionKind.BIAS)]
        self._faults = [
            image.flips_at_rate(rate, rng).of(hit) for rate in RATES for _ in range(n_faults if rate else 1)
        ]
        self._weights = np.array(
            [1.0 / (n_faults if rate else 1) for rate in RATES for _ in range(n_faults if rate else 1)]
        )

    def area(self, thresholds: dict[str, float]) -> float:
        """Return the sum over rates of the mean accuracy."""
        moved = self._moved(thresholds)
        trials = [_both(faults, moved) for faults in self._faults]
        logits = self._injector.run(self._x, trials).outputs[self._output]
        return float(((logits.argmax(axis=2) == self._y).mean(axis=1) * self._weights).sum())

    def _moved(self, thresholds: dict[str, float]) -> list[TensorFlips]:
        image = self._injector.image
        moved = []
        for name, value in thresholds.items():
            held = image.values(threshold_name(name)).reshape(1).view(np.uint8)
            wanted = np.array([value], np.float32).view(np.uint8)
            bit = np.flatnonzero(np.unpackbits(held ^ wanted, bitorder="little"))
            moved.append(flips_in(threshold_name(name), np.zeros(len(bit), np.int64), bit.astype(np.int8)))
        return moved


def _both(faults: TensorFlips, moved: list[TensorFlips]) -> TensorFlips:
    """Return flips of weights and of thresholds together."""
    names = [*faults.tensors, *(flips.tensors[0] for flips in moved)]
    first = len(faults.tensors)
    tensor = [faults.tensor, *(np.full(len(flips), first + i, np.int32) for i, flips in enumerate(moved))]
    every_set = [faults, *moved]
    return TensorFlips(
        tensors=tuple(names),
        tensor=np.concatenate(tensor),
        element=np.concatenate([flips.element for flips in every_set]),
        bit=np.concatenate([flips.bit for flips in every_set]),
    )
