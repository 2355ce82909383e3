"""Synthetic aperture radar patches of 32 x 32 pixels for triage on board: sea, ship, land, coast or slick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.datasets.clutter import gamma_texture, speckle
from onboard_models.datasets.scenes import Band, rough_band, ship_intensity, slick_attenuation, swell

CLASS_NAMES: Final = ("sea", "ship", "land", "coast", "slick")
SIZE_PX: Final = 32
PREPROCESSING: Final = "x = (10 log10(intensity + 1e-6) + 20) / 10, one channel, 32 x 32"
NOISE_FLOOR: Final = 10.0**-3.2
SHIP_SHARE_OF_COASTS: Final = 0.25

_SEA, _SHIP, _LAND, _COAST, _SLICK = range(5)
_BLOCK = 400  # patches drawn at a time: a patch depends on its split and number alone, never on how many are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Where patches come from: a seed and the ranges of the clutter."""

    name: str
    seed: int
    n_looks: tuple[int, ...] = (1, 2, 4)
    sea_shape: tuple[float, float] = (1.5, 8.0)
    land_shape: tuple[float, float] = (0.8, 4.0)


SPLITS: Final = {
    split.name: split
    for split in (
        Split(name="train", seed=1),
        Split(name="validation", seed=2),
        Split(name="test", seed=3),
        Split(name="shift", seed=4, n_looks=(3, 8), sea_shape=(0.8, 1.5), land_shape=(0.4, 0.8)),
    )
}
"""Training, validation and test differ by seed alone; `shift` also by spikier clutter and other numbers of looks."""

TRIAGE_CYCLE: Final = (_SEA, _SHIP, _LAND, _COAST, _SLICK)
DETECTION_CYCLE: Final = (_SHIP, _SEA, _SHIP, _LAND, _SHIP, _COAST, _SHIP, _SLICK)
"""Classes in turn, so that any stretch of patches is balanced: all alike, or half of them with a ship."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SarPatches:
    """Patches and what is in them."""

    x: NDArray[np.float32]  # (n, 1, 32, 32), feature
    y: NDArray[np.int64]  # (n,), index into CLASS_NAMES
    ship_centre_px: NDArray[np.float64]  # (n, 2), column and row, nan without a ship
    split: str


def sar_patches(split: str, n: int, *, cycle: tuple[int, ...] = TRIAGE_CYCLE) -> SarPatches:
    """Return the first `n` patches of a split.

    Parameters
    ----------
    split : str
        A name in `SPLITS`.
    n : int
        Number of patches, positive.
    cycle : tuple of int
        Classes that follow one another.

    Raises
    ------
    ValueError
        If there is no such split, or `n` is not positive.

    Notes
    -----
    Intensity = backscatter x texture x speckle, which is K-distributed, plus ships, plus a noise floor of 10^-3.2.
    Sea: backscatter 10^-2.2 to 10^-1.2 with swell; land 10^0.35 to 10^1.2 times as bright; a quarter of coasts
    has a ship off shore, which the class does not tell, as an operator's labels would not.
    """
    if split not in SPLITS:
        raise ValueError(f"split = {split!r}: give one of {', '.join(SPLITS)}")
    if n < 1:
        raise ValueError(f"n = {n}: give a positive number of patches")
    blocks = list(_blocks(SPLITS[split], n, cycle))
    intensity, y, centre = (np.concatenate(parts)[:n] for parts in zip(*blocks, strict=True))
    return SarPatches(x=feature(intensity)[:, None], y=y, ship_centre_px=centre, split=split)


def feature(intensity: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return what networks see: decibels, shifted and scaled to about -1 to 2."""
    return ((10.0 * np.log10(intensity + 1e-6) + 20.0) / 10.0).astype(np.float32)


