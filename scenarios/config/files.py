"""Scenario files to scenarios and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import ValidationError

from scenarios.config.explanations import explain
from scenarios.config.key_tree import default_tree
from scenarios.config.library import find_scenario
from scenarios.config.overrides import apply_overrides_
from scenarios.config.problems import Place, Problem, ScenarioError
from scenarios.config.scenario import Scenario
from scenarios.config.yaml_scalars import scalar_value
from scenarios.config.yaml_text import MAX_BYTES, read_document


def load_scenario(path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario file, or a library scenario by its bare name.

    Parameters
    ----------
    path : str or Path
        The file; paths inside it start from its folder.
    overrides : sequence of str
        Changes such as `power.base_power_w=20` or `ground.stations[0].channels=2`, values as in YAML.

    Raises
    ------
    ScenarioError
        With everything that is wrong, each problem with its line or override and a remedy.
    """
    found = find_scenario(str(path))
    try:
        with found.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise ScenarioError([Problem(place=Place(source=str(found)), what=what)]) from error
    return _scenario(content, str(found), overrides, found.parent)


def scenario_from_text(
    text: str, overrides: Sequence[str] = (), *, source: str = "scenario", folder: Path | None = None
) -> Scenario:
    """Read a scenario from text; `folder` is where the paths in it start.

    Raises
    ------
    ScenarioError
        As `load_scenario`.
    """
    return _scenario(text.encode("utf-8", "surrogatepass"), source, overrides, folder or Path())


def _scenario(content: bytes, source: str, overrides: Sequence[str], folder: Path) -> Scenario:
    document = read_document(content, source)
    apply_overrides_(document, overrides, default_tree)
    try:
        return Scenario.model_validate(document.tree, context={"folder": folder, "overrides": tuple(overrides)})
    except ValidationError as error:
        problems = explain(error, document)
    raise ScenarioError(problems)


def dump_scenario(scenario: Scenario) -> str:
    """Return a scenario as YAML with every default filled in; the same scenario always gives the same text."""
    tree = scenario.model_dump(mode="json", exclude_none=True)
    text: str = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, for editors."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Sunwise scenario"}
    return about | {key: part for key, part in Scenario.model_json_schema().items() if key not in about}


def schema_text() -> str:
    """Return the JSON Schema as indented text."""
    return json.dumps(scenario_schema(), indent=2, sort_keys=False) + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes text so that the core schema of YAML 1.2 reads it back as text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the base class calls it so)
        """Write every value out."""
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(scalar_value(text), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
