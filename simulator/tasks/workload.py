"""What tasks are like and how often they arise, satellite by satellite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.random_streams import Stream, random_stream
from simulator.records import DeliverTo

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Poisson tasks whose properties are uniform in a range each, independent of one another.

    `rate_hz` has shape (n_sats,). `work_s` is the runtime on a processor of speed 1; `deadline_s` counts from the
    arrival. A range of equal ends is a constant.

    Raises
    ------
    ValueError
        If a rate or a range is negative, not finite or upside down.
    """

    rate_hz: NDArray[np.float64]
    work_s: Range
    input_bits: Range
    result_bits: Range
    deadline_s: Range
    deliver_to: DeliverTo = DeliverTo.SOURCE
    model: str | None = None

    def __post_init__(self) -> None:
        if self.rate_hz.ndim != 1 or not (np.isfinite(self.rate_hz).all() and (self.rate_hz >= 0.0).all()):
            raise ValueError("rate_hz: one finite rate of at least 0 Hz per satellite, shape (n_sats,)")
        for name in ("work_s", "input_bits", "result_bits", "deadline_s"):
            low, high = getattr(self, name)
            if not 0.0 <= low <= high < np.inf:
                raise ValueError(f"{name} = ({low}, {high}): must be 0 <= low <= high, both finite")
        if not self.work_s[1] > 0.0 or not self.deadline_s[0] > 0.0:
            raise ValueError(f"work_s = {self.work_s}, deadline_s = {self.deadline_s}: must be positive")

    @property
    def mean_work_s(self) -> float:
        """Mean runtime on a processor of speed 1."""
        return 0.5 * (self.work_s[0] + self.work_s[1])


def hot_spot_weights(n_sats: int, shape: float, seed: int, replication: int = 0) -> NDArray[np.float64]:
    """Return how much more often than the fleet's mean each satellite has a task, mean 1 over the fleet.

    Parameters
    ----------
    n_sats : int
        Satellites.
    shape : float
        Shape of the gamma distribution that weights are drawn from; its coefficient of variation is 1 / sqrt(shape).
    seed, replication : int
        Key of the stream `Stream.HOT_SPOTS` of the fleet.

    Returns
    -------
    weights : (n_sats,), float64
    """
    if not 0.0 < shape < np.inf:
        raise ValueError(f"shape = {shape}: must be positive and finite")
    weights = random_stream(seed, Stream.HOT_SPOTS, replication=replication).standard_gamma(shape, n_sats)
    normalised: NDArray[np.float64] = weights / weights.mean()
    return normalised
