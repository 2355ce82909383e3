"""Whatever is written, the answer is a scenario or a list of problems with places; never another exception."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.config import LIBRARY_FOLDER, ScenarioError, scenario_from_text
from scenarios.config.problems import KeyPath
from scenarios.config.yaml_text import read_document

TREE = read_document((LIBRARY_FOLDER.parent / "cli" / "template.yaml").read_bytes(), "template").tree
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([-1, 0, 1e300, 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "low", "x", "name"]), inner),
    max_leaves=5,
)


def _paths(tree: Any, above: KeyPath = ()) -> Iterator[KeyPath]:
    for part, child in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield (*above, part)
        yield from _paths(child, (*above, part))


PATHS = list(_paths(TREE))


def _read(text: str, overrides: tuple[str, ...] = ()) -> None:
    try:
        scenario_from_text(text, overrides)
    except ScenarioError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.what
            assert str(problem).startswith(("scenario:", "--set "))
            assert "pydantic" not in str(problem)


@settings(max_examples=150)
@given(changes=st.lists(st.tuples(st.sampled_from(PATHS), JUNK), min_size=1, max_size=3))
def test_a_scenario_with_junk_in_it(changes: list[tuple[KeyPath, Any]]) -> None:
    tree = copy.deepcopy(TREE)
    for path, junk in changes:
        holder = tree
        for part in path[:-1]:
            holder = holder[part] if isinstance(holder, (dict, list)) and _has(holder, part) else {}
        if isinstance(holder, dict) or _has(holder, path[-1]):
            holder[path[-1]] = junk
    _read(yaml.safe_dump(tree))


@settings(max_examples=150)
@given(path=st.sampled_from(PATHS), value=st.text(max_size=12))
def test_an_override_with_anything_in_it(path: KeyPath, value: str) -> None:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    _read(yaml.safe_dump(TREE), (f"{key}={value}",))


@settings(max_examples=150)
@given(text=st.text(st.sampled_from(list("ab:-[]{}&*!|>'\"#%@`,?\n\t 01.eE~")), max_size=60))
def test_text_that_is_almost_yaml(text: str) -> None:
    _read(text)


def _has(holder: Any, part: str | int) -> bool:
    if isinstance(holder, dict):
        return part in holder
    return isinstance(holder, list) and isinstance(part, int) and part < len(holder)
