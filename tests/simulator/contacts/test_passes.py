from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from simulator.constants import WGS84_EQUATORIAL_RADIUS_M
from simulator.contacts import GroundStation, PassTable, elevation_margin_m, solve_passes, station_geometry
from simulator.orbits.model import Frame
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch

DAY_S = 86_400.0
LOW_M = WGS84_EQUATORIAL_RADIUS_M + 550_000.0
MASK_RAD = np.radians(25.0)


def _station(latitude_deg: float, longitude_deg: float, height_m: float = 0.0) -> GroundStation:
    name = f"{latitude_deg:+.1f}{longitude_deg:+.1f}"
    return GroundStation(
        name=name,
        latitude_rad=np.radians(latitude_deg),
        longitude_rad=np.radians(longitude_deg),
        height_m=height_m,
    )


WORLD = [
    _station(*place) for place in ((0.0, 0.0), (47.0, 8.0), (-33.0, 151.0), (78.2, 15.4), (-90.0, 0.0), (53.0, -120.0))
]


def _rows(table: PassTable, i_sat: int, i_station: int) -> tuple[np.ndarray, np.ndarray]:
    rows = (table.i_sat == i_sat) & (table.i_station == i_station)
    return table.rise_s[rows], table.set_s[rows]


def test_every_pass_of_orekit(orekit, orekit_fleet) -> None:
    stations = [_station(latitude, longitude, height_m) for _, latitude, longitude, height_m in orekit["gs"]]
    table = solve_passes(orekit_fleet, stations, 0.0, DAY_S, MASK_RAD)
    n_found = 0
    for i_sat, satellite in enumerate(orekit["sats"]):
        for i_station, (name, *_) in enumerate(orekit["gs"]):
            edges = satellite[f"el25_{name}"]
            for column, is_rise in zip(_rows(table, i_sat, i_station), (True, False), strict=True):
                truth = np.array([t_s for t_s, rises in edges if rises is is_rise])
                solved = column[np.isfinite(column)]
                nearest = np.abs(solved[:, None] - truth).min(axis=0) if truth.size else truth
                # 20 ms is asked for; 5 ms is seen, from polar motion (14 m), which we leave out
                assert np.all(nearest < 10e-3), (i_sat, name)
                n_found += truth.size
                # its detector looked every 60 s: what we have beyond it is shorter than that
                extra = np.array([t_s for t_s in solved if not np.any(np.abs(truth - t_s) < 1.0)])
                for t_s in extra:
                    rise_s, set_s = _rows(table, i_sat, i_station)
                    assert (set_s - rise_s)[np.argmin(np.abs(column - t_s))] < 60.0
    assert n_found == sum(len(sat[f"el25_{place[0]}"]) for sat in orekit["sats"] for place in orekit["gs"])


def _assert_as_on_a_grid(
    fleet, stations, table: PassTable, span_s: tuple[float, float], step_s: float, mask: float
) -> int:
    """Check every rise and set that a dense grid shows against the table, and the sign at either side of each edge."""
    t_s = np.arange(span_s[0], span_s[1] + 0.5 * step_s, step_s)
    geometry, sin_mask, n = station_geometry(stations), float(np.sin(mask)), 0
    for i_sat in range(fleet.n_sats):
        position_m = fleet.at(np.full(t_s.size, i_sat), t_s, Frame.EARTH_FIXED)
        for i_station in range(len(stations)):
            place_m, up = geometry.position_m[i_station][None], geometry.up[i_station][None]
            is_up = elevation_margin_m(position_m, place_m, up, sin_mask) > 0.0
            columns = _rows(table, i_sat, i_station)
            for edges_s, changes, up_after in (
                (columns[0], ~is_up[:-1] & is_up[1:], True),
                (columns[1], is_up[:-1] & ~is_up[1:], False),
            ):
                left_s, edges_s = t_s[:-1][changes], np.sort(edges_s[np.isfinite(edges_s)])
                after = np.searchsorted(edges_s, left_s)
                found = (after < edges_s.size) & (edges_s[np.minimum(after, edges_s.size - 1)] <= left_s + step_s)
                assert found.all() if left_s.size else True, (i_sat, i_station)
                n += left_s.size
                for offset_s, expected in ((-1e-4, not up_after), (1e-4, up_after)):
                    at_m = fleet.at(np.full(edges_s.size, i_sat), edges_s + offset_s, Frame.EARTH_FIXED)
                    assert np.all((elevation_margin_m(at_m, place_m, up, sin_mask) > 0.0) == expected)
            durations_s = columns[1] - columns[0]
            assert not np.any(durations_s <= 0.0)
    return n


