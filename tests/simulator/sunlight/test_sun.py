from __future__ import annotations

import warnings

import numpy as np
import pytest

from simulator.sunlight import sun_path
from simulator.timescale import parse_epoch

skyfield_data = pytest.importorskip("skyfield_data")


@pytest.fixture(scope="module")
def skyfield_sun():
    """Skyfield's time scale and the geometric vector from Earth to Sun of DE421."""
    from skyfield.iokit import Loader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # skyfield-data warns that its Earth orientation file is old
        loader = Loader(skyfield_data.get_skyfield_data_path())
    ephemeris = loader("de421.bsp")
    yield loader.timescale(builtin=True), ephemeris["sun"] - ephemeris["earth"]
    ephemeris.close()


@pytest.mark.parametrize("text", ["2020-02-29T12:00:00Z", "2026-06-21T00:00:00Z", "2032-10-05T06:00:00Z"])
def test_direction_and_distance_against_de421(text: str, skyfield_sun) -> None:
    from skyfield.sgp4lib import TEME

    scale, sun = skyfield_sun
    epoch = parse_epoch(text)
    t_s = np.linspace(0.0, 86_400.0, 25)
    ours = sun_path(epoch, 0.0, 86_400.0).position_m(t_s)
    instants = scale.tt_jd(epoch.utc_day + epoch.tt_fraction(t_s))
    truth = np.einsum("ijt,jt->ti", TEME.rotation_at(instants), sun.at(instants).position.m)
    angle = np.linalg.norm(np.cross(ours, truth), axis=1) / np.linalg.norm(truth, axis=1) ** 2
    # epv00 against DE421: at most 3.3e-6 deg; nutation models differ by up to 1e-6 deg. 5e-6 deg is 8e-5 s of an edge
    assert np.degrees(angle).max() < 5e-6
    distance_error_m = np.linalg.norm(ours, axis=1) - np.linalg.norm(truth, axis=1)
    assert np.abs(distance_error_m).max() < 6_000.0  # epv00 against DE421: 4 km


def test_adjoining_paths_agree() -> None:
    epoch = parse_epoch("2026-03-15T00:00:00Z")
    t_s = np.array([50_000.0])
    whole, part = sun_path(epoch, 0.0, 86_400.0), sun_path(epoch, 50_000.0, 60_000.0)
    # both splines share their samples; 1.5e11 m times 1e-13 is 0.015 m, 1e-13 rad of direction
    assert np.linalg.norm(whole.position_m(t_s) - part.position_m(t_s)) < 0.015


@pytest.mark.parametrize(("text", "expected"), [("2026-01-03T17:00:00Z", 1.0342), ("2026-07-06T17:00:00Z", 0.9674)])
def test_flux_at_perihelion_and_aphelion(text: str, expected: float) -> None:
    # distances 0.98330 and 1.01666 au (Astronomical Almanac 2026) within 5e-5 au: 1e-4 of the flux
    path = sun_path(parse_epoch(text), 0.0, 10.0)
    assert abs(float(path.flux_factor(0.0)) - expected) < 2e-4


def test_refuses_a_reversed_span() -> None:
    with pytest.raises(ValueError, match="start_s"):
        sun_path(parse_epoch("2026-03-15T00:00:00Z"), 10.0, 0.0)
