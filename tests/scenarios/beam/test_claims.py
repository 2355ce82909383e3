"""Verdicts of claims, from rates whose answer is known."""

from __future__ import annotations

import numpy as np

from scenarios.beam.agents import AgentCurve
from scenarios.beam.claims import claim_of_agents
from scenarios.beam.methods import Outcome

CHANNELS = np.array([0.0, 0.1, 0.2, 0.3])


def curve(algorithm: str, rate: float) -> AgentCurve:
    rates = (rate + CHANNELS + 0.01 * np.array([[[1.0, -1.0, 1.0, -1.0]]])).reshape(1, 1, 4)
    steps, seconds = np.array([10]), np.array([1.0])
    return AgentCurve(
        algorithm=algorithm, n_environment_steps=steps, cpu_s_per_agent=seconds, actor_bps_hz=rates, best_bps_hz=rates
    )


def outcome(rate: float) -> Outcome:
    rates = (rate + CHANNELS)[:, np.newaxis]
    return Outcome(method="ao", user_rates_bps_hz=rates, n_rate_evaluations=1.0, cpu_s=1.0)


def test_verdicts_follow_the_paired_differences() -> None:
    def verdict(td3: float, ddpg: float, ao: float) -> str:
        return claim_of_agents(curve("td3", td3), curve("ddpg", ddpg), outcome(ao), "a budget").verdict

    assert verdict(3.0, 2.0, 1.0) == "holds"
    assert verdict(2.0, 3.0, 1.0) == "fails"
    assert verdict(1.0, 2.0, 3.0) == "fails"
    assert verdict(2.0, 1.0, 1.0 + 0.001) == "not shown"  # ddpg and ao tie within the spread of channels
