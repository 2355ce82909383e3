"""Every number that a scenario has by default or from the library, by the path of its key."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from scenarios.config import LIBRARY_FOLDER, Scenario
from scenarios.config.sections import Section

_BY_THEMSELVES = ("seed", "schema_version", "name", "epoch", "description")
"""Numbers that nothing in the world has."""


def default_numbers() -> dict[str, float]:
    """Defaults by dotted path; of a section that stands in several places, as in groups of a fleet, the first level."""
    found: dict[tuple[type[Section], str], tuple[str, float]] = {}
    for owner, path, value in _defaults(Scenario, ""):
        if path not in _BY_THEMSELVES and (owner not in found or path.count(".") < found[owner][0].count(".")):
            found[owner] = (path, value)
    return dict(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryNumber:
    """A number of a scenario that ships, and whether a comment of its line, or above the scenario, is about it."""

    scenario: str
    path: str
    value: float
    has_comment: bool


def library_numbers() -> Iterator[LibraryNumber]:
    """Numbers in the scenarios that ship, without those that are the default and the places of stations."""
    defaults = default_numbers()
    for file in sorted(LIBRARY_FOLDER.glob("*.yaml")):
        text = file.read_text()
        lines, header = text.splitlines(), text.partition("\nschema_version")[0]
        for path, node in _scalars(yaml.compose(text), ""):
            value = _number(node.value)
            is_kept = path.partition(".")[0] not in _BY_THEMSELVES and not path.startswith("ground.stations.l")
            if value is not None and is_kept and defaults.get(path) != value:
                has_comment = "#" in lines[node.start_mark.line] or re.search(rf"(?<![\d.]){value:g}(?![\d])", header)
                yield LibraryNumber(scenario=file.stem, path=path, value=value, has_comment=bool(has_comment))


def _scalars(node: yaml.Node, path: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Give the scalars of a document by dotted path, entries of lists under the path of the list."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, f"{path}.{key.value}" if path else key.value)
    elif isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            yield from _scalars(entry, path)
    elif isinstance(node, yaml.ScalarNode) and node.style is None:
        yield path, node


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _defaults(model: type[Section], above: str) -> Iterator[tuple[tuple[type[Section], str], str, float]]:
    """Give section and key, path and default."""
    for name, field in model.model_fields.items():
        path = f"{above}{name}"
        if _is_number(field.default):
            yield (model, name), path, float(field.default)
        elif type(field.default).__name__ in ("Range", "Span"):
            for end, value in field.default.model_dump(exclude_none=True).items():
                yield (model, f"{name}.{end}"), f"{path}.{end}", float(value)
        for child in _models_in(field.annotation):
            yield from _defaults(child, f"{path}.")


def _models_in(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    else:
        for argument in typing.get_args(annotation):
            yield from _models_in(argument)
