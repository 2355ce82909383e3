"""Criteria against ground truth, over several networks: which ones beat counting parameters?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from onboard_models.campaign.intervals import Interval
from onboard_models.importance.ground_truth import LayerHarm
from onboard_models.importance.ranking import harm_left, kendall, spearman, top_overlap

N_BOOTSTRAP: Final = 500
N_AGAIN: Final = 4
"""Samples of each bootstrap sample."""
BASELINE: Final = "parameter-count"
LEVEL: Final = 0.05
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
    """How well a criterion ranks layers, means over networks; (low, high) are 95 % bounds.

    Attributes
    ----------
    spearman, kendall : with the harm of one flip, less the error of the trials
    spearman_low, spearman_high, kendall_low, kendall_high : over networks; over trials where there is one network
    spearman_of_share : of the totals with shares of harm
    top_overlap : share of the worst third of layers that it finds
    regret : share of harm left beyond the best ranking's, for the budget
    advantage, advantage_low, advantage_high : of Spearman's correlation over that of the parameter count, in pairs
    advantage_p : two-sided probability of an advantage or a lag so large if there were none, Holm's allowance made for
        all criteria compared
    beats_count, trails_count : whether it is above or below the count and `advantage_p` is below 5 %
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
    advantage_p: float
    beats_count: bool
    trails_count: bool


def verdicts(networks: Sequence[Judged], *, seed: int) -> tuple[Verdict, ...]:
    """Return what each criterion is worth, the best at ranking the harm of one flip first.

    Parameters
    ----------
    networks : one or more, with the same criteria; the parameter count must be among them
    seed : of the bootstrap

    Notes
    -----
    Trials are a sample, and their error pulls correlations towards zero. A bootstrap sample has that error once more,
    so the mean r* of correlations of bootstrap samples lies about as far from the measured r as r from the true one:
    2 r - r* is reported (Efron and Tibshirani 1993, section 10.6). Of several networks, each is one value; their mean
    has the interval and the test of Student's t, in which the error of the trials is part of the spread. Of one network
    the spread of bootstrap samples, each corrected in the same way, stands for it, and nothing is said of others.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))
    samples = [_sampled_harm(judged, rng) for judged in networks]
    names = list(networks[0].per_parameter)
    found = {name: _all_correlations(networks, name, samples) for name in names}
    advantages = {name: found[name].spearman - found[BASELINE].spearman for name in names}
    rivals = [name for name in names if name != BASELINE]
    p = dict(zip(rivals, holm([_mean_of(advantages[name]).p for name in rivals]), strict=True)) | {BASELINE: 1.0}
    made = [_verdict(networks, name, found[name], _mean_of(advantages[name]), p[name]) for name in names]
    return tuple(sorted(made, key=lambda verdict: -verdict.spearman))


def holm(p: Sequence[float]) -> list[float]:
    """Return probabilities with allowance for how many there are (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    raised = np.array(p, dtype=np.float64)[order] * np.arange(len(p), 0, -1)
    allowed = np.empty(len(p))
    allowed[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return [float(value) for value in allowed]


@dataclass(frozen=True, slots=True)
class _Correlations:
    """Of one criterion: for each network, its bootstrap samples, whose mean is the estimate and whose spread its error.

    Attributes
    ----------
    spearman, kendall : (n_networks, n_samples)
    """

    spearman: NDArray[np.float64]
    kendall: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Mean:
    """A mean with its 95 % interval and the two-sided probability of one so far from zero."""

    interval: Interval
    p: float


def _sampled_harm(judged: Judged, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Return harm per flip of bootstrap samples, (n_samples, n_layers), and of samples of these."""
    first = np.stack([harm.resampled(N_BOOTSTRAP, rng) for harm in judged.harms], axis=1)
    errors = first - judged.per_flip
    return [first, *(first + errors[rng.permutation(N_BOOTSTRAP)] for _ in range(N_AGAIN))]


def _all_correlations(
    networks: Sequence[Judged], name: str, samples: Sequence[Sequence[NDArray[np.float64]]]
) -> _Correlations:
    both = [
        [
            _corrected(correlate, judged.per_parameter[name], judged.per_flip, drawn)
            for judged, drawn in zip(networks, samples, strict=True)
        ]
        for correlate in (spearman, kendall)
    ]
    return _Correlations(*(np.stack(each) for each in both))


def _corrected(
    correlate: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
    predicted: NDArray[np.float64],
    harm: NDArray[np.float64],
    samples: Sequence[NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the corrected correlations of bootstrap samples, so placed that their mean is that of the measured one."""
    measured = np.nan_to_num(correlate(predicted, harm))
    first, *again = (np.nan_to_num(correlate(predicted, each)) for each in samples)
    corrected = 2.0 * first - np.mean(again, axis=0)
    return np.asarray(corrected - corrected.mean() + 2.0 * measured - first.mean())


def _mean_of(values: NDArray[np.float64]) -> _Mean:
    """Return the mean over networks of values (n_networks, n_samples)."""
    by_network = values.mean(axis=1)
    mean, n = float(by_network.mean()), len(by_network)
    error = float(by_network.std(ddof=1)) / math.sqrt(n) if n > 1 else float(values.std())
    freedom = n - 1 if n > 1 else math.inf
    half_width = float(special.stdtrit(freedom, 0.975)) * error
    p = 2.0 * float(special.stdtr(freedom, -abs(mean) / error)) if error > 0.0 else float(mean == 0.0)
    return _Mean(Interval(mean, mean - half_width, mean + half_width), p)


def _verdict(networks: Sequence[Judged], name: str, own: _Correlations, advantage: _Mean, p: float) -> Verdict:
    spearmans, kendalls = _mean_of(own.spearman).interval, _mean_of(own.kendall).interval
    return Verdict(
        criterion=name,
        spearman=spearmans.estimate,
        spearman_low=spearmans.low,
        spearman_high=spearmans.high,
        kendall=kendalls.estimate,
        kendall_low=kendalls.low,
        kendall_high=kendalls.high,
        spearman_of_share=_mean(
            float(np.nan_to_num(spearman(judged.total[name], judged.share))) for judged in networks
        ),
        top_overlap=_mean(top_overlap(judged.per_parameter[name], judged.per_flip) for judged in networks),
        regret=_mean(judged.regret(name) for judged in networks),
        advantage=advantage.interval.estimate,
        advantage_low=advantage.interval.low,
        advantage_high=advantage.interval.high,
        advantage_p=p,
        beats_count=p < LEVEL and advantage.interval.estimate > 0.0,
        trails_count=p < LEVEL and advantage.interval.estimate < 0.0,
    )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
