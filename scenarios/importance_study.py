"""Which layers of networks matter: criteria, injected flips and plans for the networks that a person names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import onnx
import torch

from onboard_models.catalogue import find_model
from onboard_models.importance.comparison import BASELINE, Judged, Verdict, verdicts
from onboard_models.importance.criteria import Examined, score
from onboard_models.importance.ground_truth import measured_harm
from onboard_models.importance.layers import Layer, layers_of
from onboard_models.importance.plan import GuardPlan, guard_plans
from onboard_models.importance.plan_trial import PlanTrial, plan_trials
from onboard_models.importance.torch_network import TorchNetwork
from onboard_models.model_tensors import memory_image_of
from onboard_models.protection.budget import COST_PER_BYTE
from onboard_models.protection.composition import calibration_of
from onboard_models.protection.protection import Calibration
from scenarios.campaigns.source import Source, calibration_images, load

N_CALIBRATION: Final = 64
"""Images that criteria see."""
BUDGET_SHARE: Final = 0.04
"""Of the bytes of a network's parameters, where no budget is given: check bits for a third of them."""
MEASURED: Final = "measured harm"
"""The order of layers that plans should follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceOptions:
    """What is asked about networks.

    Attributes
    ----------
    criteria : names of `criteria.CRITERIA`; the parameter count is always among them
    n_trials : flips of each layer
    guard : a key of `COST_PER_BYTE`, for regrets
    budget_bytes : most that guards may store in a network; None for `BUDGET_SHARE`
    n_plan_trials : flips by which plans for `guard` are tried, one by measured harm and one per criterion; 0 for none
    seed : of flips, criteria and the bootstrap

    Raises
    ------
    ValueError
        If there is no such guard.
    """

    criteria: tuple[str, ...]
    n_trials: int
    guard: str
    budget_bytes: float | None
    n_plan_trials: int
    seed: int

    def __post_init__(self) -> None:
        if self.guard not in COST_PER_BYTE:
            raise ValueError(f"guard = {self.guard!r}: give one of {', '.join(COST_PER_BYTE)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceStudy:
    """What came out.

    Attributes
    ----------
    networks : in the order asked
    plans : of each network, by the harm measured
    plan_trials : of each network
    verdicts : on criteria, the best first
    """

    networks: tuple[Judged, ...]
    plans: tuple[tuple[GuardPlan, ...], ...]
    plan_trials: tuple[tuple[PlanTrial, ...], ...]
    verdicts: tuple[Verdict, ...]


def importance_study(
    sources: Sequence[Source], options: ImportanceOptions, progress: Callable[[float], None]
) -> ImportanceStudy:
    """Return which layers matter in networks, and which criteria tell.

    Raises
    ------
    ValueError
        If a network has operators without gradients here, or fewer than two layers.
    """
    networks, plans, trials = [], [], []
    for i, source in enumerate(sources):
        judged = _judged(source, options, partial(_report, progress, i, len(sources)))
        networks.append(judged)
        plans.append(_plans(source, judged))
        trials.append(_plan_trials(source, judged, options) if options.n_plan_trials else ())
    return ImportanceStudy(
        networks=tuple(networks),
        plans=tuple(plans),
        plan_trials=tuple(trials),
        verdicts=verdicts(networks, seed=options.seed),
    )


def _report(progress: Callable[[float], None], i_source: int, n_sources: int, share: float) -> None:
    progress((i_source + share) / n_sources)


def _judged(source: Source, options: ImportanceOptions, progress: Callable[[float], None]) -> Judged:
    network = load(source)
    layers = layers_of(network.model_bytes)
    scores = score(_examined(source, options.seed), tuple(dict.fromkeys((*options.criteria, BASELINE))))
    harms = measured_harm(
        network.model_bytes,
        layers,
        network.images.x,
        n_trials=options.n_trials,
        seed=options.seed,
        on_trial=progress,
    )
    budget_bytes = options.budget_bytes
    if budget_bytes is None:
        budget_bytes = BUDGET_SHARE * sum(layer.n_bytes for layer in layers)
    return Judged(
        name=network.name,
        harms=harms,
        per_parameter={name: found.per_parameter for name, found in scores.items()},
        total={name: found.total for name, found in scores.items()},
        cost_per_byte=COST_PER_BYTE[options.guard],
        budget_bytes=budget_bytes,
    )


def _plans(source: Source, judged: Judged) -> tuple[GuardPlan, ...]:
    image = memory_image_of(onnx.ModelProto.FromString(load(source).model_bytes))
    return guard_plans(image, _layers(judged), judged.per_flip, budget_bytes=judged.budget_bytes)


def _plan_trials(source: Source, judged: Judged, options: ImportanceOptions) -> tuple[PlanTrial, ...]:
    """Return what plans for one guard do, the one by measured harm first."""
    network = load(source)
    return plan_trials(
        network.model_bytes,
        _layers(judged),
        network.images.x,
        judged.per_flip,
        orders={MEASURED: judged.per_flip, **judged.per_parameter},
        guard=options.guard,
        budget_bytes=judged.budget_bytes,
        n_trials=options.n_plan_trials,
        seed=options.seed,
    )


def _layers(judged: Judged) -> list[Layer]:
    return [harm.layer for harm in judged.harms]


def _examined(source: Source, seed: int) -> Examined:
    network, calibration = load(source), _calibration(source)
    return Examined(
        network=TorchNetwork(network.model_bytes, network.probe),
        layers=layers_of(network.model_bytes),
        x=torch.from_numpy(calibration.x[:N_CALIBRATION].copy()),
        y=torch.from_numpy(calibration.y[:N_CALIBRATION].copy()),
        seed=seed,
    )


def _calibration(source: Source) -> Calibration:
    """Return the images that criteria see, drawing no more of them than needed."""
    return calibration_images(source) if source.dataset else calibration_of(find_model(source.model), N_CALIBRATION)
