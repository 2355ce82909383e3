from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import (
    ASTRONOMICAL_UNIT_M,
    SUN_RADIUS_M,
    WGS84_EQUATORIAL_RADIUS_M,
    WGS84_FLATTENING,
)
from simulator.sunlight import ShadowKind, ShadowModel, shadow_depth_m, visible_fraction
from simulator.sunlight.shadow import shadow_kind

SPHERE = ShadowModel(body="sphere")


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("body", "cube", "wgs84 or sphere"),
        ("sun", "ring", "disc or point"),
        ("radius_m", 6378.137, "unit: metre"),
        ("radius_m", float("nan"), "radius_m"),
        ("atmosphere_height_m", -1.0, "between 0"),
        ("atmosphere_height_m", 2e5, "between 0"),
    ],
)
def test_model_refuses_nonsense(argument: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ShadowModel(**{argument: value})


def test_kinds_by_label() -> None:
    assert shadow_kind("umbra") is ShadowKind.UMBRA
    assert shadow_kind("penumbra").label == "penumbra"
    with pytest.raises(ValueError, match="umbra or penumbra"):
        shadow_kind("antumbra")


def test_edge_of_a_sphere_in_closed_form() -> None:
    """A cone of half-angle asin((Rs - R) / d) touches the sphere: its radius behind the Earth is known."""
    radius_m, distance_m, behind_m = SPHERE.radius_m, ASTRONOMICAL_UNIT_M, 2_500_000.0
    for kind, sign in ((ShadowKind.UMBRA, 1.0), (ShadowKind.PENUMBRA, -1.0)):
        slope = np.arcsin((SUN_RADIUS_M - sign * radius_m) / distance_m)
        edge_m = radius_m / np.cos(slope) - sign * behind_m * np.tan(slope)
        for offset_m, is_in in ((-20.0, True), (20.0, False)):
            position_m = np.array([[-behind_m, edge_m + offset_m, 0.0]])
            sun_m = np.array([[distance_m, 0.0, 0.0]])
            # the limb's tangent as seen from the satellite differs from the common tangent by less than 1e-10 rad
            assert (shadow_depth_m(position_m, sun_m, sign, SPHERE)[0] > 0.0) == is_in, kind


directions = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


@given(where=directions, height_m=st.floats(3e5, 4e7), season=st.floats(-0.4, 0.4))
def test_umbra_lies_in_the_point_shadow_in_the_penumbra(where: tuple, height_m: float, season: float) -> None:
    position_m = (_unit(np.array(where)) * (6.4e6 + height_m))[None]
    sun_m = ASTRONOMICAL_UNIT_M * np.array([[np.cos(season), 0.0, np.sin(season)]])
    model = ShadowModel()
    umbra, point, penumbra = (shadow_depth_m(position_m, sun_m, limb, model)[0] for limb in (1.0, 0.0, -1.0))
    if np.linalg.norm(np.cross(position_m[0], sun_m[0])) / ASTRONOMICAL_UNIT_M > 3e5:  # off the axis to the Sun
        assert umbra <= point <= penumbra
    fraction = visible_fraction(position_m, sun_m, model)[0]
    assert 0.0 <= fraction <= 1.0
    assert (fraction == 1.0) == (penumbra <= 0.0)
    assert (fraction == 0.0) == (umbra >= 0.0)


def test_visible_fraction_against_rays_to_the_disc() -> None:
    """Trace rays to points spread over the Sun's disc against the ellipsoid, across a crossing in the plane y-z."""
    distance_m, n = ASTRONOMICAL_UNIT_M, 20_000
    order = np.arange(n) + 0.5
    ring, turn = np.sqrt(order / n) * SUN_RADIUS_M, np.pi * (1.0 + np.sqrt(5.0)) * order  # sunflower: equal areas
    sun_m = np.array([distance_m, 0.0, 0.0])
    targets = sun_m + np.stack([np.zeros(n), ring * np.cos(turn), ring * np.sin(turn)], axis=-1)
    stretch = np.array([1.0, 1.0, 1.0 / (1.0 - WGS84_FLATTENING)])
    for height_m in np.linspace(6_338_000.0, 6_378_000.0, 9):
        position_m = np.array([-2_400_000.0, 0.6 * height_m, 0.8 * height_m])
        ray = (targets - position_m) * stretch
        ray /= np.linalg.norm(ray, axis=1)[:, None]
        start = position_m * stretch
        hits = -(ray @ start) > np.sqrt(start @ start - WGS84_EQUATORIAL_RADIUS_M**2)
        traced = 1.0 - hits.mean()
        ours = visible_fraction(position_m[None], sun_m[None], ShadowModel())[0]
        # curvature of the limb over the disc's width: sagitta (0.27 deg)^2 / 2 / tan(60 deg) in disc radii is 0.14 %;
        # sampling 20,000 points evenly: 0.1 %
        assert abs(ours - traced) < 0.004


def test_an_opaque_atmosphere_deepens_the_shadow_by_its_height() -> None:
    position_m, sun_m = np.array([[-2.5e6, 6.4e6, 0.0]]), np.array([[ASTRONOMICAL_UNIT_M, 0.0, 0.0]])
    bare, hazy = (
        shadow_depth_m(position_m, sun_m, 0.0, ShadowModel(atmosphere_height_m=height_m))
        for height_m in (0.0, 15_000.0)
    )
    # d sqrt(r^2 - R^2) / dR = R / sqrt(r^2 - R^2): 2.5 here; second order below 1 %
    expected_m = 15_000.0 * WGS84_EQUATORIAL_RADIUS_M / np.sqrt(2.5e6**2 + 6.4e6**2 - WGS84_EQUATORIAL_RADIUS_M**2)
    np.testing.assert_allclose(hazy - bare, expected_m, rtol=0.01)
