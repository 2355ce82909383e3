"""Flipped bits in the parameters and buffers of a torch module, in place and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from onboard_models.memory_image import ALIGNMENT_BYTES, Content, MemoryImage, RegionKind, image_of
from onboard_models.tensor_flips import TensorFlips

_SIGNED: Final = {
    1: (torch.int8, np.int8),
    2: (torch.int16, np.int16),
    4: (torch.int32, np.int32),
    8: (torch.int64, np.int64),
}
"""Integers of the same size, in which torch can flip bits on every device."""
_STANDS_FOR: Final = {torch.bfloat16: torch.int16, torch.float8_e4m3fn: torch.uint8, torch.float8_e5m2: torch.uint8}
"""What holds the bits of types that numpy does not have."""


def memory_image_of_module(module: torch.nn.Module, *, alignment_bytes: int = ALIGNMENT_BYTES) -> MemoryImage:
    """Return the image of a module: its parameters and buffers under their names, one after the other.

    Types that numpy lacks are held as integers of their size. Tensors that are shared come once, under the first name.

    Raises
    ------
    ValueError
        If the module holds nothing, or elements of another size than 1, 2, 4 or 8 bytes.
    """
    contents = []
    for name, tensor in _tensors(module).items():
        held = tensor.detach().cpu().contiguous()
        if held.dtype in _STANDS_FOR:
            held = held.view(_STANDS_FOR[held.dtype])
        layer = name.rpartition(".")[0] or name
        contents.append(Content(name=name, layer=layer, kind=_kind(name), values=held.numpy()))
    return image_of(contents, alignment_bytes=alignment_bytes)


@contextmanager
def flipped(module: torch.nn.Module, flips: TensorFlips) -> Iterator[torch.nn.Module]:
    """Flip bits of a module for the length of a `with` block.

    Parameters
    ----------
    module : on any device, in any layout of memory; only what was hit is touched, nothing is copied
    flips : tensors by the names of `named_parameters` and `named_buffers`, elements in row-major order

    Raises
    ------
    ValueError
        If the module has no such tensor, or an element or bit lies outside it; nothing is flipped then.
    """
    tensors = _tensors(module)
    masks = list(flips.masks())
    for name, element, mask in masks:
        _check(tensors, name, element, mask)
    for name, element, mask in masks:
        _flip_(tensors[name], element, mask)
    try:
        yield module
    finally:
        for name, element, mask in masks:
            _flip_(tensors[name], element, mask)


def _tensors(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _check(tensors: dict[str, torch.Tensor], name: str, element: NDArray[np.int64], mask: NDArray[np.uint64]) -> None:
    if name not in tensors:
        raise ValueError(f"flips: the module has no tensor {name!r}; it has {', '.join(list(tensors)[:20])}, ...")
    size, n_bits = tensors[name].numel(), 8 * tensors[name].element_size()
    if not 0 <= element.min() <= element.max() < size:
        raise ValueError(f"flips: elements of {name!r} reach from {element.min()} to {element.max()}; it has {size}")
    if int(mask.max()) >> n_bits:
        raise ValueError(f"flips: bits of {name!r} reach beyond the {n_bits} of its elements")


def _flip_(tensor: torch.Tensor, element: NDArray[np.int64], mask: NDArray[np.uint64]) -> None:
    """Flip bits through a view as integers, which shares the memory whatever the layout."""
    torch_type, numpy_type = _SIGNED[tensor.element_size()]
    signed = torch.from_numpy(mask.astype(f"u{tensor.element_size()}").view(numpy_type))
    at = torch.unravel_index(torch.from_numpy(element), tensor.shape)
    index = tuple(axis.to(tensor.device) for axis in at)
    with torch.no_grad():
        view = tensor.detach().view(torch_type)
        view[index] = view[index] ^ signed.to(tensor.device)


def _kind(name: str) -> RegionKind:
    if name.endswith("num_batches_tracked"):
        return RegionKind.METADATA
    return RegionKind.BIAS if name.endswith("bias") else RegionKind.WEIGHT
