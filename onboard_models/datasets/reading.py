"""Images of one's own: an `.npz` with `x` and `y`, or a folder with a folder per class and its preprocessing stated."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.datasets.labelled_images import LabelledImages

PREPROCESSING_FILE: Final = "preprocessing.json"
_LARGEST_BYTES: Final = 2**30
_KEYS: Final = ("decibels", "floor", "offset", "scale")
_LARGEST_PREPROCESSING_BYTES: Final = 2**16


class ImagesRefusedError(ValueError):
    """A file or folder of images that cannot be used; the message says which, why, and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How stored values become what the network sees.

    Feature = (value + offset) * scale, where value is the stored one, or with `decibels` 10 log10(stored + floor).
    """

    decibels: bool = False
    floor: float = 0.0
    offset: float = 0.0
    scale: float = 1.0

    def apply(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Return features of the shape of `stored`."""
        value = stored.astype(np.float64)
        if self.decibels:
            value = 10.0 * np.log10(value + self.floor)
        return ((value + self.offset) * self.scale).astype(np.float32)

    def __str__(self) -> str:
        value = f"10 log10(stored + {self.floor:g})" if self.decibels else "stored"
        return f"x = ({value} + {self.offset:g}) * {self.scale:g}"


def read_images(path: Path | str) -> LabelledImages:
    """Return the images of a file or folder.

    Parameters
    ----------
    path : Path or str
        An `.npz` file with `x` float (n, channels, height, width), as the network wants it, `y` integer (n,) and
        optionally `class_names`; or a folder with `preprocessing.json` (keys of `Preprocessing`) and a folder per
        class, in alphabetical order, of `.npy` arrays (height, width) or (channels, height, width), all alike.

    Raises
    ------
    ImagesRefusedError
        If something is missing, of the wrong shape or type, not finite, or larger than 1 GiB in memory.
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path)
    if path.suffix == ".npz" and path.is_file():
        return _read_npz(path)
    raise ImagesRefusedError(f"{path}: give an .npz file with x and y, or a folder with a folder per class")


def _read_npz(path: Path) -> LabelledImages:
    """Return the images of one file."""
    try:
        _check_size(path, sum(entry.file_size for entry in zipfile.ZipFile(path).infolist()))
        with np.load(path, allow_pickle=False) as arrays:
            x, y = arrays["x"], arrays["y"]
            names = arrays["class_names"].tolist() if "class_names" in arrays else None
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ImagesRefusedError(
            f"{path}: cannot be read ({error}); it needs arrays x and y, without objects"
        ) from error
    if y.ndim != 1 or y.dtype.kind not in "iu" or len(y) == 0 or y.min() < 0:
        raise ImagesRefusedError(
            f"{path}: y is {y.dtype} of shape {y.shape}; give class numbers 0, 1, ... of shape (n,)"
        )
    class_names = tuple(map(str, names)) if names is not None else tuple(f"class{i}" for i in range(int(y.max()) + 1))
    return _labelled(path, x, y, class_names, "as stored")


def _read_folder(folder: Path) -> LabelledImages:
    """Return the images of a folder per class."""
    preprocessing = _read_preprocessing(folder / PREPROCESSING_FILE)
    classes = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    files = [(number, file) for number, entry in enumerate(classes) for file in sorted(entry.glob("*.npy"))]
    if not files:
        raise ImagesRefusedError(f"{folder}: holds no .npy arrays; give a folder per class with arrays in it")
    _check_size(folder, sum(file.stat().st_size for _, file in files))
    images = [_read_array(file) for _, file in files]
    shapes = {image.shape for image in images}
    if len(shapes) > 1:
        raise ImagesRefusedError(f"{folder}: arrays have shapes {sorted(shapes)}; give all the same")
    x = preprocessing.apply(np.stack(images))
    y = np.array([number for number, _ in files])
    return _labelled(folder, x, y, tuple(entry.name for entry in classes), str(preprocessing))


def _read_array(path: Path) -> NDArray[Any]:
    """Return one image as (channels, height, width)."""
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ImagesRefusedError(f"{path}: cannot be read ({error}); give an array saved by numpy.save") from error
    if array.ndim not in (2, 3) or array.dtype.kind not in "iuf":
        raise ImagesRefusedError(f"{path}: {array.dtype} of shape {array.shape}; give numbers (height, width)")
    return array[None] if array.ndim == 2 else array


def _read_preprocessing(path: Path) -> Preprocessing:
    """Return what a folder states about its values."""
    example = '{"decibels": true, "floor": 1e-6, "offset": 20, "scale": 0.1}'
    try:
        with path.open("rb") as file:
            keys = json.loads(file.read(_LARGEST_PREPROCESSING_BYTES))
    except (OSError, ValueError) as error:
        raise ImagesRefusedError(
            f"{path}: cannot be read ({error}); state how values are prepared: {example}"
        ) from error
    if not isinstance(keys, Mapping) or not set(keys) <= set(_KEYS):
        raise ImagesRefusedError(f"{path}: give only the keys {', '.join(_KEYS)}, such as {example}")
    numbers = {name: value for name, value in keys.items() if name != "decibels"}
    if not all(isinstance(value, int | float) and np.isfinite(value) for value in numbers.values()):
        raise ImagesRefusedError(f"{path}: {numbers}: give finite numbers, such as {example}")
    return Preprocessing(decibels=keys.get("decibels", False) is True, **{k: float(v) for k, v in numbers.items()})


def _labelled(
    path: Path, x: NDArray[Any], y: NDArray[Any], class_names: tuple[str, ...], preprocessing: str
) -> LabelledImages:
    """Return checked images."""
    if x.ndim != 4 or x.dtype.kind != "f" or not np.isfinite(x).all():
        raise ImagesRefusedError(
            f"{path}: x is {x.dtype} of shape {x.shape}; give finite floats (n, channels, height, width)"
        )
    try:
        return LabelledImages(
            x=x.astype(np.float32), y=y.astype(np.int64), class_names=class_names, preprocessing=preprocessing
        )
    except ValueError as error:
        raise ImagesRefusedError(f"{path}: {error}") from error


def _check_size(path: Path, n_bytes: int) -> None:
    """Refuse what would fill the memory."""
    if n_bytes > _LARGEST_BYTES:
        raise ImagesRefusedError(f"{path}: {n_bytes} bytes when unpacked; at most {_LARGEST_BYTES} are read")
