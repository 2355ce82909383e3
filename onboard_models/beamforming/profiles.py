"""How agents are trained: settings as published, and those that measurements speak for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from onboard_models.beamforming.batched_environment import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Settings of TD3 and of its relatives.

    Parameters
    ----------
    task : Task
    hidden : tuple of int
        Widths of the hidden layers of actors and critics.
    actor_rate, critic_rate : float
        Learning rates.
    discount : float
        Of the next step's value. At 0 nothing is bootstrapped, and target networks are not used.
    target_share : float
        Of a network that goes into its target network at each update of the actor.
    batch, capacity : int
        Transitions per update, and transitions kept, per agent.
    first_noise, last_noise : float
        Standard deviation of the noise on actions, first and at last, above 0; in between geometric.
    target_noise, target_clip : float
        Standard deviation and bound of the noise on the target's actions.
    n_critics, actor_delay : int
        Critics, of which the least counts; updates of critics per update of the actor.
    n_environments, updates_per_step : int
        Copies of its task that an agent steps at once, and updates after each such step.
    n_random_steps : int
        Environment steps of uniform actions, before anything is learnt.
    n_environment_steps : int
        Of each agent, over all copies.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    task: Task
    hidden: tuple[int, ...] = (128, 128)
    actor_rate: float = 6e-4
    critic_rate: float = 1.5e-3
    discount: float = 0.0
    target_share: float = 0.005
    batch: int = 64
    capacity: int = 8_192
    first_noise: float = 0.8
    last_noise: float = 0.04
    target_noise: float = 0.2
    target_clip: float = 0.5
    n_critics: int = 2
    actor_delay: int = 2
    n_environments: int = 128
    updates_per_step: int = 4
    n_random_steps: int = 1_024
    n_environment_steps: int = 200_000

    def __post_init__(self) -> None:
        if not 0.0 <= self.discount < 1.0:
            raise ValueError(f"discount = {self.discount}: give at least 0 and less than 1")
        for name in ("batch", "capacity", "n_critics", "actor_delay", "n_environments", "n_environment_steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: give 1 or more")
        for name in ("first_noise", "last_noise"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} = {getattr(self, name)}: give a number above 0")


RECOMMENDED: Final = AgentProfile(task=Task())
"""A fixed channel is a bandit: no discount, phases as directions, rewards near 1.

Steps cost next to nothing beside updates: many of them, and a short memory, keep what the critic learns from near to
where the actor is. Wide noise at first, narrow at last. Chosen on channels of seed 100, not on those reported.
"""

FAITHFUL: Final = AgentProfile(
    task=Task(phase_encoding="angle", observation="channel and state", reward_scale=1.0),
    hidden=(256, 256),
    actor_rate=1e-4,
    critic_rate=1e-3,
    discount=0.99,
    capacity=20_000,
    first_noise=0.1,
    last_noise=0.1,
    n_environments=1,
    updates_per_step=1,
    n_random_steps=64,
    n_environment_steps=20_000,
)
"""The smallest reading that agrees with what is public of the papers: their own tables could not be read."""

PROFILES: Final = MappingProxyType({"recommended": RECOMMENDED, "faithful": FAITHFUL})


def as_ddpg(profile: AgentProfile) -> AgentProfile:
    """Return the same settings for DDPG: one critic, no delay of the actor, no noise on targets."""
    return replace(profile, n_critics=1, actor_delay=1, target_noise=0.0)
