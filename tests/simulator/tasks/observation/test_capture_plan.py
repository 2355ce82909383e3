"""Captures that exclude each other, against the plainest way to plan them and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.tasks.observation import Targets
from simulator.tasks.observation.capture_plan import CapturePlan

CAPTURE_S = 10.0
N_SATS, N_TARGETS = 3, 4


def _targets(priority: list[float], revisit_s: list[float]) -> Targets:
    zeros = np.zeros(len(priority))
    return Targets(
        names=tuple(f"place {i}" for i in range(len(priority))),
        latitude_rad=zeros,
        longitude_rad=zeros,
        priority=np.array(priority, dtype=np.float64),
        revisit_s=np.array(revisit_s, dtype=np.float64),
    )


def _standing(plan: CapturePlan, wishes: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    wishes = sorted(wishes, key=lambda wish: (wish[0], wish[2], wish[1]))
    columns = [
        np.array([wish[k] for wish in wishes], dtype=kind) for k, kind in ((0, np.intp), (1, np.intp), (2, float))
    ]
    stands = plan.standing(*columns)
    return [wish for wish, stood in zip(wishes, stands.tolist(), strict=True) if stood]


def _plainly(
    windows: list[list[tuple[int, int, float]]], targets: Targets, is_by_satellite: bool
) -> list[list[tuple[int, int, float]]]:
    """Try every wish of a window against all that stands, in order of priority and time."""
    all_taken: list[tuple[int, int, float]] = []
    by_window = []
    for wishes in windows:
        taken = []
        for wish in sorted(wishes, key=lambda wish: (-targets.priority[wish[1]], wish[2], wish[0], wish[1])):
            satellite, target, t_s = wish
            is_free = all(abs(t_s - other[2]) >= CAPTURE_S for other in all_taken if other[0] == satellite)
            rests = all(
                abs(t_s - other[2]) >= targets.revisit_s[target]
                for other in all_taken
                if other[1] == target and (other[0] == satellite or not is_by_satellite)
            )
            if is_free and rests:
                taken.append(wish)
                all_taken.append(wish)
        by_window.append(sorted(taken))
    return by_window


# quarters of seconds: sums are exact, so that touching captures touch exactly
wishes_of_a_window = st.lists(
    st.tuples(st.integers(0, N_SATS - 1), st.integers(0, N_TARGETS - 1), st.integers(0, 400).map(lambda n: n / 4.0)),
    max_size=25,
    unique_by=lambda wish: (wish[0], wish[2]),
)


@given(
    windows=st.lists(wishes_of_a_window, min_size=1, max_size=3),
    priority=st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=N_TARGETS, max_size=N_TARGETS),
    revisit_s=st.lists(st.sampled_from([0.0, 0.0, 15.0, 120.0]), min_size=N_TARGETS, max_size=N_TARGETS),
    is_by_satellite=st.booleans(),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_as_if_every_wish_were_tried_against_all_that_stand(windows, priority, revisit_s, is_by_satellite) -> None:
    windows = [[(s, m, t + 100.0 * k) for s, m, t in wishes] for k, wishes in enumerate(windows)]
    targets = _targets(priority, revisit_s)
    plan = CapturePlan(targets, CAPTURE_S, "satellite" if is_by_satellite else "fleet")
    found = []
    for k, wishes in enumerate(windows):
        plan.forget_before(100.0 * k)
        found.append(sorted(_standing(plan, wishes)))
    assert found == _plainly(windows, targets, is_by_satellite)


def test_captures_may_touch_and_the_higher_priority_stands() -> None:
    plan = CapturePlan(_targets([0.0, 5.0], [0.0, 0.0]), CAPTURE_S, "fleet")
    # at 9 s the high priority excludes captures at 0 s and at 18.9 s, not those that touch it or of another satellite
    wishes = [(0, 0, 0.0), (0, 1, 9.0), (0, 0, 18.9), (0, 0, 19.0), (1, 0, 9.0), (0, 0, -1.0)]
    assert _standing(plan, wishes) == [(0, 0, -1.0), (0, 1, 9.0), (0, 0, 19.0), (1, 0, 9.0)]


@pytest.mark.parametrize(("revisit_by", "n_stand"), [("fleet", 2), ("satellite", 4)])
def test_whose_captures_make_a_target_rest(revisit_by, n_stand) -> None:
    plan = CapturePlan(_targets([0.0], [60.0]), CAPTURE_S, revisit_by)
    assert len(_standing(plan, [(0, 0, 0.0), (1, 0, 30.0), (0, 0, 59.0), (0, 0, 60.0), (1, 0, 119.0)])) == n_stand


def test_what_can_exclude_nothing_is_forgotten() -> None:
    plan = CapturePlan(_targets([0.0, 0.0], [60.0, 0.0]), CAPTURE_S, "satellite")
    for k in range(50):
        plan.forget_before(200.0 * k)
        assert len(_standing(plan, [(s, m, 200.0 * k + 20.0 * m) for s in range(3) for m in (0, 1)])) == 6
    lists = (*plan._of_satellite.values(), *plan._of_target.values())
    assert sum(map(len, lists)) == 9  # of the last window: six on satellites, three of the target that rests
