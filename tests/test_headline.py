"""The calibrated headline configuration at its full size, four seasons: slow, `make test-slow`."""

from __future__ import annotations

from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from scenarios import compare, load_scenario
from scenarios.lifetime_ratios import lifetime_ratios
from simulator.results import read_run

SEASONS = ("2026-03-20T00:00:00Z", "2026-06-21T00:00:00Z", "2026-09-22T00:00:00Z", "2026-12-21T00:00:00Z")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("epoch", SEASONS)
def test_phoenix_lowers_the_depth_of_discharge_by_the_published_share(epoch, tmp_path):
    """54.8 % +- 5 points (Liu et al. 2024, abstract; the band is ours), at most 0.5 % of tasks missed."""
    scenario = load_scenario("headline-72x22", [f"epoch={epoch}"])
    local, phoenix = compare(scenario, ["oec-local", "phoenix"], runs_folder=tmp_path)
    reduction = 1.0 - phoenix.summary["max_depth_of_discharge"] / local.summary["max_depth_of_discharge"]
    assert 0.548 - 0.05 <= reduction <= 0.548 + 0.05
    # 2.9 times the life (the same abstract), by the rule under which that goes with 54.8 %; 0.6 is 5 points and bursts
    _, ratio = lifetime_ratios([read_run(result.folder) for result in (local, phoenix)])
    assert 2.9 - 0.6 <= ratio.worst <= 2.9 + 0.6
    for result in (local, phoenix):
        summary = result.summary
        assert summary["n_tasks"] - summary["n_on_time"] <= 0.005 * summary["n_tasks"]
        assert summary["energy_ledger_relative_error"] < 1e-9
    arrivals = [
        pq.read_table(result.folder / "tasks.parquet", columns=["task_id", "source", "arrival_s"]).sort_by("task_id")
        for result in (local, phoenix)
    ]
    assert all(a.equals(b) for a, b in pairwise(arrivals)), "both schedulers see the same arrivals"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_ratio_of_lives_goes_with_the_rule_and_not_with_cells(tmp_path):
    """On 264 satellites: 2.9 +- 0.6 by the 15-point rule of the deepest battery, 1.4 or so by Xu et al. 2018."""
    scenario = load_scenario("headline-12x22")
    local, phoenix = compare(scenario, ["oec-local", "phoenix"], runs_folder=tmp_path)
    _, ratio = lifetime_ratios([read_run(result.folder) for result in (local, phoenix)])
    assert 2.9 - 0.6 <= ratio.worst <= 2.9 + 0.6
    shortest = [result.summary["min_xu_lifetime_years"] for result in (local, phoenix)]
    # one cycle per orbit of 0.42 and of 0.19 gives 2.28 and 4.02 years at half charge; full batteries and the shallow
    # cycles of tasks wear more: shorter lives, and a smaller ratio than those 1.76
    assert 1.2 < shortest[1] / shortest[0] < 1.76
    assert shortest[0] < 2.28
    assert shortest[1] < 4.02
