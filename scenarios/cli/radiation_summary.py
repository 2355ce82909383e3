"""What summaries of runs say of radiation, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

Summary = Mapping[str, Any]

_POPULATIONS = {"unspecified": "constant rates"}
_N_MEMORIES, _N_GROUPS = 20, 4  # of a fleet with many; the summary has all
_OUTCOMES = ("corrected", "detected", "miscorrected", "silent")


def radiation_rows(summary: Summary) -> list[tuple[str, str]]:
    """Return lines about radiation for the summary of one run; none where the scenario has no such section."""
    found = summary.get("radiation")
    if found is None:
        return []
    upsets = [
        (f"upsets by {_POPULATIONS.get(name, name.replace('_', ' '))}", _upsets(counts))
        for name, counts in found["populations"].items()
        if counts["expected_events"]
    ]
    left = found["residual"]
    outcomes = ", ".join(f"{left[outcome]:,} {outcome}" for outcome in _OUTCOMES if left[outcome])
    return [
        *upsets,
        *(_memory_row(memory) for memory in found.get("memories", ())[:_N_MEMORIES]),
        ("words that flipped", outcomes or "none"),
        ("resets of computers, tasks lost to them", f"{found['n_resets']}, {found['n_tasks_lost_to_resets']}"),
        (
            "tasks hit by logic errors, wrong results",
            f"{found['n_tasks_hit_by_logic_errors']}, {found['n_wrong_results']}",
        ),
        (
            "memory upkeep \\[W], share of bandwidth",
            f"{found['upkeep_power_w']:.3g}, {100.0 * found['upkeep_bandwidth_share']:.3g} %",
        ),
    ]


def _memory_row(memory: Mapping[str, Any]) -> tuple[str, str]:
    """Return the line of one kind of memory of a mixed fleet."""
    names = ", ".join(memory["groups"][:_N_GROUPS]) + (", ..." if len(memory["groups"]) > _N_GROUPS else "")
    told = [f"{effect.replace('_', ' ')} {_upsets(counts)}" for effect, counts in memory["effects"].items()]
    return escape(f"{memory['device']} ({names})"), "; ".join(told)


def radiation_notes(summary: Summary) -> list[str]:
    """Return what whoever uses the upsets of a run should be told: the state of the Sun, warnings of the device."""
    found = summary.get("radiation")
    if found is None:
        return []
    environment = [found["environment"]] if found["environment"] else []
    return [f"radiation: {text}" for text in (*environment, *found["warnings"])]


def radiation_table(summaries: Sequence[Summary]) -> Table:
    """Return what upsets did under each scheduler; they are the same for all. Fits a terminal of 80 columns."""
    effects = summaries[0]["radiation"]["effects"]
    upsets = "; ".join(f"{name.replace('_', ' ')}: {_upsets(counts)}" for name, counts in effects.items())
    table = Table(
        title="radiation",
        title_justify="left",
        caption=f"the same for every scheduler: {upsets}.",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1),
    )
    table.add_column("scheduler", style="bold", overflow="fold")  # a long name must not crowd out numbers
    for heading in ("resets", "tasks lost\nto resets", "tasks hit by\nlogic errors", "wrong\nresults"):
        table.add_column(heading, justify="right", no_wrap=True)
    for summary in summaries:
        found = summary["radiation"]
        keys = ("n_resets", "n_tasks_lost_to_resets", "n_tasks_hit_by_logic_errors", "n_wrong_results")
        table.add_row(str(summary["scheduler"]), *(str(found[key]) for key in keys))
    return table


def _upsets(counts: Mapping[str, float]) -> str:
    bits = f", {counts['bits']:,} bits" if counts["bits"] else ""
    return f"{counts['events']:,} ({counts['expected_events']:,.4g} expected){bits}"
