"""What crosses between the engine and its schedulers: tasks, decisions, outcomes and the view.

The engine owns this contract and imports no scheduler. Times are seconds after the scenario epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

import numpy as np


class DeliverTo(StrEnum):
    """Where the result of a task must be by its deadline."""

    SOURCE = "source"
    GROUND = "ground"


class Fate(StrEnum):
    """How a task ended; every task has exactly one."""

    ON_TIME = "on_time"
    LATE = "late"
    DROPPED = "dropped"
    LOST = "lost"
    IN_FLIGHT = "in_flight"


class Place(StrEnum):
    """Where a task ran and on which energy; `sunlit` means lit at the middle of its execution."""

    GROUND = "ground"
    SOURCE_SUNLIT = "source_sunlit"
    SOURCE_BATTERY = "source_battery"
    OTHER_SUNLIT = "other_sunlit"
    OTHER_BATTERY = "other_battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A piece of work that arose on a satellite.

    `work_s` is its runtime on a processor of speed 1; `deadline_s` is absolute.
    """

    task_id: int
    source: int
    arrival_s: float
    input_bits: float
    result_bits: float
    work_s: float
    deadline_s: float
    deliver_to: DeliverTo = DeliverTo.SOURCE
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A new start time and priority for a task that waits on the satellite of the decision it comes with."""

    task_id: int
    not_before_s: float
    priority: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Run on `satellite` (the engine routes the input there), not before a time, in order of priority (small first).

    Where the satellite lacks the model of the task, the engine fetches it from now on, and the task waits for it.
    `revisions` re-time tasks that already wait there; one that has started or gone is left as it is.
    """

    satellite: int
    not_before_s: float = 0.0
    priority: float = 0.0
    mode: int = 0
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Send the task to a linked neighbour and decide there again."""

    neighbour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToGround:
    """Send the input to the ground through the first contact of `via` (default: the holder) that has a free channel."""

    via: int | None = None
    not_before_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Keep the task and ask again at `until_s`."""

    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Cut the task into parts that run independently; the task is done when its last part is delivered.

    `parts` pairs each part's share of the work (shares sum to 1) with its decision.
    """

    parts: tuple[tuple[float, Run | ToGround], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Give the task up."""

    reason: str = ""


Decision: TypeAlias = Run | Forward | ToGround | Hold | Split | Drop


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a task; `nan` where a time does not exist, -1 where a satellite or station does not."""

    task: Task
    fate: Fate
    place: Place | None
    satellite: int
    station: int
    n_hops: int
    start_s: float
    finish_s: float
    delivered_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorMode:
    """One operating point of a processor: power while busy and speed relative to the reference."""

    name: str
    power_w: float
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A pass of a satellite over a station, half-open."""

    station: int
    rise_s: float
    set_s: float


