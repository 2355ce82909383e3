"""`upsets`, `devices` and `radiation map` as a person uses them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from radiation.environment import Environment, trapped_flux_per_m2_s
from radiation.populations import POPULATIONS
from scenarios.cli.entry import run_command_line
from scenarios.cli.sky_source import chosen_satellites
from scenarios.config import load_scenario
from scenarios.constellation import build_fleet
from scenarios.radiation_tracks import epoch_year, radiation_tracks
from simulator.results.event_tables import UPSETS

COMMAND = (sys.executable, "-m", "scenarios.cli")

SHELL = """\
schema_version: 1
name: shell
epoch: 2020-06-21T00:00:00Z
satellites:
  {{kind: walker, planes: 3, satellites_per_plane: 4, phasing: 1, altitude_km: {altitude_km}, inclination_deg: {tilt}}}
duration: {{orbits: 2}}
tasks: {{kind: poisson, load: 0.36}}
scheduler: oec-local
seed: 7
"""
LISTED = """\
name: listed
evidence: user-supplied
source: a list of rates by orbit
memory: {n_bits: 33554432, word_bits: 32, interleaving: 4}
multiplicity: {proton: {probabilities: [1]}, heavy_ion: {probabilities: [1]}}
cells:
  counts: bits
  proton: {model: weibull, saturation_cm2_per_bit: 1e-14, threshold_mev: 5, width_mev: 20, exponent: 2.5}
  heavy_ion: {model: figure-of-merit, merit_mg2_per_mev2_cm2: 4.5e-10}
