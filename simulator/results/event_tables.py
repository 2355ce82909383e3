"""Tables of what happened apart from tasks: events, upsets, outages."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from simulator.results.columns import F64, I32, I64, TEXT, WORD, table_schema

EVENTS: Final = table_schema(
    "What happened to satellites and links apart from tasks, in order of time; at most 100,000 rows of links, the last "
    "of them followed by `link_rows_full`.",
    ("t_s", F64, "time"),
    ("satellite", I32, "satellite concerned, of a link the lower one, -1 for the fleet"),
    (
        "kind",
        WORD,
        "`brown_out`, `recovered`, `link_down`, `link_up`, `link_rows_full`, `array_fault` or `unpropagatable`",
    ),
    ("detail", TEXT, "in words"),
)

UPSETS: Final = table_schema(
    "One row per particle that upset a computer, in order of satellite and time; only with a `radiation` section.",
    ("t_s", F64, "when"),
    ("satellite", I32, "index of the satellite"),
    (
        "population",
        WORD,
        "`trapped_protons`, `cosmic_protons`, `heavy_ions`, `solar_protons`, or `unspecified` of a constant rate",
    ),
    ("effect", WORD, "`cells`, `row`, `column`, `functional_interrupt` or `logic_error`"),
    ("latitude_rad", F64, "geodetic latitude of the satellite"),
    ("longitude_rad", F64, "its longitude, east positive"),
    ("altitude_m", F64, "its height above the ellipsoid"),
    ("n_bits", I64, "bits of memory that flipped"),
    (
        "words",
        pa.list_(pa.field("item", I64)),
        "words of the memory with flipped bits; copies and check bits lie behind the data",
    ),
    ("masks", pa.list_(pa.field("item", pa.uint64())), "flipped bits of each of these words; bit 0 is the lowest"),
    (
        "outcome",
        WORD,
        "worst that a reader of these words could get behind the protection, until they were hit again or written "
        "anew: `clean`, `corrected`, `detected`, `miscorrected` or `silent`; null where no memory was hit",
    ),
    ("name", WORD, "name of the satellite"),
)

OUTAGES: Final = table_schema(
    "One row per outage that began, in order of time; only where the section `adversity` has outages. The file can be "
    "given to `adversity.schedule`, and so can a CSV of these columns.",
    ("kind", WORD, "`link`, `satellite` (in safe mode), `station` (closed) or `array`"),
    ("satellite", I32, "satellite concerned, of a link the lower one, -1 if none"),
    ("neighbour", I32, "satellite at the other end of a link, else -1"),
    ("station", I32, "ground station concerned, -1 if none"),
    ("from_s", F64, "when it began"),
    ("until_s", F64, "when it ends, inf if never"),
    ("output_share", F64, "what is left of the output of an array, else nan"),
)

COMPUTER_STARTS: Final = ("recovered", "restarted")
"""Kinds of events at which a computer starts, and loads its memory."""

RADIATION_EVENTS: Final = ("reset", "restarted")
"""Further kinds of events in runs with a `radiation` section."""

ADVERSITY_EVENTS: Final = ("safe_mode", "station_closed", "station_opened", "array_down", "array_up")
"""Further kinds of events in runs with outages of satellites, stations and arrays; a safe mode ends in `recovered`."""
