"""Failed checks into sentences: what is wrong, what was found, what to write instead."""

from __future__ import annotations

import difflib
import json
import typing
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, ValidationError

from scenarios.config.key_tree import all_key_paths, field_at, fields_at, is_kind_tag
from scenarios.config.problems import KeyPath, Place, Problem, path_text
from scenarios.config.scenario import Scenario
from scenarios.config.sections import Section
from scenarios.config.unit_hints import remedy_for_unknown_key
from scenarios.config.yaml_text import Document, Tree

_TYPE_NAMES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a section of `key: value` lines",
    "model_type": "a section of `key: value` lines",
    "model_attributes_type": "a section of `key: value` lines",
}
_BOUNDS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}


def explain(error: ValidationError, document: Document, root: type[Section] = Scenario) -> list[Problem]:
    """Return the problems of a failed validation of a `root`, in the order of the file, each once."""
    problems: dict[tuple[KeyPath, str], Problem] = {}
    for detail in error.errors(include_url=False):
        if not _is_echo(detail):
            problem = _problem(detail, document, root)
            problems.setdefault((problem.path, problem.what), problem)
    return sorted(problems.values(), key=lambda problem: _order(problem.place))


def _is_echo(detail: ErrorDetails) -> bool:
    """Return whether a list is called too short only because its entries failed."""
    value, least = detail["input"], detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and isinstance(value, list) and len(value) >= least


def _order(place: Place) -> tuple[int, int]:
    return (place.line or 1_000_000_000, place.column)


def _problem(detail: ErrorDetails, document: Document, root: type[Section]) -> Problem:
    """Return one failed check as a problem."""
    kind, context = detail["type"], detail.get("ctx", {})
    path = _path(detail["loc"], document.tree, root)
    if kind == "rule":
        path = (*path, *(int(part) if part.isdigit() else part for part in context["at"].split(".") if part))
        told = _as_written(path, document.tree)
        return Problem(place=document.place_of(told), path=told, what=context["problem"], remedy=context["remedy"])
    if kind in ("int_type", "float_type", "string_type", "bool_type") and _is_option(path):
        what, remedy = "an option must be a number, text, true, false or null", "lists and sections are not options"
        return Problem(place=document.place_of(path), path=path, what=what, remedy=remedy)
    what, remedy = _sentence(detail, path, document.tree, root)
    told = _as_written(path, document.tree)
    if told != path:
        path, remedy = told, _example(told, field_at(told, document.tree, root))
    prefer_key = kind in ("extra_forbidden", "missing", "union_tag_not_found")
    return Problem(place=document.place_of(path, prefer_key=prefer_key), path=path, what=what, remedy=remedy)


def _path(location: tuple[str | int, ...], tree: Tree, root: type[Section]) -> KeyPath:
    """Return the path as written, without the kinds that pydantic puts into its locations."""
    path: list[str | int] = []
    was_tag = False
    for part in location:
        if not was_tag and is_kind_tag(tuple(path), tree, part, root):
            was_tag = True
            continue
        was_tag = False
        path.append(part)
    return tuple(path[:2]) if path[:1] == ["scheduler_options"] else tuple(path)


def _as_written(path: KeyPath, tree: Tree) -> KeyPath:
    """Return the key of a range that was written as a plain number, for its ends; other paths as they are."""
    if path[-1:] not in (("low",), ("high",)):
        return path
    value = tree
    for part in path[:-1]:
        value = value[part]
    return path[:-1] if isinstance(value, (int, float)) else path


def _is_option(path: KeyPath) -> bool:
    return len(path) == 2 and path[0] == "scheduler_options"


