"""The page of docs on the tables of a run, rendered from their schemas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from simulator.results.event_tables import ADVERSITY_EVENTS, RADIATION_EVENTS
from simulator.results.tables import SECTION_COLUMNS, TABLES

_HEADING: Final = """# Tables of a run

A run is a folder; each table below is one Parquet file in it (`tasks.parquet`, and so on). Times are seconds after the
scenario epoch, units are in the names, "no value" is `nan` for quantities, -1 for indices and null for words.
Later versions add columns and rename none. This page is rendered from `simulator/results/tables.py`.
"""

_HEAD: Final = "| column | type | meaning |\n|---|---|---|\n"


def describe_tables() -> str:
    """Return `docs/tables.md`: every table with the name, type and meaning of its columns, as Markdown."""
    parts = [_HEADING]
    for name, schema in TABLES.items():
        parts.append(f"\n## {name}\n{schema.metadata[b'description'].decode()}\n\n{_HEAD}")
        parts.extend(_describe_column(field) for field in schema)
        for section, columns in SECTION_COLUMNS.items():
            if name in columns:
                parts.append(f"\nWith {_named(section)}, one more:\n\n{_HEAD}")
                parts.append(_describe_column(columns[name]))
        if name == "energy":
            parts.append("\nWith a `power.ageing` section, lifetimes are those of its cells in place of the assumed.\n")
        if name == "events":
            parts.append(f"\nWith a `radiation` section, `kind` is also {_words(RADIATION_EVENTS)}.\n")
            parts.append(f"\nWith outages of satellites, stations and arrays, it is also {_words(ADVERSITY_EVENTS)}.\n")
    return "".join(parts)


def _describe_column(field: pa.Field) -> str:
    kind = "word" if pa.types.is_dictionary(field.type) else _kind(field.type)
    text = field.metadata[b"description"].decode().replace("|", "\\|")
    return f"| `{field.name}` | {kind} | {text} |\n"


def _named(section: str) -> str:
    if section == "observation":
        return "`observation` tasks"
    return f"{'an' if section[0] in 'aeiou' else 'a'} `{section}` section"


def _kind(kind: pa.DataType) -> str:
    return f"list of {kind.value_type}" if pa.types.is_list(kind) else str(kind)


def _words(words: Sequence[str]) -> str:
    return " or ".join(f"`{word}`" for word in words)