"""
CONSTANT = """\
name: constant
evidence: user-supplied
source: a guess
memory: {n_bits: 536870912, word_bits: 64, interleaving: 4}
multiplicity: {proton: {probabilities: [1]}, heavy_ion: {probabilities: [1]}}
cells: {counts: bits, rate_per_bit_day: 5e-8}
"""
GEOSTATIONARY = """\
FAR AWAY
1 90001U 26999A   26171.50000000  .00000000  00000-0  00000-0 0    11
2 90001   0.0500  20.0000 0001000 300.0000  60.0000  1.00270000  1000
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a small shell, devices and an orbit outside the tables."""
    monkeypatch.chdir(tmp_path)
    Path("shell.yaml").write_text(SHELL.format(altitude_km=550, tilt=53))
    Path("listed.yaml").write_text(LISTED)
    Path("constant.yaml").write_text(CONSTANT)
    Path("far.tle").write_text(GEOSTATIONARY)
    return tmp_path


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict:
    assert run_command_line([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def upsets(*arguments: str) -> list[str]:
    return ["upsets", "shell.yaml", "--step-s", "60", *arguments]


def test_the_document_keeps_its_contract(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told(upsets("--device", "virtex-xqvr", "--output", "out/events.parquet"), capsys)
    assert list(document["populations"]) == [population.name.lower() for population in POPULATIONS]
    for numbers in (*document["populations"].values(), *document["effects"].values(), document["total"]):
        assert set(numbers) == {"expected_events", "events", "bits", "expected_bits", "share_in_anomaly"}
    assert set(document) == {
        "populations", "effects", "total", "share_of_time_in_anomaly", "rate_per_bit_day", "n_sats", "start_utc",
        "span_s", "seed", "device", "environment", "systematic_factors", "warnings", "protection", "file",
    }  # fmt: skip
    assert document["populations"]["unspecified"]["share_in_anomaly"] is None, "it never comes"
    assert (document["n_sats"], document["span_s"], document["seed"]) == (12, 86_400.0, 7)
    assert document["start_utc"] == "2020-06-21T00:00:00.000Z"
    assert document["device"]["evidence"] == "recalled"
    assert document["file"] == "out/events.parquet"
    table = pq.read_table(folder / "out" / "events.parquet")
    assert table.schema.equals(UPSETS)
    assert table.num_rows == document["total"]["events"]
    assert table["n_bits"].to_numpy().sum() == document["total"]["bits"]
    for name, numbers in document["populations"].items():
        assert sum(word == name for word in table["population"].to_pylist()) == numbers["events"]
    assert table.schema.metadata[b"start_utc"] == b"2020-06-21T00:00:00.000Z"


def test_rows_say_when_where_and_which_bits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(upsets("--device", "virtex-xqvr", "--bits", "64MiB", "--start", "2020-06-22T00:00:00Z"), capsys)
    table = pq.read_table("upsets.parquet")
    scenario = load_scenario("shell.yaml")
    positions = build_fleet(scenario).positions
    rows = table.to_pylist()
    assert len(rows) > 50
    assert [(row["satellite"], row["t_s"]) for row in rows] == sorted((row["satellite"], row["t_s"]) for row in rows)
    for row in rows:
        assert 0.0 <= row["t_s"] < 86_400.0
        assert row["name"] == positions.names[row["satellite"]]
        assert row["n_bits"] == sum(mask.bit_count() for mask in row["masks"])
        assert all(0 <= word < 2**29 // 32 for word in row["words"])
        assert row["outcome"] == "silent"
        # An instant of the second day on the exact orbit; between places 60 s apart the chord is 3 km lower at most.
        span = {"start_s": 86_400.0, "end_s": 86_400.0 + row["t_s"], "step_s": 86_400.0}
        track = next(radiation_tracks(positions, **span, satellites=[row["satellite"]]))
        assert abs(track.latitude_rad[0, -1] - row["latitude_rad"]) < np.radians(0.01)
        assert abs(track.altitude_m[0, -1] - row["altitude_m"]) < 3e3


@pytest.mark.parametrize(
    ("altitude_km", "tilt", "per_bit_day", "trapped_share"),
    [(550, 53.0, 4.6e-8, 0.54), (550, 97.6, 6.0e-8, 0.30), (700, 98.2, 9.3e-8, 0.53), (1200, 87.9, 4.5e-7, 0.89)],
)
def test_totals_and_the_share_of_the_belt_by_orbit(
    altitude_km: int, tilt: float, per_bit_day: float, trapped_share: float, folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """An independent computation with AP-8 MIN at solar minimum, over ten days and with a curve that is not told."""
    Path("shell.yaml").write_text(SHELL.format(altitude_km=altitude_km, tilt=tilt))
    document = told(upsets("--device", "listed.yaml", "--phase", "min", "--shield-g-cm2", "1.5"), capsys)
    # 10 % for the curve of the cross-section; a day of 12 satellites in 3 planes samples the anomaly as ten days do.
    assert document["rate_per_bit_day"] == pytest.approx(per_bit_day, rel=0.1)
    trapped = document["populations"]["trapped_protons"]["expected_bits"] / document["total"]["expected_bits"]
    assert trapped == pytest.approx(trapped_share, abs=0.05)


def test_shares_in_the_anomaly_are_those_of_a_sum_over_places(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told(upsets("--device", "listed.yaml"), capsys)
    positions = build_fleet(load_scenario("shell.yaml")).positions
    environment = Environment(epoch_year=epoch_year(positions.epoch))
    fluxes = [
        trapped_flux_per_m2_s(environment, 30.0, track.t_s, track.latitude_rad, track.longitude_rad, track.altitude_m)
        for track in radiation_tracks(positions, start_s=30.0, end_s=86_370.0, step_s=60.0)
    ]
    flux = np.concatenate(fluxes)
    share = float((flux > 1e4).mean())
    # Both are sums over 17,280 places half a step apart: an edge in or out of 300 passages is off by a place at most.
    assert document["share_of_time_in_anomaly"] == pytest.approx(share, abs=300.0 / flux.size)
    populations = document["populations"]
    assert populations["trapped_protons"]["share_in_anomaly"] > 0.998, "hardly any flux is as low as that of the edge"
    assert populations["heavy_ions"]["share_in_anomaly"] == pytest.approx(share, rel=0.6), "they hardly care"
    whole = document["total"]
    parts = sum(numbers["expected_events"] * (numbers["share_in_anomaly"] or 0.0) for numbers in populations.values())
    assert whole["share_in_anomaly"] * whole["expected_events"] == pytest.approx(parts, rel=1e-9)


def test_what_comes_is_what_is_expected(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--device", "virtex-xqvr", "--bits", "256MiB", "--spe", "2020-06-21T06:00:00Z,scale=0.1,decay=12h"]
    document = told(upsets(*arguments), capsys)
    n_bits = pq.read_table("upsets.parquet")["n_bits"].to_numpy()
    for numbers in document["populations"].values():
        assert abs(numbers["events"] - numbers["expected_events"]) <= 5.0 * np.sqrt(numbers["expected_events"])
    assert document["populations"]["solar_protons"]["expected_events"] > 10.0
    spread = np.sqrt(np.sum(n_bits.astype(np.float64) ** 2))  # of a sum of as many bits per event
    assert abs(document["total"]["bits"] - document["total"]["expected_bits"]) <= 5.0 * spread


def test_a_constant_rate_is_the_same_everywhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told(upsets("--device", "constant.yaml"), capsys)
    assert document["rate_per_bit_day"] == pytest.approx(5e-8, rel=1e-12)
    assert document["total"]["expected_bits"] == pytest.approx(12 * 5e-8 * 2**29, rel=1e-12)
    assert document["total"]["share_in_anomaly"] == pytest.approx(document["share_of_time_in_anomaly"], rel=1e-12)
    arguments = ["upsets", "far.tle", "--start", "2026-06-21T00:00:00Z", "--device", "constant.yaml"]
    far = told(arguments, capsys)
    assert far["total"]["expected_bits"] == pytest.approx(5e-8 * 2**29, rel=1e-12)
    assert far["share_of_time_in_anomaly"] is None
    assert far["total"]["share_in_anomaly"] is None
    assert run_command_line([*arguments, "--figures", "far"]) == 0
    assert {path.stem for path in Path("far").iterdir()} == {"upset_rate"}
    assert "of the time" not in capsys.readouterr().out


def test_equal_commands_give_equal_bytes_and_a_satellite_its_own_upsets(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = upsets("--device", "virtex-xqvr", "--bits", "64MiB", "--protect", "secded,scrub=1h,reload-detected")
    for name in ("one", "other"):
        told([*arguments, "--output", f"{name}.parquet"], capsys)
    assert Path("one.parquet").read_bytes() == Path("other.parquet").read_bytes()
    whole = pq.read_table("one.parquet")
    some = told([*arguments, "--satellites", "p01s02,3-5", "--output", "some.parquet"], capsys)
    assert some["n_sats"] == 4
    chosen = [row for row in whole.to_pylist() if row["satellite"] in (3, 4, 5, 6)]
    assert chosen
    assert pq.read_table("some.parquet").to_pylist() == chosen
    told([*arguments, "--seed", "8", "--output", "third.parquet"], capsys)
    assert pq.read_table("third.parquet").num_rows > 0
    assert pq.read_table("third.parquet")["t_s"] != whole["t_s"]


def test_a_protection_tells_what_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = told(upsets("--device", "virtex-xqvr"), capsys)["protection"]
    assert plain["code"] == "none"
    assert plain["silent"] > 0
    guarded = told(upsets("--device", "virtex-xqvr", "--protect", "secded,scrub=10min"), capsys)["protection"]
    assert guarded["corrected"] > 0
    assert guarded["silent"] == 0
    outcomes = set(pq.read_table("upsets.parquet")["outcome"].to_pylist())
    assert outcomes <= {"corrected", "detected", "miscorrected"}
    assert run_command_line(upsets("--device", "virtex-xqvr", "--protect", "tmr")) == 0
    assert "Left over behind tmr: words 0 silent" in capsys.readouterr().out


def test_a_processor_has_no_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told(upsets("--device", "nvidia-jetson-tx1", "--duration", "30d"), capsys)
    assert document["rate_per_bit_day"] is None
    assert document["total"]["events"] > 0
    assert document["protection"]["passed_through"] == document["total"]["events"]
    table = pq.read_table("upsets.parquet")
    assert set(table["effect"].to_pylist()) == {"logic_error"}
    assert set(table["outcome"].to_pylist()) == {None}


def test_the_table_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(upsets("--device", "frontgrade-ut8r2m39", "--systematic")) == 0
    output = capsys.readouterr()
    text = " ".join(output.out.split())
    for part in (
        "upsets of frontgrade-ut8r2m39 on 12 satellites in 1 d from 2020-06-21T00:00:00.000Z, seed 7",
        "trapped protons", "heavy ions", "per bit and day", "of the date 2020.47", "modulation W", "of that phase",
        "Error of the models, drawn once: rates times trapped protons", "Device: estimated; Noeldeke et al. 2021",
        "its response is estimated, not measured",
    ):  # fmt: skip
        assert part in text
    assert "wrote upsets.parquet" in output.err
    assert "%" not in output.err, "no progress of what takes a moment"


def test_figures_of_upsets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(upsets("--device", "virtex-xqvr", "--bits", "64MiB", "--figures", "out")) == 0
    names = {path.name for path in Path("out").iterdir()}
    kinds = ("upset_rate", "upsets_by_device", "upset_map")
    assert names == {f"{kind}.{suffix}" for kind in kinds for suffix in ("png", "pdf", "csv")} | {
        "upset_map_anomaly.csv"
    }


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 2, "--device is missing"),
        (["--device", "virtex"], 2, "did you mean 'virtex-xqvr'?"),
        (["--device", "none.yaml"], 4, "no such file"),
        (["--device", "shell.yaml"], 4, "--device shell.yaml"),
        (["--device", "virtex-xqvr", "--bits", "1000"], 2, "a multiple of 64 bits"),
        (["--device", "virtex-xqvr", "--bits", "a lot"], 2, "such as 536870912"),
        (["--device", "nvidia-jetson-tx1", "--bits", "64MiB"], 2, "no memory"),
        (["--device", "virtex-xqvr", "--shield-g-cm2", "-1"], 2, "--shield-g-cm2 -1.0: shielding_g_cm2"),
        (["--device", "virtex-xqvr", "--phase", "maximum"], 2, "write min, max, or a number"),
        (["--device", "virtex-xqvr", "--phase", "2"], 2, "--phase 2"),
        (["--device", "virtex-xqvr", "--modulation", "999"], 2, "--modulation"),
        (["--device", "virtex-xqvr", "--spe", "soon"], 2, "--spe soon: write UTC"),
        (["--device", "virtex-xqvr", "--spe", "2026-03-15T06:00:00Z,size=3"], 2, "scale=X"),
        (["--device", "virtex-xqvr", "--spe", "2026-03-15T06:00:00Z,scale=big"], 2, "needs a number"),
        (["--device", "virtex-xqvr", "--spe", "2026-03-15T06:00:00Z,rise=soon"], 2, "--spe rise soon"),
        (["--device", "virtex-xqvr", "--protect", "magic"], 2, "one of none, parity, secded, tmr"),
        (["--device", "virtex-xqvr", "--protect", "secded,scrub"], 2, "--protect scrub"),
        (["--device", "virtex-xqvr", "--protect", "secded,wash=1h"], 2, "no part of a protection"),
        (["--device", "virtex-xqvr", "--protect", "secded,sweep=1h"], 2, "add scrub=TIME"),
        (["--device", "virtex-xqvr", "--protect", "none,scrub=1h"], 2, "--protect none,scrub=1h"),
        (["--device", "frontgrade-ut8r2m39", "--protect", "secded"], 2, "have 39 bits"),
        (["--device", "virtex-xqvr", "--satellites", "0-12"], 2, "numbers from 0 to 11"),
        (["--device", "virtex-xqvr", "--satellites", "x"], 2, "write names such as p00s00"),
        (["--device", "virtex-xqvr", "--step-s", "600"], 2, "--step-s"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_are_told_with_a_remedy(
    arguments: list[str], code: int, text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["upsets", "shell.yaml", *arguments]) == code
    output = capsys.readouterr()
    assert output.out == ""
    assert text in output.err
    assert "Traceback" not in output.err
    assert not list(folder.glob("*.parquet*"))


def test_orbits_outside_the_tables_are_refused_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["upsets", "far.tle", "--start", "2026-06-21T00:00:00Z", "--device", "virtex-xqvr"]
    assert run_command_line(arguments) == 4
    error = capsys.readouterr().err
    assert "far.tle: satellite FAR AWAY is at an altitude of 35," in error
    assert "hold from 300 to 2,000 km" in error
    assert not list(folder.glob("upsets*"))
    assert run_command_line(["radiation", "map", "--orbit", *arguments[1:4]]) == 4
    assert "FAR AWAY" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_leaves_no_file(number: signal.Signals, folder: Path) -> None:
    arguments = ("upsets", "headline-72x22", "--device", "constant.yaml", "--duration", "3d")
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()  # it is under way
        process.send_signal(number)
        output, rest = process.communicate(timeout=60)
    assert line.startswith("upsets: ")
    assert process.returncode == 128 + number
    assert output == ""
    assert "Traceback" not in rest
    assert sorted(path.name for path in folder.iterdir()) == ["constant.yaml", "far.tle", "listed.yaml", "shell.yaml"]


_WITHOUT_NETWORK = """
import json, socket, sys