def _sentence(detail: ErrorDetails, path: KeyPath, tree: Tree, root: type[Section]) -> tuple[str, str]:
    """Return what is wrong and the remedy."""
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    field = field_at(path, tree, root)
    if kind == "missing":
        return "required key is missing", _example(path, field, "add ")
    if kind == "extra_forbidden":
        known = list(fields_at(path[:-1], tree, root))
        section = path_text(path[:-1])
        return "unknown key", remedy_for_unknown_key(str(path[-1]), value, known, section, all_key_paths(root))
    if kind == "finite_number":
        return f"must be a finite number (got {_shown(value)})", _example(path, field)
    if kind in ("literal_error", "union_tag_invalid", "union_tag_not_found"):
        return _choice(kind, context, value)
    if kind in _BOUNDS:
        return f"must be {_bounds(field, kind, context)} (got {_shown(value)})", _example(path, field)
    if kind in _TYPE_NAMES:
        return _wrong_type(kind, path, value, field)
    if kind == "string_pattern_mismatch":
        spaces = "spaces, " if " " in context["pattern"] else ""  # names of files have none
        remedy = f"use 1 to 64 letters, digits, {spaces}dots, hyphens or underscores, a letter or digit first"
        return f"not usable as a name (got {_shown(value)})", remedy
    return f"{_plain(context, kind)} (got {_shown(value)})", _example(path, field)


def _choice(kind: str, context: dict[str, Any], value: Any) -> tuple[str, str]:
    """Return the sentence for a value that is not one of a few."""
    if kind == "union_tag_not_found":
        return "the section has no `kind`", "add a line `kind: ...` that says which kind it is"
    expected = str(context.get("expected", context.get("expected_tags", ""))).replace("'", "").replace(" or ", ", ")
    choices = [choice.strip() for choice in expected.split(",")]
    got = context.get("tag", value)
    near = difflib.get_close_matches(str(got), choices, n=1, cutoff=0.5)
    what = f"{'kind ' if kind == 'union_tag_invalid' else ''}must be one of {', '.join(choices)} (got {_shown(got)})"
    return what, f"did you mean {near[0]!r}?" if near else f"write {choices[0]}"


def _bounds(field: FieldInfo | None, kind: str, context: dict[str, Any]) -> str:
    """Return both bounds of a number where both are known, else the one that was broken."""
    rules = field.metadata if field else ()
    bounds = {name: getattr(rule, name) for rule in rules for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)}
    words = {"ge": "at least", "gt": "greater than", "le": "at most", "lt": "less than"}
    if "ge" in bounds and "le" in bounds:
        return f"between {bounds['ge']:.15g} and {bounds['le']:.15g}"
    told = [f"{words[name]} {bound:.15g}" for name, bound in bounds.items()]
    return " and ".join(told) or f"{words[_BOUNDS[kind]]} {context[_BOUNDS[kind]]:.15g}"


def _wrong_type(kind: str, path: KeyPath, value: Any, field: FieldInfo | None) -> tuple[str, str]:
    """Return the sentence for a value of another type."""
    what = f"must be {_TYPE_NAMES[kind]} (got {_shown(value)})"
    if kind == "string_type":
        return what, f'put it in quotes: {path[-1]}: "{value}"'
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return what, _example(path, field) or "write the bare number; its unit is in the key"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return what, _example(path, field) or "indent its keys below it"
    if kind == "tuple_type":
        return what, _example(path, field) or "write its entries as lines that begin with `- `"
    return what, _example(path, field)


def _example(path: KeyPath, field: FieldInfo | None, verb: str = "write for example ") -> str:
    """Return a line that would be right."""
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if field is None:
        return ""
    values = field.examples or [value for value in typing.get_args(field.annotation) if isinstance(value, str)]
    if values:
        return f"{verb}{key}: {values[0]}"
    return f"{verb}{key}: ..." if verb == "add " else ""


def _plain(context: dict[str, Any], kind: str) -> str:
    """Return the sentence for a length out of bounds, and a last resort for any other check."""
    if kind in ("too_short", "string_too_short"):
        return f"needs at least {context['min_length']}"
    if kind in ("too_long", "string_too_long"):
        return f"has more than {context['max_length']}"
    return f"not allowed here ({kind.replace('_', ' ')})"


def _shown(value: Any) -> str:
    """Return a value as it would be written, cut to a readable length."""
    if isinstance(value, float):
        text = f"{value!r}"
    elif isinstance(value, str):
        text = repr(value)
    else:
        text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
