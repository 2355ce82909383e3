"""Where output goes: results to stdout, everything else to stderr; JSON without numbers that JSON lacks."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console

_PLAIN_WIDTH = 100


def result_console() -> Console:
    """Return the console of stdout; plain and wide where it is no terminal. `NO_COLOR` is honoured."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PLAIN_WIDTH, soft_wrap=False)


def note(message: str) -> None:
    """Tell the person something that is not the result."""
    print(message, file=sys.stderr)


def print_json(document: Any) -> None:
    """Print one JSON document; nan and infinities become null."""
    json.dump(finite(document), sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def print_json_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print `{"rows": [...]}`, a row a line, without holding the text in memory."""
    sys.stdout.write('{"rows": [')
    separator = "\n"
    for row in rows:
        sys.stdout.write(separator + json.dumps(finite(row), allow_nan=False))
        separator = ",\n"
    sys.stdout.write("\n]}\n")


def finite(value: Any) -> Any:
    """Return a copy in which numbers without a JSON form are None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(entry) for entry in value]
    return value
