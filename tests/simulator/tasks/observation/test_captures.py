"""Captures as tasks: light, thinning, order, determinism."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simulator.orbits.geodesy import geodetic_from_earth_fixed
from simulator.orbits.model import Frame
from simulator.records import DeliverTo
from simulator.sunlight import sun_path
from simulator.tasks.observation import (
    CaptureWork,
    ObservationCaptures,
    OpportunityWindows,
    Sensor,
    closest_approaches,
    grid_targets,
)
from simulator.tasks.observation.captures import share_for_load
from simulator.tasks.observation.daylight import TargetSun

ORBIT_S = 5739.0
END_S = 2.0 * ORBIT_S
CAPTURE_S = 40.0  # long, so that captures are rivals on so coarse a grid
WORK = CaptureWork(
    data_bits=(1e8, 3e8), work_s_per_gbit=150.0, result_bits=(1e6, 1e6), deadline_s=(120.0, 600.0),
    deliver_to=DeliverTo.GROUND,
)  # fmt: skip
GRID = grid_targets(np.radians(8.0), (np.radians(-56.0), np.radians(56.0)), is_even=True)
RADAR = Sensor(max_off_nadir_rad=np.radians(30.0), capture_s=CAPTURE_S)
CAMERA = replace(RADAR, min_sun_elevation_rad=np.radians(10.0))


def _captures(fleet, sensor=RADAR, *, targets=GRID, window_s=ORBIT_S, share=1.0, seed=1, end_s=END_S):
    windows = OpportunityWindows(fleet, targets, sensor, revisit_by="fleet", window_s=window_s)
    return ObservationCaptures(windows, WORK, share_taken=share, seed=seed, end_s=end_s)


def test_a_camera_needs_the_sun_and_a_radar_does_not(shell) -> None:
    fleet = shell(6, 11)
    optical, radar = list(_captures(fleet, CAMERA)), list(_captures(fleet, RADAR))
    least = min(capture.sun_elevation_rad for capture in optical)
    assert least >= np.radians(10.0) - 1e-9  # 1e-6 s of the Sun's climb is 7e-11 rad
    is_day = np.array([capture.sun_elevation_rad for capture in radar]) >= np.radians(10.0)
    # the Sun stands above 10 deg over (1 - sin(10 deg)) / 2 = 41 % of a sphere; the grid is a band of it, in June
    assert 0.35 < is_day.mean() < 0.55
    assert len(optical) == pytest.approx(is_day.sum(), rel=0.02)  # a few passes hold the edge of day, or lose a rival
    hours = np.array([_local_hour(capture, fleet.epoch) for capture in radar])
    counts = np.histogram(hours, bins=8, range=(0.0, 24.0))[0]
    assert counts.min() > 0.7 * counts.mean()  # a Walker shell sees every hour; 66 tracks and two turns are not even
    assert all(2.0 < _local_hour(capture, fleet.epoch) < 22.0 for capture in optical)


def _local_hour(capture, epoch) -> float:
    """Return mean solar time at a target; the epoch is midnight in Greenwich."""
    assert epoch.utc_day_fraction == 0.0
    return float((capture.time_s / 3600.0 + np.degrees(GRID.longitude_rad[capture.i_target]) / 15.0) % 24.0)


@pytest.mark.parametrize(("sensor", "window_s", "least"), [(RADAR, ORBIT_S, 0.75), (CAMERA, 150.0, 0.25)])
def test_every_capture_is_an_approach_and_nothing_overlaps(shell, sensor, window_s, least) -> None:
    fleet = shell(6, 11)
    captures = list(_captures(fleet, sensor, window_s=window_s))
    approaches = closest_approaches(fleet, GRID.geometry(), RADAR, 0.0, END_S)
    known = set(zip(approaches.i_sat.tolist(), approaches.i_target.tolist(), strict=True))
    times_s = np.array([capture.time_s for capture in captures])
    assert np.all(np.diff(times_s) >= 0.0)
    assert {(capture.task.source, capture.i_target) for capture in captures} <= known
    for satellite in range(fleet.n_sats):
        own_s = np.array([capture.time_s for capture in captures if capture.task.source == satellite])
        assert np.diff(own_s).min(initial=np.inf) >= CAPTURE_S - 1e-6
    # what is left out is left out for a rival, or for the night
    assert least < len(captures) / approaches.time_s.size < 1.0


def test_a_task_arises_when_its_capture_ends(shell) -> None:
    for number, capture in enumerate(_captures(shell(), CAMERA)):
        task = capture.task
        assert task.task_id == number
        assert task.arrival_s == capture.time_s + 0.5 * CAPTURE_S
        assert CAPTURE_S <= task.arrival_s < END_S
        assert 1e8 <= task.input_bits <= 3e8
        assert task.work_s == pytest.approx(task.input_bits * 1.5e-7, rel=1e-12)
        assert task.result_bits == 1e6
        assert 120.0 <= task.deadline_s - task.arrival_s <= 600.0
        assert task.deliver_to is DeliverTo.GROUND
        assert RADAR.min_off_nadir_rad <= capture.off_nadir_rad <= RADAR.max_off_nadir_rad
    assert number > 100


@pytest.mark.parametrize("sensor", [CAMERA, RADAR])
def test_the_same_again_whatever_the_window(shell, sensor) -> None:
    fleet = shell(6, 11)
    first = list(_captures(fleet, sensor, share=0.6))
    assert list(_captures(fleet, sensor, share=0.6)) == first
    other = list(_captures(fleet, sensor, share=0.6, window_s=0.37 * ORBIT_S))
    assert [(c.task.source, c.i_target) for c in other] == [(c.task.source, c.i_target) for c in first]
    np.testing.assert_allclose([c.time_s for c in other], [c.time_s for c in first], rtol=0.0, atol=2e-5)
    assert [c.task.input_bits for c in other] == [c.task.input_bits for c in first]
    assert list(_captures(fleet, sensor, share=0.6, seed=2)) != first


def test_thinning_takes_a_share_of_each_satellite_and_a_larger_share_takes_the_same_and_more(shell) -> None:
    fleet = shell(6, 11)
    everything, half, little = (
        {(c.task.source, c.i_target, c.time_s) for c in _captures(fleet, share=share)} for share in (1.0, 0.5, 0.2)
    )
    assert little < half < everything
    n = Counter(satellite for satellite, _, _ in everything)
    kept = Counter(satellite for satellite, _, _ in half)
    deviation = sum((kept[s] - 0.5 * n[s]) ** 2 / (0.25 * n[s]) for s in n)
    assert 1e-4 < stats.chi2.sf(deviation, len(n)) < 1.0 - 1e-4  # binomial on every satellite, seed 1
    assert _captures(fleet, share=0.0).n_opportunities(0.0) == len(everything)
    assert list(_captures(fleet, share=0.0)) == []


def test_a_load_is_met_by_a_share_of_what_is_possible() -> None:
    # 1000 captures of 30 s in 10 satellites over 6000 s: half of all time
    assert share_for_load(0.25, 1000, 30.0, 60_000.0) == pytest.approx(0.5, rel=1e-12)
    with pytest.raises(ValueError, match=r"all 1000 captures that are possible make 0.5; lower the load"):
        share_for_load(0.6, 1000, 30.0, 60_000.0)


def test_what_the_end_of_day_moves_into_the_window_before_comes_in_order(shell) -> None:
    """The Sun stands high enough over one target until 10 s before its closest approach, a window begins 5 s before."""
    fleet, geometry = shell(6, 11), GRID.geometry()
    approaches = closest_approaches(fleet, geometry, RADAR, 0.0, ORBIT_S)
    sun = TargetSun(geometry, fleet.epoch, sun_path(fleet.epoch, 0.0, ORBIT_S))
    now, later = (sun.elevation_rad(approaches.i_target, approaches.time_s + dt_s) for dt_s in (-10.0, 0.0))
    is_steep = approaches.off_nadir_rad < np.radians(10.0)
    chosen = np.flatnonzero(is_steep & (now - later > 5e-4) & (later > 0.1) & (approaches.time_s > 2000.0))[0]
    top_s = float(approaches.time_s[chosen])
    camera = replace(RADAR, min_sun_elevation_rad=float(now[chosen]))
    whole, cut = (
        list(_captures(fleet, camera, end_s=ORBIT_S, window_s=window_s)) for window_s in (ORBIT_S, (top_s - 5.0) / 7.0)
    )
    pair = (approaches.i_sat[chosen], approaches.i_target[chosen])
    moved = [c for c in whole if (c.task.source, c.i_target) == pair and abs(c.time_s - top_s) < 60.0]
    assert [c.time_s for c in moved] == [pytest.approx(top_s - 10.0, abs=1e-3)]
    assert [(c.task.source, c.i_target) for c in cut] == [(c.task.source, c.i_target) for c in whole]
    np.testing.assert_allclose([c.time_s for c in cut], [c.time_s for c in whole], rtol=0.0, atol=2e-5)


RIVAL_S, MOVED_S = 60.0, 30.0
"""A place passed so long before another where day ends so long before its own pass: in one time of the sensor."""


def _evening(fleet, places):
    """Return places below one satellite, when each is passed, the first of the two rivals, and the camera."""
    t_s = np.arange(200.0, ORBIT_S)
    track_m = fleet.at(np.zeros(t_s.size, dtype=np.intp), t_s, Frame.EARTH_FIXED)
    latitude_rad, longitude_rad, _ = geodetic_from_earth_fixed(track_m)
    track = places(np.degrees(latitude_rad), np.degrees(longitude_rad))
    sun = TargetSun(track.geometry(), fleet.epoch, sun_path(fleet.epoch, 0.0, ORBIT_S))
    below = np.arange(t_s.size)
    height, then = (sun.elevation_rad(below, t_s + dt_s) for dt_s in (0.0, -MOVED_S))
    is_evening = (height[:-60] > then[60:]) & (then[60:] > height[60:] + 1e-3) & (height[60:] > 0.3)
    rival = int(np.flatnonzero(is_evening)[0])
    camera = replace(RADAR, min_sun_elevation_rad=float(then[rival + int(RIVAL_S)]))

    def below_at(*chosen, priority=0.0):
        which = [rival + int(after_s) for after_s in chosen]
        return places(np.degrees(latitude_rad[which]), np.degrees(longitude_rad[which]), priority=priority)

    return below_at, float(t_s[rival]), camera


def test_what_the_end_of_day_moves_meets_what_stood_in_the_window_before(shell, places) -> None:
    """Day ends over the second of two places 30 s before its approach, where the sensor still has the first in view.

    The approach lies in the next window, the capture does not: a plan that forgot what stood more than a capture
    before that window would let both stand.
    """
    fleet = shell(1, 1)
    below_at, rival_s, camera = _evening(fleet, places)
    targets, top_s = below_at(0.0, RIVAL_S), rival_s + RIVAL_S
    for window_s in (ORBIT_S, top_s - 5.0):  # where the second approach lies with the first, and where it does not
        captures = list(_captures(fleet, camera, targets=targets, window_s=window_s, end_s=ORBIT_S))
        assert [capture.i_target for capture in captures] == [0], window_s
    (moved,) = _captures(fleet, camera, targets=below_at(RIVAL_S), end_s=ORBIT_S)
    assert RIVAL_S - CAPTURE_S < moved.time_s - rival_s < CAPTURE_S


def test_what_the_end_of_day_moves_past_another_capture_keeps_its_priority(shell, places) -> None:
    """The capture that day moves comes between those of two places that are passed before it: all three are rivals."""
    fleet = shell(1, 1)
    below_at, rival_s, camera = _evening(fleet, places)
    for priority, standing in (((0.0, 0.0, 1.0), [2]), ((1.0, 0.0, 0.0), [0, 1])):
        targets = below_at(0.0, 45.0, RIVAL_S, priority=priority)
        captures = list(_captures(fleet, camera, targets=targets, end_s=ORBIT_S))
        assert [capture.i_target for capture in captures] == standing
    (between,) = _captures(fleet, camera, targets=below_at(45.0), end_s=ORBIT_S)
    assert between.time_s - rival_s == pytest.approx(45.0, abs=1.0)  # seen by day, at its closest approach


def test_what_was_solved_is_kept_for_the_next_who_asks_if_it_is_little(shell, monkeypatch) -> None:
    fleet, solved = shell(), []
    solve = OpportunityWindows._solved_until
    monkeypatch.setattr(OpportunityWindows, "_solved_until", lambda *a: (solved.append(a[1]), solve(*a))[1])
    every_s = np.concatenate([part.time_s for part in _windows(fleet, 0).until(END_S)])
    assert every_s.size > 100
    for n_kept, n_solved in ((every_s.size, 2), (every_s.size - 1, 3)):
        solved.clear()
        windows = _windows(fleet, n_kept)
        for end_s in (END_S, END_S, ORBIT_S):
            found_s = np.concatenate([part.time_s for part in windows.until(end_s)])
            np.testing.assert_array_equal(found_s, every_s[every_s < end_s])
        assert len(solved) == n_solved
    with pytest.raises(ValueError, match="n_kept = -1"):
        _windows(fleet, -1)


def _windows(fleet, n_kept: int) -> OpportunityWindows:
    return OpportunityWindows(fleet, GRID, RADAR, revisit_by="fleet", window_s=ORBIT_S, n_kept=n_kept)
