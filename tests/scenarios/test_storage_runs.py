"""Memories and link budgets from the scenario file to tables and summary, in small worlds and in the library."""

from __future__ import annotations

from math import fsum

import numpy as np
import pytest

from scenarios import load_scenario, run
from scenarios.config import ScenarioError
from scenarios.downlink_setup import link_budget_of, rate_steps_of
from scenarios.laws import LawWorld
from schedulers import SCHEDULERS
from simulator.engine.simulation import Simulation
from simulator.random_streams import Stream, random_stream
from simulator.results import read_run
from simulator.results.tables import TABLES

SHORT = ("duration.orbits=0.4", "warm_up.orbits=0.1", "record.battery_traces=2")
SMALL = (
    "storage={capacity_gbit: 1.5, overflow: drop_lowest_priority, raw_to_ground_share: 0.5}",
    "ground.rate_gbps=0.05",
    "tasks.load=0.8",
)
WORLDS = {
    "results for the ground": (*SMALL, "tasks.deliver_to=ground"),
    "new data dropped, thin links": (*SMALL, "storage.overflow=drop_new", "links.rate_gbps=0.05"),
    "failing links and empty batteries": (
        *SMALL,
        "adversity={link_outages: {mean_time_between_s: 60, mean_outage_s: 60}}",
        "links.rate_gbps=0.05",
        "links.receive_power_w=5",
        "power.battery_capacity_kj=40",
        "power.solar_power_w=70",
    ),
    "computers that hang": (
        *SMALL,
        "radiation.device={based_on: carmen-2-rednet, functional_interrupts: {rate_per_device_day: 200}}",
        "radiation.memory_mib=64",
    ),
}


class Ends:
    """A recorder that keeps the ends of tasks and of what went down."""

    def __init__(self):
        self.tasks, self.downlinks = [], []

    def task(self, row):
        self.tasks.append(row)

    def downlink(self, row):
        self.downlinks.append(dict(zip(TABLES["downlinks"].names, row, strict=True)))

    def __getattr__(self, name):
        return lambda *_: None


@pytest.mark.parametrize(
    ("name", "world_name"),
    [
        ("oec-cote", "results for the ground"),
        ("oec-pipeline", "results for the ground"),
        ("phoenix", "new data dropped, thin links"),
        ("greedy-peer", "failing links and empty batteries"),
        ("oec-pipeline", "computers that hang"),
    ],
)
def test_every_bit_is_accounted_for(name, world_name):
    """Memories overflow, transfers are cut and split, tasks are given up: nothing appears and nothing is left over."""
    world, tasks = LawWorld(name=world_name, overrides=WORLDS[world_name]).build()
    ends = Ends()
    simulation = Simulation(world, SCHEDULERS[name](), iter(tasks), ends, random_stream(7, Stream.SCHEDULER))
    simulation.run()
    rows = [dict(zip(TABLES["storage"].names, row, strict=True)) for row in simulation.dispatcher.data.storage.rows()]
    assert len(ends.tasks) == len(tasks)
    # sums of some thousand sizes of 1e8 bits
    assert max(row["ledger_relative_error"] for row in rows) < 1e-12
    assert max(row["peak_bits"] for row in rows) <= 1.5e9 + 1e-3
    assert sum(row["n_dropped"] for row in rows) > 0
    total = {name: fsum(row[name] for row in rows) for name in TABLES["storage"].names if name.endswith("_bits")}
    assert total["sent_bits"] == pytest.approx(total["received_bits"], rel=1e-12)
    delivered_bits = fsum(row["size_bits"] for row in ends.downlinks if row["fate"] == "delivered")
    assert delivered_bits <= total["downlinked_bits"] * (1.0 + 1e-12)
    if "results for the ground" in world_name:  # nothing goes up, so that stations have carried just this
        station_bits = fsum(simulation.dispatcher.transport.ground.channels.bits)
        assert station_bits == pytest.approx(total["downlinked_bits"], rel=1e-9)
        waiting_bits = fsum(row["size_bits"] for row in ends.downlinks if row["fate"] == "waiting")
        assert total["downlinked_bits"] <= delivered_bits + waiting_bits + total["dropped_bits"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        (name, attempt): run(load_scenario(f"downlink-{name}-6x11", SHORT), runs_folder=folder / attempt)
        for name, attempt in (("200mbps", "first"), ("200mbps", "second"), ("x-band", "first"))
    }


