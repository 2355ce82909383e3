"""What a campaign is about: a network of the catalogue or of a file, images to test it on, and others to calibrate."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.catalogue import find_model, model_names
from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.datasets.reading import ImagesRefusedError, read_images
from onboard_models.limited_run import RunEnd, run_limited
from onboard_models.model_tensors import with_constants_as_initialisers
from onboard_models.open_batch import fixed_batch, rows_at_once, with_open_batch
from onboard_models.protection.composition import calibration_of
from onboard_models.protection.protection import Calibration
from onboard_models.runtime import RUN_ERRORS, open_session, primary_output, run_in_batches
from onboard_models.vetting import ModelRefusedError, load_model_bytes, vet_model

_MOST_CALIBRATION: Final = 2000
_INT8: Final = "-int8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a network and its images come from; what a worker process needs to load them.

    Attributes
    ----------
    model : a name of the catalogue, or the path of an .onnx file
    dataset : path of images; None for those that a network of the catalogue was made for
    n_images : at most so many are tested
    """

    model: str
    dataset: str | None
    n_images: int


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network with images, loaded and checked.

    Attributes
    ----------
    name : of the catalogue, or of the file without its ending
    model_bytes : ONNX
    images : to test on
    digests : SHA-256 of the model and of its images, by which equal campaigns are known
    n_fixed : images that it takes at once, 0 for any number
    n_rows : images to run at once
    """

    name: str
    model_bytes: bytes
    images: LabelledImages
    digests: Mapping[str, str]
    n_fixed: int
    n_rows: int

    @property
    def probe(self) -> NDArray[np.float32]:
        """Return a few images that the network takes at once, repeated if there are fewer."""
        return np.resize(self.images.x, (self.n_fixed or 2, *self.images.x.shape[1:]))


def source_of(model: str, *, dataset: Path | None, dtype: str | None, n_images: int) -> Source:
    """Return the source that a command names.

    Parameters
    ----------
    model : a name of the catalogue, or the path of an .onnx file
    dataset : images of one's own
    dtype : "float32" or "int8": which variant of a network of the catalogue; None for the one named
    n_images : at most so many are tested

    Raises
    ------
    ValueError
        If there is no such network or variant, or a file comes without images.
    """
    is_file = is_model_file(model)
    if is_file and dtype is not None:
        raise ValueError(f"dtype = {dtype!r}: {model} is a file and has the type that it has; leave the option out")
    if is_file and dataset is None:
        raise ValueError(
            f"{model}: a model of your own needs images; give --dataset, an .npz with x and y, or a folder"
        )
    name = model if is_file else _variant(model, dtype)
    return Source(model=name, dataset=None if dataset is None else str(dataset), n_images=n_images)


def _variant(name: str, dtype: str | None) -> str:
    """Return the name of the network with the type asked for."""
    if dtype is None:
        return find_model(name).name
    plain = name.removesuffix(_INT8)
    wanted = plain + _INT8 if dtype == "int8" else plain
    find_model(plain)
    if wanted not in model_names():
        raise ValueError(f"dtype = {dtype!r}: the catalogue has no {wanted!r}; sunwise models lists what there is")
    return wanted


@lru_cache(maxsize=1)
def load(source: Source) -> Network:
    """Return the network and its images, loaded once per process.

    Raises
    ------
    ModelRefusedError
        If the file is no model that is run here, or no classifier of images.
    ImagesRefusedError
        If images cannot be read or do not fit the network.
    """
    if source.dataset is None:
        shipped = find_model(source.model)
        name, content = shipped.name, shipped.model_bytes
        given = tested = shipped.images("test", source.n_images)
    else:
        is_file = is_model_file(source.model)
        name = Path(source.model).stem if is_file else source.model
        content = load_model_bytes(source.model) if is_file else find_model(source.model).model_bytes
        given = read_images(source.dataset)
        tested = _half(given, 1, source.n_images, source)
    model = _fitted(content, tested, source)
    return Network(
        name=name,
        model_bytes=model.SerializeToString(),
        images=_whole_runs(tested, fixed_batch(model), source),
        digests={
            "model": hashlib.sha256(content).hexdigest(),
            "images": hashlib.sha256(given.x.tobytes() + given.y.tobytes()).hexdigest(),
        },
        n_fixed=fixed_batch(model),
        n_rows=rows_at_once(model, tested.x),
    )


@lru_cache(maxsize=1)
def calibration_images(source: Source) -> Calibration:
    """Return images that protections may see: validation images, or those rows of one's own that are not tested."""
    if source.dataset is None:
        return calibration_of(find_model(source.model))
    images = _half(read_images(source.dataset), 0, _MOST_CALIBRATION, source)
    return Calibration(x=images.x, y=images.y)


