"""A faulty channel that only one convolution reads: its change is convolved alone and added to what was without it.

That convolution then costs one input channel instead of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from onboard_models.injection.graph_cuts import CHANGE, COLUMN, GOLDEN
from onboard_models.injection.suffixes import Suffixes
from onboard_models.runtime import RUN_ERRORS

_LARGEST: Final = np.float32(1e30)
"""Beyond it sums may overflow or not depending on their order, which splitting a convolution changes."""
_FEWEST_CHANNELS: Final = 4


class ThroughConvolution:
    """The outputs of a model as one input channel of a convolution changes.

    Attributes
    ----------
    n_bytes : size of the golden tensors that are kept
    """

    def __init__(
        self,
        session: ort.InferenceSession,
        given: Mapping[str, NDArray[np.generic]],
        columns: NDArray[np.generic],
    ) -> None:
        self._session = session
        self._given = dict(given)
        self._columns = columns
        self._names = [output.name for output in session.get_outputs()]
        self.n_bytes = sum(value.nbytes for value in given.values())

    def serves(self, channel: NDArray[np.float32]) -> bool:
        """Return whether all values are so small that sums cannot overflow."""
        return bool(np.abs(channel).max(initial=0.0) < _LARGEST)

    def outputs(self, i_channel: int, change: NDArray[np.float32]) -> dict[str, NDArray[np.generic]] | None:
        """Return the outputs that depend on the channel, None if the model fails.

        Parameters
        ----------
        i_channel : the input channel that changes
        change : (n, ...) by how much
        """
        self._given[CHANGE] = change[:, None]
        self._given[COLUMN] = self._columns[i_channel]
        try:
            return dict(zip(self._names, self._session.run(self._names, self._given), strict=True))
        except RUN_ERRORS:
            return None


def through_convolution(suffixes: Suffixes, tensor: str, x: NDArray[np.generic]) -> ThroughConvolution | None:
    """Return that for the only reader of a tensor, None unless it is an ungrouped convolution with constant weights."""
    graph = suffixes.graph
    readers = graph.readers.get(tensor, [])
    if len(readers) != 1 or tensor in graph.outputs:
        return None
    node = graph.nodes[readers[0]]
    weights = graph.values.get(node.input[1]) if node.op_type == "Conv" and not node.domain else None
    options: dict[str, Any] = {attribute.name: attribute for attribute in node.attribute}
    if weights is None or weights.dtype != np.float32 or weights.shape[1] < _FEWEST_CHANNELS:
        return None
    if node.output[0] in graph.outputs or ("group" in options and options["group"].i != 1):
        return None
    output = node.output[0]
    once = suffixes.computed((tensor, output, *graph.boundary(output)), x)
    columns = np.ascontiguousarray(np.moveaxis(weights, 1, 0)[:, :, None])
    given = {name: once[name] for name in (output, *graph.boundary(output))}
    parts = {**given, CHANGE: once[tensor][:, :1], COLUMN: columns[0]}
    session = suffixes.session_through(readers[0], parts)
    golden = given.pop(output)
    return ThroughConvolution(session, {**given, GOLDEN: golden}, columns)