def test_the_same_seed_gives_the_same_bytes(runs):
    first, second = (runs["200mbps", attempt].folder for attempt in ("first", "second"))
    for file in ("tasks.parquet", "storage.parquet", "storage_trace.parquet", "downlinks.parquet", "summary.json"):
        assert (first / file).read_bytes() == (second / file).read_bytes()


def test_the_summary_is_that_of_the_tables(runs):
    result = runs["200mbps", "first"]
    told, tables = result.summary["storage"], read_run(result.folder)
    memories, downlinks = tables.table("storage").to_pydict(), tables.table("downlinks").to_pylist()
    assert told["ledger_relative_error"] < 1e-12
    assert told["n_dropped"] == sum(memories["n_dropped"])
    assert told["max_peak_share"] == max(memories["peak_bits"]) / 128e9
    start_s, end_s = result.summary["warm_up_s"], result.summary["end_s"]
    for kind in ("result", "raw"):
        rows = [row for row in downlinks if row["kind"] == kind]
        arose = [row for row in rows if start_s <= row["created_s"] < end_s]
        times_s = [row["ended_s"] - row["created_s"] for row in arose if row["ended_s"] <= end_s]
        assert told[kind]["n"] == len(arose) > 0
        assert told[kind]["median_delivery_s"] == pytest.approx(np.median(times_s))
        assert told[kind]["p95_delivery_s"] == pytest.approx(np.quantile(times_s, 0.95))
        backlog = [row["size_bits"] for row in rows if row["created_s"] < end_s and not row["ended_s"] <= end_s]
        assert told[kind]["backlog_bits"] == pytest.approx(sum(backlog), rel=1e-12)
    traced = tables.table("storage_trace").to_pydict()
    assert set(traced["satellite"]) == {0, 33}
    for i_sat in (0, 33):
        fill = [bits for bits, sat in zip(traced["stored_bits"], traced["satellite"], strict=True) if sat == i_sat]
        assert max(fill) == memories["peak_bits"][i_sat]


def test_results_come_down_before_images_that_are_older(runs):
    downlinks = read_run(runs["200mbps", "first"].folder).table("downlinks").to_pylist()
    for satellite in range(66):
        sent = [row for row in downlinks if row["satellite"] == satellite and row["n_parts"]]
        results = [row for row in sent if row["kind"] == "result"]
        for raw in (row for row in sent if row["kind"] == "raw" and row["n_parts"] == 1):
            waiting = [row for row in results if row["created_s"] < raw["first_sent_s"] < row["first_sent_s"]]
            assert waiting == []


def test_rates_are_those_of_the_link_budget(runs):
    """Each transfer in one part took a time between those at the highest and at the lowest rate in view."""
    scenario = load_scenario("downlink-x-band-6x11", SHORT)
    budget = link_budget_of(scenario.ground.link_budget)
    steps = rate_steps_of(scenario.ground.link_budget)
    # 6 dBW and 29 dB/K at 8.2 GHz, 3.2 dB of losses and 75 Msymbol/s, by hand: 20 log10(4 pi d f / c) is 165.5 dB
    assert budget.es_over_n0_db(550e3) == pytest.approx(6.0 + 29.0 - 165.5 - 3.2 + 228.6 - 78.75, abs=0.05)
    low_bps, high_bps = steps.rates_bps(np.array([1130e3, 545e3]))
    assert 140e6 < low_bps < 160e6 < 250e6 < high_bps < 300e6
    downlinks = read_run(runs["x-band", "first"].folder).table("downlinks").to_pylist()
    whole = [row for row in downlinks if row["n_parts"] == 1 and row["fate"] == "delivered"]
    rates_bps = [row["size_bits"] / (row["ended_s"] - row["first_sent_s"]) for row in whole if row["kind"] == "raw"]
    # light takes up to 4 ms of the seconds that an image takes
    assert 0.99 * low_bps < min(rates_bps) < 0.75 * high_bps < max(rates_bps) <= high_bps


