"""Tables of `sunwise importance` for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from onboard_models.importance.comparison import BASELINE, Judged, Verdict
from onboard_models.importance.plan import GuardPlan

_MOST_NAMES: Final = 6


def layer_table(judged: Judged) -> Table:
    """Return what flips of each layer do."""
    n_trials = sum(stratum.silent.size for stratum in judged.harms[0].strata)
    table = _table(
        f"{judged.name}: harm of one flipped bit, {n_trials} flips per layer",
        "silent: share of answers that one flip changes, with 95 % interval. share: of all harm at a uniform rate. "
        "Last three: flips of that class that change any answer, with Wilson intervals.",
    )
    for heading in ("size", "silent [%]", "share\n[%]", "sign [%]", "exponent [%]", "mantissa [%]"):
        table.add_column(heading, justify="right", no_wrap=True)
    for harm, share in zip(judged.harms, judged.share.tolist(), strict=True):
        table.add_row(
            harm.layer.name,
            f"{harm.layer.n_parameters:,}",
            _percent(*harm.per_flip, digits=1),
            f"{100 * share:.1f}",
            *(_percent(*stratum.harmful, digits=0) for stratum in harm.strata),
        )
    return table


def plan_table(name: str, plans: Sequence[GuardPlan], *, budget_bytes: float) -> Table:
    """Return which tensors each guard should protect."""
    table = _table(
        f"{name}: what to protect with {budget_bytes:,.0f} bytes",
        "covers: share of all measured harm that lies in the tensors named. What a guard takes away of it: sunwise "
        "inject --protection.",
    )
    for heading in ("bytes", "covers [%]"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("tensors", overflow="fold")
    for one in plans:
        names = one.plan.names
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        table.add_row(
            one.guard,
            f"{one.plan.cost_bytes:,.0f}",
            f"{100 * one.plan.share_covered:.1f}",
            ", ".join(names[:_MOST_NAMES]) + more,
        )
    return table


def verdict_table(verdicts: Sequence[Verdict], *, n_networks: int, guard: str) -> Table:
    """Return how well each criterion ranks layers."""
    table = _table(
        f"criteria over {n_networks} network{'s' if n_networks > 1 else ''}",
        "Means over networks of rank correlations with the harm of one flip, 95 % intervals over trials; share: "
        "Spearman of totals with shares of harm; top: of the worst third found; regret: harm left beyond the best "
        f"ranking's, guarded by {guard}; advantage: over the Spearman of {BASELINE}, 95 % over networks and "
        "trials, * above 0.",
    )
    for heading in ("Spearman", "Kendall", "share", "top\n[%]", "regret\n[%]", "advantage"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in verdicts:
        advantage = f"{one.advantage:+.2f} ({one.advantage_low:+.2f} {one.advantage_high:+.2f})"
        table.add_row(
            one.criterion,
            f"{one.spearman:+.2f} ({one.spearman_low:+.2f} {one.spearman_high:+.2f})",
            f"{one.kendall:+.2f}",
            f"{one.spearman_of_share:+.2f}",
            f"{100 * one.top_overlap:.0f}",
            f"{100 * one.regret:.1f}",
            f"{advantage}{'*' if one.beats_count else ' '}",
        )
    return table


def _table(title: str, caption: str) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        caption=caption,
        caption_justify="left",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        padding=(0, 1),
    )
    table.add_column("", style="bold", overflow="fold")
    return table


def _percent(share: float, low: float, high: float, digits: int) -> str:
    return f"{100 * share:.{digits}f} ({100 * low:.{digits}f}-{100 * high:.{digits}f})"
