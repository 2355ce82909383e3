"""The water-level scheduler against PHOENIX where PHOENIX is weak, and against the floor where nobody can do better."""

from __future__ import annotations

import pytest

from scenarios import load_scenario, run
from scenarios.laws import LawWorld, observe
from schedulers.water_level import WaterLevelScheduler
from simulator.records import Run

SHORT = ("duration.orbits=1.6", "warm_up.orbits=0.6", "ground.stations=[]")


@pytest.fixture(scope="module")
def summaries(tmp_path_factory):
    """Summaries of both schedulers in two regimes of 66 satellites."""
    folder = tmp_path_factory.mktemp("runs")
    regimes = {"light": ("tasks.load=0.4",), "small array": ("tasks.load=0.5", "power.solar_power_w=90")}
    return {
        (regime, name): run(
            load_scenario("headline-6x11", [*SHORT, *overrides, f"scheduler={name}"]), runs_folder=folder
        ).summary
        for regime, overrides in regimes.items()
        for name in ("phoenix", "water-level")
    }


def test_it_stays_on_the_floor_that_base_loads_draw(summaries):
    """Both do, to the last joule but one: no scheduler can go below."""
    water, phoenix = summaries["light", "water-level"], summaries["light", "phoenix"]
    # a task may end in the seconds of a penumbra: 60 W x 10 s of 340 kJ
    assert abs(water["max_depth_of_discharge"] - phoenix["max_depth_of_discharge"]) < 60.0 * 10.0 / 340e3
    assert water["mean_hops"] < phoenix["mean_hops"]


def test_it_spreads_what_a_small_array_cannot_recharge(summaries):
    water, phoenix = summaries["small array", "water-level"], summaries["small array", "phoenix"]
    assert water["max_depth_of_discharge"] < phoenix["max_depth_of_discharge"]
    assert water["n_on_time"] >= phoenix["n_on_time"]


def test_every_placement_and_every_rise_of_the_level_is_told_to_all():
    told = []

    class Watched(WaterLevelScheduler):
        def decide(self, task, view):
            level, before = self.level, self.signalling()
            decision = super().decide(task, view)
            n_messages = self.signalling().n_messages - before.n_messages
            told.append((self.level > level, isinstance(decision, Run), n_messages))
            return decision

    world = LawWorld(name="much work", overrides=("tasks.load=0.9",))
    assert observe(Watched, world.name, *world.build()).failure == ""
    assert {row[:2] for row in told} >= {(True, True), (False, True), (False, False)}  # rises, placements, the ground
    assert all(n_messages == is_raised + is_placed for is_raised, is_placed, n_messages in told)


@pytest.mark.parametrize("option", ["max_hops=-1", "max_candidates=0", "hop_cost_s=-1.0", "margin=1.5"])
def test_options_out_of_range_are_named(option):
    key, value = option.split("=")
    with pytest.raises(ValueError, match=key):
        WaterLevelScheduler(**{key: float(value) if "." in value else int(value)})