def test_without_the_sections_nothing_is_said_of_them(tmp_path):
    result = run(load_scenario("headline-6x11", (*SHORT, "duration.orbits=0.2")), runs_folder=tmp_path)
    assert "storage" not in result.summary
    text = (result.folder / "scenario.yaml").read_text()
    assert "storage" not in text
    assert "link_budget" not in text
    assert not (result.folder / "downlinks.parquet").exists()


def test_a_link_budget_serves_transfers_booked_ahead_too(tmp_path):
    """Without memories the first free stretch is booked, at the rate of the budget; a stronger radio is faster."""
    overrides = (*SHORT, "duration.orbits=0.2", "storage=null", "tasks.result_mbit=500")
    means_s = []
    for eirp_dbw in (0, 12):
        scenario = load_scenario("downlink-x-band-6x11", (*overrides, f"ground.link_budget.eirp_dbw={eirp_dbw}"))
        means_s.append(run(scenario, runs_folder=tmp_path).summary["mean_completion_s"])
    assert means_s[1] < means_s[0]


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("storage={}", "storage.capacity_gbit: required key is missing"),
        ("storage={capacity_gb: 8}", "8 gb is written capacity_gbit: 64"),
        ("storage={capacity_gbit: 8, overflow: drop_old}", "overflow: must be one of drop_new, drop_lowest_priority"),
        ("storage={capacity_gbit: 8, raw_to_ground_share: 2}", "raw_to_ground_share: must be between 0 and 1"),
        ("ground.link_budget={frequency_ghz: 8}", "bandwidth_mhz: required key is missing"),
        (
            "ground.link_budget={frequency_ghz: 8, bandwidth_mhz: 90, g_over_t_db_k: 31}",
            "write for example eirp_dbw: 12",
        ),
        (
            "ground.link_budget={frequency_ghz: 8, bandwidth_mhz: 90, g_over_t_db_k: 31, transmit_gain_dbi: 9}",
            "neither eirp_dbw nor transmit_power_dbw with transmit_gain_dbi is given",
        ),
        (
            "ground.link_budget={frequency_ghz: 8, bandwidth_mhz: 90, eirp_dbw: 12, g_over_t_db_k: 31,"
            " receive_gain_dbi: 50}",
            "receive_gain_dbi: g_over_t_db_k is given as well",
        ),
        (
            "ground.link_budget={frequency_ghz: 8, bandwidth_mhz: 90, eirp_dbw: -30, g_over_t_db_k: 29}",
            "link_budget: the link closes up to [0-9]+ km, satellites fly at 550 km",
        ),
        (
            "ground={stations: [], link_budget: {frequency_ghz: 8, bandwidth_mhz: 90, eirp_dbw: 12, g_over_t_db_k: 31},"
            " downlink: {kind: metasurface}}",
            "link_budget: downlink is given as well",
        ),
    ],
)
def test_mistakes_are_told_with_a_remedy(override, told):
    with pytest.raises(ScenarioError, match=told):
        load_scenario("headline-6x11", (override,))


def test_raw_data_need_a_station():
    with pytest.raises(ScenarioError, match="raw data must reach the ground, but there is no station"):
        load_scenario("headline-6x11", ("ground.stations=[]", "storage={capacity_gbit: 8, raw_to_ground_share: 0.1}"))


def test_the_two_ways_to_give_each_side_are_the_same():
    whole, parts = (
        load_scenario("headline-6x11", (f"ground.link_budget={{frequency_ghz: 8, bandwidth_mhz: 90, {side}}}",))
        for side in (
            "eirp_dbw: 12, g_over_t_db_k: 31",
            "transmit_power_dbw: 3, transmit_gain_dbi: 9, receive_gain_dbi: 51, noise_temperature_k: 100",
        )
    )
    assert rate_steps_of(whole.ground.link_budget) == rate_steps_of(parts.ground.link_budget)
