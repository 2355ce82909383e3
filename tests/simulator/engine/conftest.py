"""Tiny worlds on exact circles, a scheduler that follows a script, and a play that keeps all that happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import inf, radians
from typing import Any

import erfa
import numpy as np
import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.contacts.stations import GroundStation
from simulator.engine.simulation import Simulation
from simulator.engine.world import GroundComputing, LinkParameters, TaskRow, World
from simulator.network.grid import topology_of
from simulator.network.routes import RouteMetric
from simulator.outages import Outage
from simulator.power.battery import BatteryParameters
from simulator.records import DeliverTo, Outcome, ProcessorMode, Scheduler, Task
from simulator.results.tables import TABLES, schema_of
from simulator.sunlight.illumination import Illumination
from simulator.sunlight.shadow import ShadowModel

RADIUS_M = 6_928_137.0
GEO_RADIUS_M = 42_164_172.0
SPACING_DEG = 10.0
RATE_BPS = 1e6
LINK_LIGHT_S = 2.0 * RADIUS_M * np.sin(radians(SPACING_DEG) / 2.0) / SPEED_OF_LIGHT_M_S


@dataclass(frozen=True)
class Row:
    """A row of the `tasks` table by its names."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.values[name]


@dataclass
class Play:
    """Everything that a run told."""

    simulation: Simulation
    task_rows: list[TaskRow] = field(default_factory=list)
    events: list[tuple[float, int, str]] = field(default_factory=list)
    traces: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    energy: list[Any] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    fill: dict[int, list[tuple[float, float, float]]] = field(default_factory=dict)
    downlinks: list[Row] = field(default_factory=list)
    fetches: list[Row] = field(default_factory=list)

    def task(self, row: TaskRow) -> None:
        self.task_rows.append(row)

    def event(self, t_s: float, satellite: int, kind: str, detail: str) -> None:
        self.events.append((t_s, satellite, kind))

    def outage(self, outage: Outage) -> None:
        self.outages.append(outage)

    def illumination(self, illumination: Illumination) -> None:
        pass

    def battery(self, satellite: int, points: list[tuple[float, float]]) -> None:
        self.traces.setdefault(satellite, []).extend(points)

    def storage(self, satellite: int, points: list[tuple[float, float, float]]) -> None:
        self.fill.setdefault(satellite, []).extend(points)

    def downlink(self, row: tuple[Any, ...]) -> None:
        self.downlinks.append(Row(dict(zip(TABLES["downlinks"].names, row, strict=True))))

    def model_fetch(self, row: tuple[Any, ...]) -> None:
        self.fetches.append(Row(dict(zip(TABLES["model_fetches"].names, row, strict=True))))

    def cache(self, satellite: int) -> Row:
        rows = self.simulation.dispatcher.models.rows()
        return Row(dict(zip(TABLES["models"].names, rows[satellite], strict=True)))

    def memory(self, satellite: int) -> Row:
        rows = self.simulation.dispatcher.data.storage.rows()
        return Row(dict(zip(TABLES["storage"].names, rows[satellite], strict=True)))

    def row(self, task_id: int) -> Row:
        (found,) = [row for row in self.task_rows if row[0] == task_id]
        world = self.simulation.world
        features = (("radiation", world.computer_faults), ("models", world.models))
        columns = schema_of("tasks", [section for section, feature in features if feature is not None]).names
        return Row(dict(zip(columns, found, strict=True)))

    def ledger_errors(self) -> list[float]:
        return [row[13] for row in self.energy]

    @property
    def transport(self):
        return self.simulation.dispatcher.transport


class Script(Scheduler):
    """Answers task by task from a list of decisions (or of functions of task and view that make one)."""

    name = "script"

    def __init__(self, answers: dict[int, Sequence[Any]] | Callable[[Task, Any], Any]) -> None:
        self.answers = answers if callable(answers) else {key: list(value) for key, value in answers.items()}
        self.asked: list[tuple[int, int, float]] = []
        self.outcomes: list[Outcome] = []

    def decide(self, task: Task, view: Any) -> Any:
        self.asked.append((task.task_id, view.here, view.now_s))
        answer = self.answers if callable(self.answers) else self.answers[task.task_id].pop(0)
        return answer(task, view) if callable(answer) else answer

    def observe(self, outcome: Outcome, view: Any) -> None:
        self.outcomes.append(outcome)


