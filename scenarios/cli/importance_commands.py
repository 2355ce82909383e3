"""`importance`: which layers of networks matter, and which criteria tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of

if TYPE_CHECKING:
    from onboard_models.importance.comparison import Judged
    from onboard_models.importance.plan import GuardPlan
    from onboard_models.importance.plan_trial import PlanTrial
    from scenarios.importance_study import ImportanceOptions, ImportanceStudy

_ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedImportance:
    """The options of `importance` as they were typed."""

    models: Sequence[str]
    dataset: Path | None
    n_images: int
    criteria: str
    n_trials: int
    guard: str
    budget_bytes: float | None
    n_plan_trials: int
    seed: int
    figures: Path | None
    as_json: bool


def importance(asked: AskedImportance) -> None:
    """Compare criteria with injected flips and print what to protect."""
    if find_spec("torch") is None:
        raise CommandError(
            "importance needs torch, which shipped networks do not: pip install sunwise[train]", ExitCode.RUN_FAILED
        )
    from scenarios.campaigns.source import source_of
    from scenarios.importance_study import importance_study

    try:
        options = _options(asked)
        sources = [
            source_of(model, dataset=asked.dataset, dtype=None, n_images=asked.n_images) for model in asked.models
        ]
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    with progress_of("importance") as progress:
        study = importance_study(sources, options, progress)
    if asked.figures is not None:
        for path in _draw(study, asked.figures):
            note(f"wrote {path}")
    if asked.as_json:
        print_json(_document(study, options))
    else:
        _print(study, options)


def _options(asked: AskedImportance) -> ImportanceOptions:
    """Return what was asked.

    Raises
    ------
    ValueError
        If there is no such criterion, or a model comes twice.
    """
    from onboard_models.importance.criteria import CRITERIA
    from scenarios.importance_study import ImportanceOptions

    names = tuple(CRITERIA) if asked.criteria == _ALL else tuple(part.strip() for part in asked.criteria.split(","))
    unknown = [name for name in names if name not in CRITERIA]
    if unknown:
        raise ValueError(f"--criteria {unknown[0]!r}: write {_ALL}, or some of {', '.join(CRITERIA)}")
    if len(set(asked.models)) < len(asked.models):
        raise ValueError(f"MODEL {' '.join(asked.models)}: give each once")
    return ImportanceOptions(
        criteria=names,
        n_trials=asked.n_trials,
        guard=asked.guard,
        budget_bytes=asked.budget_bytes,
        n_plan_trials=asked.n_plan_trials,
        seed=asked.seed,
    )


def _document(study: ImportanceStudy, options: ImportanceOptions) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "n_trials_per_layer": options.n_trials,
        "guard": options.guard,
        "seed": options.seed,
        "criteria": [asdict(verdict) for verdict in study.verdicts],
        "networks": [
            {
                "model": judged.name,
                "budget_bytes": judged.budget_bytes,
                "layers": _layer_rows(judged),
                "regret": {name: judged.regret(name) for name in judged.per_parameter},
                "plans": [_plan_row(plan) for plan in plans],
                "plan_trials": [_plan_trial_row(trial) for trial in trials],
            }
            for judged, plans, trials in zip(study.networks, study.plans, study.plan_trials, strict=True)
        ],
    }


def _layer_rows(judged: Judged) -> list[dict[str, Any]]:
    """Return a row per layer: harm with intervals, and what each criterion says."""
    return [
        {
            "layer": harm.layer.name,
            "tensors": harm.layer.tensors,
            "n_parameters": harm.layer.n_parameters,
            "silent_per_flip": harm.per_flip.estimate,
            "silent_per_flip95": (harm.per_flip.low, harm.per_flip.high),
            "share_of_silent": float(judged.share[i]),
            "strata": [
                {
                    "bits": stratum.float_bits.name,
                    "n_bits": stratum.n_bits,
                    "n_trials": int(stratum.silent.size),
                    "silent_per_flip": float(stratum.silent.mean()),
                    "harmful_flips": stratum.harmful.estimate,
                    "harmful_flips95": (stratum.harmful.low, stratum.harmful.high),
                }
                for stratum in harm.strata
            ],
            "scores": {
                name: {"per_parameter": float(values[i]), "total": float(judged.total[name][i])}
                for name, values in judged.per_parameter.items()
            },
        }
        for i, harm in enumerate(judged.harms)
    ]


def _plan_row(plan: GuardPlan) -> dict[str, Any]:
    return {"guard": plan.guard, **asdict(plan.plan)}


def _plan_trial_row(trial: PlanTrial) -> dict[str, Any]:
    return {
        "order": trial.order,
        **asdict(trial.plan),
        "share_covered": trial.promised,
        "share_removed": trial.removed.estimate,
        "share_removed95": (trial.removed.low, trial.removed.high),
    }


def _print(study: ImportanceStudy, options: ImportanceOptions) -> None:
    """Print tables."""
    from scenarios.cli.importance_tables import layer_table, plan_table, plan_trial_table, verdict_table

    console = result_console()
    for judged, plans, trials in zip(study.networks, study.plans, study.plan_trials, strict=True):
        console.print(layer_table(judged))
        console.print(plan_table(judged.name, plans, budget_bytes=judged.budget_bytes))
        if trials:
            console.print(plan_trial_table(judged, trials, guard=options.guard, n_trials=options.n_plan_trials))
    console.print(verdict_table(study.verdicts, n_networks=len(study.networks), guard=options.guard))


def _draw(study: ImportanceStudy, out: Path) -> list[Path]:
    """Draw how well criteria rank layers."""
    from scenarios.plots.figures import draw_figure
    from scenarios.plots.rank_correlation import plot_rank_correlation, rank_correlation_data
    from scenarios.plots.style import ONE_COLUMN_IN

    out.mkdir(parents=True, exist_ok=True)
    data = rank_correlation_data([judged.name for judged in study.networks], study.verdicts)
    size_in = (ONE_COLUMN_IN, 1.0 + 0.15 * len(study.verdicts))
    return draw_figure(out / "rank_correlation", data, plot_rank_correlation, size_in=size_in, n_legend_columns=2)
