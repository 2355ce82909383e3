"""The two tasks on synthetic aperture radar patches: what the answer to each patch is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.datasets.sar_patches import (
    CLASS_NAMES,
    DETECTION_CYCLE,
    PREPROCESSING,
    SIZE_PX,
    TRIAGE_CYCLE,
    SarPatches,
    sar_patches,
)

N_CELLS: Final = 4
CELL_PX: Final = SIZE_PX // N_CELLS


def labelled_patches(task: str, split: str, n: int) -> LabelledImages:
    """Return the first `n` patches of a split with the answers of a task.

    Parameters
    ----------
    task : str
        "triage": which of sea, ship, land, coast and slick; "detection": in which cell of 8 x 8 pixels, counted row by
        row, the centre of a ship lies, or none. At most one ship is in a patch.
    split : str
        "train", "validation", "test" or "shift".
    n : int
        Number of patches.

    Raises
    ------
    ValueError
        If task or split is unknown.
    """
    if task == "triage":
        patches = sar_patches(split, n, cycle=TRIAGE_CYCLE)
        return LabelledImages(x=patches.x, y=patches.y, class_names=CLASS_NAMES, preprocessing=PREPROCESSING)
    if task == "detection":
        patches = sar_patches(split, n, cycle=DETECTION_CYCLE)
        return LabelledImages(
            x=patches.x, y=_ship_cell(patches), class_names=class_names("detection"), preprocessing=PREPROCESSING
        )
    raise ValueError(f"task = {task!r}: give triage or detection")


def class_names(task: str) -> tuple[str, ...]:
    """Return the names of the answers of a task."""
    if task == "triage":
        return CLASS_NAMES
    cells = ((row, column) for row in range(N_CELLS) for column in range(N_CELLS))
    return ("none", *(f"ship-row{row}-column{column}" for row, column in cells))


def _ship_cell(patches: SarPatches) -> NDArray[np.int64]:
    """Return 0 without a ship, else 1 + the number of the cell that its centre lies in."""
    has_ship = ~np.isnan(patches.ship_centre_px[:, 0])
    place = np.where(has_ship[:, None], patches.ship_centre_px + 0.5, 0.0) / CELL_PX
    column, row = np.clip(place.astype(np.int64), 0, N_CELLS - 1).T
    return np.where(has_ship, 1 + row * N_CELLS + column, 0)