def _blocks(
    split: Split, n: int, cycle: tuple[int, ...]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]]:
    """Yield intensity, class and ship's centre of blocks of patches until there are `n`."""
    for i_block in range(-(-n // _BLOCK)):
        rng = np.random.default_rng(np.random.SeedSequence(split.seed, spawn_key=(i_block,)))
        y = np.array(cycle, dtype=np.int64)[(np.arange(_BLOCK) + i_block * _BLOCK) % len(cycle)]
        yield _patches(rng, split, y)


def _patches(
    rng: np.random.Generator, split: Split, y: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return intensity, class and ship's centre of the patches of one block."""
    n = len(y)
    sea_level = 10.0 ** rng.uniform(-2.2, -1.2, n)
    n_looks = rng.choice(np.array(split.n_looks, dtype=np.float64), n)
    texture = gamma_texture(rng, rng.uniform(*split.sea_shape, n), rng.uniform(0.8, 3.0, n), SIZE_PX)
    clutter = swell(rng, n, SIZE_PX) * texture
    slicks = np.flatnonzero(y == _SLICK)
    clutter[slicks] *= slick_attenuation(rng, len(slicks), SIZE_PX)
    has_ship = (y == _SHIP) | ((y == _COAST) & (rng.random(n) < SHIP_SHARE_OF_COASTS))
    coast = _coast_lines(rng, has_ship[y == _COAST])
    _put_land_(rng, split, clutter, y, coast)
    intensity = clutter * speckle(rng, n_looks, SIZE_PX)
    centre = _ship_centres(rng, y, has_ship, coast)
    intensity[has_ship] += ship_intensity(rng, centre[has_ship], SIZE_PX)
    noise = NOISE_FLOOR * speckle(rng, n_looks, SIZE_PX)
    return sea_level[:, None, None] * intensity + noise, y, centre


def _coast_lines(rng: np.random.Generator, has_ship: NDArray[np.bool_]) -> Band:
    """Return coast lines; land lies on the positive side, and beside a ship there is room for it at sea."""
    offset_px = np.where(has_ship, rng.uniform(0.0, 8.0, len(has_ship)), rng.uniform(-8.0, 8.0, len(has_ship)))
    return rough_band(rng, offset_px, rng.uniform(0.5, 2.0, len(has_ship)), SIZE_PX)


def _put_land_(
    rng: np.random.Generator, split: Split, clutter: NDArray[np.float64], y: NDArray[np.int64], coast: Band
) -> None:
    """Replace the sea by land: everywhere in patches of land, beyond the line on coasts."""
    chosen = np.flatnonzero((y == _LAND) | (y == _COAST))
    n = len(chosen)
    texture = gamma_texture(rng, rng.uniform(*split.land_shape, n), rng.uniform(0.8, 3.0, n), SIZE_PX)
    land = texture * 10.0 ** rng.uniform(0.35, 1.2, n)[:, None, None]
    is_land = np.ones(land.shape, dtype=np.bool_)
    is_land[y[chosen] == _COAST] = coast.distance_px > 0.0
    clutter[chosen] = np.where(is_land, land, clutter[chosen])


def _ship_centres(
    rng: np.random.Generator, y: NDArray[np.int64], has_ship: NDArray[np.bool_], coast: Band
) -> NDArray[np.float64]:
    """Return column and row of ships: anywhere but the rim in open sea, 4 to 9 px off shore at coasts."""
    centre = np.where(has_ship[:, None], rng.uniform(4.0, SIZE_PX - 5.0, (len(y), 2)), np.nan)
    off_shore_px, along_px = rng.uniform(4.0, 9.0, len(coast.normal)), rng.uniform(-8.0, 8.0, len(coast.normal))
    tangent = np.stack([-coast.normal[:, 1], coast.normal[:, 0]], axis=1)
    place = (coast.offset_px - off_shore_px)[:, None] * coast.normal + along_px[:, None] * tangent + (SIZE_PX - 1) / 2
    at_coast = y == _COAST
    centre[at_coast] = np.where(has_ship[at_coast, None], place, np.nan)
    return centre
