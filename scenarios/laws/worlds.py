"""Small worlds, each with something that schedulers stumble over: 24 satellites at most, less than an orbit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from scenarios.build import build_world
from scenarios.config import Scenario, scenario_from_text
from scenarios.memory_kinds import memory_kinds
from scenarios.radiation_upsets import draw_upsets
from scenarios.workload import build_tasks
from simulator.engine.world import World
from simulator.records import Task

_TEXT: Final = """\
schema_version: 1
name: law-world
seed: 7
epoch: 2026-03-20T00:00:00Z
satellites: {kind: walker, planes: 6, satellites_per_plane: 4, phasing: 1, altitude_km: 550, inclination_deg: 53}
duration: {seconds: 2100}
warm_up: {seconds: 300}
ground:
  stations:
    - {name: Dublin, latitude_deg: 53.4, longitude_deg: -6.2, channels: 1}
    - {name: Singapore, latitude_deg: 1.4, longitude_deg: 103.8, channels: 1}
    - {name: Sao Paulo, latitude_deg: -23.5, longitude_deg: -46.6, channels: 1}
tasks: {kind: poisson, load: 0.4}
scheduler: oec-local
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawWorld:
    """A world by its name and by what differs in it from the plain one, as overrides of a scenario."""

    name: str
    overrides: tuple[str, ...] = ()

    def scenario(self) -> Scenario:
        """Return the scenario of this world."""
        return scenario_from_text(_TEXT, self.overrides, source=self.name)

    def build(self) -> tuple[World, tuple[Task, ...]]:
        """Return the world and all tasks that arise in it."""
        scenario = self.scenario()
        world, _ = build_world(scenario)
        kinds = memory_kinds(scenario, world.positions.names, world.topology.planes)
        if kinds:
            upsets = draw_upsets(kinds, scenario, world.positions, world.end_s)
            world = replace(world, computer_faults=upsets.faults)
        return world, tuple(build_tasks(scenario, world))


PLAIN: Final = LawWorld(name="a plain world")

