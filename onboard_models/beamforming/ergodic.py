"""One design for many channels: what is known of a channel is how it is distributed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.adam import AdamSolver, softmax
from onboard_models.beamforming.problem import BeamDesign, BeamProblem, evaluated, in_single_precision


@dataclass(frozen=True, slots=True, kw_only=True)
class ErgodicSolver:
    """Adam on the mean rate over samples of the channel, one design for all of them; the best start counts.

    One start is the design for the mean channel, which is among the candidates as it is, too.

    Parameters
    ----------
    inner : AdamSolver
        Its starts, steps and learning rate.
    n_per_step : int
        Samples that a step sees, drawn anew for each: few are quick, and phases do not fit the ones at hand alone.
    """

    inner: AdamSolver = field(default_factory=lambda: AdamSolver(n_starts=8))
    n_per_step: int = 16

    def solve(self, samples: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return the one design, repeated for each sample with its rates.

        Parameters
        ----------
        samples : BeamProblem
            Its channels are samples of one random channel.
        rng : numpy.random.Generator
        """
        stack, g = in_single_precision(samples)
        geometry, n_starts = stack.geometry, self.inner.n_starts
        mean = self.inner.solve(replace(samples, g=samples.g.mean(axis=0, keepdims=True)), rng)
        phases_rad = rng.uniform(0.0, 2.0 * np.pi, (n_starts, geometry.n_layers, geometry.n_atoms))
        powers_w = np.full((n_starts, samples.n_users), samples.total_power_w / samples.n_users)
        phases_rad[0], powers_w[0] = mean.phases_rad[0], mean.powers_w[0]
        logits = np.log(np.maximum(powers_w / samples.total_power_w, 1e-4)).astype(np.float32)
        drawn = (g[rng.integers(len(g), size=(n_starts, self.n_per_step))] for _ in range(self.inner.n_steps))
        phases, logits = self.inner.ascend(stack, drawn, phases_rad.astype(np.float32), logits)
        candidates = [(mean.phases_rad[0], mean.powers_w[0])]
        candidates += zip(phases, samples.total_power_w * softmax(logits.astype(np.float64)), strict=True)
        n_evaluations = 2 * n_starts * (self.inner.n_steps + 1) + 1
        designs = [
            evaluated(samples, _repeated(phases_rad, samples), _repeated(powers_w, samples), n_evaluations)
            for phases_rad, powers_w in candidates
        ]
        return max(designs, key=lambda design: float(design.sum_rate_bps_hz.mean()))


def _repeated(values: NDArray[np.floating], samples: BeamProblem) -> NDArray[np.floating]:
    return np.broadcast_to(values, (samples.n_channels, *values.shape))
