"""A wrong forecast of sunlight: edges by hand, and what it leaves alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.forecast import WrongForecast
from simulator.engine.sky import Sky
from simulator.records import Run
from simulator.sunlight.illumination import solve_illumination, sunlit_windows

SPANS = [(0.0, 100.0), (200.0, 300.0), (310.0, 400.0)]


def forecast(now_s, error_s, spans=SPANS):
    sky = object.__new__(Sky)
    sky.lit_start_s, sky.lit_end_s = [[lit_s for lit_s, _ in spans]], [[dark_s for _, dark_s in spans]]
    return WrongForecast(sky, SimpleNamespace(now=now_s), error_s)


@pytest.mark.parametrize(
    ("now_s", "error_s", "told"),
    [
        (50.0, 60.0, [(0.0, 160.0), (260.0, 360.0), (370.0, 460.0)]),
        (120.0, 60.0, [(0.0, 100.0), (260.0, 360.0), (370.0, 460.0)]),  # what has been is known
        (50.0, -60.0, [(0.0, 50.0), (140.0, 240.0), (250.0, 340.0)]),  # not before now
        (150.0, -60.0, [(0.0, 100.0), (150.0, 240.0), (250.0, 340.0)]),
        (50.0, -300.0, [(0.0, 50.0), (50.0, 100.0)]),  # the span that would be over by now is gone
        (500.0, 60.0, SPANS),
    ],
)
def test_edges_that_lie_ahead_are_shifted(now_s, error_s, told):
    assert forecast(now_s, error_s).sunlit_windows(0, 0.0, 1000.0) == told


def test_windows_are_cut_at_the_ends_of_the_question():
    assert forecast(50.0, 60.0).sunlit_windows(0, 150.0, 300.0) == [(150.0, 160.0), (260.0, 300.0)]
    assert forecast(50.0, 60.0).sunlit_windows(0, 170.0, 260.0) == []


spans_of_edges = st.lists(st.floats(0.0, 1000.0), min_size=2, max_size=12, unique=True).map(
    lambda edges: list(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)


@given(spans_of_edges, st.floats(0.0, 1000.0), st.floats(-600.0, 600.0), st.floats(0.0, 1500.0))
def test_windows_and_single_times_tell_the_same_and_the_present_is_true(spans, now_s, error_s, t_s):
    told = forecast(now_s, error_s, spans)
    windows = told.sunlit_windows(0, 0.0, 2000.0)
    edges_s = [edge_s for window in windows for edge_s in window]
    assert edges_s == sorted(edges_s)
    assert told.is_sunlit(0, now_s) == any(lit_s <= now_s < dark_s for lit_s, dark_s in spans)
    if t_s > now_s:
        assert told.is_sunlit(0, t_s) == any(lit_s <= t_s < dark_s for lit_s, dark_s in windows)


@pytest.mark.parametrize("error_s", [60.0, -600.0])
def test_every_edge_of_the_horizon_is_told_shifted_and_physics_stays(
    kepler_fleet, tiny_world, make_task, play, error_s
):
    """One orbit in the plane of the Sun; edges solved over all of the time at once are the authority."""
    positions = kepler_fleet(6_928_137.0, 0.0, 0.0, [0.0])
    tasks = [make_task(i, 250.0 * i, work_s=100.0, deadline_s=9e3) for i in range(24)]
    windows = sunlit_windows(solve_illumination(positions, 0.0, 14_000.0))
    true_s = np.concatenate([windows.start_s, windows.end_s])

    def told(error_s):
        seen = []

        def look(task, view):
            now_s, until_s = view.now_s, view.now_s + view.horizon_s
            edges_s = {edge_s for window in view.sunlit_windows(0, now_s, until_s) for edge_s in window}
            seen.append((now_s, until_s, view.is_sunlit(0, now_s), sorted(edges_s - {now_s, until_s})))
            return Run(satellite=0)

        world = tiny_world(
            1, positions=positions, end_s=6000.0, solar_power_w=200.0, base_power_w=30.0, forecast_error_s=error_s
        )
        return seen, play(world, look, tasks)

    right, right_play = told(0.0)
    wrong, wrong_play = told(error_s)
    for (now_s, until_s, is_told_lit, edges_s), (_, _, is_lit, _) in zip(wrong, right, strict=True):
        ahead_s = true_s[true_s > now_s] + error_s
        expected_s = np.sort(ahead_s[(ahead_s > now_s) & (ahead_s < until_s)])
        assert edges_s == pytest.approx(expected_s, abs=1e-3)  # an edge at the seam of two windows is solved twice
        assert is_told_lit == is_lit
    assert right_play.energy[0][3:] == pytest.approx(wrong_play.energy[0][3:], rel=1e-12)
    assert repr(right_play.task_rows) == repr(wrong_play.task_rows)