@pytest.fixture(scope="session")
def tiny_world(kepler_fleet) -> Callable[..., World]:
    """Build satellites 10 degrees apart on one polar dawn-dusk circle, in sunlight for ever, chained by links.

    Links carry 1 Mbit/s. Nothing consumes power unless asked for; batteries hold 1 MJ and are full.
    """

    def build(
        n_sats: int = 1,
        *,
        links: Iterable[tuple[int, int]] | None = None,
        end_s: float = 1000.0,
        warm_up_s: float = 0.0,
        modes: Sequence[tuple[float, float]] = ((60.0, 1.0),),
        is_preemptive: bool = False,
        capacity_j: float | Sequence[float] = 1e6,
        solar_power_w: float | Sequence[float] = 0.0,
        base_power_w: float = 0.0,
        recovery_share: float = 0.05,
        transmit_power_w: float = 10.0,
        receive_power_w: float = 0.0,
        efficiency: float = 1.0,
        stations: Sequence[GroundStation] = (),
        downlink_bps: float = RATE_BPS,
        ground: GroundComputing | None = None,
        state_age_s: float = 0.0,
        is_geostationary: bool = False,
        traced: tuple[int, ...] = (),
        **more: Any,
    ) -> World:
        if is_geostationary:
            positions = kepler_fleet(GEO_RADIUS_M, 0.0, 0.0, [0.1 * i for i in range(n_sats)])
        else:
            positions = kepler_fleet(RADIUS_M, 90.0, 90.0, [SPACING_DEG * i for i in range(n_sats)])
        if links is None:
            links = [(i, i + 1) for i in range(n_sats - 1)]
        topology = topology_of(links, [list(range(n_sats))])
        pulse_w = 2 * (transmit_power_w + receive_power_w) + transmit_power_w + receive_power_w
        peak_w = base_power_w + max(power_w for power_w, _ in modes) + pulse_w
        capacities = np.broadcast_to(capacity_j, n_sats).tolist()
        batteries = tuple(
            BatteryParameters(
                capacity_j=capacity,
                initial_j=capacity,
                base_power_w=base_power_w,
                peak_load_w=peak_w,
                peak_pulse_w=pulse_w,
                charge_efficiency=efficiency,
                discharge_efficiency=efficiency,
            )
            for capacity in capacities
        )
        parameters: dict[str, Any] = {
            "positions": positions,
            "shadow": ShadowModel(),
            "topology": topology,
            "routing": RouteMetric.HOPS,
            "max_range_m": inf,
            "stations": tuple(stations),
            "min_elevation_rad": radians(10.0),
            "batteries": batteries,
            "solar_power_w": tuple(np.broadcast_to(solar_power_w, n_sats).tolist()),
            "recovery_share": recovery_share,
            "modes": tuple(
                ProcessorMode(name=f"mode {i}", power_w=power_w, speed=speed)
                for i, (power_w, speed) in enumerate(modes)
            ),
            "is_preemptive": is_preemptive,
            "isl": LinkParameters(
                rate_bps=RATE_BPS, transmit_power_w=transmit_power_w, receive_power_w=receive_power_w
            ),
            "downlink": LinkParameters(
                rate_bps=downlink_bps, transmit_power_w=transmit_power_w, receive_power_w=receive_power_w
            ),
            "ground": ground or GroundComputing(compute_s=1.0, n_servers=None, network_delay_s=0.0),
            "orbital_period_s": 5739.0,
            "tasks_at_once": 1,
            "window_s": 5739.0,
            "horizon_s": 5739.0,
            "warm_up_s": warm_up_s,
            "end_s": end_s,
            "state_age_s": state_age_s,
            "traced": traced,
        }
        return World(**(parameters | more))

    return build


@pytest.fixture(scope="session")
def below() -> Callable[..., GroundStation]:
    """Make a station straight below the geostationary fleet (which starts at right ascension 0)."""

    def make(world_epoch, *, n_channels: int = 1, name: str = "below", longitude_deg: float = 0.0) -> GroundStation:
        sidereal_rad = float(erfa.gmst82(world_epoch.utc_day, world_epoch.utc_day_fraction))
        east_rad = (radians(longitude_deg) - sidereal_rad + np.pi) % (2 * np.pi) - np.pi
        return GroundStation(name=name, latitude_rad=0.0, longitude_rad=east_rad, height_m=0.0, n_channels=n_channels)

    return make


@pytest.fixture(scope="session")
def make_task() -> Callable[..., Task]:
    def make(task_id: int, arrival_s: float = 0.0, work_s: float = 10.0, source: int = 0, **more: Any) -> Task:
        values: dict[str, Any] = {
            "input_bits": 0.0,
            "result_bits": 0.0,
            "deadline_s": arrival_s + 500.0,
            "deliver_to": DeliverTo.SOURCE,
        }
        return Task(task_id=task_id, source=source, arrival_s=arrival_s, work_s=work_s, **(values | more))

    return make


@pytest.fixture(scope="session")
def play() -> Callable[..., Play]:
    """Run tasks in a world to the end; the answers of the scheduler are those of a script, or any scheduler."""

    def run(world: World, answers: Any, tasks: Iterable[Task]) -> Play:
        scheduler = answers if isinstance(answers, Scheduler) else Script(answers)
        ordered = iter(sorted(tasks, key=lambda task: task.arrival_s))
        holder: list[Play] = []

        class Forwarding:
            def __getattr__(self, name: str) -> Any:
                return getattr(holder[0], name)

        simulation = Simulation(world, scheduler, ordered, Forwarding(), np.random.default_rng(1))  # type: ignore[arg-type]
        played = Play(simulation)
        holder.append(played)
        played.energy = simulation.run()
        return played

    return run
