"""Tiny scenarios with everything switched on at once: the books close, and nothing comes before its cause."""

from __future__ import annotations

import tempfile
from math import fsum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scenarios import run
from scenarios.config import scenario_from_text
from schedulers import SCHEDULERS
from simulator.results import read_run

ROUNDING_S = 1e-6
"""Times below 1e4 s, added up a few times in float64 (1e-12 s each), with a wide margin."""

LEDGER = 1e-9
"""Of what came in: a million times the rounding of such a run, and far below a joule or a bit of any task."""

LINK_GBPS, GROUND_GBPS = 0.2, 0.1

FRAME = f"""\
schema_version: 1
name: everything
epoch: 2026-03-20T00:00:00Z
satellites: {{kind: walker, planes: 2, satellites_per_plane: 3, altitude_km: 550, inclination_deg: 80}}
duration: {{seconds: 2400}}
warm_up: {{seconds: 300}}
links: {{rate_gbps: {LINK_GBPS}, receive_power_w: 2, standby_power_w: 1}}
ground:
  rate_gbps: {GROUND_GBPS}
  minimum_elevation_deg: 5
  stations:
    - {{name: Svalbard, latitude_deg: 78.2, longitude_deg: 15.4, channels: 1}}
    - {{name: Quito, latitude_deg: -0.2, longitude_deg: -78.5, channels: 1}}
    - {{name: Nairobi, latitude_deg: -1.3, longitude_deg: 36.8, channels: 2}}
tasks: {{kind: poisson, load: 0.4}}
scheduler: oec-local
record: {{battery_traces: 2}}
"""

POISSON = "{{kind: poisson, load: {load}, deliver_to: {deliver_to}, input_mbit: {{low: 1, high: 400}}}}"
CAPTURES = (
    "{{kind: observation, sensor: {sensor}, targets: {{kind: grid, step_deg: 4, latitude_deg: [-80, 80]}},"
    " maximum_off_nadir_deg: 40, share_taken: {share}, data_gbit: {{low: 0.1, high: 0.4}}, work_s_per_gbit: 100,"
    " deadline_s: {{low: 60, high: 900}}, deliver_to: {deliver_to}}}"
)

MODELS = (
    "{{catalogue: [{{name: a, size_mbit: 300}}, {{name: b, size_mbit: 900}}, {{name: c, size_mbit: 50}}],"
    " cache_mbit: {cache}, on_board: [c], sources: {sources}}}"
)
BOARDS = (
    "{{groups: [{{name: one, {some}: [0], models: {{on_board: [b, c]}},"
    " terminals: {{rate_gbps: {links}, transmit_power_w: 3,"
    " topology: {topology}}}, ground_radio: {{rate_gbps: {ground}, transmit_power_w: 20, receive_power_w: 1}},"
    " radiation: {{device: {calm}}}}}, {{name: two, models: {{on_board: [a]}}}}]}}"
)
"""Rates are at most those of the frame, which bound how soon anything can be anywhere."""

DEVICE = (
    "{{based_on: carmen-2-rednet, functional_interrupts: {{rate_per_device_day: {hangs}}},"
    " logic_errors: {{rate_per_device_day: 500}}}}"
)
MEMORY = (
    "{{device: {device}, memory_mib: 64, reset_s: 50,"
    " protection: {{code: secded, scrubbing: {{period_s: 60}}, access_pj_per_bit: 1e5}}}}"
)

spans_s = st.tuples(st.floats(100.0, 3000.0), st.floats(10.0, 1000.0))
hours = st.tuples(st.floats(0.0, 0.6), st.floats(0.01, 0.5)).map(lambda span: (span[0], span[0] + span[1]))


def outage_text(span_s, more=""):
    return f"{{mean_time_between_s: {span_s[0]}, mean_outage_s: {span_s[1]}{more}}}"


@st.composite
def scheduled(draw):
    """One outage at a known time."""
    from_h, until_h = draw(hours)
    what = draw(
        st.sampled_from(
            [
                "kind: satellite, satellite: 1",
                "kind: station, station: Quito",
                "kind: array, satellite: 0, output: 0.2",
                "kind: link, between: [1, 0]",
            ]
        )
    )
    return f"{{{what}, from_h: {from_h}, until_h: {until_h}}}"