def test_small_shell_against_a_brute_force_scan() -> None:
    shell = WalkerShell(n_planes=4, n_slots=2, altitude_m=550_000.0, inclination_rad=np.radians(53.0))
    fleet = ShellSeriesModel(shell, parse_epoch("2026-03-15T00:00:00Z"))
    table = solve_passes(fleet, WORLD, 0.0, DAY_S, MASK_RAD)
    assert _assert_as_on_a_grid(fleet, WORLD, table, (0.0, DAY_S), 5.0, MASK_RAD) > 150


def test_passes_as_short_as_a_second_are_found(kepler_fleet) -> None:
    """A polar plane seen from the equator, the mask raised to just under each culmination."""
    fleet = kepler_fleet(LOW_M, 90.0, np.arange(0.0, 180.0, 20.0), 13.0)
    station = [_station(0.5, 30.0)]
    geometry = station_geometry(station)
    tops = []
    for i_sat in range(fleet.n_sats):
        t_s = np.arange(0.0, DAY_S, 0.5)
        at_m = fleet.at(np.full(t_s.size, i_sat), t_s, Frame.EARTH_FIXED) - geometry.position_m
        elevation = np.arcsin(at_m @ geometry.up[0] / np.linalg.norm(at_m, axis=1))
        is_top = (elevation[1:-1] > elevation[:-2]) & (elevation[1:-1] >= elevation[2:]) & (elevation[1:-1] > 0.1)
        tops += [(i_sat, t_s[1:-1][i], elevation[1:-1][i]) for i in np.flatnonzero(is_top)]
    assert len(tops) > 20
    for i_sat, top_s, elevation in tops:
        at_m = fleet.at(np.full(2, i_sat), top_s + np.array([-0.5, 0.5]), Frame.EARTH_FIXED) - geometry.position_m
        mask = float(np.arcsin(at_m @ geometry.up[0] / np.linalg.norm(at_m, axis=1)).max())
        if not 0.0 < mask < min(elevation, 1.5):
            continue  # lies higher on one side: the pass would not last a second
        table = solve_passes(fleet, station, 0.0, DAY_S, mask)
        rise_s, set_s = _rows(table, i_sat, 0)
        assert np.any((rise_s < top_s) & (set_s > top_s)), (i_sat, top_s, np.degrees(elevation))


ORBITS = {
    "molniya": (26_560_000.0, 63.4, 0.74, 270.0),
    "gps": (26_560_000.0, 55.0, 0.01, 30.0),
    "geosynchronous": (42_164_000.0, 7.0, 0.0, 0.0),
    "three hours": (10_500_000.0, 63.0, 0.004, 30.0),
    "retrograde": (7_200_000.0, 140.0, 0.003, 60.0),
    "retrograde equatorial": (7_000_000.0, 179.9, 0.0, 0.0),
    "equatorial": (6_900_000.0, 0.0, 0.0, 0.0),
    "polar": (7_158_000.0, 90.0, 0.0, 0.0),
    "slightly eccentric": (7_400_000.0, 51.6, 0.05, 120.0),
    "nearly circular": (6_900_000.0, 43.0, 0.019, 250.0),
}


