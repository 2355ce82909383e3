"""Greedy peers on a line of satellites, where the cheapest is plain to see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schedulers.greedy_peer import GreedyPeerScheduler
from tests.schedulers.small_view import LIGHT_S, RATE_BPS, TASK, SmallView, line


def chosen(backlog_s, *, here=0, task=TASK, down=(), **options):
    view = SmallView(links=line(len(backlog_s)), backlog_s=list(backlog_s), here=here, down=set(down))
    scheduler = GreedyPeerScheduler(**options)
    scheduler.start(view)
    return scheduler.decide(task, view).satellite


def test_an_idle_satellite_keeps_its_task():
    assert chosen([0.0, 0.0, 0.0]) == 0


def test_the_nearest_of_idle_peers_is_taken():
    assert chosen([40.0, 30.0, 0.0, 0.0]) == 2
    assert chosen([40.0, 0.0, 40.0, 0.0, 40.0], here=2) == 1


def test_peers_beyond_the_reach_are_not_asked():
    assert chosen([40.0, 40.0, 40.0, 40.0, 40.0, 0.0]) == 0
    assert chosen([40.0, 40.0, 40.0, 40.0, 40.0, 0.0], max_hops=5) == 5
    assert chosen([40.0, 0.0], max_hops=0) == 0


def test_a_peer_without_power_is_passed_over():
    assert chosen([40.0, 0.0, 0.0], down={1}) == 2


@pytest.mark.parametrize(("factor", "satellite"), [(0.999, 0), (1.001, 1)])
def test_delay_and_energy_of_the_way_are_weighed_against_the_wait(factor, satellite):
    """rho_d (s/b + T) + rho_e P s/b of wait are worth leaving for; a thousandth is far above rounding."""
    sending_s = TASK.input_bits / RATE_BPS
    worth_s = (2.0 * (sending_s + LIGHT_S) + 0.5 * 10.0 * sending_s) / 2.0
    assert chosen([factor * worth_s, 0.0], rho_d_per_s=2.0, rho_e_per_j=0.5) == satellite


def test_costly_links_keep_large_inputs_at_home():
    large = replace(TASK, input_bits=2e10)
    assert chosen([40.0, 0.0], task=large) == 1
    assert chosen([40.0, 0.0], task=large, transmit_power_w=500.0) == 0
