"""Which exits to use, and how sure an image must be to leave there, from clean images that no test sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.protection.exit_rule import NEVER, ExitRule, shares

BOUND_MARGIN: Final = 1.5
"""Bound of logits over the largest magnitude seen: other scenes reach a little further, flipped exponents far."""
THRESHOLDS: Final = (*np.round(np.arange(0.52, 0.99, 0.02), 2).tolist(), 0.99, 0.995, NEVER)
_PRICES: Final = tuple(np.geomspace(100.0, 2.0, 14).tolist())
_SWEEPS: Final = 2
_ERRORS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TunedExits:
    """Exits in use and their rule.

    Attributes
    ----------
    early : places of early exits in use, 0 for the first
    rule : ExitRule of these and the last
    is_right : (n,) bool, whether the images that it was tuned on get the right answer
    cost : mean over these images, in the unit of the costs given
    """

    early: tuple[int, ...]
    rule: ExitRule
    is_right: NDArray[np.bool_]
    cost: float


def tuned_exits(
    logits: Sequence[NDArray[np.float32]],
    label: NDArray[np.int64],
    costs_of: Callable[[tuple[int, ...]], Sequence[float]],
    *,
    is_right_without: NDArray[np.bool_],
    most_loss: float,
    is_strict: bool = False,
) -> TunedExits:
    """Return the cheapest exits that lose no more accuracy than allowed, else the last exit alone.

    For each choice of early exits, and each of some prices of an error from high to low, thresholds per class are
    changed one by one to lower cost plus price times errors.

    Parameters
    ----------
    logits : (n, n_classes) of every exit of the network on clean images, the last exit last
    label : (n,) right answers
    costs_of : given the places of early exits in use, returns what an image costs that leaves at each, the last last
    is_right_without : (n,) bool, whether the network that exits are compared with is right
    most_loss : share of right answers that may be lost against it, and against the last exit alone, two standard errors
        of the loss included: many rules are tried, and the best of them on these images is less good on others
    is_strict : as of `ExitRule`
    """
    last = len(logits) - 1
    best = _measured((), _rule(logits, (), np.zeros((0, logits[0].shape[1])), is_strict), logits, label, costs_of(()))
    alone = best
    for n_early in range(1, last + 1):
        for early in combinations(range(last), n_early):
            search = _Search(logits, label, early, np.asarray(costs_of(early)), is_strict)
            thresholds = np.full((n_early, logits[0].shape[1]), NEVER)
            for price in _PRICES:
                thresholds = search.thresholds(price, thresholds)
                rule = _rule(logits, early, thresholds, is_strict)
                found = _measured(early, rule, logits, label, search.costs)
                is_allowed = all(
                    _largest_loss(is_right, found.is_right) <= most_loss
                    for is_right in (is_right_without, alone.is_right)
                )
                if is_allowed and found.cost < best.cost:
                    best = found
    return best


def _largest_loss(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> float:
    """Return the share of right answers that is lost, two standard errors included."""
    loss = before.astype(np.float64) - after
    return float(loss.mean() + _ERRORS * loss.std() / np.sqrt(len(loss)))


def _rule(
    logits: Sequence[NDArray[np.float32]], early: tuple[int, ...], thresholds: NDArray[np.float64], is_strict: bool
) -> ExitRule:
    used = [*(logits[i] for i in early), logits[-1]]
    bounds = np.array([BOUND_MARGIN * np.abs(z).max() for z in used], np.float32)
    return ExitRule(thresholds=thresholds.astype(np.float32), bounds=bounds, is_strict=is_strict)


def _measured(
    early: tuple[int, ...],
    rule: ExitRule,
    logits: Sequence[NDArray[np.float32]],
    label: NDArray[np.int64],
    costs: Sequence[float] | NDArray[np.float64],
) -> TunedExits:
    answers = rule.answers([*(logits[i] for i in early), logits[-1]])
    return TunedExits(
        early=early,
        rule=rule,
        is_right=answers.label == label,
        cost=float(np.asarray(costs)[answers.exit_index].mean()),
    )


class _Search:
    """Coordinate descent over thresholds (n_early, n_classes)."""

    def __init__(
        self,
        logits: Sequence[NDArray[np.float32]],
        label: NDArray[np.int64],
        early: tuple[int, ...],
        costs: NDArray[np.float64],
        is_strict: bool,
    ) -> None:
        used = [*(logits[i] for i in early), logits[-1]]
        self.costs = costs
        self._n_classes = used[0].shape[1]
        self._named = np.stack([z.argmax(axis=1) for z in used])
        is_wrong = self._named != label
        # where an early exit is right and the last one is not, that is luck of these images: it earns nothing
        self._is_lost = is_wrong & ~is_wrong[-1]
        self._sure = np.stack([shares(z).max(axis=1) for z in used[:-1]])
        if is_strict:
            self._sure[0] = 0.0
            self._sure[1:][self._named[1:-1] != self._named[:-2]] = 0.0

    def thresholds(self, price: float, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return thresholds that make the sum of cost and errors low; an error costs `price` images."""
        found = start.copy()
        for _ in range(_SWEEPS):
            for place in np.ndindex(*found.shape):
                values = []
                for threshold in THRESHOLDS:
                    found[place] = threshold
                    values.append(self._value(found, price))
                found[place] = THRESHOLDS[int(np.argmin(values))]
        return found

    def _value(self, thresholds: NDArray[np.float64], price: float) -> float:
        is_sure = self._sure >= np.take_along_axis(thresholds, self._named[:-1], axis=1)
        first = np.where(is_sure.any(axis=0), is_sure.argmax(axis=0), len(is_sure))
        errors = np.take_along_axis(self._is_lost, first[None], axis=0)
        return float((self.costs[first] / self.costs[-1]).mean() + price * errors.mean())
