"""Study files: found by name, read, and their cases turned into scenarios, with every mistake told at its line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic_core import ValidationError

from scenarios.config import LIBRARY_FOLDER, Place, Problem, Scenario, ScenarioError, library_names, load_scenario
from scenarios.config.explanations import explain
from scenarios.config.problems import KeyPath
from scenarios.config.yaml_text import MAX_BYTES, Document, read_document
from scenarios.studies.model import Case, Size, Study

STUDIES_FOLDER: Final = LIBRARY_FOLDER / "studies"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """A checked study with the file that it came from."""

    study: Study
    path: Path
    document: Document

    def scenario_of(self, case: Case, size: Size | None, *, is_reduced: bool = False) -> Scenario:
        """Return the scenario of a case at a size.

        Changes are applied in this order: study, size, case, case at the size, `reduced`.

        Raises
        ------
        ScenarioError
            With each change or file that is wrong, at its line in the study.
        """
        changes = self._changes(case, size, is_reduced=is_reduced)
        base = case.scenario or self.study.scenario
        places = {f"--set {change}": self.document.place_of(path) for path, change in changes.items()}
        try:
            return load_scenario(self._base_path(base), list(changes.values()))
        except ScenarioError as error:
            place = self._place_of_base(case)
            raise ScenarioError([_moved(problem, places, place, base) for problem in error.problems]) from error

    def _changes(self, case: Case, size: Size | None, *, is_reduced: bool) -> Mapping[KeyPath, str]:
        study, i_case = self.study, self.study.cases.index(case)
        parts: list[tuple[KeyPath, tuple[str, ...]]] = [(("set",), study.set)]
        if size is not None:
            parts.append((("sizes", study.sizes.index(size), "set"), size.set))
        parts.append((("cases", i_case, "set"), case.set))
        for i_entry, entry in enumerate(case.sizes):
            if size is not None and entry.size == size.name:
                parts.append((("cases", i_case, "sizes", i_entry, "set"), entry.set))
        if is_reduced and study.reduced is not None:
            parts.append((("reduced", "set"), study.reduced.set))
        return {(*path, i): change for path, changes in parts for i, change in enumerate(changes)}

    def _base_path(self, base: str) -> str:
        beside = self.path.parent / base
        return str(beside) if beside.is_file() else base

    def _place_of_base(self, case: Case) -> Place:
        i_case = self.study.cases.index(case)
        path: KeyPath = ("scenario",) if case.scenario is None else ("cases", i_case, "scenario")
        return self.document.place_of(path)


def study_names() -> tuple[str, ...]:
    """Return the names of the studies that ship, sorted."""
    return tuple(sorted(path.stem for path in STUDIES_FOLDER.glob("*.yaml")))


def load_study(text: str) -> StudyFile:
    """Read a study file, or a packaged study by its bare name.

    Raises
    ------
    ScenarioError
        With everything that is wrong, each problem with its line and a remedy.
    """
    path = _find(text)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise ScenarioError([Problem(place=Place(source=str(path)), what=what)]) from error
    document = read_document(content, str(path))
    try:
        study = Study.model_validate(document.tree)
    except ValidationError as error:
        problems = explain(error, document, Study)
    else:
        return StudyFile(study=study, path=path, document=document)
    raise ScenarioError(problems)


def _find(text: str) -> Path:
    path = Path(text)
    if path.is_file():
        return path
    names = study_names()
    if text in names:
        return STUDIES_FOLDER / f"{text}.yaml"
    near = difflib.get_close_matches(path.stem, names, n=1, cutoff=0.5)
    guess = f"did you mean the packaged study {near[0]!r}? " if near else ""
    remedy = f"{guess}`sunwise study --list` tells the packaged ones: {', '.join(names)}"
    what = "a folder, not a study file" if path.is_dir() else "no such file or study"
    raise ScenarioError([Problem(place=Place(source=text), what=what, remedy=remedy)])


def _moved(problem: Problem, places: Mapping[str, Place], place_of_base: Place, base: str) -> Problem:
    """Return a problem of a scenario at the line of the study that caused it, if one did."""
    if problem.place.source in places:
        return replace(problem, place=places[problem.place.source])
    if problem.place.source == base and not problem.place.line:  # there is no such scenario
        remedy = f"name a file beside the study, or one of the library: {', '.join(library_names())}"
        return replace(problem, place=place_of_base, path=("scenario",), what=f"no scenario {base!r}", remedy=remedy)
    return problem
