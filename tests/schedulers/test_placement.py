"""Where the shipped schedulers place tasks, in worlds where the right place is plain to see."""

from __future__ import annotations

from collections import Counter

import pytest

from scenarios.laws import LawWorld, observe
from schedulers import SCHEDULERS
from simulator.records import Drop, Forward, Hold, Place, Run, Split, ToGround


@pytest.fixture(scope="module")
def runs():
    """Every scheduler in a world with some shadow and a few contacts, under a light load."""
    built = LawWorld(name="a light load", overrides=("tasks.load=0.15",)).build()
    return {name: observe(SCHEDULERS[name], name, *built) for name in SCHEDULERS}


def places(run):
    return Counter(row[12] for row in run.rows)


def kinds(run):
    return Counter(type(call.decision) for call in run.calls)


def test_oec_local_never_moves_a_task(runs):
    run = runs["oec-local"]
    assert all(row[2] == row[1] and row[13] == 0 for row in run.rows)
    assert set(places(run)) == {Place.SOURCE_SUNLIT, Place.SOURCE_BATTERY}


def test_oec_cote_uses_the_ground_and_else_is_local(runs):
    run = runs["oec-cote"]
    assert set(kinds(run)) == {Run, ToGround}
    assert all(row[2] == row[1] for row in run.rows if row[12] is not Place.GROUND)


def test_bent_pipe_computes_nothing_on_board(runs):
    run = runs["bent-pipe"]
    assert set(kinds(run)) == {ToGround, Drop}
    assert set(places(run)) == {Place.GROUND, None}


@pytest.mark.parametrize("name", ["nearest-sunlit", "random-sunlit"])
def test_sunlight_seekers_start_no_task_in_the_dark_that_could_go_elsewhere(runs, name):
    """At a light load someone lit can always finish."""
    assert set(places(runs[name])) <= {Place.SOURCE_SUNLIT, Place.OTHER_SUNLIT}
    assert places(runs[name])[Place.OTHER_SUNLIT] > 0


def test_nearest_goes_less_far_than_random(runs):
    n_hops = {name: sum(row[13] for row in runs[name].rows) for name in ("nearest-sunlit", "random-sunlit")}
    assert 0 < n_hops["nearest-sunlit"] < n_hops["random-sunlit"]


def test_phoenix_prefers_ground_then_sunlight_then_other_orbits(runs):
    run = runs["phoenix"]
    assert places(run)[Place.GROUND] == places(runs["bent-pipe"])[Place.GROUND] > 0
    assert places(run)[Place.SOURCE_SUNLIT] > places(run)[Place.OTHER_SUNLIT] > 0
    assert places(run)[Place.SOURCE_BATTERY] == places(run)[Place.OTHER_BATTERY] == 0


def test_phoenix_b_asks_its_own_battery_before_another_orbit(runs):
    assert places(runs["phoenix-b"])[Place.OTHER_SUNLIT] < places(runs["phoenix"])[Place.OTHER_SUNLIT]
    assert places(runs["phoenix-b"])[Place.SOURCE_BATTERY] > 0


@pytest.mark.parametrize("name", ["phoenix", "phoenix-b"])
def test_phoenix_keeps_the_deadlines_it_accepts(runs, name):
    """At a light load transfers hardly queue, so what was planned comes true."""
    assert {row[11] for row in runs[name].rows} <= {"on_time", "dropped"}


def mean_completion_s(run):
    return sum(row[16] - row[4] for row in run.rows) / len(run.rows)


@pytest.mark.parametrize("name", ["mhspo", "greedy-peer", "oec-pipeline"])
def test_peers_finish_sooner_than_the_source_alone_and_leave_the_ground_alone(runs, name):
    assert mean_completion_s(runs[name]) < mean_completion_s(runs["oec-local"])
    assert Place.GROUND not in places(runs[name])
    assert set(places(runs[name])) >= {Place.SOURCE_BATTERY, Place.OTHER_BATTERY, Place.OTHER_SUNLIT}


def test_greedy_peer_goes_four_hops_and_back_at_most(runs):
    assert set(kinds(runs["greedy-peer"])) == {Run}
    assert 0 < max(row[13] for row in runs["greedy-peer"].rows) <= 8


def test_mhspo_decides_once_per_second_and_runs_what_it_keeps_where_it_is(runs):
    calls = runs["mhspo"].calls
    assert set(kinds(runs["mhspo"])) == {Hold, Run, Forward}
    assert all(call.decision.until_s == call.now_s // 1.0 + 1.0 for call in calls if isinstance(call.decision, Hold))
    assert all(call.decision.satellite == call.here for call in calls if isinstance(call.decision, Run))


def test_the_pipeline_stays_in_the_plane(runs):
    """Planes of the world of the laws have four satellites, all of which get a tile of every task."""
    run = runs["oec-pipeline"]
    assert set(kinds(run)) == {Split}
    for call in run.calls:
        satellites = [part.satellite for _, part in call.decision.parts]
        assert satellites[0] == call.here
        assert sorted(satellites) == list(range(call.here // 4 * 4, call.here // 4 * 4 + 4))
