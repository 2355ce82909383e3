"""`sunwise export`: files that other tools read."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from scenarios.build import ground_stations
from scenarios.cli.entry import run_command_line
from scenarios.config import load_scenario
from scenarios.config.library import LIBRARY_FOLDER
from scenarios.constellation import build_fleet
from scenarios.execution import run
from scenarios.exports.czml import merged
from scenarios.exports.run_tables import write_run_tables
from simulator.contacts.passes import solve_passes
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.exchange.state_files import read_state_file
from simulator.orbits.geodesy import earth_fixed_from_geodetic
from simulator.orbits.model import Frame
from simulator.orbits.states_model import StatesModel
from simulator.results import RunTables, read_run
from simulator.sunlight.shadow import ShadowKind, ShadowModel, shadow_depth_m
from simulator.sunlight.sun import sun_path

SPAN = ["--duration", "2h"]
INTERVAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenario = load_scenario("headline-6x11", ("duration={seconds: 3000}", "warm_up={seconds: 300}"))
    return run(scenario, runs_folder=tmp_path_factory.mktemp("runs")).folder


def export(*arguments: object) -> int:
    return run_command_line(["export", *map(str, arguments)])


@pytest.mark.parametrize("ending", ["oem", "csv"])
def test_states_come_back_as_the_satellites_that_were_chosen(tmp_path, capsys, ending):
    path = tmp_path / "new" / f"a.{ending}"
    assert export("real-satellites", "--output", path, "--satellites", "SYNTHETIC-03,0-1", *SPAN, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["n_satellites"], document["n_states"], document["frame"]) == (3, 121, "TEME")
    truth = build_fleet(load_scenario("real-satellites")).positions
    model = StatesModel(read_state_file(path, truth.epoch), truth.epoch)
    assert model.names == ("SYNTHETIC-01", "SYNTHETIC-02", "SYNTHETIC-03")
    if ending == "oem":
        assert [s.object_id for s in model.satellites] == ["2026-999A", "2026-999B", "2026-999C"]
    first = np.zeros(5, dtype=np.intp)
    t_s = np.array([0.0, 100.0, 3333.0, 7000.0, 7200.0])
    np.testing.assert_allclose(model.at(first, t_s), truth.at(first, t_s), rtol=0.0, atol=1e-4)


def test_the_same_orbits_give_the_same_bytes_in_whatever_frame(tmp_path):
    paths = [tmp_path / f"{number}.oem" for number in range(2)]
    for path in paths:
        assert export("iridium", "--output", path, "--frame", "gcrf", "--satellites", "0", "--duration", "10min") == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert "REF_FRAME = GCRF" in paths[0].read_text()


@pytest.mark.parametrize(
    ("name", "arguments", "notation"),
    [("a.tle", (), "tle"), ("a.xml", (), "xml"), ("a.json", (), "json"), ("a.omm", (), "kvn"),
     ("a.csv", ("--format", "omm"), "csv")],
)  # fmt: skip
def test_elements_are_told_with_their_distance_from_the_model(tmp_path, capsys, name, arguments, notation):
    path = tmp_path / name
    assert export("headline-6x11", "--output", path, *arguments, "--duration", "1d", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["notation"] == notation
    assert len(read_orbit_file(path)) == document["n_satellites"] == 66
    # docs/exchange.md: 2 cm in full digits, 6 m in those of a TLE
    low_m, high_m = (3.0, 7.0) if notation == "tle" else (0.01, 0.02)
    assert low_m < document["max_m"] < high_m
    assert export("headline-6x11", "--output", path, *arguments) == 0
    assert "m at most from the model over 2026-06-21T00:00:00.000Z to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("iridium", "--output", "a.foo"), 2, "names no format; add --format oem|czml|omm|tle|csv"),
        (("iridium", "--output", "a.oem", "--format", "kml"), 2, "write one of oem, czml, omm, tle, csv"),
        (("iridium", "--output", "a.oem", "--frame", "ITRF"), 2, "TDR is ITRF without polar motion"),
        (("iridium", "--output", "a.tle", "--frame", "TEME"), 2, "a TLE are in TEME; leave --frame out"),
        (("iridium", "--output", "a.omm", "--frame", "gcrf"), 2, "elements of SGP4 in an OMM are in TEME"),
        (("iridium", "--output", "a.czml", "--frame", "TDR"), 2, "a scene turns with the Earth"),
        (("iridium", "--output", "/dev/null", "--format", "oem"), 2, "a device or pipe, which a file would replace"),
        (("iridium", "--output", "a.oem", "--satellites", "p99s99"), 2, "is no satellite; write names such as p00s00"),
        (("nothing.tle", "--output", "a.oem"), 4, "no such file"),
        (("iridium", "--output", "a.oem", "--duration", "soon"), 2, "--duration soon"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_refused(tmp_path, monkeypatch, capsys, arguments, code, told):
    monkeypatch.chdir(tmp_path)
    assert export(*arguments) == code
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_run_of_satellites_from_a_file_finds_it_by_its_content(tmp_path, monkeypatch, capsys):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    project.mkdir()
    for name in ("real-satellites.yaml", "synthetic-24.csv"):
        (project / name).write_bytes((LIBRARY_FOLDER / name).read_bytes())
    text = (project / "synthetic-24.csv").read_text().replace("SYNTHETIC-01", "MY-OWN")
    (project / "synthetic-24.csv").write_text(text)
    changes = ("satellites.limit=2", "duration={seconds: 60}", "warm_up={seconds: 1}")
    folder = run(load_scenario(project / "real-satellites.yaml", changes), runs_folder=project / "runs").folder
    monkeypatch.chdir(elsewhere)
    assert export(folder, "--output", "a.oem") == 0  # the library's file of that name has another first satellite
    assert "MY-OWN" in Path("a.oem").read_text()
    (project / "synthetic-24.csv").rename(project / "mine.csv")
    capsys.readouterr()
    assert export(folder, "--output", "b.oem") == 3
    assert (
        "no file as the run had it (0 synthetic-24.csv); work in the folder of its scenario" in capsys.readouterr().err
    )
    assert export(folder, "--output", "b.oem", "--set", f"satellites.path={project / 'mine.csv'}") == 0
    assert "MY-OWN" in Path("b.oem").read_text()


def test_tables_of_a_run_keep_every_number(run_folder, tmp_path, capsys):
    assert export(run_folder, "--output", tmp_path, "--format", "csv", "--frame", "TEME") == 2
    assert "the tables of a run hold no states" in capsys.readouterr().err
    assert export(run_folder, "--output", tmp_path, "--format", "csv", "--json") == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert {Path(file).stem for file in files} == {path.stem for path in run_folder.glob("*.parquet")}
    for file in map(Path, files):
        truth = pq.read_table(run_folder / f"{file.stem}.parquet")
        found = pyarrow.csv.read_csv(file)
        assert found.column_names == truth.column_names
        assert found.num_rows == truth.num_rows
        for name in truth.column_names:
            if pa.types.is_floating(truth.column(name).type):
                np.testing.assert_array_equal(found.column(name).to_numpy(), truth.column(name).to_numpy())


def test_lists_of_a_table_stand_in_one_field(tmp_path):
    lists = pa.array([[1, 2], [3]], pa.list_(pa.int64()))
    pq.write_table(pa.table({"words": lists}), tmp_path / "upsets.parquet")
    (path,) = write_run_tables(RunTables(path=tmp_path, summary={}), tmp_path / "out")
    assert path.read_text().splitlines() == ['"words"', '"1 2"', '"3"']


def seconds(text: str, since: str) -> float:
    ends = (datetime.fromisoformat(t.replace("Z", "+00:00")).astimezone(UTC) for t in (text, since))
    return (next(ends) - next(ends)).total_seconds()


def spans_of(texts: list[str], since: str) -> list[tuple[float, float]]:
    found = []
    for text in texts:
        match = INTERVAL.fullmatch(text)
        assert match, f"not an interval of ISO 8601: {text}"
        found.append((seconds(match[1], since), seconds(match[2], since)))
    return found


@pytest.fixture(scope="module")
def scene(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path = tmp_path_factory.mktemp("scene") / "scene.czml"
    assert export(run_folder, "--output", path, "--satellites", "0-11") == 0
    packets: list[dict[str, Any]] = json.loads(path.read_text())
    return packets


def packets_of(scene: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {packet["id"]: packet for packet in scene if packet["id"].startswith(f"{kind}-")}


def test_a_scene_is_built_as_the_czml_guide_says(scene):
    document = scene[0]
    assert (document["id"], document["version"]) == ("document", "1.0")
    ids = [packet["id"] for packet in scene]
    assert len(set(ids)) == len(ids)
    ((start_s, end_s),) = spans_of([document["clock"]["interval"]], document["clock"]["currentTime"])
    assert (start_s, end_s) == (0.0, 3000.0)
    for packet in scene[1:]:
        position = packet.get("position", {})
        if "cartesian" in position:
            samples = np.array(position["cartesian"]).reshape(-1, 4)
            assert (np.diff(samples[:, 0]) > 0.0).all()
            assert samples[0, 0] == 0.0
            assert samples[-1, 0] >= end_s
            assert position["referenceFrame"] == "FIXED"
            assert len(samples) > position["interpolationDegree"]
        for reference in packet.get("polyline", {}).get("positions", {}).get("references", []):
            target, _, name = reference.partition("#")
            assert target in ids
            assert name == "position"
        given = packet.get("point", {}).get("color", [])
        for colour in [entry["rgba"] for entry in (given if isinstance(given, list) else [given])]:
            assert len(colour) == 4
            assert all(0 <= part <= 255 for part in colour)


def test_satellites_of_a_scene_are_where_the_model_has_them(scene):
    truth = build_fleet(load_scenario("headline-6x11")).positions
    for number, packet in enumerate(packets_of(scene, "satellite").values()):
        samples = np.array(packet["position"]["cartesian"]).reshape(-1, 4)
        truth_m = truth.at(np.full(len(samples), number), samples[:, 0], Frame.EARTH_FIXED)
        np.testing.assert_allclose(samples[:, 1:], truth_m, rtol=0.0, atol=0.0051)  # centimetres
        assert packet["name"] == truth.names[number]
        assert "path" in packet


def test_colours_follow_the_shadow(scene):
    """Every second, against the depth in umbra and penumbra of that second."""
    scenario = load_scenario("headline-6x11")
    truth = build_fleet(scenario).positions
    t_s = np.arange(0.5, 3000.0, 1.0)
    sun, model = sun_path(truth.epoch, 0.0, 3000.0), ShadowModel()
    seen = set()
    for number, packet in enumerate(packets_of(scene, "satellite").values()):
        colours = packet["point"]["color"]
        spans = spans_of([entry["interval"] for entry in colours], "2026-06-21T00:00:00Z")
        assert [spans[0][0], spans[-1][1]] == [0.0, 3000.0]
        assert [a[1] for a in spans[:-1]] == [b[0] for b in spans[1:]], "without gaps"
        lights = [entry["string"] for entry in packet["properties"]["light"]]
        shown = np.array(lights)[np.searchsorted([start for start, _ in spans], t_s, side="right") - 1]
        position_m = truth.at(np.full(t_s.size, number), t_s)
        depths = [
            shadow_depth_m(position_m, sun.position_m(t_s), np.full(t_s.size, limb), model)
            for limb in (model.limb(ShadowKind.UMBRA), model.limb(ShadowKind.PENUMBRA))
        ]
        expected = np.where(depths[0] > 0.0, "umbra", np.where(depths[1] > 0.0, "penumbra", "sunlit"))
        np.testing.assert_array_equal(shown, expected)
        seen |= set(lights)
        assert {tuple(c["rgba"]) for c, light in zip(colours, lights, strict=True) if light == "sunlit"} <= {
            (240, 195, 60, 255)
        }
    assert seen == {"sunlit", "penumbra", "umbra"}


def test_lines_are_there_during_contacts(scene):
    scenario = load_scenario("headline-6x11")
    truth, stations = build_fleet(scenario).positions, ground_stations(scenario.ground)
    passes = solve_passes(truth, stations, 0.0, 3000.0, scenario.ground.minimum_elevation_rad)
    expected: dict[str, list[tuple[float, float]]] = {}
    for row in np.flatnonzero(passes.i_sat < 12).tolist():
        span = (np.nan_to_num(passes.rise_s[row], nan=0.0), np.nan_to_num(passes.set_s[row], nan=3000.0))
        expected.setdefault(f"contact-{passes.i_sat[row]}-{passes.i_station[row]}", []).append(span)
    found = packets_of(scene, "contact")
    assert set(found) == set(expected)
    assert expected
    for key, packet in found.items():
        spans = spans_of(packet["availability"], "2026-06-21T00:00:00Z")
        np.testing.assert_allclose(sorted(spans), sorted(expected[key]), rtol=0.0, atol=0.00051)  # milliseconds
    for number, packet in enumerate(packets_of(scene, "station").values()):
        longitude, latitude, height_m = packet["position"]["cartographicDegrees"]
        station = stations[number]
        place_m = earth_fixed_from_geodetic(*(np.array(v) for v in (*np.radians([latitude, longitude]), height_m)))
        at = (station.latitude_rad, station.longitude_rad, station.height_m)
        np.testing.assert_allclose(place_m, earth_fixed_from_geodetic(*map(np.array, at)), rtol=0.0, atol=0.02)


def test_a_scene_of_a_run_shows_charge_and_tasks(scene, run_folder):
    tables = read_run(run_folder)
    tasks, battery = tables.table("tasks").to_pylist(), tables.table("battery").to_pylist()
    packets = packets_of(scene, "satellite")
    for number, packet in enumerate(packets.values()):
        ran = [
            t for t in tasks if t["satellite"] == number and t["place"] not in (None, "ground") and t["start_s"] < 3000
        ]
        told = packet["properties"].get("task", [])
        assert len(told) == len(ran)
        assert {int(entry["string"].split()[1].rstrip(",")) for entry in told} == {t["task_id"] for t in ran}
        if ran:
            frames = spans_of(
                [e["interval"] for e in packet["point"]["outlineWidth"] if e["number"]], "2026-06-21T00:00:00Z"
            )
            # side by side without gaps, tasks run as long as they are framed
            assert sum(b - a for a, b in frames) == pytest.approx(
                sum(min(t["finish_s"], 3000.0) - t["start_s"] for t in ran), abs=0.001 * len(ran)
            )
        rows = [(row["t_s"], row["stored_j"] / row["capacity_j"]) for row in battery if row["satellite"] == number]
        assert ("state_of_charge" in packet["properties"]) == bool(rows)
        if rows:
            samples = np.array(packet["properties"]["state_of_charge"]["number"]).reshape(-1, 2)
            assert (np.diff(samples[:, 0]) > 0.0).all()
            at_s = np.array([row[0] for row in rows if row[0] <= 3000.0])
            charge = np.array([row[1] for row in rows if row[0] <= 3000.0])
            np.testing.assert_allclose(np.interp(at_s, *samples.T), charge, rtol=0.0, atol=2e-6)
    assert any("state_of_charge" in packet["properties"] for packet in packets.values())
    assert any("task" in packet["properties"] for packet in packets.values())


def test_spans_that_touch_are_one():
    assert list(merged([(3.0, 4.0), (0.0, 1.0), (1.0, 2.0), (0.5, 0.7)])) == [(0.0, 2.0), (3.0, 4.0)]
    assert list(merged([])) == []
