"""Runs whose tasks ask a network: results held against upsets and network, equal bytes, keys that are named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from onboard_models.unprotected import Unprotected
from scenarios import load_scenario, run
from scenarios.cli.entry import run_command_line
from scenarios.config import Scenario, ScenarioError
from scenarios.inference.task_draws import TaskDraws
from simulator.results import read_run
from tests.onboard_models.small_graphs import images, plain_cnn

SHORT = ("duration.orbits=0.4", "warm_up.orbits=0.1", "record.battery_traces=0")
FEW = ("satellites.planes=2", "satellites.satellites_per_plane=5")
DEVICE = (
    "radiation.device={based_on: carmen-2-rednet, memory: {n_bits: 1048576, word_bits: 32, interleaving: 4},"
    " cells: {rate_per_bit_day: 1e-2}, functional_interrupts: {rate_per_device_day: 40},"
    " logic_errors: {rate_per_device_day: 100}}"
)
FIRST_BYTE, RELOAD_S, N_PER_TASK, N_IMAGES = 1001, 700.0, 3, 10
PLACE = (f"inference.first_byte={FIRST_BYTE}", f"inference.reload_s={RELOAD_S}")
ASKED = (f"inference.images_per_task={N_PER_TASK}", "inference.n_images=64")


@pytest.fixture(scope="module")
def own_network(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A network and images of one's own, of which half are for calibration."""
    folder = tmp_path_factory.mktemp("network")
    (folder / "small.onnx").write_bytes(plain_cnn().SerializeToString())
    np.savez(folder / "images.npz", x=images(2 * N_IMAGES, 12), y=np.arange(2 * N_IMAGES) % 5)
    return (f"inference.model={folder / 'small.onnx'}", f"inference.dataset={folder / 'images.npz'}")


@pytest.fixture(scope="module")
def scenario(own_network: tuple[str, ...]) -> Scenario:
    return load_scenario("headline-6x11", (*SHORT, DEVICE, *own_network, *PLACE, *ASKED))


