"""Faults in place: the runtime reads weights from our memory, where bits are flipped and flipped back.

ONNX Runtime lays weights out anew when it loads a model (blocks of channels, NCHWc, for convolutions), so bits flipped
in the memory of the original are ignored. Therefore the rewritten model is saved once, and where each weight went is
found by saving it again with all weights replaced by running numbers; the rewritten model is then loaded as it is, with
all tensors that could be traced shared.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.memory_image import RegionKind
from onboard_models.model_tensors import tensor_roles, tensor_values, with_values
from onboard_models.runtime import RUN_ERRORS, Optimisation, open_session
from onboard_models.tensor_flips import TensorFlips, flip_bits_

_NUMBERS_PER_PASS: Final = {2: 1 << 11, 4: 1 << 24}
"""Running numbers that a float16 and a float32 hold exactly, by size in bytes; more elements take more passes."""
_PADDING: Final = -1


@dataclass(frozen=True, slots=True)
class _Copy:
    """Where elements of a tensor lie in a shared array; elements ascend, and may come several times."""

    shared: str
    element: NDArray[np.int64]
    place: NDArray[np.int64]

    def places_of(self, elements: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return places in the shared array, and which of the elements each takes its value from."""
        first = np.searchsorted(self.element, elements, side="left")
        n = np.searchsorted(self.element, elements, side="right") - first
        source = np.repeat(np.arange(len(elements)), n)
        within = np.arange(len(source)) - np.repeat(np.cumsum(n) - n, n)
        return self.place[first[source] + within], source


class SharedMemoryModel:
    """A session whose weights are flipped in place.

    Attributes
    ----------
    tensors : names of the tensors whose every element could be traced; only these may be flipped
    """

    def __init__(self, graph: ModelGraph, *, optimisation: Optimisation = Optimisation.ALL, n_threads: int = 1) -> None:
        self._graph = graph
        rewritten = _rewritten(graph.model, optimisation)
        self._copies = _copies_by_tensor(graph, tensor_values(rewritten), optimisation)
        self.tensors = frozenset(
            name for name, copies in self._copies.items() if _covers(copies, graph.values[name].size)
        )
        held = tensor_values(rewritten)
        names = {copy.shared for copies in self._copies.values() for copy in copies}
        self._shared = {name: held[name].copy() for name in sorted(names)}
        self._ort_values = {name: ort.OrtValue.ortvalue_from_numpy(value) for name, value in self._shared.items()}
        self._session = open_session(
            rewritten.SerializeToString(),
            optimisation=Optimisation.NONE,
            n_threads=n_threads,
            shared=self._ort_values,
        )

    def outputs(self, x: NDArray[np.generic], flips: TensorFlips) -> Mapping[str, NDArray[np.generic]] | None:
        """Return the outputs under flips in `tensors`, None if the model cannot be run with them.

        The model is unchanged afterwards, whatever happens.
        """
        restored: list[tuple[NDArray[np.generic], NDArray[np.int64], NDArray[np.generic]]] = []
        try:
            for name, element, mask in flips.masks():
                faulty = self._graph.values[name].reshape(-1)[element]
                flip_bits_(faulty, np.arange(len(element)), mask)
                for copy in self._copies[name]:
                    flat = self._shared[copy.shared].reshape(-1)
                    place, source = copy.places_of(element)
                    restored.append((flat, place, flat[place]))
                    with np.errstate(invalid="ignore"):
                        flat[place] = faulty[source].astype(flat.dtype)
            found = self._session.run(list(self._graph.outputs), {self._graph.input: x})
        except RUN_ERRORS:
            return None
        finally:
            for flat, place, golden in reversed(restored):
                flat[place] = golden
        return dict(zip(self._graph.outputs, found, strict=True))


def _rewritten(model: onnx.ModelProto, optimisation: Optimisation) -> onnx.ModelProto:
    """Return the model as the runtime rewrites it; equal constants stay apart, so that each can be hit alone."""
    with tempfile.TemporaryDirectory(prefix="rewritten-") as folder:
        path = Path(folder) / "model.onnx"
        open_session(model.SerializeToString(), optimisation=optimisation, optimised_path=path)
        return onnx.load(path)


