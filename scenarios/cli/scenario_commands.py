"""`init`, `validate` and `schema`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scenarios.cli.exit_codes import CommandError, ExitCode, exit_code_and_message
from scenarios.cli.output import note, print_json
from scenarios.config import ScenarioError, load_scenario, schema_text
from scenarios.config.problems import Problem, path_text

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
    """Check every scenario and the files that it names; return the exit code of the first that is refused."""
    from scenarios.input_check import check_inputs
    from scenarios.run_warnings import run_warnings

    rows: list[dict[str, Any]] = []
    code = ExitCode.DONE
    for name in scenarios:
        problems: list[dict[str, Any]] = []
        warnings: list[str] = []
        try:
            scenario = load_scenario(name, overrides)
            warnings = run_warnings(scenario, check_inputs(scenario))
        except (ValueError, OSError) as error:
            own_code, message = exit_code_and_message(error)
            code = code or own_code
            problems = _problem_rows(error, message)
            note(message)
        for text in warnings:
            note(f"warning: {name}: {text}")
        rows.append({"file": name, "valid": not problems, "problems": problems, "warnings": warnings})
    if as_json:
        print_json({"rows": rows})
    else:
        for row in rows:
            print(f"{row['file']}: {'valid' if row['valid'] else _count_text(len(row['problems']))}")
    return code


def schema() -> None:
    """Print the JSON Schema."""
    sys.stdout.write(schema_text())


def _problem_rows(error: Exception, message: str) -> list[dict[str, Any]]:
    """Return what is wrong: of the scenario file problem by problem, of other files a line of the message each."""
    if isinstance(error, ScenarioError):
        return [_problem_row(problem) for problem in error.problems]
    empty = {"source": None, "line": None, "column": None, "key": ""}
    return [{**empty, "what": line, "remedy": ""} for line in message.splitlines()]


def _problem_row(problem: Problem) -> dict[str, Any]:
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
