from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.config import (
    LIBRARY_FOLDER,
    Scenario,
    ScenarioError,
    dump_scenario,
    find_scenario,
    library_names,
    load_scenario,
    scenario_from_text,
    scenario_schema,
)
from scenarios.config.key_tree import all_key_paths
from scenarios.config.satellites import FileSatellites, WalkerSatellites
from scenarios.config.workload import GroundPattern, PoissonTasks, TraceTasks

CONSTELLATIONS = {"starlink-shell-1", "oneweb", "kuiper", "telesat", "iridium", "dawn-dusk"}


@pytest.mark.parametrize("name", library_names())
def test_every_library_scenario_is_valid_and_survives_a_round_trip(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.description
    text = dump_scenario(scenario)
    again = scenario_from_text(text, folder=LIBRARY_FOLDER)
    assert again == scenario
    assert dump_scenario(again) == text
    assert find_scenario(name) == LIBRARY_FOLDER / f"{name}.yaml"


def test_the_library_holds_what_it_promises() -> None:
    names = set(library_names())
    assert CONSTELLATIONS <= names
    assert {"headline-72x22", "headline-12x22", "headline-6x11", "real-satellites"} <= names
    for name in names:
        text = (LIBRARY_FOLDER / f"{name}.yaml").read_text()
        assert text.startswith("# "), "a library scenario opens with the question it answers"


def test_the_headline_has_the_calibrated_numbers() -> None:
    scenario = load_scenario("headline-72x22")
    assert isinstance(scenario.satellites, WalkerSatellites)
    assert isinstance(scenario.tasks, PoissonTasks)
    assert (scenario.satellites.planes, scenario.satellites.satellites_per_plane) == (72, 22)
    assert scenario.satellites.n_sats == 1584
    assert (scenario.power.battery_capacity_j, scenario.power.base_power_w) == (340e3, 30.0)
    assert scenario.tasks.mean_rate_hz == pytest.approx(0.36 / 30.0, rel=1e-15)  # one division: one rounding
    assert scenario.tasks.input_bits == (100e6, 300e6)
    assert [station.channels for station in scenario.ground.stations] == [4] * 12
    warm_up_s, duration_s = scenario.times_s()
    assert duration_s == 4.0 * warm_up_s
    # 436,000 tasks is what the arrival rate gives over four orbits, to the three digits that are quoted.
    assert scenario.tasks.mean_rate_hz * duration_s * 1584 == pytest.approx(436_000, rel=2e-3)


def test_the_period_is_keplers(minimal_text: str) -> None:
    satellites = scenario_from_text(minimal_text).satellites
    assert isinstance(satellites, WalkerSatellites)
    # 95.65 min is the textbook period at 550 km; quoted to 0.01 min.
    assert satellites.orbital_period_s / 60.0 == pytest.approx(95.65, abs=0.01)


def test_defaults_that_depend_on_other_keys_are_filled_in(minimal_text: str) -> None:
    delta = scenario_from_text(minimal_text)
    star = scenario_from_text(minimal_text, ("satellites.pattern=star",))
    dusk = scenario_from_text(minimal_text, ("satellites.ascending_node_local_time_h=18",))
    for scenario, spread_deg, raan_rad in ((delta, 360.0, 0.0), (star, 180.0, 0.0), (dusk, 360.0, None)):
        assert isinstance(scenario.satellites, WalkerSatellites)
        assert scenario.satellites.raan_spread_deg == spread_deg
        assert scenario.satellites.raan_rad == raan_rad
    assert delta.links.has_closed_seam("delta")
    assert not star.links.has_closed_seam("star")
    assert math.isinf(delta.links.max_range_m)


def test_a_plain_number_is_a_range(minimal_text: str) -> None:
    tasks = scenario_from_text(minimal_text, ("tasks.runtime_s=30", "tasks.deadline_s={low: 60, high: 90}")).tasks
    assert isinstance(tasks, PoissonTasks)
    assert (tasks.runtime_s.low, tasks.runtime_s.high, tasks.runtime_s.mean) == (30.0, 30.0, 30.0)
    assert tasks.offered_load == pytest.approx(0.36, rel=1e-15)


def test_the_default_ground_pattern_covers_where_people_live(minimal_text: str) -> None:
    tasks = scenario_from_text(minimal_text, ("tasks.pattern={kind: ground}",)).tasks
    assert isinstance(tasks, PoissonTasks)
    assert isinstance(tasks.pattern, GroundPattern)
    south, north, west, east = tasks.pattern.boxes[0].bounds_rad()
    assert -math.pi / 2 <= south < north <= math.pi / 2
    assert west < east


def test_files_are_found_beside_the_scenario(tmp_path: Path, minimal_text: str) -> None:
    (tmp_path / "trace.csv").write_text("arrival_s\n")
    path = tmp_path / "a.yaml"
    path.write_text(minimal_text.replace("  kind: poisson\n  load: 0.36\n", "  kind: trace\n  path: trace.csv\n"))
    scenario = load_scenario(path)
    assert isinstance(scenario.tasks, TraceTasks)
    assert scenario.input_files == (tmp_path / "trace.csv",)
    assert scenario.folder == tmp_path
    assert scenario.with_scheduler("phoenix").folder == tmp_path


def test_times_of_real_satellites_need_a_period() -> None:
    scenario = load_scenario("real-satellites")
    assert isinstance(scenario.satellites, FileSatellites)
    assert scenario.times_s(5700.0) == (5700.0, 17_100.0)
    with pytest.raises(ValueError, match="need the period"):
        scenario.times_s()
    mixed = load_scenario("real-satellites", ("warm_up={seconds: 9000}", "duration={orbits: 1}"))
    with pytest.raises(ValueError, match="warm_up = 9000 s is not shorter"):
        mixed.times_s(5700.0)


def test_another_scheduler_keeps_everything_else(minimal_text: str) -> None:
    scenario = scenario_from_text(minimal_text, ("scheduler=nearest-sunlit", "scheduler_options.max_hops=1"))
    other = scenario.with_scheduler("phoenix")
    assert (other.scheduler, other.scheduler_options) == ("phoenix", {})
    back = other.model_copy(update={"scheduler": "nearest-sunlit", "scheduler_options": {"max_hops": 1}})
    assert back == scenario
    with pytest.raises(ValueError, match="did you mean 'phoenix'"):
        scenario.with_scheduler("phenix")


def test_a_scenario_cannot_be_changed(minimal_text: str) -> None:
    scenario = scenario_from_text(minimal_text)
    with pytest.raises(ValueError, match="frozen"):
        scenario.seed = 3


@given(
    name=st.text(max_size=40), value=st.one_of(st.text(max_size=20), st.floats(allow_nan=False, allow_infinity=False))
)
def test_any_text_survives_a_round_trip(name: str, value: str | float) -> None:
    scenario = scenario_from_text(
        "schema_version: 1\nname: x\nepoch: 2026-06-21T00:00:00Z\n"
        "satellites: {kind: walker, planes: 1, satellites_per_plane: 1, altitude_km: 550, inclination_deg: 53}\n"
        "duration: {orbits: 2}\ntasks: {kind: poisson, load: 0.1}\nscheduler: my_module:MyScheduler\n"
    )
    written = "".join(character for character in name if character.isprintable() or character in "\n\t")
    text = value if isinstance(value, float) else "".join(c for c in value if c.isprintable())
    changed = scenario.model_copy(update={"description": written, "scheduler_options": {"option": text}})
    assert scenario_from_text(dump_scenario(changed)) == changed


@pytest.mark.parametrize(
    "text", ["1e3", "no", "0o17", "010", "~", "", "true", ".nan", "12:30", "a: b", "#x", "- x", " x "]
)
def test_text_that_looks_like_something_else_stays_text(minimal_text: str, text: str) -> None:
    scenario = scenario_from_text(minimal_text).model_copy(update={"description": text})
    assert scenario_from_text(dump_scenario(scenario)).description == text


def test_the_schema_describes_every_key() -> None:
    schema = scenario_schema()
    text = json.dumps(schema)
    assert schema["additionalProperties"] is False
    assert schema["required"] == [
        "schema_version", "name", "epoch", "satellites", "duration", "tasks", "scheduler",
    ]  # fmt: skip
    for path in all_key_paths():
        assert f'"{path.rpartition(".")[2]}"' in text
    assert schema["properties"]["satellites"]["discriminator"]["propertyName"] == "kind"


def test_two_different_mistakes_are_both_told(minimal_text: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        scenario_from_text(minimal_text.replace("planes: 2", "planes: -2").replace("load: 0.36", "load: x"))
    assert [problem.place.line for problem in refusal.value.problems] == [6, 14]


def test_scenarios_are_read_from_any_path_type(tmp_path: Path, minimal_text: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(minimal_text)
    assert load_scenario(path) == load_scenario(str(path))
    assert isinstance(load_scenario(path), Scenario)
