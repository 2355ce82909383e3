"""One run of a scheduler in a small world, kept in memory with all that was asked and answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from scenarios.laws.witness import Call, Witness
from simulator.engine.accounts import EnergyRow
from simulator.engine.simulation import Simulation
from simulator.engine.world import DownlinkRow, ModelFetchRow, TaskRow, World
from simulator.outages import Outage
from simulator.random_streams import Stream, random_stream
from simulator.records import Scheduler, Task
from simulator.sunlight.illumination import Illumination

Factory: TypeAlias = Callable[..., Scheduler]

_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRun:
    """What a run showed; `failure` says why it did not come to its end, and is empty if it did."""

    world_name: str
    world: World
    tasks: tuple[Task, ...]
    rows: tuple[TaskRow, ...]
    energy: tuple[EnergyRow, ...]
    calls: tuple[Call, ...]
    trespasses: tuple[str, ...]
    spoilt_tasks: tuple[str, ...]
    busy_s: tuple[float, ...]
    running_s: tuple[float, ...]
    end_s: float
    failure: str
    outages: tuple[Outage, ...] = ()


class _Memory:
    """A recorder that keeps the ends of tasks, and outages."""

    def __init__(self) -> None:
        self.rows: list[TaskRow] = []
        self.outages: list[Outage] = []

    def task(self, row: TaskRow) -> None:
        """Keep a row."""
        self.rows.append(row)

    def event(self, t_s: float, satellite: int, kind: str, detail: str) -> None:
        """Leave events alone."""

    def outage(self, outage: Outage) -> None:
        """Keep an outage."""
        self.outages.append(outage)

    def illumination(self, illumination: Illumination) -> None:
        """Leave sunlight alone."""

    def battery(self, satellite: int, points: list[tuple[float, float]]) -> None:
        """Leave traces alone."""

    def storage(self, satellite: int, points: list[tuple[float, float, float]]) -> None:
        """Leave memories alone."""

    def downlink(self, row: DownlinkRow) -> None:
        """Leave what goes down alone."""

    def model_fetch(self, row: ModelFetchRow) -> None:
        """Leave models alone."""


def observe(
    factory: Factory, world_name: str, world: World, tasks: Sequence[Task], *, is_guarded: bool = False
) -> ObservedRun:
    """Run a fresh scheduler in a world; whatever it raises becomes the `failure` of the run.

    Parameters
    ----------
    factory : callable
        Makes the scheduler; called without options.
    world_name : str
    world : World
    tasks : sequence of Task
        In order of arrival. The scheduler gets copies.
    is_guarded : bool
        Whether to look for changes of the world at every call; slower.
    """
    memory = _Memory()
    witness = Witness(factory())
    rng = random_stream(_SEED, Stream.SCHEDULER)
    simulation = Simulation(world, witness, (replace(task) for task in tasks), memory, rng)
    if is_guarded:
        witness.fingerprint = lambda: fingerprint(simulation)
    energy: Sequence[EnergyRow] = ()
    failure = ""
    try:
        energy = simulation.run()
        simulation.signalling_rates()
    except (Exception, SystemExit) as error:  # a user's scheduler may raise anything, and all of it is to be told
        failure = f"{type(error).__name__}: {error}"
    processors = simulation.dispatcher.processors
    return ObservedRun(
        world_name=world_name,
        world=world,
        tasks=tuple(tasks),
        rows=tuple(memory.rows),
        energy=tuple(energy),
        calls=tuple(witness.calls),
        trespasses=tuple(witness.trespasses),
        spoilt_tasks=tuple(witness.spoilt_tasks),
        busy_s=tuple(processor.busy_s for processor in processors),
        running_s=tuple(processor.busy_until_now_s() - processor.busy_s for processor in processors),
        end_s=simulation.clock.now,
        failure=failure,
        outages=tuple(memory.outages),
    )


def fingerprint(simulation: Simulation) -> tuple[object, ...]:
    """Return the state that no call of a scheduler may change: energy, queues, links, channels, what comes next."""
    dispatcher, fleet = simulation.dispatcher, simulation.fleet
    transport = dispatcher.transport
    fleet.settle_all()
    return (
        simulation.clock.now,
        simulation.clock.peek(),
        dispatcher.n_unfinished,
        tuple(dispatcher.committed_s),
        tuple(id(run) for processor in dispatcher.processors for run in processor.running),
        tuple((battery.stored_j, battery.base_w, battery.compute_w) for battery in fleet.batteries),
        tuple(fleet.is_up),
        tuple(transport.links.busy_s),
        tuple(transport.ground.channels.busy_s),
    )
