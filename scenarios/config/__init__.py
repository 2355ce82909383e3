"""Scenario files: reading, checking and writing them."""

from scenarios.config.files import (
    dump_scenario,
    load_scenario,
    scenario_from_text,
    scenario_schema,
    schema_text,
)
from scenarios.config.library import LIBRARY_FOLDER, find_scenario, library_names
from scenarios.config.problems import Place, Problem, ScenarioError
from scenarios.config.scenario import Scenario

__all__ = [
    "LIBRARY_FOLDER",
    "Place",
    "Problem",
    "Scenario",
    "ScenarioError",
    "dump_scenario",
    "find_scenario",
    "library_names",
    "load_scenario",
    "scenario_from_text",
    "scenario_schema",
    "schema_text",
]
