"""Tables of `sunwise importance` for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.table import Table

from onboard_models.importance.comparison import BASELINE, Judged, Verdict
from onboard_models.importance.ground_truth import FLOAT_BITS
from onboard_models.importance.plan import GuardPlan
from onboard_models.importance.plan_trial import PlanTrial
from scenarios.cli.tables import captioned_table

_MOST_NAMES: Final = 6


def layer_table(judged: Judged) -> Table:
    """Return what flips of each layer do."""
    n_trials = sum(stratum.silent.size for stratum in judged.harms[0].strata)
    table = captioned_table(
        f"{judged.name}: harm of one flipped bit, {n_trials} flips per layer",
        "silent: share of answers that one flip changes, with 95 % interval. share: of all harm at a uniform rate. "
        f"Last {len(FLOAT_BITS)}: flips of such bits that change any answer, with Wilson intervals.",
    )
    for heading in ("size", "silent [%]", "share\n[%]", *(f"{kind.name}\n[%]" for kind in FLOAT_BITS)):
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
    table = captioned_table(
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


def plan_trial_table(judged: Judged, trials: Sequence[PlanTrial], *, guard: str, n_trials: int) -> Table:
    """Return what plans by different rankings really do."""
    table = captioned_table(
        f"{judged.name}: {guard} by plan, {n_trials} fresh flips",
        f"Layers in the order of each ranking until {judged.budget_bytes:,.0f} bytes are used. covers: share of the "
        "measured harm that lies in the tensors chosen; removed: share of the harm of fresh flips that the guard took "
        "away, with 95 % interval over flips.",
    )
    for heading in ("bytes", "covers [%]", "removed [%]"):
        table.add_column(heading, justify="right", no_wrap=True)
    for trial in trials:
        table.add_row(
            trial.order,
            f"{trial.plan.cost_bytes:,.0f}",
            f"{100 * trial.promised:.1f}",
            _percent(*trial.removed, digits=1),
        )
    return table


def verdict_table(verdicts: Sequence[Verdict], *, n_networks: int, guard: str) -> Table:
    """Return how well each criterion ranks layers."""
    table = captioned_table(
        f"criteria over {n_networks} network{'s' if n_networks > 1 else ''}",
        "Means over networks of rank correlations with the harm of one flip, less the error of the trials, 95 % "
        f"intervals over {'networks' if n_networks > 1 else 'trials'}; share: Spearman of totals with shares of harm; "
        f"top: of the worst third found; regret: harm left beyond the best ranking's, guarded by {guard}; advantage: "
        f"over the Spearman of {BASELINE}, * above 0 and - below it at 5 % for all comparisons together (Holm).",
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
            f"{advantage}{'*' if one.beats_count else '-' if one.trails_count else ' '}",
        )
    return table


def _percent(share: float, low: float, high: float, digits: int) -> str:
    return f"{100 * share:.{digits}f} ({100 * low:.{digits}f}-{100 * high:.{digits}f})"
