"""Tracks through the radiation environment against Skyfield, and how they are cut."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from skyfield.api import load, wgs84

from radiation.upsets import Track
from scenarios.radiation_tracks import PLACES_PER_TRACK, epoch_year, radiation_tracks, track_times_s
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.model import PositionModel
from simulator.orbits.orbit_record import OrbitRecord
from simulator.orbits.position_models import position_model
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.skyfield_satellites import to_earth_satellite
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-03-15T00:00:00Z")
INCLINED = """\
1 00001U          26074.00000000  .00000000  00000-0  00000+0 0    02
2 00001  53.0000   0.0000 0000000   0.0000   0.0000 15.05491974    06
"""


def shell(altitude_km: float, n_slots: int = 4) -> PositionModel:
    return position_model(
        WalkerShell(
            n_planes=1, n_slots=n_slots, phasing=0, altitude_m=1e3 * altitude_km, inclination_rad=np.radians(53.0)
        ),
        EPOCH,
    )


@pytest.fixture
def inclined(tmp_path: Path) -> OrbitRecord:
    (tmp_path / "inclined.tle").write_text(INCLINED)
    return read_orbit_file(tmp_path / "inclined.tle")[0]


def test_places_are_those_of_skyfield(inclined: OrbitRecord) -> None:
    # Skyfield knows polar motion (14 m at most) and nutation of the equinox by another series; 30 m is 3e-4 degrees
    [track] = radiation_tracks(Sgp4Model([inclined], EPOCH), start_s=0.0, end_s=6000.0, step_s=400.0)
    scale = load.timescale(builtin=True)
    at = to_earth_satellite(inclined).at(scale.utc(2026, 3, 15, 0, 0, track.t_s))
    theirs = wgs84.geographic_position_of(at)
    np.testing.assert_allclose(track.latitude_rad[0], theirs.latitude.radians, rtol=0.0, atol=5e-6)
    np.testing.assert_allclose(track.longitude_rad[0], theirs.longitude.radians, rtol=0.0, atol=5e-6)
    np.testing.assert_allclose(track.altitude_m[0], theirs.elevation.m, rtol=0.0, atol=30.0)


def test_a_fleet_is_cut_into_tracks_that_do_not_grow_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(radiation_tracks(shell(550.0), start_s=0.0, end_s=1000.0))
    assert len(whole) == 1
    assert whole[0].latitude_rad.size < PLACES_PER_TRACK
    monkeypatch.setattr("scenarios.radiation_tracks.PLACES_PER_TRACK", 202)
    cut = list(radiation_tracks(shell(550.0), start_s=0.0, end_s=1000.0))
    assert [track.satellite.tolist() for track in cut] == [[0, 1], [2, 3]]
    for name in ("latitude_rad", "longitude_rad", "altitude_m"):
        joined = np.concatenate([getattr(track, name) for track in cut])
        np.testing.assert_array_equal(joined, getattr(whole[0], name))
    chosen = radiation_tracks(shell(550.0), start_s=0.0, end_s=1000.0, satellites=[3, 1])
    assert [track.satellite.tolist() for track in chosen] == [[3, 1]]


@pytest.mark.parametrize(
    ("start_s", "end_s", "expected"),
    [
        (0.0, 25.0, [0, 10, 20, 25]),
        (5.0, 25.0, [5, 15, 25]),
        (0.0, 3.0, [0, 3]),
        (1e6, 1e6 + 20, [1e6, 1e6 + 10, 1e6 + 20]),
    ],
)
def test_instants_reach_from_start_to_end(start_s: float, end_s: float, expected: list[float]) -> None:
    assert track_times_s(start_s, end_s, 10.0).tolist() == expected


@pytest.mark.parametrize(
    ("span", "told"),
    [((10.0, 10.0, 1.0), "end_s = 10.0: must be after start_s"), ((0.0, 10.0, 0.0), "step_s = 0.0: give")],
)
def test_a_span_without_length_is_refused(span: tuple[float, float, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        track_times_s(*span)


@pytest.mark.parametrize("altitude_km", [280.0, 2060.0])
def test_an_orbit_outside_the_tables_is_refused_by_name(altitude_km: float) -> None:
    def tracks(needs_environment: bool) -> list[Track]:
        fleet = shell(altitude_km)
        return list(radiation_tracks(fleet, start_s=0.0, end_s=100.0, needs_environment=needs_environment))

    with pytest.raises(ValueError, match=r"satellite p00s00 is at an altitude of .*hold from 300 to 2,000 km"):
        tracks(needs_environment=True)
    assert tracks(needs_environment=False)[0].satellite.size == 4


def test_a_nominal_altitude_of_the_limit_is_served_over_the_poles() -> None:
    polar = WalkerShell(n_planes=1, n_slots=1, phasing=0, altitude_m=2e6, inclination_rad=np.pi / 2)
    [track] = radiation_tracks(position_model(polar, EPOCH), start_s=0.0, end_s=7200.0, step_s=60.0)
    assert track.altitude_m.max() > 2.015e6


def test_a_satellite_that_falls_is_refused_by_name(inclined: OrbitRecord) -> None:
    fleet = Sgp4Model([dataclasses.replace(inclined, name="FALLING", bstar_per_earth_radius=0.9)], EPOCH)
    with pytest.raises(ValueError, match=r"satellite FALLING cannot be propagated to t_s = \d+"):
        list(radiation_tracks(fleet, start_s=0.0, end_s=30 * 86_400.0, step_s=600.0))


def test_year_of_an_epoch() -> None:
    assert epoch_year(EPOCH) == pytest.approx(2026.0 + 73.0 / 365.0, abs=1e-9)