@pytest.mark.parametrize("mask_deg", [-2.0, 5.0, 40.0])
@pytest.mark.parametrize("name", ORBITS)
def test_orbits_of_every_shape_are_as_on_a_grid(name: str, mask_deg: float, kepler_fleet) -> None:
    a, inclination, eccentricity, perigee = ORBITS[name]
    fleet = kepler_fleet(a, inclination, [10.0, 100.0, 250.0], 77.0, eccentricity=eccentricity, perigee_deg=perigee)
    mask = np.radians(mask_deg)
    table = solve_passes(fleet, WORLD, 5_000.0, 70_000.0, mask)
    _assert_as_on_a_grid(fleet, WORLD, table, (5_000.0, 70_000.0), 10.0, mask)


def test_satellites_in_strong_drag_are_as_on_a_grid(falling_fleet) -> None:
    table = solve_passes(falling_fleet, WORLD, 0.0, DAY_S, MASK_RAD)
    assert _assert_as_on_a_grid(falling_fleet, WORLD, table, (0.0, DAY_S), 5.0, MASK_RAD) > 50


def test_a_geostationary_satellite_is_one_pass_open_at_both_ends(kepler_fleet) -> None:
    fleet = kepler_fleet(42_164_170.0, 0.0)
    sub_point = fleet.at(np.array([0]), np.array([0.0]), Frame.EARTH_FIXED)[0]
    below = _station(10.0, float(np.degrees(np.arctan2(sub_point[1], sub_point[0]))))
    table = solve_passes(fleet, [below], 0.0, 2.0 * DAY_S, MASK_RAD)
    assert table.i_sat.tolist() == [0]
    assert np.isnan(table.rise_s[0])
    assert np.isnan(table.set_s[0])


def test_chained_spans_add_up_to_the_whole(kepler_fleet) -> None:
    fleet = kepler_fleet([LOW_M, 26_560_000.0, 7_500_000.0], [53.0, 63.4, 98.0], 20.0, eccentricity=[0.0, 0.7, 0.002])
    mask = np.radians(10.0)
    whole = solve_passes(fleet, WORLD, 0.0, 2.5 * DAY_S, mask)
    rises_s, sets_s = (np.sort(column[np.isfinite(column)]).tolist() for column in (whole.rise_s, whole.set_s))
    borders = [0.0, sets_s[0] - 5.0, rises_s[5], 40_000.0, sets_s[-9], 2.5 * DAY_S]  # two right on edges
    parts = [solve_passes(fleet, WORLD, first_s, last_s, mask) for first_s, last_s in pairwise(borders)]
    for column in ("rise_s", "set_s"):
        edges_s = np.sort(np.concatenate([getattr(part, column) for part in parts]))
        whole_s = np.sort(getattr(whole, column))
        edges_s, whole_s = edges_s[np.isfinite(edges_s)], whole_s[np.isfinite(whole_s)]
        assert edges_s.size == whole_s.size
        np.testing.assert_allclose(edges_s, whole_s, rtol=0, atol=1e-4)  # roots are solved to 2e-5 s
    for part in parts:
        assert np.all(np.diff(np.nan_to_num(part.rise_s, nan=-1.0)) >= 0.0)  # sorted, open ones first


def test_no_stations_and_unknown_positions_give_no_passes(kepler_fleet) -> None:
    fleet = kepler_fleet([LOW_M, LOW_M], 53.0, [0.0, np.nan])
    assert solve_passes(fleet, [], 0.0, DAY_S, MASK_RAD).i_sat.size == 0
    assert set(solve_passes(fleet, WORLD, 0.0, DAY_S, MASK_RAD).i_sat) == {0}


@pytest.mark.parametrize(
    ("start_s", "end_s", "mask", "message"), [(5.0, 5.0, 0.4, "start_s"), (0.0, 1.0, 1.6, "91.67")]
)
def test_refuses_empty_spans_and_masks_beyond_the_zenith(start_s, end_s, mask, message, kepler_fleet) -> None:
    with pytest.raises(ValueError, match=message):
        solve_passes(kepler_fleet(LOW_M, 53.0), WORLD, start_s, end_s, mask)
