"""Verdicts of claims, from rates whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenarios.beam.agents import AgentCurve
from scenarios.beam.claims import claim_of_agents, n_starts_within
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


def test_equal_time_reads_curves_between_their_points() -> None:
    def growing(algorithm: str, last: float, seconds: float) -> AgentCurve:
        rates = np.array([1.0, last])[:, np.newaxis, np.newaxis] + CHANNELS
        return AgentCurve(
            algorithm=algorithm,
            n_environment_steps=np.array([5, 10]),
            cpu_s_per_agent=np.array([0.5, 1.0]) * seconds,
            actor_bps_hz=rates,
            best_bps_hz=rates,
        )

    # TD3 ends higher, but takes twice as long: when DDPG has ended, it is where it began
    td3, ddpg = growing("td3", 4.0, 2.0), growing("ddpg", 3.0, 1.0)
    np.testing.assert_allclose(td3.actors_after(1.5), [2.5 + CHANNELS])
    assert claim_of_agents(td3, ddpg, outcome(0.0), "steps").comparisons[0].difference.estimate == pytest.approx(1.0)
    at_once = claim_of_agents(td3, ddpg, outcome(0.0), "time", cpu_s_per_agent=1.0)
    assert at_once.comparisons[0].difference.estimate == pytest.approx(-2.0)


def test_as_many_starts_as_fit() -> None:
    three_starts = replace(outcome(1.0), cpu_s=6.0)  # half a second for each on each of four channels
    assert [n_starts_within(three_starts, 3, seconds, 10) for seconds in (0.1, 3.1, 60.0)] == [1, 6, 10]
