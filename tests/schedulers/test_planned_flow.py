"""Planned flow against PHOENIX where PHOENIX is weak, against the floor, and its decisions against all others."""

from __future__ import annotations

from math import inf
from time import process_time

import numpy as np
import pytest

import schedulers.planned_flow
from scenarios import load_scenario, run
from scenarios.build import build_world
from scenarios.laws import LawWorld, observe
from scenarios.laws.worlds import PLAIN
from scenarios.workload import build_tasks
from schedulers.arrangement import Arrangement
from schedulers.depth_forecast import DepthForecast
from schedulers.planned_flow import OBJECTIVES, PlannedFlowScheduler
from schedulers.planning import Fit, FleetPlans
from simulator.records import FIELD_BITS, Drop, Run, ToGround
from tests.schedulers.test_depth_forecast import Sky

SHORT = ("duration.orbits=1.6", "warm_up.orbits=0.6", "ground.stations=[]")
REGIMES = {
    "light": ("tasks.load=0.4",),
    "small array": ("tasks.load=0.5", "power.solar_power_w=90"),
}
MUCH_WORK = LawWorld(
    name="much work", overrides=("tasks.load=1.1", "power.solar_power_w=60", "power.initial_charge=0.8")
)


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    """Summaries of runs of 66 satellites, each made once."""
    folder = tmp_path_factory.mktemp("runs")

    def summarise(regime, name="planned-flow", *options):
        overrides = [*SHORT, *REGIMES[regime], f"scheduler={name}", *options]
        return run(load_scenario("headline-6x11", overrides), runs_folder=folder).summary

    return summarise


def test_it_stays_on_the_floor_that_base_loads_draw_with_fewer_hops_than_phoenix(summary):
    """Both do, to the last joule but one: no scheduler can go below."""
    planned, phoenix = summary("light"), summary("light", "phoenix")
    # a task may end in the seconds of a penumbra: 60 W x 10 s of 340 kJ
    assert abs(planned["max_depth_of_discharge"] - phoenix["max_depth_of_discharge"]) < 60.0 * 10.0 / 340e3
    assert planned["n_on_time"] == phoenix["n_on_time"]
    assert planned["mean_hops"] <= 0.6 * phoenix["mean_hops"]


def test_it_spreads_what_a_small_array_cannot_recharge(summary):
    planned, phoenix = summary("small array"), summary("small array", "phoenix")
    assert planned["max_depth_of_discharge"] < phoenix["max_depth_of_discharge"]
    assert planned["n_on_time"] >= phoenix["n_on_time"]


def test_the_objective_wear_leaves_shallow_batteries_shallower_than_depth_does(summary):
    """At a light load, where `depth` uses what the deepest base load leaves free on the others."""
    depth, wear = summary("light"), summary("light", "planned-flow", "scheduler_options.objective=wear")
    assert wear["mean_max_depth_of_discharge"] < depth["mean_max_depth_of_discharge"]
    assert wear["n_on_time"] == depth["n_on_time"]