def refuse(*_arguments, **_options):
    raise AssertionError("the network was asked for")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from scenarios.cli.entry import run_command_line
sys.exit(max(run_command_line(arguments) for arguments in json.loads(sys.argv[1])))
"""


def test_nothing_asks_the_network(folder: Path) -> None:
    commands = (
        ("upsets", "shell.yaml", "--device", "frontgrade-ut8r2m39", "--step-s", "60", "--figures", "out"),
        ("radiation", "map", "--orbit", "shell.yaml", "--figure", "map.png"),
        ("devices",),
    )
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT_NETWORK, json.dumps(commands)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def test_the_catalogue_is_listed_with_evidence_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(["devices"], capsys)["rows"]
    assert {row["evidence"] for row in rows} <= {"measured", "estimated", "recalled"}
    assert all(row["source"] for row in rows)
    assert run_command_line(["devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["device", "evidence", "bits"]
    for row in rows:
        (at,) = [i for i, line in enumerate(lines) if line.split()[0] == row["name"]]
        assert row["evidence"] in lines[at]
        assert row["source"] in lines[at + 1]


@pytest.mark.parametrize(
    ("phase", "year", "energy_mev", "flux", "latitude_deg", "longitude_deg"),
    [
        ("min", 1960, 10, 3019.0, -34.0, -34.0),
        ("min", 1960, 30, 2649.0, -34.0, -34.0),
        ("min", 1960, 100, 1243.0, -34.0, -34.0),
        ("max", 1970, 30, 1665.0, -33.5, -35.5),
        ("min", 2026, 30, 2649.0, -34.0 + 66 * 0.08, -34.0 - 66 * 0.30),
    ],
)
def test_peaks_of_the_belt_are_those_published(
    phase: str, year: int, energy_mev: int, flux: float, latitude_deg: float, longitude_deg: float,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """AP-8 at 550 km in its own fields of 1960 and 1970, and drifted by 0.30 degrees a year west and 0.08 north."""
    arguments = ["radiation", "map", "--altitude-km", "550", "--energy-mev", str(energy_mev)]
    document = told([*arguments, "--phase", phase, "--year", str(year)], capsys)
    assert document["peak_flux_per_cm2_s"] == pytest.approx(flux, rel=0.05)
    # Tops are flat: 1 % in three degrees.
    assert document["peak_latitude_deg"] == pytest.approx(latitude_deg, abs=2.0)
    assert document["peak_longitude_deg"] == pytest.approx(longitude_deg, abs=3.0)


def test_a_map_takes_year_and_altitude_of_its_orbit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told(["radiation", "map", "--orbit", "shell.yaml", "--figure", "new/map.png"], capsys)
    assert document["year"] == pytest.approx(2020.47, abs=0.005)
    assert document["altitude_km"] == pytest.approx(557.0, abs=3.0), "above the ellipsoid, in the mean"
    names = {path.name for path in Path("new").iterdir()}
    assert names == {"map.png", "map.pdf", "map.csv", "map_peak.csv", "map_track.csv"}
    assert run_command_line(["radiation", "map", "--year", "2026"]) == 0
    assert "at most" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "--year is missing"),
        (["--year", "1900"], "give a year from 1960 to 2100"),
        (["--year", "2026", "--altitude-km", "200"], "from 300 to 2,000 km"),
        (["--year", "2026", "--energy-mev", "1"], "tabulated from 5 to 300 MeV"),
        (["--year", "2026", "--phase", "high"], "--phase high"),
    ],
)
def test_maps_that_cannot_be_are_refused(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["radiation", "map", *arguments]) == 2
    assert text in capsys.readouterr().err


def test_satellites_are_chosen_by_name_number_and_range() -> None:
    names = ("a", "b", "3", "c-1")
    assert chosen_satellites(names, None) == (0, 1, 2, 3)
    assert chosen_satellites(names, "c-1, 0-1") == (0, 1, 3)
    assert chosen_satellites(names, "3") == (2,), "a name goes before a number"


def test_a_scenario_with_a_section_gives_the_upsets_of_its_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same device, size, protection and seed without an option; options change what the section says."""
    section = """\
radiation:
  device: listed.yaml
  memory_mib: 64
  shielding_g_cm2: 2
  solar_phase: 0
  systematic: true
  step_s: 30
  protection: {code: secded, scrubbing: {period_s: 600}}
"""
    (folder / "deep").mkdir()
    (folder / "deep" / "listed.yaml").write_text(LISTED)
    text = SHELL.format(altitude_km=550, tilt=53).replace("{orbits: 2}", "{seconds: 43200}\nwarm_up: {seconds: 0}")
    (folder / "deep" / "shell.yaml").write_text(text + section)
    run = told(["run", "deep/shell.yaml"], capsys)
    document = told(["upsets", "deep/shell.yaml", "--duration", "43200s"], capsys)
    table = pq.read_table("upsets.parquet")
    assert table.num_rows > 20
    assert table.equals(pq.read_table(Path(run["folder"]) / "upsets.parquet"))
    for name, numbers in run["radiation"]["populations"].items():
        for key, value in numbers.items():
            assert document["populations"][name][key] == pytest.approx(value, rel=1e-12)
    assert document["systematic_factors"] == run["radiation"]["systematic_factors"]
    assert document["protection"]["code"] == "secded"
    changed = told(["upsets", "deep/shell.yaml", "--duration", "43200s", "--protect", "none", "--phase", "max"], capsys)
    assert changed["protection"]["code"] == "none"
    assert "solar phase 1.00" in changed["environment"]
    assert changed["device"]["shielding_g_cm2"] == 2.0


