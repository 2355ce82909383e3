"""The scenario of a finished run, with the files that it names found again.

A run keeps the hashes of its files, not where they lay, which would tell of a person's machine. So they are looked for
where scenarios and runs usually lie, and known by their content.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from scenarios.config import Place, Problem, Scenario, ScenarioError, scenario_from_text
from scenarios.config.library import LIBRARY_FOLDER
from simulator.results import file_sha256

_N_ABOVE: Final = 3
"""Folders above a run that are searched: that of its runs, that of the project, and one more."""


def scenario_of_run(run_folder: Path, overrides: Sequence[str] = ()) -> Scenario:
    """Return the scenario of a finished run.

    Parameters
    ----------
    run_folder : Path
    overrides : sequence of str
        Changes, such as `satellites.path=/where/satellites.csv`; with any, files are taken as they are.

    Raises
    ------
    ScenarioError
        If the files of the run are not in the folders above it, in the working directory or in the library, or are
        there with another content.
    """
    source = run_folder / "scenario.yaml"
    text = source.read_text(encoding="utf-8")
    hashes = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))["input_file_hashes"]
    refusals = []
    for folder in _folders(run_folder):
        try:
            scenario = scenario_from_text(text, overrides, source=str(source), folder=folder)
        except ScenarioError as error:
            refusals.append(error)
            continue
        if overrides or _are_those(scenario, hashes):
            return scenario
    if len(refusals) == len(list(_folders(run_folder))):
        raise refusals[0]
    what = f"no file as the run had it ({', '.join(hashes)})"
    remedy = "work in the folder of its scenario, or take others with --set, such as satellites.path=/where/they/are"
    raise ScenarioError([Problem(place=Place(source=str(source)), what=what, remedy=remedy)])


def _folders(run_folder: Path) -> Iterator[Path]:
    """Yield where the paths of a scenario may start."""
    yield run_folder
    yield from run_folder.resolve().parents[:_N_ABOVE]
    yield Path.cwd()
    yield LIBRARY_FOLDER


def _are_those(scenario: Scenario, hashes: Mapping[str, str]) -> bool:
    """Whether the files that a scenario names are those of a run."""
    return all(hashes.get(f"{i} {path.name}") == file_sha256(path) for i, path in enumerate(scenario.input_files))
