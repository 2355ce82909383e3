"""PHOENIX without its parts, where the right place without them is plain to see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf

import pytest

from scenarios.laws import LawWorld, observe
from schedulers import SCHEDULERS
from schedulers.energy_ranking import LOOK_AGE_S, REFUSAL_AGE_S, EnergyRanking
from simulator.records import Place, Run, Signalling, ToGround
from tests.schedulers.small_view import TASK, SmallView, ring, tasks


@dataclass
class SunlitView(SmallView):
    """Satellites in planes of two, with sunlight and batteries; always lit where `lit` says nothing else."""

    lit: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    stored: list[float] = field(default_factory=list)
    ground_s: float = inf
    orbital_period_s: float = 6000.0

    @property
    def planes(self):
        return [range(first, first + 2) for first in range(0, self.n_sats, 2)]

    @property
    def plane_of(self):
        return [satellite // 2 for satellite in range(self.n_sats)]

    def reachable_planes(self, source):
        return frozenset(range(len(self.planes)))

    def sunlit_windows(self, satellite, start_s, end_s):
        spans = self.lit.get(satellite, [(-inf, inf)])
        return [(max(a, start_s), min(b, end_s)) for a, b in spans if max(a, start_s) < min(b, end_s)]

    def sunlit_s(self, satellite, start_s, end_s):
        return sum(b - a for a, b in self.sunlit_windows(satellite, start_s, end_s))

    def stored_j(self, satellite):
        return self.stored[satellite]

    def solar_power_w(self, satellite):
        return 200.0

    def output_swings(self, satellite):
        return False

    def base_power_w(self, satellite):
        return 30.0

    def ground_delivery_s(self, task, satellite, not_before_s=0.0):
        return self.ground_s


def sunlit_view(n_sats: int = 6, **changes) -> SunlitView:
    return SunlitView(links=ring(n_sats), backlog_s=[0.0] * n_sats, stored=[1e5] * n_sats, **changes)


def placed(name: str, view: SunlitView, n_tasks: int = 1, **changes) -> list:
    scheduler = SCHEDULERS[name]()
    scheduler.start(view)
    return [scheduler.decide(task, view) for task in tasks(n_tasks, **changes)]


DARK = {0: []}


def test_without_orbits_the_most_energy_of_the_fleet_counts():
    """Orbit 1 has the least work per sunlight (none, and is first in number), orbit 2 the fullest battery."""
    view = sunlit_view(lit=DARK)
    view.stored[2], view.stored[5] = 2e5, 3e5
    assert [run.satellite for run in placed("phoenix", view)] == [1]  # its own orbit has no work either, comes first
    assert [run.satellite for run in placed("phoenix-no-orbits", view)] == [5]


def test_without_orbits_work_given_counts_against_energy():
    """Each task takes 50 W x 30 s = 1.5 kJ: 3.1 kJ ahead becomes 1.6, then 0.1, which is less than the other's 0.5."""
    view = sunlit_view(lit=DARK)
    view.stored[4] += 3100.0
    view.stored[3] += 500.0
    runs = placed("phoenix-no-orbits", view, 4)
    assert [run.satellite for run in runs] == [4, 4, 3, 4]


def test_without_orbits_satellites_without_sunlight_or_room_are_passed_by():
    view = sunlit_view(lit={0: [], 5: [(0.0, 20.0)], 4: []})
    view.stored = [0.0, 0.0, 0.0, 1e5, 2e5, 3e5]
    assert [run.satellite for run in placed("phoenix-no-orbits", view)] == [3]


def test_without_deferral_no_task_waits_for_the_next_sunlit_period():
    """The own Sun rises in time, and nowhere else is any: PHOENIX waits, the other draws on its battery at once."""
    night = {satellite: [] for satellite in range(1, 6)} | {0: [(100.0, 1000.0)]}
    (deferred,) = placed("phoenix", sunlit_view(lit=night))
    assert (deferred.satellite, deferred.not_before_s) == (0, 100.0)
    (at_once,) = placed("phoenix-no-deferral", sunlit_view(lit=night))
    assert (at_once.satellite, at_once.not_before_s) == (0, 0.0)


def test_without_deferral_the_sun_elsewhere_must_shine_when_the_input_is_there():
    rising = {0: [], 1: [(100.0, 1000.0)], 2: [(0.0, 1000.0)], 3: [], 4: [], 5: []}
    (run,) = placed("phoenix-no-deferral", sunlit_view(lit=rising))
    assert run.satellite == 2
    assert run.not_before_s == pytest.approx(2 * (TASK.input_bits / 1e9 + 0.003))  # two hops of the small view


def test_without_deferral_a_task_may_queue_behind_work_in_the_same_sunlight():
    alone = {satellite: [] for satellite in range(1, 6)} | {0: [(0.0, 70.0), (100.0, 1000.0)]}
    runs = placed("phoenix-no-deferral", sunlit_view(lit=alone), 3)
    assert [run.not_before_s for run in runs] == [0.0, 30.0, 60.0]  # the third on battery: 60 + 30 s is past dusk
    deferred = placed("phoenix", sunlit_view(lit=alone), 3)
    assert [run.not_before_s for run in deferred] == [0.0, 30.0, 100.0]


