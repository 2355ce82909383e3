"""Options of the shipped schedulers: what is out of range is refused by name."""

from __future__ import annotations

import pytest

from schedulers import SCHEDULERS
from simulator.records import Scheduler


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("nearest-sunlit", {"max_hops": -1}, "max_hops = -1"),
        ("random-sunlit", {"max_tries": 0}, "max_tries = 0"),
        ("phoenix", {"order": "c"}, "order = 'c'"),
        ("phoenix", {"epoch_s": 0.0}, "epoch_s = 0.0"),
        ("phoenix", {"max_planes": -1}, "max_planes = -1"),
        ("phoenix", {"models": "send"}, "models = 'send'"),
        ("phoenix-b", {"epoch_s": -5.0}, "epoch_s = -5.0"),
        ("oec-pipeline", {"n_satellites": 1}, "n_satellites = 1"),
        ("oec-pipeline", {"n_satellites": 9}, "n_satellites = 9"),
        ("mhspo", {"slot_s": 0.0}, "slot_s = 0.0"),
        ("mhspo", {"v": -1.0}, "v = -1.0"),
        ("mhspo", {"rho_e_per_j": float("inf")}, "rho_e_per_j = inf"),
        ("mhspo", {"e_n": 0}, "e_n = 0"),
        ("greedy-peer", {"max_hops": -1}, "max_hops = -1"),
        ("greedy-peer", {"rho_d_per_s": float("nan")}, "rho_d_per_s = nan"),
    ],
)
def test_an_option_out_of_range_is_a_value_error_that_names_it(name, options, told):
    with pytest.raises(ValueError, match=told):
        SCHEDULERS[name](**options)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_factory_makes_a_scheduler_of_its_name(name):
    scheduler = SCHEDULERS[name]()
    assert isinstance(scheduler, Scheduler)
    assert scheduler.name == name
    assert type(scheduler).__doc__
