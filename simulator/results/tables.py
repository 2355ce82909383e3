"""The tables of a run: their schemas by name, and the columns that sections of a scenario add.

A schema is written down once, in the module of its subject: names with units, types, a description of every column.
Later work adds columns at the end; none is renamed, removed or given another meaning. Times are seconds after
the scenario epoch. "No value" is `nan` for numbers with a dimension, -1 for indices, null for words.
"""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType
from typing import Final

import pyarrow as pa

from simulator.results.columns import F64, I32, WORD, column
from simulator.results.data_tables import (
    BEAMS,
    DOWNLINKS,
    LINKS,
    MODEL_FETCHES,
    MODELS,
    STATIONS,
    STORAGE,
    STORAGE_TRACE,
)
from simulator.results.energy_tables import BATTERY, ENERGY, SHADOW
from simulator.results.event_tables import EVENTS, OUTAGES, UPSETS
from simulator.results.task_tables import CAPTURES, TASKS

TABLES: Final = MappingProxyType(
    {
        "tasks": TASKS,
        "energy": ENERGY,
        "battery": BATTERY,
        "shadow": SHADOW,
        "links": LINKS,
        "stations": STATIONS,
        "events": EVENTS,
        "upsets": UPSETS,
        "beams": BEAMS,
        "storage": STORAGE,
        "storage_trace": STORAGE_TRACE,
        "downlinks": DOWNLINKS,
        "captures": CAPTURES,
        "outages": OUTAGES,
        "models": MODELS,
        "model_fetches": MODEL_FETCHES,
    }
)
"""Schema of each table of a run; the table is the file `<name>.parquet` of the run's folder."""

SECTION_COLUMNS: Final = MappingProxyType(
    {
        "radiation": {
            "tasks": column(
                "n_logic_errors", I32, "logic errors of the processor while it ran, so that its result is wrong"
            ),
            "energy": column("memory_j", F64, "part of `base_j` that scrubbing and reloading memory drew, whole run"),
        },
        "models": {
            "tasks": column(
                "model_wait_s",
                F64,
                "time that it waited on a satellite for nothing but its model; of parts, the longest; 0 if it did not",
            )
        },
        "inference": {
            "tasks": column(
                "result",
                WORD,
                "what became of the answers of its network, the worst of them: `correct` (as without flipped bits), "
                "`detected` (an alarm), `corrupt` (another answer, or a logic error, and no alarm) or `lost` (no "
                "answer); null without a delivered result",
            )
        },
        "observation": {"energy": column("payload_j", F64, "drawn by the sensor while it captured, whole run")},
    }
)
"""Last column of tables of runs with a section, by section and table, in this order; no other run has them.

`observation` is no section but a kind of tasks."""

AGEING: Final = "ageing"
"""The section of which a run has no further columns, but lifetimes of other cells."""

_OWN_CELLS: Final = {
    "xu_lifetime_years": "to 80 % of the capacity if life goes on as in the window, by cycles and age: Xu et al. 2018, "
    "with the cells and their temperature of `power.ageing`",
    "power_law_lifetime_years": "to the end of life if life goes on as in the window: a battery does as many cycles of "
    "each depth as `power.ageing` says, added up by Miner's rule; infinite without cycles",
}


def schema_of(name: str, sections: Collection[str] = ()) -> pa.Schema:
    """Return the schema of a table in a run whose scenario has some `sections` of `SECTION_COLUMNS`, or `AGEING`.

    Raises
    ------
    ValueError
        If there is no such table or section.
    """
    if name not in TABLES:
        raise ValueError(f"table {name!r}: known are {', '.join(TABLES)}")
    for section in sections:
        if section not in (*SECTION_COLUMNS, AGEING):
            raise ValueError(f"section {section!r}: those with columns are {', '.join((*SECTION_COLUMNS, AGEING))}")
    schema = TABLES[name]
    if AGEING in sections and name == "energy":
        for lifetime, description in _OWN_CELLS.items():
            i_column = schema.get_field_index(lifetime)
            schema = schema.set(i_column, column(lifetime, schema.field(i_column).type, description))
    for section, columns in SECTION_COLUMNS.items():
        if section in sections and name in columns:
            schema = schema.append(columns[name])
    return schema
