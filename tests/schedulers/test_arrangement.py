"""Packing on one satellite, against hand-made plans and an exhaustive search."""

from __future__ import annotations

from itertools import pairwise, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from schedulers.arrangement import PlannedTask, arrange, first_fit

WINDOWS = [(0.0, 100.0), (200.0, 300.0)]


def planned(task_id: int, due_s: float, runtime_s: float, release_s: float = 0.0, start_s: float = 0.0) -> PlannedTask:
    return PlannedTask(due_s, task_id, release_s, runtime_s, start_s, needs_sunlight=True)


def sunlit_until(end_s: float) -> list[tuple[float, float]]:
    return [(a, min(b, end_s)) for a, b in WINDOWS if a < end_s]


def test_first_fit_uses_the_gap_before_a_busy_span():
    assert first_fit(WINDOWS, [(40.0, 90.0)], 5.0, 30.0) == 5.0
    assert first_fit(WINDOWS, [(40.0, 90.0)], 15.0, 30.0) == 200.0
    assert first_fit(WINDOWS, [], 0.0, 101.0) is None


def test_a_task_that_does_not_fit_before_the_shadow_waits_for_light():
    arrangement = arrange([], planned(1, 400.0, 30.0, release_s=80.0), 80.0, sunlit_until)
    assert arrangement is not None
    assert arrangement.start_s == 200.0


def test_an_earlier_deadline_moves_a_waiting_task_back():
    waiting = planned(1, due_s=400.0, runtime_s=60.0, start_s=20.0)
    arrangement = arrange([waiting], planned(2, due_s=90.0, runtime_s=60.0, release_s=10.0), 10.0, sunlit_until)
    assert arrangement is not None
    assert arrangement.start_s == 10.0
    assert [(p.task_id, p.start_s) for p in arrangement.moved] == [(1, 200.0)]


def test_a_task_that_would_make_another_late_is_refused():
    waiting = planned(1, due_s=100.0, runtime_s=60.0, start_s=20.0)
    assert arrange([waiting], planned(2, due_s=95.0, runtime_s=60.0), 10.0, sunlit_until) is None


def test_a_started_task_is_not_moved():
    started = planned(1, due_s=400.0, runtime_s=60.0, start_s=5.0)
    arrangement = arrange([started], planned(2, due_s=99.0, runtime_s=30.0), 10.0, sunlit_until)
    assert arrangement is not None
    assert arrangement.start_s == 65.0
    assert not arrangement.moved


def test_a_task_takes_the_best_time_that_is_in_time_and_gives_it_up_for_one_due_earlier():
    def better(end_s: float) -> list[list[tuple[float, float]]]:
        return [[(a, min(b, end_s)) for a, b in spans if a < end_s] for spans in ([(50.0, 80.0)], [(30.0, 100.0)])]

    plan: list[PlannedTask] = []
    # once in the best, before and after that in the second best, then in any sunlight, then in the next
    for task_id, start_s in enumerate((50.0, 30.0, 70.0, 0.0, 200.0)):
        arrangement = arrange(plan, planned(task_id, 400.0, 20.0), 0.0, sunlit_until, better)
        assert arrangement is not None
        assert arrangement.start_s == start_s
        plan = arrangement.plan
    urgent = arrange(plan, planned(9, 75.0, 25.0), -1.0, sunlit_until, better)
    assert urgent is not None
    assert urgent.start_s == 50.0
    assert [(moved.task_id, moved.start_s) for moved in urgent.moved] == [
        (0, 30.0),
        (1, 75.0),
        (2, 0.0),
        (3, 200.0),
        (4, 220.0),
    ]
    # due too early for any better time
    alone = arrange([], planned(1, 45.0, 20.0), 0.0, sunlit_until, better)
    assert alone is not None
    assert alone.start_s == 0.0


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(30, 300), st.integers(0, 60)), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_plans_are_legal_and_nothing_is_accepted_that_no_order_could_do(tasks):
    """Whatever is admitted one by one can be packed by some order (exhaustive search over at most 5 tasks)."""
    plan: list[PlannedTask] = []
    for task_id, (runtime_s, due_s, release_s) in enumerate(tasks):
        new = planned(task_id, float(due_s), float(runtime_s), float(release_s))
        arrangement = arrange(plan, new, -1.0, sunlit_until)
        if arrangement is not None:
            plan = arrangement.plan
    spans = sorted((task.start_s, task.end_s) for task in plan)
    assert all(a_end <= b_start for (_, a_end), (b_start, _) in pairwise(spans))
    for task in plan:
        assert task.release_s <= task.start_s
        assert task.end_s <= task.due_s
        assert any(a <= task.start_s and task.end_s <= b for a, b in WINDOWS)
    assert not plan or any(_packs(order) for order in permutations(plan))


def _packs(order: tuple[PlannedTask, ...]) -> bool:
    busy: list[tuple[float, float]] = []
    for task in order:
        start_s = first_fit(WINDOWS, busy, task.release_s, task.runtime_s)
        if start_s is None or start_s + task.runtime_s > task.due_s:
            return False
        busy = sorted([*busy, (start_s, start_s + task.runtime_s)])
    return True
