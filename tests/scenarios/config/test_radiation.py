"""The section `radiation`: what it refuses and what it makes of what it takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radiation.environment import ExponentialInRigidity, King1972
from radiation.memory_protection import SECDED
from scenarios.config import Scenario, ScenarioError, dump_scenario, load_scenario, scenario_from_text
from scenarios.radiation_setup import environment_of, memory_of, needs_environment, protection_of, rates_of, upkeep_of
from simulator.timescale import parse_epoch

HERE = Path()
CONSTANT = "radiation.device=carmen-2-rednet"
SECTION = """\
radiation:
  device: carmen-2-rednet
  memory_mib: 64
  protection: {code: secded, scrubbing: {period_s: 600}, reload: {period_s: 6000, duration_s: 60}}
  solar_events:
    - {start_s: 60, spectrum: {kind: exponential, total_per_cm2: 1.0e+10, scale_gv: 0.1}}
    - {start_s: 90, cutoff_factor: 0.8, spectrum: {kind: king-1972, scale: 0.5}}
"""


@pytest.mark.parametrize(
    ("overrides", "key", "told"),
    [
        (["radiation={}"], "radiation.device", "required key is missing"),
        (["radiation.device=carmen-3"], "radiation.device", "did you mean 'carmen-2-rednet'"),
        (["radiation.device=5"], "radiation.device", "a name, a file or a section"),
        (["radiation.device=mine.yaml"], "radiation.device", "no such file"),
        (["radiation.device={name: mine}"], "radiation.device", "device.source: missing"),
        ([CONSTANT, "radiation.protection.code=secded"], "radiation.memory_mib", "give for example memory_mib: 39"),
        ([CONSTANT, "radiation.protection.scrubbing={period_s: 9}"], "radiation.protection.scrubbing", "code: secded"),
        (
            [CONSTANT, "radiation.protection={code: parity, scrubbing: {period_s: 9}}"],
            "radiation.protection.scrubbing",
            "reloads_detected: true",
        ),
        (
            [CONSTANT, "radiation.protection.reloads_detected=true"],
            "radiation.protection.reloads_detected",
            "add scrubbing",
        ),
        (
            [CONSTANT, "radiation.memory_mib=64", "radiation.protection={code: tmr, scrubbing: {period_s: 1e-4}}"],
            "radiation.protection.scrubbing.duration_s",
            "0.008053 s at the memory's bandwidth",  # 3 x 64 MiB of 8 bits at 200 Gbit/s
        ),
        (
            [
                CONSTANT,
                "radiation.memory_mib=64",
                "radiation.protection={code: secded, scrubbing: {period_s: 0.003100}, reload: {period_s: 0.0031}}",
            ],
            "radiation.protection",
            "take 1.95 of the memory's bandwidth",
        ),
        (
            [CONSTANT, "radiation.protection={code: secded, scrubbing: {period_s: 9, duration_s: 10}}"],
            "radiation.protection.scrubbing.duration_s",
            "at most period_s",
        ),
        (["radiation.device=nvidia-jetson-orin-nx", "radiation.memory_mib=1"], "radiation.memory_mib", "has no memory"),
        (
            ["radiation.device=frontgrade-ut8r2m39", "radiation.protection.code=secded"],
            "radiation.protection",
            "have 39 bits",
        ),
        (
            ["radiation.device=frontgrade-ut8r2m39", "satellites.altitude_km=250"],
            "radiation",
            "hold from 300 to 2,000 km",
        ),
        (["radiation.device=frontgrade-ut8r2m39", "epoch=2100-06-21T00:00:00Z"], "radiation", "1960 to 2100"),
        ([CONSTANT, "radiation.memory_mb=64"], "radiation.memory_mb", "did you mean 'memory_mib'"),
        ([CONSTANT, "radiation.step_s=90"], "radiation.step_s", "between 1 and 60"),
    ],
)
def test_what_does_not_go_together_is_refused_by_its_key(overrides: list[str], key: str, told: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        load_scenario("headline-6x11", overrides)
    [line] = str(refusal.value).splitlines()
    assert f" {key}: " in line
    assert told in line


def test_a_device_of_constant_rates_goes_anywhere() -> None:
    load_scenario("headline-6x11", [CONSTANT, "satellites.altitude_km=20000"])


@pytest.fixture
def scenario(minimal_text: str) -> Scenario:
    return scenario_from_text(minimal_text + SECTION)


def test_a_scenario_with_radiation_is_written_as_it_is_read(scenario: Scenario) -> None:
    text = dump_scenario(scenario)
    assert dump_scenario(scenario_from_text(text)) == text
    assert scenario_from_text(text).radiation == scenario.radiation


def test_memory_is_as_large_as_data_and_check_bits(scenario: Scenario) -> None:
    assert scenario.radiation
    memory = memory_of(scenario.radiation, HERE)
    assert memory.data_bytes == 64 * 2**20
    assert memory.device.memory
    assert memory.device.memory.n_bits == 64 * 2**23 * 72 // 64
    assert not needs_environment(memory)


def test_upkeep_is_bits_over_periods(scenario: Scenario) -> None:
    assert scenario.radiation
    found = upkeep_of(scenario.radiation, HERE)
    data, stored = 64 * 2**23, 72 * 2**23
    bits_per_s = stored / 600.0 + (stored + data) / 6000.0  # a scrub reads all; a reload writes all and reads the copy
    assert found.power_w == pytest.approx(5e-12 * bits_per_s, rel=1e-12)
    assert found.bandwidth_share == pytest.approx((stored / 600.0 + stored / 6000.0) / 200e9, rel=1e-12)


def test_protection_and_surroundings_are_those_written(scenario: Scenario) -> None:
    section = scenario.radiation
    assert section
    protection = protection_of(section.protection)
    assert isinstance(protection.code, SECDED)
    assert protection.scrubbing
    assert protection.scrubbing.duration_s == 600.0
    assert protection.reload
    assert protection.reload.duration_s == 60.0
    environment = environment_of(section, parse_epoch(scenario.epoch))
    assert environment.epoch_year == pytest.approx(2026 + 171 / 365, abs=1e-9)
    first, second = environment.solar_events
    assert first.spectrum == ExponentialInRigidity(total_per_m2=1e14, scale_gv=0.1)
    assert (second.spectrum, second.cutoff_factor) == (King1972(scale=0.5), 0.8)


def test_a_device_comes_from_a_file_beside_the_scenario(tmp_path: Path, minimal_text: str) -> None:
    (tmp_path / "mine.yaml").write_text("based_on: carmen-2-rednet\nname: mine\ncells: {rate_per_bit_day: 1e-9}\n")
    text = minimal_text + "radiation: {device: mine.yaml}\n"
    scenario = scenario_from_text(text, folder=tmp_path)
    assert scenario.radiation
    device = memory_of(scenario.radiation, scenario.folder).device
    assert device.name == "mine"
    assert device.cells
    assert device.cells.constant_rate_per_s == pytest.approx(1e-9 / 86_400.0)
    assert scenario.input_files == (tmp_path / "mine.yaml",)
    (tmp_path / "mine.yaml").write_text("- a list\n")
    with pytest.raises(ScenarioError, match=r"radiation\.device.*not a list"):
        scenario_from_text(text, folder=tmp_path)


def test_the_error_of_the_models_is_drawn_only_when_asked_for(minimal_text: str) -> None:
    epoch = parse_epoch("2026-06-21T00:00:00Z")
    found = []
    for systematic, seed in ((False, 1), (False, 2), (True, 1), (True, 2), (True, 1)):
        text = minimal_text + f"radiation: {{device: frontgrade-ut8r2m39, systematic: {str(systematic).lower()}}}\n"
        section = scenario_from_text(text).radiation
        assert section
        rates = rates_of(section, memory_of(section, HERE), environment_of(section, epoch), seed=seed)
        found.append(_rate_in_the_anomaly(rates))
    assert found[0] == found[1] != found[2] == found[4] != found[3]


def _rate_in_the_anomaly(rates: object) -> float:
    from radiation.upsets import DeviceRates, Track

    assert isinstance(rates, DeviceRates)
    place = {name: np.full((1, 2), value) for name, value in (("latitude_rad", -0.5), ("longitude_rad", -0.9))}
    track = Track(satellite=np.zeros(1, np.int32), t_s=np.array([0.0, 1.0]), altitude_m=np.full((1, 2), 550e3), **place)
    return float(rates.along(track).sum())
