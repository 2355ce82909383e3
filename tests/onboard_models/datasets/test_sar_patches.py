from __future__ import annotations

import numpy as np
import pytest

from onboard_models.datasets.sar_patches import (
    CLASS_NAMES,
    DETECTION_CYCLE,
    NOISE_FLOOR,
    SIZE_PX,
    feature,
    sar_patches,
)
from onboard_models.datasets.tasks import CELL_PX, class_names, labelled_patches

SEA, SHIP, LAND, COAST, SLICK = range(5)


@pytest.fixture(scope="module")
def patches():
    return sar_patches("validation", 2000)


def _intensity(x):
    return 10.0 ** (x[:, 0].astype(float) - 2.0) - 1e-6


def test_shapes_and_balance(patches):
    assert patches.x.shape == (2000, 1, SIZE_PX, SIZE_PX) and patches.x.dtype == np.float32
    assert np.isfinite(patches.x).all()
    assert np.bincount(patches.y).tolist() == [400] * len(CLASS_NAMES)


def test_a_patch_does_not_depend_on_how_many_are_asked_for(patches):
    for n in (1, 399, 401):
        some = sar_patches("validation", n)
        assert np.array_equal(some.x, patches.x[:n])
        assert np.array_equal(some.y, patches.y[:n])


def test_splits_differ():
    first = {name: sar_patches(name, 20).x.tobytes() for name in ("train", "validation", "test", "shift")}
    assert len(set(first.values())) == 4


def test_feature_is_the_stated_one():
    intensity = np.array([0.0, 1e-2, 1.0])
    assert np.allclose(feature(intensity), (10 * np.log10(intensity + 1e-6) + 20) / 10, atol=1e-6)
    assert feature(np.array([1e-2]))[0] == pytest.approx(0.0, abs=1e-4)  # the 1e-6 beside 1e-2


def test_backscatter_of_open_sea(patches):
    mean = _intensity(patches.x[patches.y == SEA]).mean(axis=(1, 2)) - NOISE_FLOOR
    level = np.log10(mean)
    # uniform over -2.2 to -1.2, blurred by clutter within the patch; its mean is -1.7, less what averaging 1024
    # correlated pixels of spiky clutter costs the logarithm (variance / 2 / ln 10, below 0.04)
    error = level.std() / np.sqrt(len(level))
    assert -1.7 - 0.04 - 4 * error < level.mean() < -1.7 + 4 * error
    assert level.std() == pytest.approx(np.sqrt(1 / 12), rel=0.2)


def test_land_is_brighter_by_the_stated_factor(patches):
    sea, land = (np.log10(_intensity(patches.x[patches.y == c]).mean(axis=(1, 2))) for c in (SEA, LAND))
    error = np.hypot(sea.std(), land.std()) / np.sqrt(400)
    assert abs(land.mean() - sea.mean() - (0.35 + 1.2) / 2) < 4 * error + 0.06  # spikier clutter, more so on land


def test_ships_shine_where_they_are_said_to_be(patches):
    of_ships = np.flatnonzero(patches.y == SHIP)
    column, row = np.rint(patches.ship_centre_px[of_ships]).astype(int).T
    intensity = _intensity(patches.x[of_ships])
    near = np.stack([intensity[np.arange(len(row)), row + r, column + c] for r in (-1, 0, 1) for c in (-1, 0, 1)]).mean(
        0
    )
    contrast = np.median(near / np.median(intensity, axis=(1, 2)))
    assert contrast > 10**0.55  # the weakest ship's; the median ship is 10^1.1 times the sea, part of the 3 x 3 is sea


def test_ships_are_in_all_ship_patches_and_a_quarter_of_coasts(patches):
    has_ship = ~np.isnan(patches.ship_centre_px[:, 0])
    assert has_ship[patches.y == SHIP].all()
    assert not has_ship[np.isin(patches.y, [SEA, LAND, SLICK])].any()
    assert abs(has_ship[patches.y == COAST].mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 400)


def test_slicks_have_darker_pixels_than_sea(patches):
    def depth(c):
        smoothed = np.log10(_intensity(patches.x[patches.y == c])).reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4))
        return np.median(smoothed.max(axis=(1, 2)) - smoothed.min(axis=(1, 2)))

    assert depth(SLICK) > depth(SEA) + 0.1


def test_shift_is_spikier():
    def contrast(split):
        of_sea = sar_patches(split, 400)
        intensity = _intensity(of_sea.x[of_sea.y == SEA])
        return np.median(intensity.var(axis=(1, 2)) / intensity.mean(axis=(1, 2)) ** 2)

    # (1 + 1/L)(1 + 1/nu) - 1 at the middle of the ranges: 0.86 at L 2, nu 4; 1.5 at L 5, nu 1.1
    assert contrast("shift") > 1.2 * contrast("validation")


def test_detection_answers_are_the_cells_of_ships():
    images, patches = labelled_patches("detection", "test", 800), sar_patches("test", 800, cycle=DETECTION_CYCLE)
    assert np.array_equal(images.x, patches.x)
    names = class_names("detection")
    for answer, (column, row) in zip(images.y, patches.ship_centre_px, strict=True):
        if np.isnan(column):
            assert names[answer] == "none"
        else:
            assert names[answer] == f"ship-row{int((row + 0.5) // CELL_PX)}-column{int((column + 0.5) // CELL_PX)}"
    assert 0.45 < (images.y > 0).mean() < 0.6


@pytest.mark.parametrize(("split", "n"), [("training", 5), ("test", 0)])
def test_wrong_requests_are_told(split, n):
    with pytest.raises(ValueError, match=r"split = 'training'|n = 0"):
        sar_patches(split, n)


def test_unknown_task_is_told():
    with pytest.raises(ValueError, match="task = 'sorting'"):
        labelled_patches("sorting", "test", 5)
