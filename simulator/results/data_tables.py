"""Tables of data: over links and to stations, in memories, and models in caches."""

from __future__ import annotations

from typing import Final

from simulator.results.columns import F64, I32, I64, TEXT, WORD, table_schema

LINKS: Final = table_schema(
    "One row per direction of an inter-satellite link that carried something, whole run.",
    ("from_satellite", I32, "sender"),
    ("to_satellite", I32, "receiver"),
    ("n_transfers", I64, "transfers begun"),
    ("bits", F64, "data carried"),
    ("busy_s", F64, "time the direction was occupied"),
)

STATIONS: Final = table_schema(
    "One row per ground station, whole run.",
    ("station", I32, "index of the station"),
    ("name", TEXT, "name of the station"),
    ("n_transfers", I64, "transfers begun, both directions"),
    ("bits", F64, "data carried, both directions"),
    ("busy_s", F64, "channel time occupied, summed over channels"),
)

BEAMS: Final = table_schema(
    "One row per contact whose station a metasurface sent to, whole run; only with a `ground.downlink` section. "
    "Transfers that a loss of power cut while they were sent count as a whole.",
    ("satellite", I32, "index of the satellite"),
    ("station", I32, "index of the station"),
    ("rise_s", F64, "start of the contact"),
    ("n_transfers", I64, "transfers begun, down"),
    ("bits", F64, "data sent down"),
    ("busy_s", F64, "time that they took, updates of phases included"),
    ("rate_bps", F64, "achieved: `bits` over `busy_s`"),
    ("n_updates", I64, "times that phases were set"),
    ("energy_j", F64, "part of `transmit_j` that controller and updates drew"),
)

STORAGE: Final = table_schema(
    "One row per satellite: where the bits in its memory came from and went, whole run; only with a `storage` section. "
    "Results that are where they are wanted as soon as they are computed lie in no memory.",
    ("satellite", I32, "index of the satellite"),
    ("capacity_bits", F64, "room in its memory"),
    ("generated_bits", F64, "inputs of tasks that arose, copies of raw data, results computed"),
    ("received_bits", F64, "came over inter-satellite links"),
    ("sent_bits", F64, "left over inter-satellite links, when all of it had arrived"),
    ("downlinked_bits", F64, "sent to stations"),
    ("used_bits", F64, "inputs of finished runs, and results that came home over links"),
    ("dropped_bits", F64, "found no room, or made room for what is more urgent"),
    ("lost_bits", F64, "of tasks given up otherwise: by the scheduler, in a reset, without power, without a route"),
    ("stored_bits", F64, "in memory at the end"),
    (
        "ledger_relative_error",
        F64,
        "|generated + received - sent - downlinked - used - dropped - lost - stored| over generated + received",
    ),
    ("n_dropped", I64, "times that data were dropped for lack of room"),
    ("peak_bits", F64, "most that lay in memory at once"),
)

STORAGE_TRACE: Final = table_schema(
    "What lay in the memories of the traced satellites, a row per change; only with a `storage` section.",
    ("satellite", I32, "index of the satellite"),
    ("t_s", F64, "time"),
    ("stored_bits", F64, "in memory from this row on"),
    ("raw_bits", F64, "part of it that is raw data on their way to the ground"),
)

DOWNLINKS: Final = table_schema(
    "One row per result, input or copy of raw data that was to go down, in the order in which that ended; only with a "
    "`storage` section.",
    ("task_id", I64, "number of its task"),
    ("satellite", I32, "satellite on which it lay"),
    ("kind", WORD, "`result`, `input` (for computing on the ground) or `raw`"),
    ("size_bits", F64, "its size"),
    ("created_s", F64, "when it arose, results when they were computed"),
    ("first_sent_s", F64, "when its sending began"),
    ("ended_s", F64, "when all of it was at a station, or when it was dropped or lost"),
    ("station", I32, "station that it was sent to last, -1 if none"),
    ("n_parts", I32, "times that sending it was begun: contacts that were too short, channels that were taken"),
    ("fate", WORD, "`delivered`, `dropped`, `lost` or, at the end of the run, `waiting`"),
)

MODELS: Final = table_schema(
    "One row per satellite: where the models in its cache came from and went, whole run; only with a `models` section. "
    "What is sent counts when all of a model has arrived.",
    ("satellite", I32, "index of the satellite"),
    ("capacity_bits", F64, "room in its cache"),
    ("preloaded_bits", F64, "on board at the start"),
    ("from_stations_bits", F64, "came up from stations"),
    ("from_neighbours_bits", F64, "came over links from other satellites"),
    ("evicted_bits", F64, "made room for other models"),
    ("stored_bits", F64, "in its cache at the end"),
    (
        "ledger_relative_error",
        F64,
        "|preloaded + from stations + from neighbours - evicted - stored| over all that came",
    ),
    ("sent_bits", F64, "copies that other satellites got from here"),
    ("n_fetches", I64, "times that a missing model was asked for, however many tasks waited for it"),
    ("n_cut", I64, "times that a model on its way here was cut, and asked for again if tasks still needed it"),
    ("n_hits", I64, "tasks given to the satellite whose model was there"),
    ("n_misses", I64, "tasks given to the satellite whose model was not there"),
    ("waited_s", F64, "sum of the times that tasks waited here for nothing but their models"),
)

MODEL_FETCHES: Final = table_schema(
    "One row per model that was asked for, in the order in which that ended; only with a `models` section.",
    ("satellite", I32, "satellite that lacked it"),
    ("model", WORD, "name of the model"),
    ("size_bits", F64, "its size"),
    ("from_satellite", I32, "satellite that sent it last, -1 if a station or none"),
    ("asked_s", F64, "when a task that needs it was given to the satellite"),
    ("ended_s", F64, "when all of it was there, or when it was given up; nan at the end of the run"),
    ("n_hops", I32, "inter-satellite links that it crossed, attempts that were cut included"),
    ("n_cut", I32, "times that it was cut on its way"),
    (
        "outcome",
        WORD,
        "`arrived`, `given_up` (no task needed it any more) or, at the end of the run, `under_way` or `waiting`",
    ),
)
