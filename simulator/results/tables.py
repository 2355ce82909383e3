"""The table schema of a run, written down once: names with units, types, and a description of every column.

Later work adds columns at the end; none is renamed, removed or given another meaning. Times are seconds after
the scenario epoch. "No value" is `nan` for numbers with a dimension, -1 for indices, null for words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import MappingProxyType
from typing import Final

import pyarrow as pa

_F64: Final = pa.float64()
_I32: Final = pa.int32()
_I64: Final = pa.int64()
_TEXT: Final = pa.string()
_WORD: Final = pa.dictionary(pa.int32(), pa.string())


def _schema(description: str, *columns: tuple[str, pa.DataType, str]) -> pa.Schema:
    """Return a schema whose fields carry their descriptions."""
    return pa.schema([_field(*column) for column in columns], metadata={"description": description})


def _field(name: str, kind: pa.DataType, description: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": description})


TASKS: Final = _schema(
    "One row per task that arrived, in the order in which tasks ended.",
    ("task_id", _I64, "number of the task, from 0 in order of arrival"),
    ("source", _I32, "satellite on which it arose"),
    ("satellite", _I32, "satellite that ran it, or sent its input to the ground; -1 if none"),
    ("station", _I32, "ground station that received its input or its result, -1 if none"),
    ("arrival_s", _F64, "when it arose"),
    ("deadline_s", _F64, "when its result must be where `deliver_to` says, absolute"),
    ("input_bits", _F64, "size of its input"),
    ("result_bits", _F64, "size of its result"),
    ("work_s", _F64, "runtime on a processor of speed 1"),
    ("deliver_to", _WORD, "`source` or `ground`"),
    ("model", _WORD, "neural network it asks for, null if none"),
    ("fate", _WORD, "`on_time`, `late`, `dropped`, `lost` or `in_flight`"),
    (
        "place",
        _WORD,
        "`ground`, `source_sunlit`, `source_battery`, `other_sunlit` or `other_battery` "
        "(lit or not at the middle of the execution); null if it never ran",
    ),
    ("n_hops", _I32, "inter-satellite links that its input and its result crossed"),
    ("start_s", _F64, "when its execution began"),
    ("finish_s", _F64, "when its execution ended"),
    ("delivered_s", _F64, "when its result was where it had to be"),
    ("reason", _WORD, "why it was dropped or lost, else empty"),
    ("counted", pa.bool_(), "whether it arrived inside the window after warm-up, so that metrics count it"),
)

ENERGY: Final = _schema(
    "One row per satellite: its ledger over the whole run, then what happened inside the window after warm-up.",
    ("satellite", _I32, "index of the satellite"),
    ("name", _TEXT, "name of the satellite"),
    ("plane", _I32, "orbital plane, -1 if unknown"),
    ("initial_j", _F64, "stored at the start"),
    ("harvested_j", _F64, "output of the array before spilling, whole run"),
    ("base_j", _F64, "drawn by the base load, link terminals on standby included, whole run"),
    ("compute_j", _F64, "drawn by the processor above its base, whole run"),
    ("transmit_j", _F64, "drawn by sending over links and to stations, whole run"),
    ("receive_j", _F64, "drawn by receiving, whole run"),
    ("stored_j", _F64, "stored at the end"),
    ("spilled_j", _F64, "array output that a full battery could not take, whole run"),
    ("losses_j", _F64, "lost in charging and discharging, whole run"),
    ("unserved_j", _F64, "demanded while the battery was empty and not delivered, whole run; not part of the loads"),
    (
        "ledger_relative_error",
        _F64,
        "|initial + harvested - loads - stored - spilled - losses| over the larger side of the sum",
    ),
    ("discharge_j", _F64, "taken from the battery at its terminals, inside the window"),
    (
        "discharge_tasks_j",
        _F64,
        "part of `discharge_j` that compute, transmission and captures caused, inside the window",
    ),
    ("max_depth_of_discharge", _F64, "largest 1 - stored/capacity inside the window, 0 to 1"),
    ("sunlit_s", _F64, "time with the whole Sun in view, inside the window"),
    ("sunlit_share", _F64, "`sunlit_s` over the length of the window, 0 to 1"),
    ("busy_s", _F64, "processor time spent on tasks, inside the window"),
    ("n_brown_outs", _I64, "times the battery ran empty, inside the window"),
    ("brown_out_s", _F64, "time between running empty and recovering, inside the window"),
    ("n_cycles", _F64, "rainflow cycles of stored energy (ASTM E1049-85), halves included, inside the window"),
    ("equivalent_full_cycles", _F64, "sum of the depths of these cycles, each 0 to 1"),
    ("mean_state_of_charge", _F64, "mean of stored/capacity over the window, 0 to 1"),
    (
        "xu_lifetime_years",
        _F64,
        "to 80 % of the capacity if life goes on as in the window, by cycles and age: Xu et al. 2018, lithium-ion "
        "cells at 25 C (assumed)",
    ),
    (
        "power_law_lifetime_years",
        _F64,
        "to the end of life if life goes on as in the window: a battery does 2250 D^-1.7 cycles of depth D (assumed), "
        "added up by Miner's rule; infinite without cycles",
    ),
)

BATTERY: Final = _schema(
    "Stored energy of the traced satellites at every breakpoint; straight lines between rows are right but for "
    "the seconds of a penumbra and the order of short transmissions.",
    ("satellite", _I32, "index of the satellite"),
    ("t_s", _F64, "time"),
    ("stored_j", _F64, "energy in the battery"),
    ("capacity_j", _F64, "capacity of the battery"),
    ("illumination", _F64, "visible fraction of the solar disc from this row on, 0 to 1"),
)

SHADOW: Final = _schema(
    "Shadow passages of the traced satellites; a penumbra row runs from outer edge to outer edge.",
    ("satellite", _I32, "index of the satellite"),
    ("kind", _WORD, "`umbra` or `penumbra`"),
    ("entry_s", _F64, "start of the passage, nan if before the run"),
    ("exit_s", _F64, "end of the passage, nan if after the run"),
)

LINKS: Final = _schema(
    "One row per direction of an inter-satellite link that carried something, whole run.",
    ("from_satellite", _I32, "sender"),
    ("to_satellite", _I32, "receiver"),
    ("n_transfers", _I64, "transfers begun"),
    ("bits", _F64, "data carried"),
    ("busy_s", _F64, "time the direction was occupied"),
)

STATIONS: Final = _schema(
    "One row per ground station, whole run.",
    ("station", _I32, "index of the station"),
    ("name", _TEXT, "name of the station"),
    ("n_transfers", _I64, "transfers begun, both directions"),
    ("bits", _F64, "data carried, both directions"),
    ("busy_s", _F64, "channel time occupied, summed over channels"),
)

EVENTS: Final = _schema(
    "What happened to satellites and links apart from tasks, in order of time; at most 100,000 rows of links, the last "
    "of them followed by `link_rows_full`.",
    ("t_s", _F64, "time"),
    ("satellite", _I32, "satellite concerned, of a link the lower one, -1 for the fleet"),
    (
        "kind",
        _WORD,
        "`brown_out`, `recovered`, `link_down`, `link_up`, `link_rows_full`, `array_fault` or `unpropagatable`",
    ),
    ("detail", _TEXT, "in words"),
)

UPSETS: Final = _schema(
    "One row per particle that upset a computer, in order of satellite and time; only with a `radiation` section.",
    ("t_s", _F64, "when"),
    ("satellite", _I32, "index of the satellite"),
    (
        "population",
        _WORD,
        "`trapped_protons`, `cosmic_protons`, `heavy_ions`, `solar_protons`, or `unspecified` of a constant rate",
    ),
    ("effect", _WORD, "`cells`, `row`, `column`, `functional_interrupt` or `logic_error`"),
    ("latitude_rad", _F64, "geodetic latitude of the satellite"),
    ("longitude_rad", _F64, "its longitude, east positive"),
    ("altitude_m", _F64, "its height above the ellipsoid"),
    ("n_bits", _I64, "bits of memory that flipped"),
    (
        "words",
        pa.list_(pa.field("item", _I64)),
        "words of the memory with flipped bits; copies and check bits lie behind the data",
    ),
    ("masks", pa.list_(pa.field("item", pa.uint64())), "flipped bits of each of these words; bit 0 is the lowest"),
    (
        "outcome",
        _WORD,
        "worst that a reader of these words could get behind the protection, until they were hit again or written "
        "anew: `clean`, `corrected`, `detected`, `miscorrected` or `silent`; null where no memory was hit",
    ),
    ("name", _WORD, "name of the satellite"),
)

BEAMS: Final = _schema(
    "One row per contact whose station a metasurface sent to, whole run; only with a `ground.downlink` section. "
    "Transfers that a loss of power cut while they were sent count as a whole.",
    ("satellite", _I32, "index of the satellite"),
    ("station", _I32, "index of the station"),
    ("rise_s", _F64, "start of the contact"),
    ("n_transfers", _I64, "transfers begun, down"),
    ("bits", _F64, "data sent down"),
    ("busy_s", _F64, "time that they took, updates of phases included"),
    ("rate_bps", _F64, "achieved: `bits` over `busy_s`"),
    ("n_updates", _I64, "times that phases were set"),
    ("energy_j", _F64, "part of `transmit_j` that controller and updates drew"),
)

STORAGE: Final = _schema(
    "One row per satellite: where the bits in its memory came from and went, whole run; only with a `storage` section. "
    "Results that are where they are wanted as soon as they are computed lie in no memory.",
    ("satellite", _I32, "index of the satellite"),
    ("capacity_bits", _F64, "room in its memory"),
    ("generated_bits", _F64, "inputs of tasks that arose, copies of raw data, results computed"),
    ("received_bits", _F64, "came over inter-satellite links"),
    ("sent_bits", _F64, "left over inter-satellite links, when all of it had arrived"),
    ("downlinked_bits", _F64, "sent to stations"),
    ("used_bits", _F64, "inputs of finished runs, and results that came home over links"),
    ("dropped_bits", _F64, "found no room, or made room for what is more urgent"),
    ("lost_bits", _F64, "of tasks given up otherwise: by the scheduler, in a reset, without power, without a route"),
    ("stored_bits", _F64, "in memory at the end"),
    (
        "ledger_relative_error",
        _F64,
        "|generated + received - sent - downlinked - used - dropped - lost - stored| over generated + received",
    ),
    ("n_dropped", _I64, "times that data were dropped for lack of room"),
    ("peak_bits", _F64, "most that lay in memory at once"),
)

STORAGE_TRACE: Final = _schema(
    "What lay in the memories of the traced satellites, a row per change; only with a `storage` section.",
    ("satellite", _I32, "index of the satellite"),
    ("t_s", _F64, "time"),
    ("stored_bits", _F64, "in memory from this row on"),
    ("raw_bits", _F64, "part of it that is raw data on their way to the ground"),
)

DOWNLINKS: Final = _schema(
    "One row per result, input or copy of raw data that was to go down, in the order in which that ended; only with a "
    "`storage` section.",
    ("task_id", _I64, "number of its task"),
    ("satellite", _I32, "satellite on which it lay"),
    ("kind", _WORD, "`result`, `input` (for computing on the ground) or `raw`"),
    ("size_bits", _F64, "its size"),
    ("created_s", _F64, "when it arose, results when they were computed"),
    ("first_sent_s", _F64, "when its sending began"),
    ("ended_s", _F64, "when all of it was at a station, or when it was dropped or lost"),
    ("station", _I32, "station that it was sent to last, -1 if none"),
    ("n_parts", _I32, "times that sending it was begun: contacts that were too short, channels that were taken"),
    ("fate", _WORD, "`delivered`, `dropped`, `lost` or, at the end of the run, `waiting`"),
)

CAPTURES: Final = _schema(
    "One row per capture of a target, in order of time; only with `observation` tasks. Its task arises when it ends.",
    ("task_id", _I64, "number of its task"),
    ("satellite", _I32, "satellite that captured, the source of the task"),
    ("target", _WORD, "name of the target"),
    ("latitude_rad", _F64, "geodetic latitude of the target"),
    ("longitude_rad", _F64, "its longitude, east positive"),
    ("t_s", _F64, "middle of the capture"),
    ("off_nadir_rad", _F64, "angle at the satellite between the Earth's centre and the target, then"),
    ("sun_elevation_rad", _F64, "geometric elevation of the Sun over the target, then"),
)

OUTAGES: Final = _schema(
    "One row per outage that began, in order of time; only where the section `adversity` has outages. The file can be "
    "given to `adversity.schedule`, and so can a CSV of these columns.",
    ("kind", _WORD, "`link`, `satellite` (in safe mode), `station` (closed) or `array`"),
    ("satellite", _I32, "satellite concerned, of a link the lower one, -1 if none"),
    ("neighbour", _I32, "satellite at the other end of a link, else -1"),
    ("station", _I32, "ground station concerned, -1 if none"),
    ("from_s", _F64, "when it began"),
    ("until_s", _F64, "when it ends, inf if never"),
    ("output_share", _F64, "what is left of the output of an array, else nan"),
)

MODELS: Final = _schema(
    "One row per satellite: where the models in its cache came from and went, whole run; only with a `models` section. "
    "What is sent counts when all of a model has arrived.",
    ("satellite", _I32, "index of the satellite"),
    ("capacity_bits", _F64, "room in its cache"),
    ("preloaded_bits", _F64, "on board at the start"),
    ("from_stations_bits", _F64, "came up from stations"),
    ("from_neighbours_bits", _F64, "came over links from other satellites"),
    ("evicted_bits", _F64, "made room for other models"),
    ("stored_bits", _F64, "in its cache at the end"),
    (
        "ledger_relative_error",
        _F64,
        "|preloaded + from stations + from neighbours - evicted - stored| over all that came",
    ),
    ("sent_bits", _F64, "copies that other satellites got from here"),
    ("n_fetches", _I64, "times that a missing model was asked for, however many tasks waited for it"),
    ("n_cut", _I64, "times that a model on its way here was cut, and asked for again if tasks still needed it"),
    ("n_hits", _I64, "tasks given to the satellite whose model was there"),
    ("n_misses", _I64, "tasks given to the satellite whose model was not there"),
    ("waited_s", _F64, "sum of the times that tasks waited here for nothing but their models"),
)

MODEL_FETCHES: Final = _schema(
    "One row per model that was asked for, in the order in which that ended; only with a `models` section.",
    ("satellite", _I32, "satellite that lacked it"),
    ("model", _WORD, "name of the model"),
    ("size_bits", _F64, "its size"),
    ("from_satellite", _I32, "satellite that sent it last, -1 if a station or none"),
    ("asked_s", _F64, "when a task that needs it was given to the satellite"),
    ("ended_s", _F64, "when all of it was there, or when it was given up; nan at the end of the run"),
    ("n_hops", _I32, "inter-satellite links that it crossed, attempts that were cut included"),
    ("n_cut", _I32, "times that it was cut on its way"),
    (
        "outcome",
        _WORD,
        "`arrived`, `given_up` (no task needed it any more) or, at the end of the run, `under_way` or `waiting`",
    ),
)

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
            "tasks": _field(
                "n_logic_errors", _I32, "logic errors of the processor while it ran, so that its result is wrong"
            ),
            "energy": _field("memory_j", _F64, "part of `base_j` that scrubbing and reloading memory drew, whole run"),
        },
        "models": {
            "tasks": _field(
                "model_wait_s",
                _F64,
                "time that it waited on a satellite for nothing but its model; of parts, the longest; 0 if it did not",
            )
        },
        "inference": {
            "tasks": _field(
                "result",
                _WORD,
                "what became of the answers of its network, the worst of them: `correct` (as without flipped bits), "
                "`detected` (an alarm), `corrupt` (another answer, or a logic error, and no alarm) or `lost` (no "
                "answer); null without a delivered result",
            )
        },
        "observation": {"energy": _field("payload_j", _F64, "drawn by the sensor while it captured, whole run")},
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

COMPUTER_STARTS: Final = ("recovered", "restarted")
"""Kinds of events at which a computer starts, and loads its memory."""

RADIATION_EVENTS: Final = ("reset", "restarted")
"""Further kinds of events in runs with a `radiation` section."""


ADVERSITY_EVENTS: Final = ("safe_mode", "station_closed", "station_opened", "array_down", "array_up")
"""Further kinds of events in runs with outages of satellites, stations and arrays; a safe mode ends in `recovered`."""


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
        for column, description in _OWN_CELLS.items():
            i_column = schema.get_field_index(column)
            schema = schema.set(i_column, _field(column, schema.field(i_column).type, description))
    for section, columns in SECTION_COLUMNS.items():
        if section in sections and name in columns:
            schema = schema.append(columns[name])
    return schema


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