def test_the_objective_energy_takes_less_from_batteries_for_tasks_than_depth_does(summary):
    """With 90 W arrays no task is dropped, so that both do the same work."""
    depth, energy = (
        summary("small array", "planned-flow", f"scheduler_options.objective={name}") for name in ("depth", "energy")
    )
    assert depth["n_on_time"] == energy["n_on_time"] == energy["n_tasks"]
    assert energy["battery_energy_tasks_j"] < depth["battery_energy_tasks_j"]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_only_where_no_satellite_can_stay_above_the_level_is_it_raised_and_as_little_as_can_be(objective):
    """Against the depth that the task would bring on each satellite, in sunlight and without."""
    seen = []

    class Watched(PlannedFlowScheduler):
        def __init__(self):
            super().__init__(objective)

        def decide(self, task, view):
            levels = [max(self.raised_level, level) for level in self.level]
            depths = {}
            for satellite in range(view.n_sats):
                for needs_sunlight in (True, False):
                    fit = self._plans.fit(task, satellite, view, needs_sunlight=needs_sunlight)
                    if fit is not None:
                        is_free = needs_sunlight and self._is_free(fit)
                        depth = 0.0 if is_free else self._forecast.depth_with(fit, view)
                        depths.setdefault((satellite, fit.start_s), []).append(depth)
            raised_level = self.raised_level
            decision = super().decide(task, view)
            is_raised = self.raised_level > raised_level
            if isinstance(decision, Drop):
                assert not depths
            elif isinstance(decision, Run) and is_raised:
                lowest = min(depth for both in depths.values() for depth in both)
                assert self.raised_level == lowest
                assert all(depth > levels[satellite] for (satellite, _), both in depths.items() for depth in both)
                assert lowest in depths[decision.satellite, decision.not_before_s]
            elif isinstance(decision, Run):
                assert min(depths[decision.satellite, decision.not_before_s]) <= levels[decision.satellite]
            seen.append((type(decision), is_raised))
            return decision

    assert observe(Watched, MUCH_WORK.name, *MUCH_WORK.build()).failure == ""
    assert {(Run, False), (ToGround, False)} <= set(seen)
    assert (Run, True) in seen


def test_of_planned_destinations_with_room_the_one_served_least_takes_the_task():
    n_choices = []

    class Watched(PlannedFlowScheduler):
        def _as_planned(self, task, runtime_s, view):
            ends = list(self._destinations[view.here])
            served_s = [end.served_s for end in ends]
            able_s = [end.served_s for end in ends if self._fit(task, end, view) is not None]
            fit = super()._as_planned(task, runtime_s, view)
            if not able_s:
                assert fit is None
                return fit
            ((taken, before_s),) = (
                (end, old_s) for end, old_s in zip(ends, served_s, strict=True) if end.served_s > old_s
            )
            assert before_s == min(able_s)
            assert taken.satellite == fit.satellite
            assert taken.served_s == before_s + runtime_s / taken.share_s
            n_choices.append(len(able_s))
            return fit

    assert observe(Watched, MUCH_WORK.name, *MUCH_WORK.build()).failure == ""
    assert max(n_choices) > 1


def test_work_in_the_shadow_is_paced_but_for_two_tasks():
    """Base load draws 72 of 300 kJ in 2400 s of shadow; a level of 0.34 leaves 30 kJ, a task of 30 s takes 1.8 kJ."""
    scheduler, sky = PlannedFlowScheduler(), Sky([(-500.0, 1000.0), (3400.0, 7000.0)])
    scheduler._forecast = DepthForecast(FleetPlans(1), 1)
    scheduler.level = [0.34]

    def paced(end_s):
        return scheduler._paced_level(Fit(0, Arrangement([], end_s - 30.0, ()), 30.0, 9e9), sky)

    # a quarter of the shadow gone: three quarters of 30 kJ are kept, less two tasks; half gone: half
    assert paced(1600.0) == pytest.approx(0.34 - (0.75 * 30.0 - 3.6) / 300.0, rel=1e-12)
    assert paced(2200.0) == pytest.approx(0.34 - (0.5 * 30.0 - 3.6) / 300.0, rel=1e-12)
    # two tasks ahead are no way past the level, and what is not all in the shadow is not paced
    assert paced(3390.0) == paced(3400.0) == paced(1010.0) == paced(900.0) == paced(5000.0) == 0.34
    scheduler.raised_level = 0.4
    assert paced(2200.0) == pytest.approx(0.4 - (0.5 * 48.0 - 3.6) / 300.0, rel=1e-12)