@st.composite
def changes(draw):
    """Everything on, in different strengths."""
    planes, in_plane = draw(st.sampled_from([(1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (2, 3), (3, 2)]))
    # links need a neighbour in plane, which a plane of one has not
    links = "[]" if in_plane == 1 else f"[{draw(scheduled())}, {draw(scheduled())}]"
    sensor = draw(st.sampled_from(["optical", "radar", None]))
    deliver_to = draw(st.sampled_from(["source", "ground"]))
    tasks = POISSON.format(load=draw(st.floats(0.05, 1.2)), deliver_to=deliver_to)
    if sensor is not None:
        tasks = CAPTURES.format(share=draw(st.floats(0.05, 1.0)), deliver_to=deliver_to, sensor=sensor)
    from_h, until_h = draw(hours)
    surge = f"[{{from_h: {from_h}, until_h: {until_h}, factor: {draw(st.floats(1.1, 5.0))}}}]"
    values = {
        "seed": draw(st.integers(0, 1000)),
        "satellites.planes": planes,
        "satellites.satellites_per_plane": in_plane,
        "power.battery_capacity_kj": draw(st.floats(5.0, 400.0)),
        "power.solar_power_w": draw(st.floats(20.0, 250.0)),
        "power.initial_charge": draw(st.floats(0.1, 1.0)),
        "power.charge_efficiency": draw(st.floats(0.7, 1.0)),
        "power.array": draw(
            st.sampled_from(["{attitude: nadir}", '{attitude: body_fixed, panels: [{normal: "+y"}, {normal: "-z"}]}'])
        ),
        "power.ageing": f"{{temperature_c: {draw(st.floats(15.0, 45.0))}}}",
        "processor.tasks_at_once": draw(st.integers(1, 2)),
        "links.acquisition_s": draw(st.floats(1.0, 120.0)),
        "links.polar_cutoff_deg": draw(st.floats(20.0, 79.0)),
        "state_age_s": draw(st.sampled_from([0.0, 30.0])),
        "storage.capacity_gbit": draw(st.floats(0.2, 20.0)),
        "storage.overflow": draw(st.sampled_from(["drop_new", "drop_lowest_priority"])),
        "storage.raw_to_ground_share": draw(st.floats(0.0, 1.0)),
        "tasks": tasks,
        "tasks.models": "{a: 0.4, b: 0.4, c: 0.2}",
        "models": MODELS.format(
            cache=draw(st.sampled_from([960, 1000, 1300])),
            sources=draw(st.sampled_from(["any", "ground", "neighbours"])),
        ),
        "radiation": MEMORY.format(device=DEVICE.format(hangs=100)),
        "fleet": BOARDS.format(
            some="slots" if in_plane > 1 else "planes",
            links=draw(st.sampled_from([LINK_GBPS, 0.03])),
            topology=draw(st.sampled_from(["null", "in_plane"])),
            ground=draw(st.sampled_from([GROUND_GBPS, 0.02])),
            calm=DEVICE.format(hangs=10),
        ),
        "adversity.link_outages": outage_text(draw(spans_s)),
        "adversity.satellite_outages": outage_text(draw(spans_s)),
        "adversity.station_outages": outage_text(draw(spans_s)),
        "adversity.array_outages": outage_text(draw(spans_s), f", output: {draw(st.floats(0.0, 0.9))}"),
        "adversity.array_fault": "{share: 0.5, output: 0.7}",
        "adversity.forecast_error_s": draw(st.sampled_from([-90.0, 90.0])),
        "adversity.outages": links,
        "scheduler": draw(st.sampled_from(sorted(SCHEDULERS))),
    }
    if sensor is None:
        values["adversity.demand_surges"] = surge
    return tuple(f"{key}={value}" for key, value in values.items())


def explored(n_examples):
    """Settings for so many scenarios, the same ones every time."""
    return settings(
        max_examples=n_examples, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


def done(text_changes):
    """Run a scenario of the frame, which checks its own books, and return its tables and summary."""
    with tempfile.TemporaryDirectory() as folder:
        result = run(scenario_from_text(FRAME, text_changes), runs_folder=Path(folder))
        tables = read_run(result.folder)
        names = [path.stem for path in result.folder.glob("*.parquet")]
        return {name: tables.table(name).to_pylist() for name in names}, result.summary


@explored(20)
@given(changes())
def test_twenty_scenarios_with_everything_keep_their_books(text_changes):
    keeps_its_books(text_changes)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@explored(200)
@given(changes())
def test_two_hundred_scenarios_with_everything_keep_their_books(text_changes):
    keeps_its_books(text_changes)


def keeps_its_books(text_changes):
    tables, summary = done(text_changes)
    assert {"storage", "outages", "models", "upsets"} <= set(tables)
    for row in tables["energy"]:
        came_in = row["initial_j"] + row["harvested_j"]
        went = [row[name] for name in ("base_j", "compute_j", "transmit_j", "receive_j", "stored_j", "spilled_j")]
        error = came_in - fsum([*went, row["losses_j"], row.get("payload_j") or 0.0])
        assert abs(error) <= LEDGER * max(came_in, 1.0)
        assert 0.0 <= row["max_depth_of_discharge"] <= 1.0 + LEDGER
    for row in tables["storage"]:
        came = row["generated_bits"] + row["received_bits"]
        went = [row[f"{name}_bits"] for name in ("sent", "downlinked", "used", "dropped", "lost", "stored")]
        assert abs(came - fsum(went)) <= LEDGER * max(came, 1.0)
        assert row["peak_bits"] <= row["capacity_bits"] * (1.0 + LEDGER)
    for row in tables["models"]:
        came = [row[f"{name}_bits"] for name in ("preloaded", "from_stations", "from_neighbours")]
        assert abs(fsum(came) - row["evicted_bits"] - row["stored_bits"]) <= LEDGER * fsum(came)
        assert row["stored_bits"] <= row["capacity_bits"]
    sent, received = (fsum(row[f"{name}_bits"] for row in tables["models"]) for name in ("sent", "from_neighbours"))
    assert sent == received
    ids = sorted(row["task_id"] for row in tables["tasks"])
    assert ids == list(range(summary["n_arrived_whole_run"]))
    for row in tables["tasks"]:
        assert row["fate"] in {"on_time", "late", "dropped", "lost", "in_flight"}
        comes_after_its_cause(row, is_whole=summary["scheduler"] != "oec-pipeline")


def comes_after_its_cause(row, *, is_whole):
    """A result cannot be there before its input has been moved, its work done, and itself moved, at the known rates."""
    times_s = [row[name] for name in ("arrival_s", "start_s", "finish_s", "delivered_s") if not np.isnan(row[name])]
    assert times_s == sorted(times_s)
    if not is_whole or np.isnan(row["delivered_s"]):
        return
    on_ground, is_elsewhere = row["place"] == "ground", row["place"] in ("other_sunlit", "other_battery")
    moved_s = row["input_bits"] / (GROUND_GBPS * 1e9) if on_ground else 0.0
    moved_s += row["input_bits"] / (LINK_GBPS * 1e9) if is_elsewhere else 0.0
    moved_s += row["model_wait_s"]
    assert row["start_s"] >= row["arrival_s"] + moved_s - ROUNDING_S
    if not on_ground:
        assert row["finish_s"] >= row["start_s"] + row["work_s"] - ROUNDING_S
    back_s = row["result_bits"] / (GROUND_GBPS * 1e9) if (row["deliver_to"] == "ground") != on_ground else 0.0
    assert row["delivered_s"] >= row["finish_s"] + back_s - ROUNDING_S


@st.composite
def growths(draw):
    """Something that helps, by how much."""
    factor = draw(st.floats(1.0, 4.0))
    return draw(st.sampled_from(["battery", "array", "deadlines"])), factor


plain = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 1000),
        "load": st.floats(0.1, 1.2),
        "capacity_kj": st.floats(20.0, 400.0),
        "solar_w": st.floats(40.0, 250.0),
        "efficiency": st.floats(0.7, 1.0),
        "array": st.sampled_from(["{attitude: sun_tracking}", "{attitude: nadir}"]),
    }
)


