"""Criteria against ground truth, over several networks: which ones beat counting parameters?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.importance.ground_truth import LayerHarm
from onboard_models.importance.ranking import harm_left, kendall, spearman, top_overlap

N_BOOTSTRAP: Final = 1000
BASELINE: Final = "parameter-count"
_BOUNDS: Final = (2.5, 97.5)
_STREAM: Final = 0xB007


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """One network with the predictions of criteria and what flips showed.

    Attributes
    ----------
    name : of the network
    harms : of its layers
    per_parameter, total : by criterion, (n_layers,) each
    cost_per_byte : bytes that a guard stores per byte
    budget_bytes : that guards may take
    """

    name: str
    harms: tuple[LayerHarm, ...]
    per_parameter: Mapping[str, NDArray[np.float64]]
    total: Mapping[str, NDArray[np.float64]]
    cost_per_byte: float
    budget_bytes: float

    @property
    def per_flip(self) -> NDArray[np.float64]:
        """Harm of one flip, (n_layers,)."""
        return np.array([harm.per_flip.estimate for harm in self.harms])

    @property
    def n_bits(self) -> NDArray[np.float64]:
        """Bits of each layer, (n_layers,)."""
        return np.array([harm.layer.n_bits for harm in self.harms], dtype=np.float64)

    @property
    def share(self) -> NDArray[np.float64]:
        """Share of all harm that each layer causes at a uniform rate of flips, (n_layers,)."""
        harm = self.per_flip * self.n_bits
        return np.asarray(harm / harm.sum() if harm.sum() > 0.0 else np.full(harm.size, np.nan))

    def regret(self, criterion: str) -> float:
        """Return the share of harm left beyond what the ranking by true harm per flip leaves."""
        harm, cost = self.per_flip * self.n_bits, self.cost_per_byte * self.n_bits / 8.0
        left = [
            harm_left(order, harm, cost, self.budget_bytes) for order in (self.per_parameter[criterion], self.per_flip)
        ]
        return left[0] - left[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How well a criterion ranks layers, means over networks; (low, high) are 95 % bootstrap bounds.

    Attributes
    ----------
    spearman, kendall : with the harm of one flip
    spearman_low, spearman_high, kendall_low, kendall_high : trials drawn anew
    spearman_of_share : of the totals with shares of harm
    top_overlap : share of the worst third of layers that it finds
    regret : share of harm left beyond the best ranking's, for the budget
    advantage, advantage_low, advantage_high : of Spearman's correlation over that of the parameter count, networks and
        trials drawn anew
    beats_count : whether all of that interval is above zero
    """

    criterion: str
    spearman: float
    spearman_low: float
    spearman_high: float
    kendall: float
    kendall_low: float
    kendall_high: float
    spearman_of_share: float
    top_overlap: float
    regret: float
    advantage: float
    advantage_low: float
    advantage_high: float
    beats_count: bool


def verdicts(networks: Sequence[Judged], *, seed: int) -> tuple[Verdict, ...]:
    """Return what each criterion is worth, the best at ranking the harm of one flip first.

    Parameters
    ----------
    networks : one or more, with the same criteria; the parameter count must be among them
    seed : of the bootstrap
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))
    samples = [_sampled_harm(judged, rng) for judged in networks]
    picks = rng.integers(0, len(networks), (N_BOOTSTRAP, len(networks)))
    by_network = {
        name: [_correlations(judged, name, drawn) for judged, drawn in zip(networks, samples, strict=True)]
        for name in networks[0].per_parameter
    }
    found = [_verdict(networks, name, by_network[name], by_network[BASELINE], picks) for name in by_network]
    return tuple(sorted(found, key=lambda verdict: -verdict.spearman))


@dataclass(frozen=True, slots=True)
class _Correlations:
    """Of one criterion on one network: as measured, and of each bootstrap sample."""

    spearman: float
    kendall: float
    spearman_samples: NDArray[np.float64]
    kendall_samples: NDArray[np.float64]


def _sampled_harm(judged: Judged, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return harm per flip of bootstrap samples, (n_samples, n_layers)."""
    return np.stack([harm.resampled(N_BOOTSTRAP, rng) for harm in judged.harms], axis=1)


def _correlations(judged: Judged, name: str, samples: NDArray[np.float64]) -> _Correlations:
    predicted = judged.per_parameter[name]
    repeated = np.broadcast_to(predicted, samples.shape)
    return _Correlations(
        spearman=float(np.nan_to_num(spearman(predicted, judged.per_flip))),
        kendall=float(np.nan_to_num(kendall(predicted, judged.per_flip))),
        spearman_samples=np.nan_to_num(spearman(repeated, samples)),
        kendall_samples=np.nan_to_num(kendall(repeated, samples)),
    )


def _verdict(
    networks: Sequence[Judged],
    name: str,
    own: Sequence[_Correlations],
    baseline: Sequence[_Correlations],
    picks: NDArray[np.int64],
) -> Verdict:
    spearmans = np.stack([one.spearman_samples for one in own], axis=1)
    differences = spearmans - np.stack([one.spearman_samples for one in baseline], axis=1)
    advantage = np.take_along_axis(differences, picks, axis=1).mean(axis=1)
    low, high = np.percentile(advantage, _BOUNDS).tolist()
    spearman_low, spearman_high = np.percentile(spearmans.mean(axis=1), _BOUNDS).tolist()
    kendalls = np.stack([one.kendall_samples for one in own], axis=1).mean(axis=1)
    kendall_low, kendall_high = np.percentile(kendalls, _BOUNDS).tolist()
    return Verdict(
        criterion=name,
        spearman=_mean(one.spearman for one in own),
        spearman_low=spearman_low,
        spearman_high=spearman_high,
        kendall=_mean(one.kendall for one in own),
        kendall_low=kendall_low,
        kendall_high=kendall_high,
        spearman_of_share=_mean(
            float(np.nan_to_num(spearman(judged.total[name], judged.share))) for judged in networks
        ),
        top_overlap=_mean(top_overlap(judged.per_parameter[name], judged.per_flip) for judged in networks),
        regret=_mean(judged.regret(name) for judged in networks),
        advantage=_mean(one.spearman - other.spearman for one, other in zip(own, baseline, strict=True)),
        advantage_low=low,
        advantage_high=high,
        beats_count=low > 0.0,
    )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