def is_model_file(model: str) -> bool:
    """Return whether a person means a file, not a name of the catalogue."""
    return model.endswith(".onnx") or Path(model).is_file()


def _fitted(content: bytes, images: LabelledImages, source: Source) -> onnx.ModelProto:
    """Return the network, checked, and for any number of images if it can be."""
    model = with_constants_as_initialisers(vet_model(content, name=source.model))
    given = list(model.graph.input)
    shape = [dim.dim_value for dim in given[0].type.tensor_type.shape.dim] if given else []
    if len(given) != 1 or given[0].type.tensor_type.elem_type != onnx.TensorProto.FLOAT or not shape:
        raise ModelRefusedError(f"{source.model}: has {len(given)} inputs; give a network with one, float32 images")
    if len(shape) != images.x.ndim or any(n and n != m for n, m in zip(shape[1:], images.x.shape[1:], strict=False)):
        raise ImagesRefusedError(
            f"{source.dataset}: images are {list(images.x.shape[1:])}, {source.model} takes {shape[1:]} (0 is any size)"
        )
    if is_model_file(source.model):
        _check_harmless(content, given[0].name, np.resize(images.x, (shape[0] or 2, *images.x.shape[1:])), source)
    try:
        model = with_open_batch(model, images.x)
        tried = np.resize(images.x, (fixed_batch(model) or 2, *images.x.shape[1:]))
        outputs = run_in_batches(open_session(model.SerializeToString()), tried, batch=len(tried))
    except RUN_ERRORS as error:
        raise ModelRefusedError(f"{source.model}: ONNX Runtime cannot run it: {error}") from error
    name = primary_output(list(outputs))
    logits = outputs[name]
    n_classes = logits.shape[-1] if logits.ndim == 2 else 0
    if n_classes <= images.y.max():
        raise ModelRefusedError(
            f"{source.model}: its output {name!r} has shape {list(logits.shape)}, labels reach "
            f"{images.y.max()}; give a classifier with logits (n, n_classes) for the classes of the images"
        )
    return model


def _check_harmless(content: bytes, name: str, x: NDArray[np.float32], source: Source) -> None:
    """Run a model that nobody vouches for once in a child process with limits."""
    done = run_limited(content, {name: x})
    if done.end is not RunEnd.FINISHED:
        raise ModelRefusedError(f"{source.model}: does not run within limits ({done.end.value}): {done.message}")


def _half(images: LabelledImages, first: int, n_most: int, source: Source) -> LabelledImages:
    """Return every other row from `first` on, at most `n_most` spread over the file, which may be sorted by class."""
    if len(images.x) < 2:
        raise ImagesRefusedError(f"{source.dataset}: one image; give two or more, half are for calibration")
    rows = np.arange(first, len(images.x), 2)
    n_taken = min(rows.size, n_most)
    chosen = rows[np.arange(n_taken) * rows.size // n_taken]
    return replace(images, x=images.x[chosen], y=images.y[chosen])


def _whole_runs(images: LabelledImages, n_fixed: int, source: Source) -> LabelledImages:
    """Return as many images as whole runs take, where the network takes only so many at once."""
    if n_fixed == 0:
        return images
    n_whole = len(images.x) // n_fixed * n_fixed
    if n_whole == 0:
        raise ImagesRefusedError(
            f"{source.dataset}: {len(images.x)} images to test on, {source.model} takes {n_fixed} at once; give more"
        )
    return images.first(n_whole)