def depths(case, what="", factor=1.0):
    battery, array, slack = (factor if what == name else 1.0 for name in ("battery", "array", "deadlines"))
    tables, _ = done(
        (
            f"seed={case['seed']}",
            f"tasks={{kind: poisson, load: {case['load']}, deadline_s: {{low: {60 * slack}, high: {300 * slack}}}}}",
            f"power.battery_capacity_kj={case['capacity_kj'] * battery}",
            f"power.solar_power_w={case['solar_w'] * array}",
            f"power.charge_efficiency={case['efficiency']}",
            f"power.array={case['array']}",
            "adversity={array_outages: {mean_time_between_s: 2000, mean_outage_s: 300}}",
        )
    )
    return np.array([row["max_depth_of_discharge"] for row in tables["energy"]])


@explored(5)
@given(plain, growths())
@example(
    {"seed": 1, "load": 1.0, "capacity_kj": 60.0, "solar_w": 90.0, "efficiency": 0.9, "array": "{attitude: nadir}"},
    ("array", 2.0),
)
def test_more_of_anything_discharges_no_battery_deeper(case, growth):
    discharges_no_battery_deeper(case, growth)


@pytest.mark.slow
@explored(60)
@given(plain, growths())
def test_more_of_anything_discharges_no_battery_deeper_in_many_worlds(case, growth):
    discharges_no_battery_deeper(case, growth)


def discharges_no_battery_deeper(case, growth):
    """Under `oec-local` the work is the same whatever the battery: a full one lacks the same joules, of more."""
    assert np.all(depths(case, *growth) <= depths(case) + LEDGER)
