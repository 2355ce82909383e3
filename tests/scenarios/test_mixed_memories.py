"""Memories that differ between groups of a fleet: each is upset, looked after and reckoned with as its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import poisson

from scenarios import load_scenario, run
from scenarios.build import build_world
from scenarios.cli.entry import run_command_line
from scenarios.cli.radiation_summary import radiation_rows
from scenarios.config import ScenarioError, dump_scenario, scenario_from_text
from scenarios.execution import RunResult
from tests.onboard_models.small_graphs import images, plain_cnn

SHORT = (
    "duration.orbits=0.4",
    "warm_up.orbits=0.1",
    "record.battery_traces=0",
    "satellites.planes=2",
    "satellites.satellites_per_plane=5",
    "scheduler=oec-local",
)
N_BITS = 2**20
DAY_S = 86_400.0


def device(
    name: str, *, bit_day: float, hangs_a_day: float = 0.0, errors_a_day: float = 0.0, word_bits: int = 32
) -> str:
    # one bit for each particle, so that events come at the rate of bits
    more = f" functional_interrupts: {{rate_per_device_day: {hangs_a_day}}}," if hangs_a_day else ""
    more += f" logic_errors: {{rate_per_device_day: {errors_a_day}}}," if errors_a_day else ""
    return (
        f"{{based_on: carmen-2-rednet, name: {name}, cells: {{rate_per_bit_day: {bit_day}}},{more}"
        " multiplicity: {proton: {probabilities: [1]}, heavy_ion: {probabilities: [1]}},"
        f" memory: {{n_bits: {N_BITS}, word_bits: {word_bits}, interleaving: 4}}}}"
    )


RATES = {"soft": (3e-2, 900.0, 3000.0), "firm": (3e-3, 300.0, 1000.0), "hard": (3e-4, 100.0, 0.0)}
"""Of bits per bit and day, of hangs and of logic errors per day."""
DEVICES = {
    name: device(name, bit_day=bit_day, hangs_a_day=hangs, errors_a_day=errors)
    for name, (bit_day, hangs, errors) in RATES.items()
}
SATELLITES = {"firm": (0, 3, 5, 8), "hard": (1, 6), "soft": (2, 4, 7, 9)}
GROUPS = (
    f"[{{name: a, slots: [0, 3], radiation: {{device: {DEVICES['firm']}}}}},"
    f" {{name: b, slots: [1], radiation: {{device: {DEVICES['hard']}}}}}]"
)


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def run_with(folder: Path, name: str, *more: str) -> RunResult:
    scenario = load_scenario("headline-6x11", (*SHORT, f"radiation.device={DEVICES[name]}", *more))
    return run(scenario, runs_folder=folder)


@pytest.fixture(scope="module")
def mixed(runs_folder: Path) -> RunResult:
    return run_with(runs_folder, "soft", f"fleet.groups={GROUPS}")


def table(result: RunResult, name: str) -> Any:
    return pq.read_table(result.folder / f"{name}.parquet")


def rows_of(upsets: list[dict[str, Any]], satellites: tuple[int, ...]) -> list[dict[str, Any]]:
    return [row for row in upsets if row["satellite"] in satellites]


def test_a_satellite_has_the_upsets_of_a_fleet_that_is_all_like_it(runs_folder: Path, mixed: RunResult) -> None:
    upsets = table(mixed, "upsets").to_pylist()
    assert [(row["satellite"], row["t_s"]) for row in upsets] == sorted(
        (row["satellite"], row["t_s"]) for row in upsets
    )
    for name, satellites in SATELLITES.items():
        uniform = table(run_with(runs_folder, name), "upsets").to_pylist()
        own = rows_of(upsets, satellites)
        assert own == rows_of(uniform, satellites)
        assert len(own) > 10


def test_upsets_of_each_memory_come_at_the_rate_of_its_device(mixed: RunResult) -> None:
    """Counts of Poisson processes, two-sided at a level of 1e-4 each: eight of them, so that one in 1,250 is chance."""
    upsets, end_s = table(mixed, "upsets").to_pylist(), mixed.summary["end_s"]
    for name, satellites in SATELLITES.items():
        own = rows_of(upsets, satellites)
        per_day = dict(zip(("cells", "functional_interrupt", "logic_error"), RATES[name], strict=True))
        per_day["cells"] *= N_BITS
        for effect, rate in per_day.items():
            low, high = poisson.interval(1.0 - 1e-4, rate * len(satellites) * end_s / DAY_S) if rate else (0.0, 0.0)
            n = sum(row["effect"] == effect for row in own)
            assert low <= n <= high, (name, effect)


def test_the_summary_tells_the_memories_apart_and_adds_them_up(mixed: RunResult) -> None:
    found, upsets = mixed.summary["radiation"], table(mixed, "upsets").to_pylist()
    told = {memory["device"]: memory for memory in found["memories"]}
    groups = {"firm": ["a"], "hard": ["b"], "soft": ["others"]}
    assert {name: memory["groups"] for name, memory in told.items()} == groups
    for name, satellites in SATELLITES.items():
        assert told[name]["n_satellites"] == len(satellites)
        for effect, counts in told[name]["effects"].items():
            assert counts["events"] == sum(row["effect"] == effect for row in rows_of(upsets, satellites))
    for effect, counts in found["effects"].items():
        parts = [memory["effects"][effect] for memory in told.values() if effect in memory["effects"]]
        assert counts["events"] == sum(part["events"] for part in parts)
        assert counts["expected_events"] == pytest.approx(sum(part["expected_events"] for part in parts), rel=1e-12)
    assert found["residual"]["silent"] == sum(memory["residual"]["silent"] for memory in told.values())
    hung = {row["satellite"] for row in table(mixed, "events").to_pylist() if row["kind"] == "reset"}
    assert hung == {row["satellite"] for row in upsets if row["effect"] == "functional_interrupt"}


def test_people_are_told_of_each_memory(mixed: RunResult) -> None:
    rows = dict(radiation_rows(mixed.summary))
    assert list(rows)[1:4] == ["firm (a)", "hard (b)", "soft (others)"]
    hard = next(memory for memory in mixed.summary["radiation"]["memories"] if memory["device"] == "hard")
    assert rows["hard (b)"].startswith(f"cells {hard['effects']['cells']['events']:,} (")


def test_the_command_that_looks_at_one_memory_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = load_scenario("headline-6x11", (*SHORT, f"radiation.device={DEVICES['soft']}", f"fleet.groups={GROUPS}"))
    (tmp_path / "mixed.yaml").write_text(dump_scenario(scenario))
    asked = ["upsets", str(tmp_path / "mixed.yaml"), "--duration", "600s", "--output", str(tmp_path / "upsets.parquet")]
    assert run_command_line(asked) == 0
    assert "for that of group a, b give --device" in capsys.readouterr().err


def test_groups_that_say_what_all_have_change_no_byte(runs_folder: Path) -> None:
    protection = "{code: secded, scrubbing: {period_s: 30}}"
    same = (
        f"[{{name: a, slots: [0, 3], radiation: {{device: {DEVICES['firm']}, shielding_g_cm2: 0.686,"
        f" protection: {protection}}}, terminals: {{rate_gbps: 5}}, ground_radio: {{rate_gbps: 5}}}}]"
    )
    asked = (f"radiation.protection={protection}", "tasks.deliver_to=ground", "scheduler=nearest-sunlit")
    uniform, grouped = (run_with(runs_folder, "firm", *asked, *more) for more in ((), (f"fleet.groups={same}",)))
    for name in ("tasks", "energy", "events", "upsets", "links", "stations"):
        one, other = ((result.folder / f"{name}.parquet").read_bytes() for result in (uniform, grouped))
        assert one == other, name
    assert dict(uniform.summary) == {key: value for key, value in grouped.summary.items() if key != "groups"}


def test_each_satellite_pays_for_looking_after_its_own_memory(runs_folder: Path) -> None:
    """72 bits are read for 64 of data; 1e-6 J each make watts, and they take their share of the processor."""
    protection = "{code: secded, scrubbing: {period_s: 20}, access_pj_per_bit: 1e6, bandwidth_gbps: 0.001}"
    groups = f"[{{name: a, slots: [0], radiation: {{memory_mib: 0.0625, protection: {protection}}}}}]"
    overrides = (*SHORT, f"radiation.device={DEVICES['hard']}", f"fleet.groups={groups}")
    world, _ = build_world(load_scenario("headline-6x11", overrides))
    read_bits = 72 / 64 * 2**19
    power_w, share = read_bits * 1e-6 / 20.0, read_bits / 20.0 / 1e6
    assert power_w > 0.02 and share > 0.02
    base_w = [battery.base_power_w for battery in world.batteries]
    assert base_w == pytest.approx([30.0 + power_w * (i_sat % 5 == 0) for i_sat in range(10)], rel=1e-12)
    speeds = [modes[0].speed for modes in world.modes_by_satellite]
    assert speeds == pytest.approx([1.0 - share * (i_sat % 5 == 0) for i_sat in range(10)], rel=1e-12)
    result = run_with(runs_folder, "hard", f"fleet.groups={groups}")
    energy = table(result, "energy")
    memory_j, base_j = energy["memory_j"].to_numpy(), energy["base_j"].to_numpy()
    np.testing.assert_allclose(memory_j[0::5], base_j[0::5] * power_w / (30.0 + power_w), rtol=1e-12)
    assert not np.delete(memory_j, [0, 5]).any()
    assert result.summary["energy_ledger_relative_error"] <= 1e-9
    assert result.summary["radiation"]["upkeep_power_w"] == pytest.approx(power_w / 5.0, rel=1e-12)


def test_networks_answer_from_the_memory_of_the_satellite_that_asks_them(tmp_path: Path) -> None:
    """Cells alone are upset, so that tasks run alike: answers are those of the fleet that is all like the satellite."""
    (tmp_path / "small.onnx").write_bytes(plain_cnn().SerializeToString())
    np.savez(tmp_path / "images.npz", x=images(20, 12), y=np.arange(20) % 5)
    asked = (
        f"inference.model={tmp_path / 'small.onnx'}",
        f"inference.dataset={tmp_path / 'images.npz'}",
        "inference.first_byte=1001",
        "inference.images_per_task=3",
        "inference.n_images=64",
    )
    narrow, wide = device("narrow", bit_day=1e-2), device("wide", bit_day=3e-2, word_bits=64)
    groups = f"fleet.groups=[{{name: w, slots: [0, 2, 4], radiation: {{device: {wide}}}}}]"
    scenarios = (
        (*SHORT, *asked, f"radiation.device={narrow}", groups),
        (*SHORT, *asked, f"radiation.device={wide}"),
        (*SHORT, *asked, f"radiation.device={narrow}"),
    )
    columns = [
        table(run(load_scenario("headline-6x11", overrides), runs_folder=tmp_path / "runs"), "tasks")
        for overrides in scenarios
    ]
    results, of_wide, of_narrow = (np.array(rows["result"].to_pylist(), dtype=object) for rows in columns)
    is_wide = np.isin(columns[0]["satellite"].to_numpy() % 5, (0, 2, 4))
    np.testing.assert_array_equal(results, np.where(is_wide, of_wide, of_narrow))
    assert np.any(of_wide != of_narrow)
    assert set(results[is_wide]) > {"correct"} < set(results[~is_wide])


@pytest.mark.parametrize(
    ("overrides", "key", "what"),
    [
        (("fleet.groups=[{name: a, radiation: {device: ddr4-8gb-micron}}]",), "radiation", "no section radiation"),
        (
            ("radiation.device=carmen-2-rednet", "fleet.groups=[{name: a, radiation: {device: ddr5}}]"),
            "radiation.device",
            "ddr5",
        ),
        (
            ("radiation.device=carmen-2-rednet", "fleet.groups=[{name: a, radiation: {memory_mib: 0.001}}]"),
            "radiation.memory_mib",
            "no whole",
        ),
        (
            ("fleet.groups=[{name: a, ground_radio: {eirp_dbw: 3}}]",),
            "ground_radio.eirp_dbw",
            "without a link budget",
        ),
        (
            (
                "ground.link_budget={frequency_ghz: 8.2, eirp_dbw: 12, g_over_t_db_k: 31, bandwidth_mhz: 90}",
                "fleet.groups=[{name: a, ground_radio: {eirp_dbw: -40}}]",
            ),
            "ground_radio.eirp_dbw",
            "the link closes up to",
        ),
    ],
)
def test_what_does_not_go_with_the_rest_is_refused_at_its_key(overrides: tuple[str, ...], key: str, what: str) -> None:
    with pytest.raises(ScenarioError, match=what) as told:
        load_scenario("headline-6x11", (*SHORT, *overrides))
    assert f"fleet.groups[0].{key}:" in str(told.value)


def test_a_file_of_a_group_is_part_of_what_a_run_depends_on(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("based_on: carmen-2-rednet\ncells: {rate_per_bit_day: 1e-5}\n")
    text = dump_scenario(load_scenario("headline-6x11", (*SHORT, "radiation.device=carmen-2-rednet")))
    override = "fleet.groups=[{name: a, planes: [0], radiation: {device: mine.yaml}}]"
    scenario = scenario_from_text(text, [override], folder=tmp_path)
    assert scenario.input_files == (tmp_path / "mine.yaml",)
