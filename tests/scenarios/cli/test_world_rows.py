"""What the summary for people says of captures and outages, against the summary that it is made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.cli.entry import run_command_line
from scenarios.cli.world_rows import adversity_rows, observation_rows


def test_a_summary_without_captures_and_outages_has_no_line_for_them() -> None:
    assert observation_rows({}) == adversity_rows({}) == []


def test_captures_are_told_in_gigabits_and_megajoules() -> None:
    found = {"n_targets": 5496, "n_targets_captured": 1043, "n_captures": 2262, "data_bits": 449.2e9}
    rows = dict(observation_rows({"observation": {**found, "share_taken": 0.727, "payload_j": 0.81e6}}))
    assert list(rows.values()) == ["1,043 of 5,496", "2,262, 449.2", "72.7 %", "0.81"]


def test_only_outages_that_the_scenario_may_have_are_told() -> None:
    found = {"n_link_failures": 36, "n_transfers_cut": 1, "n_transfers_rerouted": 4, "n_transfers_held": 0}
    rows = dict(adversity_rows({"adversity": {**found, "n_station_outages": 2}}))
    assert rows["outages that began"] == "36 of links, 2 of stations"
    assert rows["transfers over links"] == "1 cut, 4 rerouted, 0 held"


def test_a_folder_that_does_not_exist_is_told_from_one_without_a_finished_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, told in ((tmp_path / "none", "no such folder"), (tmp_path, "not a finished run (no done.json)")):
        assert run_command_line(["plot", str(folder)]) == 4
        assert told in capsys.readouterr().err
