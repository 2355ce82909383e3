"""`init`, `validate` and `schema`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json
from scenarios.config import ScenarioError, load_scenario, schema_text
from scenarios.config.problems import path_text

_TEMPLATE = Path(__file__).parent / "template.yaml"
_SCHEMA_NAME = "sunwise-scenario.schema.json"


def init(file: Path, *, force: bool, as_json: bool) -> None:
    """Write the commented scenario, and the schema that its first line names."""
    if file.exists() and not force:
        raise CommandError(f"{file} exists; choose another name, or --force to overwrite it", ExitCode.USAGE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    (file.parent / _SCHEMA_NAME).write_text(schema_text(), encoding="utf-8")
    if as_json:
        print_json({"files": [str(file), str(file.parent / _SCHEMA_NAME)]})
    note(f"wrote {file} (and {_SCHEMA_NAME} beside it, for editors); next: sunwise run {file}")


def validate(scenarios: Sequence[str], overrides: Sequence[str], *, as_json: bool) -> int:
    """Check every scenario; return the exit code."""
    rows: list[dict[str, Any]] = []
    for name in scenarios:
        try:
            load_scenario(name, overrides)
        except ScenarioError as error:
            rows.append(
                {"file": name, "valid": False, "problems": [_problem_row(problem) for problem in error.problems]}
            )
            note(str(error))
        else:
            rows.append({"file": name, "valid": True, "problems": []})
    if as_json:
        print_json({"rows": rows})
    else:
        for row in rows:
            print(f"{row['file']}: {'valid' if row['valid'] else _count_text(len(row['problems']))}")
    return ExitCode.DONE if all(row["valid"] for row in rows) else ExitCode.SCENARIO_INVALID


def schema() -> None:
    """Print the JSON Schema."""
    sys.stdout.write(schema_text())


def _problem_row(problem: Any) -> dict[str, Any]:
    return {
        "source": problem.place.source,
        "line": problem.place.line or None,
        "column": problem.place.column or None,
        "key": path_text(problem.path),
        "what": problem.what,
        "remedy": problem.remedy,
    }


def _count_text(n_problems: int) -> str:
    return f"{n_problems} problem{'s' if n_problems != 1 else ''}"
