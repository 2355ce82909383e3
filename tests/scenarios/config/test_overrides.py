from __future__ import annotations

import pytest

from scenarios.config import ScenarioError, scenario_from_text
from scenarios.config.satellites import WalkerSatellites
from scenarios.config.workload import PoissonTasks


def test_overrides_reach_sections_that_the_file_leaves_out(minimal_text: str) -> None:
    overrides = (
        "power.base_power_w=20",
        "processor.modes[0].power_w=15",
        "tasks.deadline_s.high=300",
        "warm_up.seconds=60",
        "seed=1e1",
        "scheduler=nearest-sunlit",
        "scheduler_options.max_hops=3",
        "links.max_range_km=null",
    )
    with pytest.raises(ScenarioError, match=r"--set seed=1e1: seed: must be a whole number \(got 10.0\)"):
        scenario_from_text(minimal_text, overrides)
    scenario = scenario_from_text(minimal_text, tuple(o.replace("1e1", "10") for o in overrides))
    assert scenario.power.base_power_w == 20.0
    assert scenario.power.solar_power_w == 200.0
    assert scenario.processor.modes[0].power_w == 15.0
    assert isinstance(scenario.tasks, PoissonTasks)
    assert (scenario.tasks.deadline_s.low, scenario.tasks.deadline_s.high) == (120.0, 300.0)
    assert scenario.warm_up.seconds == 60.0
    assert scenario.seed == 10
    assert scenario.scheduler_options == {"max_hops": 3}


def test_whole_sections_can_be_given(minimal_text: str) -> None:
    scenario = scenario_from_text(
        minimal_text, ("duration={days: 1}", "ground.stations=[{name: A, latitude_deg: 1, longitude_deg: 2}]")
    )
    assert scenario.duration.to_s(1.0) == 86_400.0
    assert scenario.ground.stations[0].name == "A"


def test_a_later_override_wins(minimal_text: str) -> None:
    scenario = scenario_from_text(minimal_text, ("satellites.planes=4", "satellites.planes=5"))
    assert isinstance(scenario.satellites, WalkerSatellites)
    assert scenario.satellites.planes == 5


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (
            "power.base_power=20",
            "--set power.base_power=20: power.base_power: unknown key; did you mean 'base_power_w'?",
        ),
        ("powr.base_power_w=20", "powr: unknown key; did you mean 'power'?"),
        ("power", "not an override; write it as a.b=value"),
        ("=3", "not an override"),
        ("a..b=3", "not an override"),
        ("a[x]=3", "not an override"),
        ("satellites[0].planes=3", "satellites is not a list in this file"),
        ("name.x=3", "name is not a section"),
        ("processor.modes[1].power_w=3", "processor.modes has no entry 1; its entries are [0] to [0]"),
        ("ground.stations[0].channels=2", "ground.stations has no entry 0; it is empty in this file"),
        ("name=[", "the value is not readable as YAML"),
        ("name=!!str x", "a tag (tag:yaml.org,2002:str) is not allowed"),
        ("tasks.pattern.shape=2", "it goes with another kind of tasks.pattern"),
        ("tasks.rate_per_satellite_hz=1", "both load and rate_per_satellite_hz are given; keep one"),
    ],
)
def test_broken_overrides_say_what_to_write(minimal_text: str, override: str, told: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        scenario_from_text(minimal_text, (override,))
    assert told in str(refusal.value)
    assert str(refusal.value).startswith(f"--set {override}")


def test_all_broken_overrides_are_told_at_once(minimal_text: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        scenario_from_text(minimal_text, ("a", "b", "name.x=3"))
    assert len(refusal.value.problems) == 3
