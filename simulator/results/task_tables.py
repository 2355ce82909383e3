"""Tables of tasks, and of the captures from which some arise."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from simulator.results.columns import F64, I32, I64, WORD, table_schema

TASKS: Final = table_schema(
    "One row per task that arrived, in the order in which tasks ended.",
    ("task_id", I64, "number of the task, from 0 in order of arrival"),
    ("source", I32, "satellite on which it arose"),
    ("satellite", I32, "satellite that ran it, or sent its input to the ground; -1 if none"),
    ("station", I32, "ground station that received its input or its result, -1 if none"),
    ("arrival_s", F64, "when it arose"),
    ("deadline_s", F64, "when its result must be where `deliver_to` says, absolute"),
    ("input_bits", F64, "size of its input"),
    ("result_bits", F64, "size of its result"),
    ("work_s", F64, "runtime on a processor of speed 1"),
    ("deliver_to", WORD, "`source` or `ground`"),
    ("model", WORD, "neural network it asks for, null if none"),
    ("fate", WORD, "`on_time`, `late`, `dropped`, `lost` or `in_flight`"),
    (
        "place",
        WORD,
        "`ground`, `source_sunlit`, `source_battery`, `other_sunlit` or `other_battery` "
        "(lit or not at the middle of the execution); null if it never ran",
    ),
    ("n_hops", I32, "inter-satellite links that its input and its result crossed"),
    ("start_s", F64, "when its execution began"),
    ("finish_s", F64, "when its execution ended"),
    ("delivered_s", F64, "when its result was where it had to be"),
    ("reason", WORD, "why it was dropped or lost, else empty"),
    ("counted", pa.bool_(), "whether it arrived inside the window after warm-up, so that metrics count it"),
)

CAPTURES: Final = table_schema(
    "One row per capture of a target, in order of time; only with `observation` tasks. Its task arises when it ends.",
    ("task_id", I64, "number of its task"),
    ("satellite", I32, "satellite that captured, the source of the task"),
    ("target", WORD, "name of the target"),
    ("latitude_rad", F64, "geodetic latitude of the target"),
    ("longitude_rad", F64, "its longitude, east positive"),
    ("t_s", F64, "middle of the capture"),
    ("off_nadir_rad", F64, "angle at the satellite between the Earth's centre and the target, then"),
    ("sun_elevation_rad", F64, "geometric elevation of the Sun over the target, then"),
)