class View(Protocol):
    """All that a scheduler may know. Reading it changes nothing.

    Sun and contacts are forecasts over `horizon_s`. State of satellites other than `here` may be `state_age_s` old.

    Where a scenario has adversity: shadow edges still to come may be told too late or too early (what has been, and
    whether a satellite is lit now, is right); routes and transfer times avoid the links that are out of order now,
    which is known everywhere at once, while `neighbours` stay the same; and `solar_power_w` is what a degraded array
    really gives, as its telemetry shows. When a link will fail or recover is not known.
    """

    @property
    def now_s(self) -> float:
        """Present time."""
        ...

    @property
    def here(self) -> int:
        """Satellite that holds the task in question, -1 in a fleet-wide wake-up."""
        ...

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        ...

    @property
    def horizon_s(self) -> float:
        """How far ahead forecasts are sure to reach: at least one orbital period."""
        ...

    @property
    def orbital_period_s(self) -> float:
        """One revolution (the median where satellites differ)."""
        ...

    @property
    def planes(self) -> Sequence[Sequence[int]]:
        """Satellites of each orbital plane, in order along the plane."""
        ...

    @property
    def plane_of(self) -> Sequence[int]:
        """Orbital plane of each satellite."""
        ...

    @property
    def modes(self) -> Sequence[ProcessorMode]:
        """Operating points that a decision may choose from, where all satellites are alike."""
        ...

    def modes_of(self, satellite: int) -> Sequence[ProcessorMode]:
        """Operating points of one satellite: in a mixed fleet they differ, also in number; else they are `modes`."""
        ...

    @property
    def tasks_at_once(self) -> int:
        """How many tasks a processor runs side by side."""
        ...

    @property
    def rng(self) -> np.random.Generator:
        """The scheduler's own random stream."""
        ...

    # sunlight
    def is_sunlit(self, satellite: int, t_s: float) -> bool:
        """Whether the whole Sun is seen."""
        ...

    def sunlit_windows(self, satellite: int, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """Disjoint, ordered, half-open spans of full sunlight inside [start_s, end_s)."""
        ...

    def sunlit_s(self, satellite: int, start_s: float, end_s: float) -> float:
        """Seconds of full sunlight inside [start_s, end_s)."""
        ...

    # output of arrays
    def output_swings(self, satellite: int) -> bool:
        """Whether output in full sunlight swings along the orbit, and it is known how.

        It does not where cells face the Sun; how is not known where shadow edges are told wrong.
        """
        ...

    def harvest_j(self, satellite: int, start_s: float, end_s: float) -> float:
        """Energy that the array will give inside [start_s, end_s), from now on and as far ahead as is known.

        Penumbra, the swing of output and what is left of a degraded array are in it. Where shadow edges are told wrong
        it is the mean output (`solar_power_w`) in the sunlight that is told.
        """
        ...

    def powered_windows(
        self, satellite: int, power_w: float, start_s: float, end_s: float
    ) -> list[tuple[float, float]]:
        """Spans of full sunlight inside [start_s, end_s), from now on, in which the array gives at least `power_w`.

        Where output does not swing, or it is not known how, they are all of the sunlight that is told, or none of it.
        """
        ...

    # power
    def stored_j(self, satellite: int) -> float:
        """Energy in the battery."""
        ...

    def capacity_j(self, satellite: int) -> float:
        """Capacity of the battery."""
        ...

    def solar_power_w(self, satellite: int) -> float:
        """Array output in full sunlight: times sunlit seconds, it is the energy to expect.

        Where output swings along the orbit it is the mean over the sunlight of the orbit solved last, which follows the
        seasons; `harvest_j` and `powered_windows` tell where in the sunlight output is high.
        """
        ...

    def base_power_w(self, satellite: int) -> float:
        """Load without tasks, link terminals on standby included."""
        ...

    def is_up(self, satellite: int) -> bool:
        """False while browned out, or while its computer is being reset."""
        ...

    # work
    def committed_s(self, satellite: int) -> float:
        """Processor seconds still to run of tasks queued, running or under way to a satellite (mode 0)."""
        ...

    # network and ground
    def neighbours(self, satellite: int) -> Sequence[int]:
        """Satellites linked to one."""
        ...

    def n_hops(self, source: int, target: int) -> int:
        """Links on the route now, 0 for the satellite itself, -1 without a route."""
        ...

    def reachable_planes(self, source: int) -> frozenset[int]:
        """Orbital planes with a satellite to which a route leads now."""
        ...

    def transfer_s(self, source: int, target: int, size_bits: float) -> float:
        """Time to send over the route now, without queueing; inf without a route."""
        ...

    def contacts(self, satellite: int, start_s: float, end_s: float) -> list[Contact]:
        """Passes that overlap [start_s, end_s), by rise time."""
        ...

    def ground_delivery_s(self, task: Task, satellite: int, not_before_s: float = 0.0) -> float:
        """When the result would be where it must be if `satellite` (default route from `here`) sent the input down;

        honours channels already booked and, where satellites have memories, what waits in that of `satellite`; inf if
        no contact inside the forecast serves.
        """
        ...

    def ground_delivery_of_result_s(self, satellite: int, from_s: float, size_bits: float) -> float:
        """When a result ready on `satellite` at `from_s` would reach the ground; inf without a known contact."""
        ...

    # models
    def has_model(self, satellite: int, model: str | None) -> bool:
        """Whether all of a model is on `satellite` now, known everywhere at once; True for None.

        Without a section `models` every satellite has every model.
        """
        ...

    def model_delivery_s(self, satellite: int, model: str | None) -> float:
        """When a model would be on `satellite` if a task were given to it now: `now_s` where it is;

        inf where no station and no satellite in reach could send it. Room that must be made for it is not foreseen.
        """
        ...


FIELD_BITS: Final = 64
"""Size that every number in a control message is counted with; headers are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalling:
    """Control messages sent so far. A broadcast is one message, however many links it takes to reach everyone.

    Raises
    ------
    ValueError
        If a count is negative.
    """

    n_messages: int = 0
    bits: int = 0

    def __post_init__(self) -> None:
        for field in ("n_messages", "bits"):
            if getattr(self, field) < 0:
                raise ValueError(f"{field} = {getattr(self, field)}: must not be negative")


class Scheduler:
    """Base of a scheduler: override `decide`; the other methods are optional.

    A scheduler sees the world only through the `View` it is handed, and answers with a `Decision`;
    what physics does not allow the engine does not do. `decide` is called at arrival, at each relay
    after `Forward`, and when a `Hold` ends.
    """

    name: str = ""

    def start(self, view: View) -> float | None:
        """Called once before the first arrival; returns the time of the first wake-up, if one is wanted."""
        return None

    def wake(self, view: View) -> float | None:
        """Called at the time asked for; returns the next one."""
        return None

    def decide(self, task: Task, view: View) -> Decision:
        """Say what happens to a task now."""
        raise TypeError(f"{type(self).__name__} does not override decide(task, view)")

    def observe(self, outcome: Outcome, view: View) -> None:
        """Called when a task ends; the engine skips it where it is not overridden."""

    def signalling(self) -> Signalling:
        """Say what satellites had to tell each other beyond what the view reports; asked once, at the end of a run.

        Counted are plans, tables or prices that a scheduler shares between satellites, not what rides with a task nor
        what all can compute from the orbits. State read through the view is counted by the engine.
        """
        return Signalling()
