"""`inject` as a person uses it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onboard_models.catalogue import find_model
from onboard_models.model_tensors import memory_image_of
from onboard_models.runtime import open_session
from onboard_models.vetting import vet_model
from scenarios.campaigns import execution
from scenarios.campaigns.tables import SINGLE_BITS, TRIALS
from scenarios.cli.entry import run_command_line
from scenarios.config.library import find_scenario
from tests.onboard_models.small_graphs import images, plain_cnn

COMMAND = (sys.executable, "-m", "scenarios.cli")
SMALL = ("inject", "cnn", "--images", "20", "--workers", "1")
ROW = {
    "protection", "condition", "mean_flips", "n_bits", "bit_error_rate", "equivalent_days", "rate_per_bit_day",
    "equivalent_days_at_rate", "n_trials", "n_images", "clean_accuracy", "mean_accuracy", "mean_drop_points",
    "ci95_points", "mean_drop_from_unprotected_points", "worst_drop_points", "share_above_5_points",
    "share_above_5_points_upper95", "outcomes", "speedup_batch1", "speedup_batch1_quartiles", "time_batch1_s",
    "speedup_batch16", "speedup_batch16_quartiles", "time_batch16_s", "energy_batch1_j", "energy_batch16_j",
    "memory_overhead",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def fewest_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time networks for the fewest rounds that give quartiles; how long rounds go on is tested beside what times."""
    monkeypatch.setattr(execution, "_TIMING_BUDGET_S", 0.0)


