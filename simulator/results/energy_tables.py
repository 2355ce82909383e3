"""Tables of what satellites stored and drew, and of the shadow that they passed through."""

from __future__ import annotations

from typing import Final

from simulator.results.columns import F64, I32, I64, TEXT, WORD, table_schema

ENERGY: Final = table_schema(
    "One row per satellite: its ledger over the whole run, then what happened inside the window after warm-up.",
    ("satellite", I32, "index of the satellite"),
    ("name", TEXT, "name of the satellite"),
    ("plane", I32, "orbital plane, -1 if unknown"),
    ("initial_j", F64, "stored at the start"),
    ("harvested_j", F64, "output of the array before spilling, whole run"),
    ("base_j", F64, "drawn by the base load, link terminals on standby included, whole run"),
    ("compute_j", F64, "drawn by the processor above its base, whole run"),
    ("transmit_j", F64, "drawn by sending over links and to stations, whole run"),
    ("receive_j", F64, "drawn by receiving, whole run"),
    ("stored_j", F64, "stored at the end"),
    ("spilled_j", F64, "array output that a full battery could not take, whole run"),
    ("losses_j", F64, "lost in charging and discharging, whole run"),
    ("unserved_j", F64, "demanded while the battery was empty and not delivered, whole run; not part of the loads"),
    (
        "ledger_relative_error",
        F64,
        "|initial + harvested - loads - stored - spilled - losses| over the larger side of the sum",
    ),
    ("discharge_j", F64, "taken from the battery at its terminals, inside the window"),
    (
        "discharge_tasks_j",
        F64,
        "part of `discharge_j` that compute, transmission and captures caused, inside the window",
    ),
    ("max_depth_of_discharge", F64, "largest 1 - stored/capacity inside the window, 0 to 1"),
    ("sunlit_s", F64, "time with the whole Sun in view, inside the window"),
    ("sunlit_share", F64, "`sunlit_s` over the length of the window, 0 to 1"),
    ("busy_s", F64, "processor time spent on tasks, inside the window"),
    ("n_brown_outs", I64, "times the battery ran empty, inside the window"),
    ("brown_out_s", F64, "time between running empty and recovering, inside the window"),
    ("n_cycles", F64, "rainflow cycles of stored energy (ASTM E1049-85), halves included, inside the window"),
    ("equivalent_full_cycles", F64, "sum of the depths of these cycles, each 0 to 1"),
    ("mean_state_of_charge", F64, "mean of stored/capacity over the window, 0 to 1"),
    (
        "xu_lifetime_years",
        F64,
        "to 80 % of the capacity if life goes on as in the window, by cycles and age: Xu et al. 2018, lithium-ion "
        "cells at 25 C (assumed)",
    ),
    (
        "power_law_lifetime_years",
        F64,
        "to the end of life if life goes on as in the window: a battery does 2250 D^-1.7 cycles of depth D (assumed), "
        "added up by Miner's rule; infinite without cycles",
    ),
)

BATTERY: Final = table_schema(
    "Stored energy of the traced satellites at every breakpoint; straight lines between rows are right but for "
    "the seconds of a penumbra and the order of short transmissions.",
    ("satellite", I32, "index of the satellite"),
    ("t_s", F64, "time"),
    ("stored_j", F64, "energy in the battery"),
    ("capacity_j", F64, "capacity of the battery"),
    ("illumination", F64, "visible fraction of the solar disc from this row on, 0 to 1"),
)

SHADOW: Final = table_schema(
    "Shadow passages of the traced satellites; a penumbra row runs from outer edge to outer edge.",
    ("satellite", I32, "index of the satellite"),
    ("kind", WORD, "`umbra` or `penumbra`"),
    ("entry_s", F64, "start of the passage, nan if before the run"),
    ("exit_s", F64, "end of the passage, nan if after the run"),
)
