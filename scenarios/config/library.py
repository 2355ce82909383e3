"""The scenarios that ship, found by their bare name."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

from scenarios.config.problems import Place, Problem, ScenarioError

LIBRARY_FOLDER: Final = Path(__file__).parent.parent / "library"


def library_names() -> tuple[str, ...]:
    """Return the names of the scenarios that ship, sorted."""
    return tuple(sorted(path.stem for path in LIBRARY_FOLDER.glob("*.yaml")))


def find_scenario(text: str) -> Path:
    """Return the file that a path or the bare name of a library scenario leads to.

    Raises
    ------
    ScenarioError
        If there is neither such a file nor such a name.
    """
    path = Path(text)
    if path.is_file():
        return path
    names = library_names()
    if text in names:
        return LIBRARY_FOLDER / f"{text}.yaml"
    near = difflib.get_close_matches(path.stem, names, n=1, cutoff=0.5)
    guess = f"did you mean the library's {near[0]!r}? " if near else ""
    remedy = f"{guess}`sunwise init` writes a first scenario; the library has {', '.join(names)}"
    what = "a folder, not a scenario file" if path.is_dir() else "no such file"
    raise ScenarioError([Problem(place=Place(source=text), what=what, remedy=remedy)])
