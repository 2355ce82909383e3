"""Overrides from the command line: `power.base_power_w=20`, `ground.stations[0].channels=2`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from scenarios.config.problems import KeyPath, Place, Problem, ScenarioError, path_text
from scenarios.config.yaml_text import Document, Tree, read_value

_STEP: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)((?:\[[0-9]{1,9}\])*)")


def apply_overrides_(document: Document, overrides: Sequence[str], default_of: Callable[[KeyPath, Tree], Tree]) -> None:
    """Write overrides into a document, so that later checks name the override instead of a line.

    A section or list that the file leaves out starts from `default_of(path, tree)`.

    Raises
    ------
    ScenarioError
        With every override that is not `path=value` or leads through something that is no section or list.
    """
    problems: list[Problem] = []
    for override in overrides:
        try:
            _apply_(document, override, default_of)
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(problems)


def _apply_(document: Document, override: str, default_of: Callable[[KeyPath, Tree], Tree]) -> None:
    """Write one override."""
    source = f"--set {override}"
    key_text, equals, value_text = override.partition("=")
    path = _parsed_path(key_text.strip())
    if not equals or path is None:
        remedy = "write it as a.b=value or a.list[0].b=value, for example --set power.base_power_w=20"
        raise ScenarioError([Problem(place=Place(source=source), what="not an override", remedy=remedy)])
    value = read_value(value_text, source)
    holder = _holder(document.tree, path, source, default_of)
    holder[path[-1]] = value.tree
    _move_places_(document, path, Place(source=source))


def _parsed_path(text: str) -> KeyPath | None:
    """Return the key path of `a.b[0].c`, None if it is none."""
    path: list[str | int] = []
    for step in text.split("."):
        match = _STEP.fullmatch(step)
        if match is None:
            return None
        path.append(match.group(1))
        path.extend(int(index) for index in re.findall(r"\d+", match.group(2)))
    return tuple(path)


def _holder(root: Tree, path: KeyPath, source: str, default_of: Callable[[KeyPath, Tree], Tree]) -> Tree:
    """Return the section or list that holds the last key of a path, filling in what the file left out."""
    tree = root
    for n_parts, part in enumerate(path):
        _check_step(tree, path[:n_parts], part, source)
        if n_parts == len(path) - 1:
            break
        if isinstance(part, str) and tree.get(part) is None:
            tree[part] = default_of(path[: n_parts + 1], root)
        tree = tree[part]
    return tree


def _check_step(tree: Tree, above: KeyPath, part: str | int, source: str) -> None:
    """Refuse a step that the tree cannot take."""
    name = path_text(above) or "the scenario"
    what, remedy = "", ""
    if isinstance(part, str) and not isinstance(tree, dict):
        what, remedy = f"{name} is not a section, so it has no key {part!r}", "use [0], [1], ... for entries of a list"
    elif isinstance(part, int) and not isinstance(tree, list):
        what, remedy = f"{name} is not a list in this file", "leave the [number] out, or write the list into the file"
    elif isinstance(part, int) and part >= len(tree):
        what = f"{name} has no entry {part}"
        remedy = f"its entries are [0] to [{len(tree) - 1}]" if tree else "it is empty in this file"
    if what:
        raise ScenarioError([Problem(place=Place(source=source), path=(*above, part), what=what, remedy=remedy)])


def _move_places_(document: Document, path: KeyPath, place: Place) -> None:
    """Let everything at and below a path stand at the override."""
    for table in (document.key_places, document.value_places):
        for old in [known for known in table if known[: len(path)] == path]:
            del table[old]
        for n_parts in range(1, len(path)):
            table.setdefault(path[:n_parts], place)
        table[path] = place
