"""How many images a network takes at once: any number, even where its file tells the one that an exporter was shown."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from onboard_models.runtime import RUN_ERRORS, open_session

_MOST_ROWS: Final = 512
_MOST_NUMBERS: Final = 2**22
"""Numbers of images that are run at once; activations take tens of times as many."""


def fixed_batch(model: onnx.ModelProto) -> int:
    """Return how many images a network takes, 0 for any number."""
    return int(model.graph.input[0].type.tensor_type.shape.dim[0].dim_value)


def rows_at_once(model: onnx.ModelProto, x: NDArray[np.float32]) -> int:
    """Return how many images (n, ...) to run at once: what the network takes, else what memory bears."""
    return fixed_batch(model) or max(1, min(_MOST_ROWS, _MOST_NUMBERS // x[0].size))


def with_open_batch(model: onnx.ModelProto, x: NDArray[np.float32]) -> onnx.ModelProto:
    """Return the network for any number of images if it then gives the same, else as it is.

    Exporters write down the batch that they were shown, often a single image; most such networks run on any number.
    Weights are untouched; a reshape to a shape that begins with the batch is then left to find out the first axis.

    Parameters
    ----------
    model : a network with one input whose first axis counts images
    x : (n, ...) images to try, at least one

    Raises
    ------
    Exception
        One of `RUN_ERRORS`, if the network does not run on these images.
    """
    n_fixed = fixed_batch(model)
    if n_fixed == 0:
        return model
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    del opened.graph.value_info[:]
    for info in (*opened.graph.input, *opened.graph.output):
        if info.type.tensor_type.shape.dim:
            info.type.tensor_type.shape.dim[0].dim_param = "n"
    _open_reshapes(opened, n_fixed)
    tried = np.resize(x, (2 * n_fixed, *x.shape[1:]))
    expected = [_outputs(model, part) for part in np.split(tried, 2)]
    try:
        found = _outputs(opened, tried)
    except RUN_ERRORS:
        return model
    pairs = zip(found, *expected, strict=True)
    return opened if all(_agree(many, np.concatenate(parts)) for many, *parts in pairs) else model


def _open_reshapes(model: onnx.ModelProto, n_fixed: int) -> None:
    shapes = {node.input[1] for node in model.graph.node if node.op_type == "Reshape" and len(node.input) > 1}
    for tensor in model.graph.initializer:
        if tensor.name in shapes:
            shape = numpy_helper.to_array(tensor).copy()
            if shape.size and shape[0] == n_fixed and -1 not in shape:
                shape[0] = -1
                tensor.CopyFrom(numpy_helper.from_array(shape, tensor.name))


def _agree(one: NDArray[np.generic], other: NDArray[np.generic]) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-3, atol=1e-4)


def _outputs(model: onnx.ModelProto, x: NDArray[np.float32]) -> list[NDArray[np.generic]]:
    session = open_session(model.SerializeToString())
    found: list[NDArray[np.generic]] = session.run(None, {session.get_inputs()[0].name: x})
    return found