@pytest.fixture(scope="module")
def folders(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    runs = tmp_path_factory.mktemp("runs")
    return {
        name: run(scenario.with_scheduler(name), runs_folder=runs).folder for name in ("nearest-sunlit", "oec-local")
    }


def flipped_at(tables: tuple[list[Any], list[Any]], satellite: int, t_s: float, n_bits: int) -> NDArray[np.int64]:
    """Return the bits that are wrong, by toggling every upset since the last loading of the weights."""
    upsets, events = tables
    starts = [
        event["t_s"]
        for event in events
        if event["satellite"] == satellite and event["kind"] in ("restarted", "recovered") and event["t_s"] <= t_s
    ]
    loaded_s = max([t_s // RELOAD_S * RELOAD_S, *starts])
    wrong: set[int] = set()
    for upset in upsets:
        if upset["satellite"] == satellite and loaded_s <= upset["t_s"] <= t_s and upset["n_bits"]:
            for word, mask in zip(upset["words"], upset["masks"], strict=True):
                wrong ^= {32 * word + bit - 8 * FIRST_BYTE for bit in range(32) if mask >> bit & 1}
    return np.array(sorted(bit for bit in wrong if 0 <= bit < n_bits), np.int64)


def test_results_are_those_of_the_network_under_the_upsets_of_the_table(
    folders: dict[str, Path], scenario: Scenario
) -> None:
    """Task by task from the written tables, by the network itself, one answer after the other."""
    network = Unprotected(plain_cnn(), probe=images(2, 12))
    x = images(2 * N_IMAGES, 12)[1::2]
    draws = TaskDraws(scenario.seed, n_images=N_IMAGES, n_per_task=N_PER_TASK)
    clean = network.answers(x, np.zeros(0, np.int64)).label
    result = read_run(folders["nearest-sunlit"])
    tasks, upsets, events = (result.table(name).to_pylist() for name in ("tasks", "upsets", "events"))
    done = [task for task in tasks if task["result"] is not None]
    assert {task["fate"] for task in done} <= {"on_time", "late"}
    assert all(task["fate"] not in ("on_time", "late") for task in tasks if task["result"] is None)
    picked = [task for task in done if task["result"] != "correct"][:25] + done[:: len(done) // 40]
    n_by_network = 0
    for task in picked:
        is_corrupt = task["place"] != "ground" and task["n_logic_errors"] > 0
        chosen = draws.images(np.array([task["task_id"]]))[0].tolist()
        for i, i_image in enumerate(chosen):
            at_s = task["start_s"] + (i + 0.5) / N_PER_TASK * (task["finish_s"] - task["start_s"])
            if task["place"] != "ground":
                bits = flipped_at((upsets, events), task["satellite"], at_s, network.image.n_bits)
                differs = network.answers(x[i_image : i_image + 1], bits).label[0] != clean[i_image]
                n_by_network += bool(differs)
                is_corrupt |= bool(differs)
        assert task["result"] == ("corrupt" if is_corrupt else "correct")
    assert n_by_network > 5


def test_the_summary_counts_what_the_table_says(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        found = json.loads((folder / "summary.json").read_text())["inference"]
        tasks = [task for task in read_run(folder).table("tasks").to_pylist() if task["counted"] and task["result"]]
        assert found["n_tasks_with_result"] == len(tasks)
        for name in ("correct", "corrupt", "detected", "lost"):
            assert found[f"n_{name}"] == sum(task["result"] == name for task in tasks)
            assert found[f"share_{name}"] == pytest.approx(found[f"n_{name}"] / len(tasks), rel=1e-12)
        assert found["n_corrupt"] > 0
        hit = [task for task in tasks if task["n_logic_errors"] and task["place"] != "ground"]
        assert hit
        assert all(task["result"] != "correct" for task in hit)


def test_every_scheduler_sees_the_same_upsets_with_a_network_and_without(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    one, other = (folders[name] / "upsets.parquet" for name in ("nearest-sunlit", "oec-local"))
    assert one.read_bytes() == other.read_bytes()
    without = run(load_scenario("headline-6x11", (*SHORT, DEVICE, "scheduler=oec-local")), runs_folder=tmp_path)
    assert (without.folder / "upsets.parquet").read_bytes() == one.read_bytes()
    assert "inference" not in without.summary
    with_result, plain = (pq.read_table(path / "tasks.parquet") for path in (folders["oec-local"], without.folder))
    assert repr(with_result.drop_columns("result").to_pylist()) == repr(plain.to_pylist())  # nan is nan


def results_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a run but for those that tell when it was made."""
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name not in ("manifest.json", "done.json")
    }


def test_workers_change_nothing(tmp_path: Path, own_network: tuple[str, ...]) -> None:
    """Both modes; those with the table want the one that one of them makes."""
    study = tmp_path / "study.yaml"
    overrides = json.dumps([*SHORT, *FEW, DEVICE, *own_network, *PLACE, *ASKED])
    study.write_text(
        "schema_version: 1\nname: tiny\nscenario: headline-6x11\n"
        f"set: {overrides}\ncases:\n  - {{name: onnx}}\n  - {{name: table, set: [inference.mode=table]}}\n"
        "schedulers: [oec-local]\nseeds: [1, 2]\n"
    )
    for n_workers in (1, 2):
        where = ("--runs", str(tmp_path / f"runs{n_workers}"), "--output", str(tmp_path / f"out{n_workers}"))
        assert run_command_line(["study", str(study), *where, "--workers", str(n_workers)]) == 0
    alone, together = (
        sorted(
            (results_of(done.parent) for done in (tmp_path / name).glob("*/done.json")),
            key=lambda r: r["tasks.parquet"],
        )
        for name in ("runs1", "runs2")
    )
    assert len(alone) == 4
    assert alone == together
    corrupt = [json.loads(files["summary.json"])["inference"] for files in alone]
    assert all(found["n_corrupt"] > 0 for found in corrupt)
    assert {found["mode"] for found in corrupt} == {"onnx", "table"}


def test_commands_tell_of_answers(
    own_network: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = (*SHORT, *FEW, DEVICE, *own_network, *PLACE, *ASKED, "inference.protection=secded", "inference.mode=table")
    options = [argument for override in chosen for argument in ("--set", override)]
    where = ("headline-6x11", *options, "--runs", str(tmp_path))
    assert run_command_line(["run", *where, "--scheduler", "oec-local"]) == 0
    told = capsys.readouterr().out
    for label in ("secded, table", "its accuracy without flips", "results corrupt"):
        assert label in told
    assert run_command_line(["compare", *where, "--schedulers", "oec-local"]) == 0
    assert "answers of the network" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("overrides", "key", "told"),
    [
        (["inference={}"], "inference.model", "required key is missing"),
        (["inference.model=cn"], "inference.model", "did you mean 'cnn'"),
        (["inference.model=mine.onnx"], "inference.model", "no such file"),
        (["inference.model=cnn", "inference.protection=secdet"], "inference.protection", "did you mean 'secded'"),
        (["inference.model=cnn", "inference.mode=both"], "inference.mode", "onnx, table"),
        (["inference.model=cnn", "inference.dataset=mine.npz"], "inference.dataset", "no such file or folder"),
        (["inference.model=cnn", "inference.table=mine"], "inference.table", "write mode: table"),
        (["inference={model: cnn, mode: table, table: mine}"], "inference.table", "no campaign.json there"),
        (["inference.model=cnn", "inference.images_per_task=0"], "inference.images_per_task", "between 1 and"),
    ],
)
def test_what_is_wrong_is_named(overrides: list[str], key: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario("headline-6x11", [DEVICE, *overrides])
    assert any(key in str(problem) and told in str(problem) for problem in caught.value.problems), str(caught.value)


def test_a_network_needs_memory_that_radiation_upsets(own_network: tuple[str, ...]) -> None:
    with pytest.raises(ScenarioError, match=r"inference: .*; add a section radiation"):
        load_scenario("headline-6x11", own_network)
    with pytest.raises(ScenarioError, match=r"inference: .*device 'nvidia-jetson-orin-nx' has none; choose a memory"):
        load_scenario("headline-6x11", ["radiation.device=nvidia-jetson-orin-nx", *own_network])


def test_what_does_not_go_together_ends_a_run_with_the_key(own_network: tuple[str, ...], tmp_path: Path) -> None:
    for override, told in (
        ("inference.first_byte=130000", r"inference\.first_byte: .* bytes of network .*; lower it"),
        ("inference.protection=exits", r"inference: exits needs a network with trained early exits"),
    ):
        with pytest.raises(ScenarioError, match=told):
            run(
                load_scenario("headline-6x11", (*SHORT, *FEW, DEVICE, *own_network, *ASKED, override)),
                runs_folder=tmp_path,
            )
    assert list(tmp_path.iterdir()) == []


def test_a_campaign_of_the_command_is_a_table(
    own_network: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `sunwise inject --per-layer` leaves is read as it is, of each protection its own rows."""
    model, dataset = (override.partition("=")[2] for override in own_network)
    drawn = ("--per-layer", "--margin", "0.2", "--images", "64", "--flips", "1", "--trials", "1", "--workers", "1")
    arguments = ["inject", model, "--dataset", dataset, "--protection", "none,range-check", *drawn]
    assert run_command_line([*arguments, "--output", str(tmp_path / "campaigns"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    table = (*SHORT, *FEW, DEVICE, *own_network, *PLACE, *ASKED, "inference.mode=table")
    corrupt = {}
    for protection in ("none", "range-check"):
        overrides = (*table, f"inference.protection={protection}", f"inference.table={Path(found['folder']).resolve()}")
        told = run(load_scenario("headline-6x11", overrides), runs_folder=tmp_path / "runs").summary["inference"]
        assert told["n_table_trials"] == found["single_bits"]["protections"][protection]["n_trials"]
        corrupt[protection] = told["n_corrupt"]
    assert corrupt["range-check"] < corrupt["none"]


def campaign_in(folder: Path, digest: str, protection: str) -> str:
    folder.mkdir()
    (folder / "campaign.json").write_text(json.dumps({"digests": {"model": digest}}))
    columns: dict[str, Any] = {name: ["x"] for name in ("layer", "content", "bit_class")}
    numbers = {"bit": [0], "n_images": [1], "silent": [0], "detected": [0], "crashed": [0]}
    pq.write_table(pa.table({"protection": [protection], **columns, **numbers}), folder / "single_bits.parquet")
    return str(folder)


def test_a_campaign_of_something_else_is_refused(own_network: tuple[str, ...], tmp_path: Path) -> None:
    digest = hashlib.sha256(plain_cnn().SerializeToString()).hexdigest()
    for name, of_model, protection, told in (
        ("other", "0", "none", r"inference\.table: .*campaign of another network"),
        ("guarded", digest, "secded", r"inference\.table: .*no protection 'none', but secded"),
        ("empty", digest, "none", r"inference\.table: the campaign has no bits of conv0"),
    ):
        table = campaign_in(tmp_path / name, of_model, protection)
        overrides = (*SHORT, *FEW, DEVICE, *own_network, *ASKED, "inference.mode=table", f"inference.table={table}")
        with pytest.raises(ScenarioError, match=told):
            run(load_scenario("headline-6x11", overrides), runs_folder=tmp_path / "runs")