LAW_WORLDS: Final = (
    PLAIN,
    LawWorld(name="a world without ground stations", overrides=("ground.stations=[]",)),
    LawWorld(name="a world without links", overrides=("links.topology=none",)),
    LawWorld(
        name="a world of batteries that run empty",
        overrides=(
            "power.battery_capacity_kj=20",
            "power.solar_power_w=70",
            "links.receive_power_w=5",
            "ground.receive_power_w=5",
        ),
    ),
    LawWorld(
        name="a world of one satellite",
        overrides=("satellites.planes=1", "satellites.phasing=0", "satellites.satellites_per_plane=1"),
    ),
    LawWorld(name="a world that wants results on the ground", overrides=("tasks.deliver_to=ground", "tasks.load=0.1")),
    LawWorld(name="a world of old news", overrides=("state_age_s=120",)),
    LawWorld(name="a world with preemption", overrides=("processor.preemptive=true", "tasks.load=0.9")),
    LawWorld(
        name="a world of several processor modes",
        overrides=("processor.modes=[{name: slow, power_w: 15, speed: 0.5}, {name: fast, power_w: 60, speed: 1.5}]",),
    ),
    LawWorld(
        name="a world of a mixed fleet",
        overrides=(
            "fleet.groups=[{name: small, slots: [0, 1], power: {battery_capacity_kj: 100, solar_power_w: 60},"
            " processor: {modes: [{name: full, power_w: 25, speed: 0.5}, {name: thrifty, power_w: 7, speed: 0.2}]},"
            " terminals: {rate_gbps: 0.5, transmit_power_w: 4}, ground_radio: {rate_gbps: 0.2}},"
            " {name: edge, planes: [5], terminals: {topology: in_plane}}]",
        ),
    ),
    LawWorld(
        name="a world of arrays fixed to bodies",
        overrides=(
            "power.solar_power_w=300",
            "power.battery_capacity_kj=60",
            "power.array={attitude: body_fixed, panels: [{normal: -z, cells: 2}, {normal: +x, cells: 1},"
            " {normal: -x, cells: 1}]}",
        ),
    ),
    LawWorld(
        name="a world of thin links and an open seam",
        overrides=("links.rate_gbps=0.05", "links.routing=delay", "links.seam=open", "ground.compute_capacity=1"),
    ),
    LawWorld(
        name="a world of adversity",
        overrides=(
            "adversity={array_fault: {share: 0.25, output: 0.3}, forecast_error_s: 60}",
            "adversity.link_outages={mean_time_between_s: 300, mean_outage_s: 30}",
            "links.rate_gbps=0.05",
        ),
    ),
    LawWorld(
        name="a world that falls to pieces",  # links are down half of the time, satellites too, and shadows come early
        overrides=(
            "adversity={link_outages: {mean_time_between_s: 60, mean_outage_s: 60}, forecast_error_s: -300}",
            "links.rate_gbps=0.05",
            "links.routing=delay",
            "links.receive_power_w=5",
            "power.battery_capacity_kj=40",
            "power.solar_power_w=70",
            "state_age_s=30",
        ),
    ),
    LawWorld(
        # each is out of order for a fifth of the time, demand surges, and half of the tasks lack their model at first
        name="a world whose parts come and go",
        overrides=(
            "tasks.models={a: 0.5, b: 0.5}",
            "models={catalogue: [{name: a, size_mbit: 300}, {name: b, size_mbit: 600}], cache_mbit: 800}",
            "models.on_board=[a]",
            "adversity.link_outages={mean_time_between_s: 400, mean_outage_s: 100}",
            "adversity.satellite_outages={mean_time_between_s: 800, mean_outage_s: 200}",
            "adversity.station_outages={mean_time_between_s: 400, mean_outage_s: 100}",
            "adversity.array_outages={mean_time_between_s: 800, mean_outage_s: 200}",
            "adversity.outages=[{kind: satellite, satellite: 0, from_h: 0, until_h: 0.1}]",
            "adversity.demand_surges=[{from_h: 0.2, until_h: 0.3, factor: 3}]",
            "links.rate_gbps=0.2",
            "links.acquisition_s=20",
            "links.polar_cutoff_deg=45",
            "state_age_s=30",
        ),
    ),
    LawWorld(
        name="a world of computers that hang and err",  # each some five times in the run, and for a minute
        overrides=(
            "radiation.device={based_on: carmen-2-rednet, functional_interrupts: {rate_per_device_day: 200},"
            " logic_errors: {rate_per_device_day: 2000}}",
            "radiation.memory_mib=64",
            "radiation.protection={code: secded, scrubbing: {period_s: 60}, access_pj_per_bit: 1e5}",
            "tasks.load=0.8",
            "state_age_s=30",
        ),
    ),
    LawWorld(
        name="a world of captures",
        overrides=(
            "tasks={kind: observation, sensor: radar, targets: {kind: grid, step_deg: 4, latitude_deg: [-60, 60]},"
            " maximum_off_nadir_deg: 45, capture_s: 10, payload_power_w: 300, data_gbit: {low: 0.1, high: 0.3},"
            " work_s_per_gbit: 150, share_taken: 0.3}",
            "power.battery_capacity_kj=40",
        ),
    ),
    LawWorld(name="a world of overload", overrides=("tasks.load=3", "duration.seconds=600")),
)


def with_another_future(tasks: Sequence[Task], from_s: float) -> tuple[Task, ...]:
    """Return tasks that are the same before `from_s` and others after: each later one comes late, big and urgent."""
    return tuple(
        task
        if task.arrival_s < from_s
        else replace(
            task,
            arrival_s=task.arrival_s + 0.25,
            work_s=1.5 * task.work_s,
            input_bits=2.0 * task.input_bits,
            deadline_s=task.arrival_s + 0.25 + 0.5 * (task.deadline_s - task.arrival_s),
        )
        for task in tasks
    )