def test_without_deferral_an_urgent_task_pushes_no_other_into_the_next_sunlit_period():
    """The second of two tasks would start after dusk if a third went first; that one goes to the neighbour instead."""
    spans = {satellite: [] for satellite in range(1, 5)} | {0: [(0.0, 70.0), (100.0, 1000.0)], 5: [(0.0, 1000.0)]}
    decided, told = {}, {}
    for name in ("phoenix", "phoenix-no-deferral"):
        view, scheduler = sunlit_view(lit=spans), SCHEDULERS[name]()
        scheduler.start(view)
        first, second, urgent = tasks(3)
        scheduler.decide(first, view)
        view.now_s = 1.0
        scheduler.decide(second, view)
        decided[name] = scheduler.decide(replace(urgent, deadline_s=95.0), view)
        told[name] = scheduler.signalling()
    assert decided["phoenix"].satellite == 0
    assert [revision.not_before_s for revision in decided["phoenix"].revisions] == [100.0]
    assert decided["phoenix-no-deferral"].satellite == 5
    assert decided["phoenix-no-deferral"].revisions == ()
    # each placement is told to everyone: satellite and 7 numbers of the plan; a task that moves, its number and start
    assert told["phoenix"] == Signalling(n_messages=3, bits=(3 * 8 + 2) * 64)
    assert told["phoenix-no-deferral"] == Signalling(n_messages=3, bits=3 * 8 * 64)


def test_without_ground_nothing_is_sent_down():
    assert isinstance(placed("phoenix", sunlit_view(ground_s=50.0))[0], ToGround)
    assert isinstance(placed("phoenix-no-ground", sunlit_view(ground_s=50.0))[0], Run)


def test_in_a_run_the_ground_serves_all_but_the_one_without():
    built = LawWorld(name="a light load", overrides=("tasks.load=0.15",)).build()
    n_on_ground = {
        name: sum(row[12] is Place.GROUND for row in observe(SCHEDULERS[name], name, *built).rows)
        for name in ("phoenix", "phoenix-no-orbits", "phoenix-no-deferral", "phoenix-no-ground")
    }
    assert n_on_ground.pop("phoenix-no-ground") == 0
    assert min(n_on_ground.values()) == n_on_ground["phoenix"] > 0


def test_in_a_run_without_deferral_no_shadow_lies_between_arrival_of_the_input_and_start():
    world, arrived = LawWorld(name="plain", overrides=("ground.stations=[]",)).build()
    watched = []

    class Watched(SCHEDULERS["phoenix-no-deferral"]):
        def decide(self, task, view):
            run = super().decide(task, view)
            if isinstance(run, Run):
                ready_s = view.now_s
                if run.satellite != view.here:
                    ready_s += view.transfer_s(view.here, run.satellite, task.input_bits)
                wait_s = run.not_before_s - ready_s
                shadow_s = wait_s - view.sunlit_s(run.satellite, ready_s, run.not_before_s)
                is_lit = view.is_sunlit(run.satellite, run.not_before_s)
                watched.append((is_lit, shadow_s))
            return run

    observe(Watched, "plain", world, arrived)
    lit = [shadow_s for is_lit, shadow_s in watched if is_lit]
    assert len(lit) > 0.5 * len(watched) > 50
    assert max(lit) < 1e-6  # differences of float64 times of 1e3 s


# the ranking


def ranked(ranking: EnergyRanking, task=TASK) -> list[int]:
    return list(ranking.candidates(task))


def looked_at(energies: list[float]) -> tuple[EnergyRanking, SunlitView]:
    view, ranking = sunlit_view(len(energies)), EnergyRanking()
    view.stored = energies
    ranking.refresh_if_old(view, [0.0] * len(energies))
    return ranking, view


def test_candidates_come_by_energy_then_number():
    ranking, _ = looked_at([1.0, 3.0, 2.0, 3.0])
    assert ranked(ranking) == [1, 3, 2, 0]
    ranking.take(1, 1.5)
    assert ranked(ranking) == [3, 2, 1, 0]


def test_backlog_and_gain_count():
    view, ranking = sunlit_view(3), EnergyRanking()
    view.stored, view.backlog_s = [1000.0, 1000.0, 1000.0], [0.0, 10.0, 10.0]  # 50 W x 10 s
    ranking.refresh_if_old(view, [0.0, 0.0, 501.0])
    assert ranked(ranking) == [2, 0, 1]


def test_a_refusal_holds_for_tasks_as_long_and_as_urgent_and_for_no_others():
    ranking, _ = looked_at([1.0, 2.0])
    ranking.refuse(1, work_s=30.0, deadline_s=600.0)
    assert ranked(ranking) == [0]
    assert ranked(ranking, replace(TASK, work_s=31.0, deadline_s=300.0)) == [0]
    assert ranked(ranking, replace(TASK, work_s=29.0)) == [1, 0]
    assert ranked(ranking, replace(TASK, deadline_s=601.0)) == [1, 0]


def test_deadlines_beyond_the_table_are_always_asked_for():
    ranking, _ = looked_at([1.0])
    ranking.refuse(0, work_s=0.0, deadline_s=1e5)
    assert ranked(ranking) == []
    assert ranked(ranking, replace(TASK, deadline_s=2e5)) == [0]


def test_energies_are_renewed_each_minute_and_refusals_forgotten_after_ten():
    ranking, view = looked_at([1.0, 2.0])
    ranking.refuse(1, work_s=0.0, deadline_s=1200.0)
    view.stored = [1.0, 0.5]
    for now_s, order in ((LOOK_AGE_S - 1.0, [0]), (LOOK_AGE_S, [0]), (REFUSAL_AGE_S + LOOK_AGE_S, [0, 1])):
        view.now_s = now_s
        ranking.refresh_if_old(view, [0.0, 0.0])
        assert ranked(ranking, replace(TASK, deadline_s=1200.0)) == order