def told(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> dict:
    code = run_command_line([*arguments, "--json"])
    streams = capsys.readouterr()
    assert code == 0, streams.err
    return json.loads(streams.out)


def test_the_document_keeps_its_contract(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (*SMALL, "--flips", "100", "--trials", "12", "--protection", "none,clip-to-zero+range-check")
    document = told(arguments, capsys)
    assert [row["protection"] for row in document["rows"]] == ["none", "clip-to-zero+range-check"]
    none, protected = document["rows"]
    assert set(none) == set(protected) == ROW
    n_bits = memory_image_of(vet_model(find_model("cnn").model_bytes)).n_bits
    assert (none["n_bits"], none["mean_flips"], none["n_trials"], none["n_images"]) == (n_bits, 100.0, 12, 20)
    assert none["bit_error_rate"] == pytest.approx(100 / n_bits)
    assert protected["bit_error_rate"] == pytest.approx(100 / n_bits, rel=0.01)
    assert protected["memory_overhead"] == pytest.approx(protected["n_bits"] / n_bits - 1)
    assert protected["memory_overhead"] > 0.0
    assert none["mean_drop_points"] > protected["mean_drop_points"] + 5.0, "12 trials of 100 flips hurt"
    assert (none["memory_overhead"], none["speedup_batch1"]) == (0.0, 1.0)
    assert none["mean_drop_from_unprotected_points"] == pytest.approx(none["mean_drop_points"])
    table = pq.read_table(Path(document["folder"]) / "trials.parquet")
    assert table.schema.equals(TRIALS)
    assert table.num_rows == 24
    assert set(table["n_flips"].to_pylist()[:12]) == {100}
    assert document["single_bits"] is None

    again = told(arguments, capsys)
    assert again == document, "a finished campaign is found, its speeds included"


def test_figures_and_tables_of_layers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*SMALL, "--flips", "20,100", "--trials", "2", "--per-layer", "--margin", "0.4", "--figures", "out"]
    assert run_command_line(arguments) == 0
    text = capsys.readouterr().out
    assert "20 flips: 2 trials of 20 images" in text and "bits flipped one by one" in text
    names = {"trial_drops_1", "trial_drops_2", "accuracy_under_flips", "bit_map", "harm_by_layer"}
    assert {path.stem for path in Path("out").iterdir()} == names
    table = pq.read_table(next(Path("campaigns").glob("*/single_bits.parquet")))
    assert table.schema.equals(SINGLE_BITS)
    assert table["n_flips"].to_pylist() == [1] * table.num_rows


def wait_for_pieces(folder: Path) -> None:
    deadline_s = time.monotonic() + 240.0
    while not list(folder.glob("*/pieces/*.parquet")):
        assert time.monotonic() < deadline_s, "no piece was written"
        time.sleep(0.01)


def tables_of(folder: Path) -> dict[str, bytes]:
    (held,) = folder.iterdir()
    return {path.name: path.read_bytes() for path in held.iterdir() if path.suffix == ".parquet"}


def test_a_killed_campaign_goes_on_to_the_same_bytes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["inject", "cnn", "--images", "20", "--flips", "5,10,15,20", "--trials", "30"]
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--workers", "1", "--output", "killed"], stderr=subprocess.DEVNULL
    )
    wait_for_pieces(Path("killed"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list(Path("killed").glob("*/done.json")), "it was killed too late"
    assert run_command_line([*arguments, "--workers", "2", "--output", "killed"]) == 0
    assert run_command_line([*arguments, "--workers", "1", "--output", "whole"]) == 0
    capsys.readouterr()
    assert tables_of(Path("killed")) == tables_of(Path("whole"))


def test_an_interrupted_campaign_says_so_and_keeps_its_pieces(folder: Path) -> None:
    arguments = [*SMALL[:-2], "--workers", "2", "--flips", "5,10,15,20,25,30", "--trials", "60"]
    process = subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.PIPE, text=True)
    wait_for_pieces(Path("campaigns"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert list(Path("campaigns").glob("*/pieces/*.parquet"))


def test_a_changed_table_is_noticed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*SMALL, "--trials", "2"]
    assert run_command_line(arguments) == 0
    (table,) = Path("campaigns").glob("*/trials.parquet")
    table.write_bytes(table.read_bytes()[:-1])
    capsys.readouterr()
    assert run_command_line(arguments) == 4
    assert "missing or was changed; delete the folder" in capsys.readouterr().err


@pytest.mark.timeout(900)  # ten seconds of processor time, but on busy machines it is minutes
def test_a_residual_network_as_torch_exports_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    from tests.onboard_models.residual_network import seeded_resnet18

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        example = torch.zeros(1, 3, 64, 64)  # one image: the exporter writes that down as the batch
        torch.onnx.export(seeded_resnet18(width=8), (example,), "net.onnx", verbose=False, external_data=False)
    x = np.random.default_rng(2).normal(size=(24, 3, 64, 64)).astype(np.float32)
    session = open_session(Path("net.onnx").read_bytes())
    given = session.get_inputs()[0].name
    y = np.array([int(session.run(None, {given: image[None]})[0].argmax()) for image in x])
    y[1] = (y[1] + 1) % 5
    np.savez("data.npz", x=x, y=y)
    arguments = ("inject", "net.onnx", "--dataset", "data.npz", "--workers", "1", "--trials", "6", "--flips", "40")
    document = told((*arguments, "--protection", "none,range-check"), capsys)
    none, guarded = document["rows"]
    assert document["model"] == "net"
    assert none["clean_accuracy"] == guarded["clean_accuracy"] == 11 / 12, "odd rows, of which one label is wrong"
    assert none["n_bits"] == memory_image_of(vet_model(Path("net.onnx").read_bytes())).n_bits
    assert guarded["mean_drop_points"] <= none["mean_drop_points"]
    assert none["speedup_batch16"] == 1.0, "it runs on sixteen images at once"


OWN_PROTECTION = """
from onboard_models.protection.protection import Protection


class Nothing(Protection):
    pass
"""


def test_a_protection_of_ones_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("my_protection.py").write_text(OWN_PROTECTION)
    onnx.save(plain_cnn(channels=(4, 6)), "mine.onnx")
    np.savez("mine.npz", x=images(24, 12), y=np.arange(24) % 5)
    arguments = ("inject", "mine.onnx", "--dataset", "mine.npz", "--workers", "1", "--trials", "3")
    arguments += ("--protection", "none,my_protection:Nothing")
    document = told(arguments, capsys)
    none, own = document["rows"]
    assert own["protection"] == "my_protection:Nothing"
    assert own["mean_drop_points"] == none["mean_drop_points"] != 0.0
    Path("my_protection.py").write_text(OWN_PROTECTION + "\n# another version\n")
    changed = told(arguments, capsys)
    assert changed["folder"] != document["folder"]


def test_upsets_of_a_memory_are_met_slice_by_slice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    n_bits = memory_image_of(vet_model(find_model("cnn").model_bytes)).n_bits
    n_slices = 3
    memory_bits = n_slices * n_bits + 640
    words = [[0, 5], [n_bits // 32 + 1], []]
    masks = [[3, 1 << 31], [1], []]
    columns = {
        "satellite": pa.array([4, 9, 9], pa.int32()),
        "words": pa.array(words, pa.list_(pa.int64())),
        "masks": pa.array(masks, pa.list_(pa.uint64())),
    }
    told_of = {"memory_bits": str(memory_bits), "word_bits": "32", "n_sats": "2"}
    pq.write_table(pa.table(columns).replace_schema_metadata(told_of), "upsets.parquet")
    document = told((*SMALL, "--upsets", "upsets.parquet"), capsys)
    table = pq.read_table(Path(document["folder"]) / "trials.parquet")
    assert sorted(table["n_flips"].to_pylist()) == [0, 0, 0, 0, 1, 3]  # 2 satellites x 3 slices
    clean = [row for row in table.to_pylist() if row["n_flips"] == 0]
    assert all(row["drop_points"] == 0.0 and row["silent"] == 0 for row in clean)


SHELL = """\
schema_version: 1
name: shell
epoch: 2020-06-21T00:00:00Z
satellites: {kind: walker, planes: 1, satellites_per_plane: 3, phasing: 0, altitude_km: 550, inclination_deg: 53}
duration: {orbits: 2}
tasks: {kind: poisson, load: 0.36}
scheduler: oec-local
"""
DEVICE = """\
name: constant
evidence: user-supplied
source: a guess
memory: {n_bits: 33554432, word_bits: 64, interleaving: 4}
multiplicity: {proton: {probabilities: [1]}, heavy_ion: {probabilities: [1]}}
cells: {counts: bits, rate_per_bit_day: 2e-6}
"""


def test_a_table_of_sunwise_upsets_is_taken_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("shell.yaml").write_text(SHELL)
    Path("constant.yaml").write_text(DEVICE)
    assert (
        run_command_line(["upsets", "shell.yaml", "--device", "constant.yaml", "--satellites", "0,2", "--seed", "3"])
        == 0
    )
    flipped = pq.read_table("upsets.parquet")["n_bits"].to_numpy().sum()
    assert flipped > 50
    capsys.readouterr()
    document = told((*SMALL, "--upsets", "upsets.parquet", "--trials", "1000"), capsys)
    (row,) = document["rows"]
    n_slices = 33_554_432 // row["n_bits"]
    assert row["n_trials"] == 2 * n_slices
    # what lies behind the last whole slice is in no trial
    assert row["mean_flips"] * row["n_trials"] == pytest.approx(flipped, rel=1.5 * row["n_bits"] / 33_554_432)


def test_a_rate_over_days_and_what_it_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told((*SMALL, "--rate", "1e-6", "--days", "3", "--trials", "30"), capsys)
    (row,) = document["rows"]
    expected = row["n_bits"] * 3e-6
    assert abs(row["mean_flips"] - expected) < 4 * (expected / 30) ** 0.5
    assert row["equivalent_days_at_rate"] == pytest.approx(row["bit_error_rate"] / 1e-6)
    assert row["condition"] == "3 days at 1e-06 per bit and day"


def test_a_scenario_says_how_often_bits_flip_and_what_a_second_costs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """4.76e-6 per bit and day and a processor of 60 W, as written in `inference-6x11`; of 7 W in a changed copy."""
    document = told((*SMALL, "--scenario", "inference-6x11", "--days", "2", "--trials", "2"), capsys)
    (row,) = document["rows"]
    assert row["condition"] == "2 days at 4.76e-06 per bit and day"
    assert (document["processor_mode"], document["power_w"]) == ("full", 60.0)
    assert row["energy_batch1_j"] == pytest.approx(60.0 * row["time_batch1_s"])
    library = find_scenario("inference-6x11").read_text()
    Path("slow.yaml").write_text(library.replace("{name: full, power_w: 60,", "{name: slow, power_w: 7,"))
    assert run_command_line([*SMALL, "--scenario", "slow.yaml", "--trials", "2"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "at the 7 W of the processor mode 'slow'" in text


def test_what_importance_plans_is_protected(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    onnx.save(plain_cnn(channels=(4, 6)), "mine.onnx")
    np.savez("mine.npz", x=images(24, 12), y=np.arange(24) % 5)
    own = ("mine.onnx", "--dataset", "mine.npz", "--images", "8")
    plan = ["importance", *own, "--trials", "40", "--criteria", "depth", "--budget-bytes", "40", "--json"]
    assert run_command_line(plan) == 0
    Path("plan.json").write_text(capsys.readouterr().out)
    names = "none,secded,secded@plan.json"
    document = told(("inject", *own, "--trials", "2", "--workers", "1", "--protection", names), capsys)
    none, whole, planned = document["rows"]
    assert none["n_bits"] < planned["n_bits"] <= none["n_bits"] + 8 * (40 + 64) < whole["n_bits"]
    Path("plan.json").write_text("{}")
    assert run_command_line(["inject", *own, "--protection", names]) == 2
    assert "write one with sunwise importance MODEL --json" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--flips", "ten"), "--flips 'ten': write whole numbers"),
        (("--flips", "10,10"), "each is 1 or more and given once"),
        (("--protection", "none,rednett"), "did you mean 'rednet'"),
        (("--protection", "none,,ours"), "each once"),
        (("--protection", "nowhere:Nothing"), "cannot import module 'nowhere'"),
        (("--equal", "bits"), "--equal 'bits': write ber or flips"),
        (("--mcu", "8"), "--mcu '8': write none, mixture"),
        (("--mcu", "mixture", "--mapping", "S9"), "mapping = 'S9': give one of S1"),
        (("--same-byte", "0.5"), "give --mcu mixture"),
        (("--days", "3"), "--days needs --rate"),
        (("--days", "3", "--scenario", "headline-6x11"), "or a --scenario with them"),
        (("--rate", "1e-6", "--scenario", "inference-6x11"), "leave --rate out"),
        (("--days", "3", "--rate", "-1"), "--rate -1.0: give upsets"),
        (("--rate", "1e-6", "--days", "3", "--mcu", "2"), "leave --mcu out"),
        (("--upsets", "u.parquet", "--mcu", "2"), "leave --days and --mcu out"),
        (("--dtype", "int4"), "--dtype 'int4': write float32 or int8"),
    ],
)
def test_options_that_make_no_campaign(
    arguments: tuple[str, ...], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([*SMALL, *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not Path("campaigns").exists()


def test_models_and_files_that_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.onnx").write_bytes(b"no model")
    np.savez("data.npz", x=np.zeros((4, 1, 32, 32), np.float32), y=np.arange(4))
    Path("no.parquet").write_bytes(b"no table")
    for arguments, message in (
        (["inject", "broken.onnx", "--dataset", "data.npz"], "broken.onnx"),
        (["inject", "absent.onnx", "--dataset", "data.npz"], "cannot be read"),
        (["inject", "cnn", "--dataset", "absent.npz"], "give an .npz file"),
        ([*SMALL, "--upsets", "no.parquet"], "write one with sunwise upsets"),
    ):
        assert run_command_line(arguments) == 4, arguments
        assert message in capsys.readouterr().err
    assert run_command_line(["inject", "broken.onnx"]) == 2
    assert "--dataset" in capsys.readouterr().err
    assert run_command_line(["inject", "cnnn"]) == 2
    assert "did you mean 'cnn'" in capsys.readouterr().err