@pytest.mark.parametrize(("world", "share"), [(PLAIN, 0.5), (MUCH_WORK, 1.0)])
def test_half_of_the_mean_slack_is_planned_to_be_waited_and_all_where_sunlight_is_short(world, share, monkeypatch):
    plans, slack_s = [], []

    class Watched(PlannedFlowScheduler):
        def decide(self, task, view):
            decision = super().decide(task, view)
            if not isinstance(decision, ToGround):
                slack_s.append(task.deadline_s - task.arrival_s - task.work_s)
            return decision

        def _plan(self, fleet, view):
            span = (view.now_s, view.now_s + self.period_s)
            sunlit_s = sum(view.sunlit_s(satellite, *span) for satellite in range(view.n_sats))

            def watched(fleet, level, demand_s, period_s, wait_s):
                plans.append((sunlit_s < demand_s.sum(), wait_s, np.mean(slack_s) if slack_s else 0.0))
                return capacity(fleet, level, demand_s, period_s, wait_s)

            monkeypatch.setattr(schedulers.planned_flow, "capacity", watched)
            return super()._plan(fleet, view)

    capacity = schedulers.planned_flow.capacity
    assert observe(Watched, world.name, *world.build()).failure == ""
    assert plans[0] == (False, 0.0, 0.0)
    assert len(plans) > 2
    for is_short, wait_s, mean_s in plans[1:]:
        assert is_short == (share == 1.0)
        assert wait_s == pytest.approx(share * mean_s, rel=1e-12)


def test_every_plan_placement_and_rise_of_the_level_is_counted():
    told = []

    class Watched(PlannedFlowScheduler):
        def _watched(self, call, is_planning):
            level, before = self.raised_level, self.signalling()
            answer = call()
            after = self.signalling()
            n_fields = (after.bits - before.bits) / FIELD_BITS
            is_raised = not is_planning and self.raised_level > level
            told.append((answer, is_raised, after.n_messages - before.n_messages, n_fields))
            return answer

        def decide(self, task, view):
            return self._watched(lambda: super(Watched, self).decide(task, view), False)

        def wake(self, view):
            due_s = self._watched(lambda: super(Watched, self).wake(view), True)
            n_destinations = sum(len(ends) for ends in self._destinations)
            assert n_destinations > 0
            # each reports what arrived, is sent its level, and three numbers per destination
            assert told[-1] == (due_s, False, 2 * view.n_sats, 2 * view.n_sats + 3 * n_destinations)
            assert due_s == view.now_s + self.period_s
            return due_s

    assert observe(Watched, MUCH_WORK.name, *MUCH_WORK.build()).failure == ""
    rows = [row for row in told if not isinstance(row[0], float)]
    assert len(rows) < len(told)
    kinds = {(type(decision), is_raised) for decision, is_raised, _, _ in rows}
    assert kinds >= {(Run, True), (Run, False), (ToGround, False)}
    for decision, is_raised, n_messages, n_fields in rows:
        is_placed = isinstance(decision, Run)
        assert n_messages == is_raised + is_placed
        # eight numbers of a placement, two of each task that moves, one of a level
        assert n_fields == (8 + 2 * len(decision.revisions) + is_raised if is_placed else 0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("objective", "cheap"),
        ("period_s", 0.0),
        ("period_s", -1.0),
        ("period_s", inf),
        ("utilisation", 0.0),
        ("utilisation", 1.5),
        ("hop_cost_s", -1.0),
        ("hop_cost_s", inf),
        ("max_candidates", 0),
    ],
)
def test_options_out_of_range_are_named_with_their_value(key, value):
    with pytest.raises(ValueError, match=f"^{key} = {value!r}: "):
        PlannedFlowScheduler(**{key: value})


@pytest.mark.slow
def test_a_plan_for_the_whole_shell_takes_less_than_a_second():
    """1,584 satellites; 0.1 s where this was written."""
    scenario = load_scenario(
        "headline-72x22", ["duration={seconds: 900}", "warm_up={seconds: 1}", "scheduler=planned-flow"]
    )
    world, _ = build_world(scenario)
    tasks = tuple(build_tasks(scenario, world))
    spent_s = []

    class Timed(PlannedFlowScheduler):
        def wake(self, view):
            begin_s = process_time()
            due_s = super().wake(view)
            spent_s.append(process_time() - begin_s)
            return due_s

    assert observe(Timed, "shell", world, tasks).failure == ""
    assert len(spent_s) >= 2
    assert max(spent_s) < 1.0
