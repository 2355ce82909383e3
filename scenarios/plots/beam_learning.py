"""Learning curves of agents, with what other methods reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from onboard_models.campaign.intervals import mean_interval
from scenarios.beam.agents import AgentCurve
from scenarios.plots.curves import FigureData
from scenarios.plots.style import QUIET

_COLOURS: Final = MappingProxyType({"td3": "#0072B2", "ddpg": "#D55E00"})
_DASHES: Final = MappingProxyType({"td3": "-", "ddpg": (0.0, (5.0, 1.5))})


def beam_learning_data(curves: Sequence[AgentCurve], references: Mapping[str, float]) -> FigureData:
    """Return a row per point of each curve, and the mean rates of other methods."""
    rows = []
    for curve in curves:
        agents = curve.actor_bps_hz.reshape(len(curve.actor_bps_hz), -1)
        for i, steps in enumerate(curve.n_environment_steps.tolist()):
            mean = mean_interval(agents[i])
            rows.append(
                {
                    "algorithm": curve.algorithm,
                    "n_environment_steps": steps,
                    "cpu_s_per_agent": float(curve.cpu_s_per_agent[i]),
                    "mean_rate_bps_hz": mean.estimate,
                    "low_bps_hz": mean.low,
                    "high_bps_hz": mean.high,
                    "n_agents": agents.shape[1],
                }
            )
    others = [{"method": name, "mean_rate_bps_hz": rate} for name, rate in references.items()]
    return {"": pa.Table.from_pylist(rows), "references": pa.Table.from_pylist(others)}


def plot_beam_learning(data: FigureData, ax: Axes) -> Axes:
    """Draw the rate of actors without noise against environment steps: mean of all agents, 95 % interval shaded."""
    rows = data[""].to_pylist()
    for name in dict.fromkeys(row["algorithm"] for row in rows):
        own = [row for row in rows if row["algorithm"] == name]
        steps = np.array([row["n_environment_steps"] for row in own]) * 1e-3
        low, mean, high = (
            np.array([row[column] for row in own]) for column in ("low_bps_hz", "mean_rate_bps_hz", "high_bps_hz")
        )
        ax.plot(
            steps, mean, color=_COLOURS[name], linestyle=_DASHES[name], label=f"{name}, {own[0]['n_agents']} agents"
        )
        ax.fill_between(steps, low, high, color=_COLOURS[name], alpha=0.15, linewidth=0.0)
    for i, row in enumerate(data["references"].to_pylist()):
        ax.axhline(row["mean_rate_bps_hz"], color=QUIET, linewidth=0.8)
        ax.annotate(
            row["method"],
            (1.0, row["mean_rate_bps_hz"]),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="top" if i % 2 == 0 else "bottom",
            fontsize=6.5,
            color=QUIET,
        )
    ax.set_xlabel("Environment steps of each agent [thousand]")
    ax.set_ylabel("Sum rate [bit/s/Hz]")
    ax.set_title("Agents on fixed channels: actor without noise,\nmean and 95 % interval over agents")
    return ax