def _copies_by_tensor(
    graph: ModelGraph, held: Mapping[str, NDArray[np.generic]], optimisation: Optimisation
) -> dict[str, list[_Copy]]:
    copies: dict[str, list[_Copy]] = {}
    roles = tensor_roles(graph.model)
    left_out = {name for name, value in graph.values.items() if _steers_the_rewriting(roles[name][1], value)}
    for tensor, copy in _traced_by_numbers(graph, held, optimisation):
        if tensor not in left_out:
            copies.setdefault(tensor, []).append(copy)
    for name, golden in graph.values.items():
        same = held.get(name)
        if name in copies or name in left_out or same is None or not golden.size or golden.tobytes() != same.tobytes():
            continue
        every = np.arange(golden.size)
        copies[name] = [_Copy(name, every, every)]
    return copies


def _steers_the_rewriting(kind: RegionKind, value: NDArray[np.generic]) -> bool:
    """Return whether the runtime looks at values as it rewrites, so that other ones give another graph.

    Shapes do that, and scales and zero points of activations: a rectifier before a zero point of 0 is left out.
    """
    is_of_activation = kind in (RegionKind.SCALE, RegionKind.ZERO_POINT) and value.size == 1
    return is_of_activation or (kind is RegionKind.METADATA and value.dtype.kind != "f")


def _covers(copies: list[_Copy], n_elements: int) -> bool:
    is_held = np.zeros(n_elements, dtype=np.bool_)
    for copy in copies:
        is_held[copy.element] = True
    return bool(is_held.all())


def _traced_by_numbers(
    graph: ModelGraph, held: Mapping[str, NDArray[np.generic]], optimisation: Optimisation
) -> Iterator[tuple[str, _Copy]]:
    """Give where float tensors went in the rewritten model."""
    floats = {
        name: value for name, value in graph.values.items() if value.dtype in (np.float16, np.float32) and value.size
    }
    if not floats:
        return
    first = np.cumsum([0, *(value.size for value in floats.values())])
    base = _NUMBERS_PER_PASS[min(value.dtype.itemsize for value in floats.values())]
    numbered = list(_rewritten_with_numbers(graph, floats, first, base, optimisation))
    golden = np.concatenate([value.reshape(-1).astype(np.float32) for value in floats.values()])
    names = list(floats)
    for name, value in held.items():
        digits = [found[name] for found in numbered if name in found and found[name].shape == value.shape]
        if value.dtype not in (np.float16, np.float32) or len(digits) < len(numbered):
            continue
        number = _numbers(digits, base)
        place = np.flatnonzero(number != _PADDING)
        number = number[place]
        if not _is_traced(value.reshape(-1), place, number, golden):
            continue
        order = np.argsort(number, kind="stable")
        ends = np.searchsorted(number[order], first)
        for i in np.flatnonzero(np.diff(ends)):
            mine = order[ends[i] : ends[i + 1]]
            yield names[i], _Copy(name, number[mine] - first[i], place[mine])


def _rewritten_with_numbers(
    graph: ModelGraph,
    floats: Mapping[str, NDArray[np.generic]],
    first: NDArray[np.int64],
    base: int,
    optimisation: Optimisation,
) -> Iterator[dict[str, NDArray[np.generic]]]:
    """Give the tensors of the rewritten model with running numbers for values, one digit plus one at a time."""
    power = 1
    while power == 1 or power < first[-1]:
        values = {
            name: ((np.arange(start, start + value.size) // power) % base + 1).reshape(value.shape).astype(value.dtype)
            for (name, value), start in zip(floats.items(), first[:-1], strict=True)
        }
        yield tensor_values(_rewritten(with_values(graph.model, values), optimisation))
        power *= base


def _numbers(digits: list[NDArray[np.generic]], base: int) -> NDArray[np.int64]:
    """Return the number that each place holds, `_PADDING` for zeros; a number out of range for what is none."""
    number = np.zeros(digits[0].size, dtype=np.int64)
    is_number = np.ones(number.size, dtype=np.bool_)
    is_padding = np.ones(number.size, dtype=np.bool_)
    for i, digit in enumerate(digits):
        value = digit.reshape(-1).astype(np.float64)
        is_number &= (value >= 1) & (value <= base) & (value == np.floor(value))
        is_padding &= value == 0
        number += np.where(is_number, value - 1, 0).astype(np.int64) * base**i
    number[~is_number] = np.iinfo(np.int64).max
    number[is_padding] = _PADDING
    return number


def _is_traced(
    value: NDArray[np.generic], place: NDArray[np.int64], number: NDArray[np.int64], golden: NDArray[np.float32]
) -> bool:
    """Return whether the true values lie where the numbers say, and zeros elsewhere."""
    if not place.size or number.max() >= golden.size or np.count_nonzero(np.delete(value, place)):
        return False
    return golden[number].astype(value.dtype).tobytes() == value[place].tobytes()
