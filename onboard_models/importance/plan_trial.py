"""Whether a plan keeps its promise: fresh flips, with and without the guard that it asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.campaign.intervals import Interval
from onboard_models.importance.ground_truth import FLOAT_BITS, silent_shares, stratum_of
from onboard_models.importance.layers import Layer
from onboard_models.importance.plan import harm_by_tensor
from onboard_models.importance.ranking import ranks
from onboard_models.injection import Injector
from onboard_models.protection.budget import ProtectionPlan, protection_plan
from onboard_models.protection.protected_subject import ProtectedSubject
from onboard_models.protection.registry import find_protection
from onboard_models.subject import NO_ANSWER

_STREAM: Final = 0x7E57
_N_BOOTSTRAP: Final = 1000
_BOUNDS: Final = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTrial:
    """A plan with what it promised and what flips showed.

    Attributes
    ----------
    order : whose ranking of layers the plan follows
    plan : ProtectionPlan
    promised : share of the harm measured before that lies in the tensors of the plan
    removed : share of all harm that the guard took away, with its 95 % interval over flips
    """

    order: str
    plan: ProtectionPlan
    promised: float
    removed: Interval


def plan_trials(
    model_bytes: bytes,
    layers: Sequence[Layer],
    x: NDArray[np.float32],
    per_flip: NDArray[np.float64],
    *,
    orders: Mapping[str, NDArray[np.float64]],
    guard: str,
    budget_bytes: float,
    n_trials: int,
    seed: int,
) -> tuple[PlanTrial, ...]:
    """Return what a guard takes away of the harm of single flips when it follows plans made by different rankings.

    Parameters
    ----------
    model_bytes : ONNX, checked
    layers : whose parameters are hit
    x : (n, ...) images on which answers are compared with those without flips
    per_flip : (n_layers,) harm measured before, which plans promise to remove
    orders : (n_layers,) each, by name; plans take layers in falling order
    guard : a key of `COST_PER_BYTE`
    budget_bytes : most that it may store
    n_trials : flips of the whole network, kinds of bits in the shares of `FLOAT_BITS`; the same for all orders
    seed : of flips, which are not those that harm was measured with

    Notes
    -----
    1 - sum W h' / sum W h over kinds of bits with W of all bits, h and h' the mean harm of the same flips without and
    with the guard. Percentiles of 1000 bootstrap samples of flips within kinds.
    """
    injector = Injector(model_bytes, probe=x[:2], fall_back=True)
    golden = injector.golden(x).argmax(axis=-1)
    tensors = [tensor for layer in layers for tensor in layer.tensors]
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))
    positions, without = [], []
    for float_bits in FLOAT_BITS:
        stratum = stratum_of(injector.image, tensors, float_bits, name="all")
        n = min(max(2, round(float_bits.trial_share * n_trials)), stratum.n_bits)
        positions.append(stratum.positions(np.sort(rng.choice(stratum.n_bits, n, replace=False))))
        without.append(silent_shares(injector, x, golden, positions[-1]))
    picks = [rng.integers(0, len(each), (_N_BOOTSTRAP, len(each))) for each in positions]
    trials = []
    harm = harm_by_tensor(injector.image, layers, per_flip)
    for order, score in orders.items():
        ranked = harm_by_tensor(injector.image, layers, ranks(score))  # a score may be below zero, its rank is not
        plan = protection_plan(injector.image, ranked, guard=guard, budget_bytes=budget_bytes)
        guards = find_protection(guard).guards(frozenset(plan.names))
        subject = ProtectedSubject(order, onnx.ModelProto.FromString(model_bytes), guards, None, probe=x[:2])
        left = [_harm(subject, x, golden, each) for each in positions]
        covered = sum(harm.get(name, 0.0) for name in plan.names)
        promised = covered / total if (total := sum(harm.values())) > 0.0 else math.nan
        trials.append(PlanTrial(order=order, plan=plan, promised=promised, removed=_removed(without, left, picks)))
    return tuple(trials)


def _harm(
    subject: ProtectedSubject, x: NDArray[np.float32], golden: NDArray[np.int64], positions: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of answers that each flip changes although the guard has worked."""
    shares = np.zeros(positions.size)
    for i in range(positions.size):
        label = subject.answers(x, positions[i : i + 1]).label
        shares[i] = np.mean((label != golden) & (label != NO_ANSWER))
    return shares


def _removed(
    without: Sequence[NDArray[np.float64]], left: Sequence[NDArray[np.float64]], picks: Sequence[NDArray[np.int64]]
) -> Interval:
    """Return the share of harm that is gone; nan where flips did none."""
    weights = [len(float_bits.bits) for float_bits in FLOAT_BITS]

    def share(means: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> NDArray[np.float64]:
        before, after = (sum(w * pair[i] for w, pair in zip(weights, means, strict=True)) for i in (0, 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1.0 - np.divide(after, before), dtype=np.float64)

    found = share([(a.mean(), b.mean()) for a, b in zip(without, left, strict=True)])
    drawn = share(
        [(a[pick].mean(axis=1), b[pick].mean(axis=1)) for a, b, pick in zip(without, left, picks, strict=True)]
    )
    low, high = np.nanpercentile(drawn, _BOUNDS) if np.isfinite(found) else (np.nan, np.nan)
    return Interval(float(found), float(low), float(high))