def test_a_rate_alone_makes_a_device(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("rate.yaml").write_text("based_on: carmen-2-rednet\ncells: {counts: bits, rate_per_bit_day: 5e-8}\n")
    document = told(upsets("--device", "rate.yaml", "--bits", "64MiB"), capsys)
    assert document["rate_per_bit_day"] == pytest.approx(5e-8, rel=1e-12)
    assert document["device"]["n_bits"] == 2**29


def test_solar_events_come_at_their_own_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def expected(start: str, remark: str) -> float:
        arguments = upsets("--device", "virtex-xqvr", "--start", "2020-06-22T00:00:00Z", "--duration", "12h")
        event = f"{start},scale=1,rise=1h,decay=1h"
        assert run_command_line([*arguments, "--spe", event, "--json"]) == 0
        output = capsys.readouterr()
        assert f"the solar event of {start[:-1]}.000Z is {remark} the span: no upsets" in output.err or not remark
        assert remark or "the solar event of" not in output.err
        return float(json.loads(output.out)["populations"]["solar_protons"]["expected_events"])

    during = expected("2020-06-22T03:00:00Z", "")
    before = expected("2020-06-21T03:00:00Z", "over before")
    after = expected("2020-06-22T12:00:00Z", "later than")
    assert during > 1.0
    # 20 hours after its peak an event has decayed by e^20.
    assert 0.0 <= before < 1e-6 * during
    assert after == 0.0
