"""What summaries of runs say of the answers of their network, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

Summary = Mapping[str, Any]

_RESULTS = ("correct", "corrupt", "detected", "lost")


def inference_rows(summary: Summary) -> list[tuple[str, str]]:
    """Return lines about answers for the summary of one run; none where the scenario has no such section."""
    found = summary.get("inference")
    if found is None:
        return []
    return [
        ("network, protection, mode", escape(_network(found))),
        ("its accuracy without flips", _percent(found["clean_accuracy"])),
        ("tasks with a result, of them on flipped weights", _tasks(found)),
        *((f"results {name}", f"{found[f'n_{name}']:,} ({_percent(found[f'share_{name}'])})") for name in _RESULTS),
    ]


def inference_table(summaries: Sequence[Summary]) -> Table:
    """Return what became of answers under each scheduler; fits a terminal of 80 columns."""
    found = summaries[0]["inference"]
    table = Table(
        title="answers of the network",
        title_justify="left",
        caption=f"{escape(_network(found))}; {_percent(found['clean_accuracy'])} right without flips. corrupt: another "
        "answer than without flips, and no alarm. lost: the network did not run.",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1),
    )
    table.add_column("scheduler", style="bold", overflow="fold")  # a long name must not crowd out numbers
    for heading in ("on flipped\nweights", *_RESULTS, "share\ncorrupt"):
        table.add_column(heading, justify="right", no_wrap=True)
    for summary in summaries:
        found = summary["inference"]
        counts = [found["n_tasks_on_flipped_weights"], *(found[f"n_{name}"] for name in _RESULTS)]
        table.add_row(str(summary["scheduler"]), *map(str, counts), _percent(found["share_corrupt"]))
    return table


def _network(found: Mapping[str, Any]) -> str:
    return f"{found['model']}, {found['protection']}, {found['mode']}"


def _tasks(found: Mapping[str, Any]) -> str:
    return f"{found['n_tasks_with_result']:,}, {found['n_tasks_on_flipped_weights']:,}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.2f} %"
