"""Everything that is fixed before a run starts."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Protocol

from simulator.ageing import AgeingModels
from simulator.contacts.stations import GroundStation
from simulator.engine.computer_faults import ComputerFaults
from simulator.engine.ground_beams import BeamSetting
from simulator.engine.model_setting import ModelSetting
from simulator.engine.payload import Payload
from simulator.engine.storage import StorageSetting
from simulator.network.grid import Topology
from simulator.network.link_budget import RateSteps
from simulator.network.routes import RouteMetric
from simulator.orbits.model import PositionModel
from simulator.outages import Outage, OutageKind, OutagePlan
from simulator.power.battery import BatteryParameters
from simulator.power.solar_array import SolarArray
from simulator.records import ProcessorMode
from simulator.sunlight.illumination import Illumination
from simulator.sunlight.shadow import ShadowModel


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkParameters:
    """One kind of link: inter-satellite or ground. Powers are per terminal while it sends or receives."""

    rate_bps: float
    transmit_power_w: float
    receive_power_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundComputing:
    """What happens to a task on the ground.

    `n_servers` tasks run at once (None: no limit), each for `compute_s`; `network_delay_s` is paid between a
    station and the computing site, each way. Stations share one computing site.
    """

    compute_s: float
    n_servers: int | None
    network_delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A constellation, its surroundings and its machines.

    `batteries` and `solar_power_w` have one entry per satellite. `window_s` is how far ahead sunlight and contacts
    are solved at a time, `horizon_s` how far every forecast reaches at least. `tasks_at_once` is how many tasks a
    processor runs side by side, each at full speed and power.

    What goes wrong: `outages` (None: nothing is ever out of order), `forecast_error_s`, by which schedulers expect
    every shadow edge that is still to come too late, and `computer_faults` (None: computers never fail). An array that
    is degraded for good is simply a lower `solar_power_w`; a computer that looks after its memory has a higher base
    load and slower modes. Links between planes are off while an end is nearer to a pole than the latitude
    `polar_cutoff_rad` (None: never); a link that comes back, for whatever reason, carries data after `acquisition_s`.

    `solar_power_w` is what all cells give when they face the Sun at one astronomical unit; `arrays` says per satellite
    how they are turned to it (empty: all cells always face the Sun).

    `ageing` tells how batteries wear (None: as the sources of the models say); it changes no figure but lifetimes.

    With a `beam`, satellites send to stations through a metasurface, with `downlink_steps` at a rate that depends on
    the distance; `downlink.rate_bps` is then that of the way up. With `storage`, data lie in memories of finite size,
    and what goes down waits there in order of urgency instead of being booked ahead.

    With `models`, a task runs only where the model is that it asks for (None: every satellite has every model).

    With a `payload`, every task is a capture of a sensor, which draws power until the task arises.

    In a mixed fleet `own_modes` has the modes of every satellite (empty: all have `modes`), `own_isl` rate and powers
    of its terminals of inter-satellite links (empty: all are as `isl` says; a link runs at the rate of the slower of
    its two terminals), `own_downlink` those of its radio to the ground (empty: as `downlink` says) and
    `own_downlink_steps` its rate by distance (empty: `downlink_steps`).
    """

    positions: PositionModel
    shadow: ShadowModel
    topology: Topology
    routing: RouteMetric
    max_range_m: float
    stations: tuple[GroundStation, ...]
    min_elevation_rad: float
    batteries: tuple[BatteryParameters, ...]
    solar_power_w: tuple[float, ...]
    recovery_share: float
    modes: tuple[ProcessorMode, ...]
    is_preemptive: bool
    tasks_at_once: int
    isl: LinkParameters
    downlink: LinkParameters
    ground: GroundComputing
    orbital_period_s: float
    window_s: float
    horizon_s: float
    warm_up_s: float
    end_s: float
    state_age_s: float
    traced: tuple[int, ...]
    outages: OutagePlan | None = None
    polar_cutoff_rad: float | None = None
    acquisition_s: float = 0.0
    forecast_error_s: float = 0.0
    computer_faults: ComputerFaults | None = None
    arrays: tuple[SolarArray, ...] = ()
    ageing: AgeingModels | None = None
    beam: BeamSetting | None = None
    downlink_steps: RateSteps | None = None
    storage: StorageSetting | None = None
    payload: Payload | None = None
    models: ModelSetting | None = None
    own_modes: tuple[tuple[ProcessorMode, ...], ...] = ()
    own_isl: tuple[LinkParameters, ...] = ()
    own_downlink: tuple[LinkParameters, ...] = ()
    own_downlink_steps: tuple[RateSteps, ...] = ()

    @property
    def modes_by_satellite(self) -> tuple[tuple[ProcessorMode, ...], ...]:
        """Modes of every satellite's processor."""
        return self.own_modes or (self.modes,) * len(self.batteries)

    @property
    def isl_by_satellite(self) -> tuple[LinkParameters, ...]:
        """Rate and powers of every satellite's terminals of inter-satellite links."""
        return self.own_isl or (self.isl,) * len(self.batteries)

    @property
    def link_rate_bps(self) -> float | tuple[float, ...]:
        """Rate of all inter-satellite links, or in a mixed fleet of each, (n_links,)."""
        own = self.own_isl
        if not own or not self.topology.n_links:
            return self.isl.rate_bps
        return tuple(min(own[a].rate_bps, own[b].rate_bps) for a, b in self.topology.links.tolist())

    @property
    def top_link_rate_bps(self) -> float:
        """No inter-satellite link has a higher rate."""
        return max(link.rate_bps for link in self.own_isl or (self.isl,))

    @property
    def downlink_by_satellite(self) -> tuple[LinkParameters, ...]:
        """Rate and powers of every satellite's radio to the ground."""
        return self.own_downlink or (self.downlink,) * len(self.batteries)

    @property
    def all_modes(self) -> tuple[ProcessorMode, ...]:
        """Every mode that some satellite has, each once."""
        return tuple(dict.fromkeys(mode for modes in self.own_modes or (self.modes,) for mode in modes))

    @property
    def can_links_fail(self) -> bool:
        """Whether a link may be out of order while both its ends work."""
        has_outages = self.outages is not None and OutageKind.LINK in self.outages.kinds
        return has_outages or self.polar_cutoff_rad is not None or self.acquisition_s > 0.0

    @property
    def acquires_by_range(self) -> bool:
        """Whether a link that leaves its range is lost like one that fails, and acquired anew when it comes back."""
        return self.acquisition_s > 0.0 and self.max_range_m < inf

    @property
    def top_downlink_rate_bps(self) -> float:
        """No data go between satellites and stations at a higher rate, either way."""
        rate_bps = max(link.rate_bps for link in self.own_downlink or (self.downlink,))
        if self.downlink_steps is not None:
            steps = self.own_downlink_steps or (self.downlink_steps,)
            return max(rate_bps, *(step.top_rate_bps for step in steps))
        return rate_bps if self.beam is None else max(rate_bps, self.beam.rates.top_rate_bps)


TaskRow = tuple[
    int, int, int, int, float, float, float, float, float, str, str | None, str, str | None, int, float, float, float,
    str, bool, *tuple[int | float, ...],
]  # fmt: skip
"""task_id, source, satellite, station, arrival_s, deadline_s, input_bits, result_bits, work_s, deliver_to, model,
fate, place, n_hops, start_s, finish_s, delivered_s, reason, counted: the columns of the `tasks` table; and
n_logic_errors where the world has computer faults, model_wait_s where it has models."""


DownlinkRow = tuple[int, int, str, float, float, float, float, int, int, str]
"""task_id, satellite, kind, size_bits, created_s, first_sent_s, ended_s, station, n_parts, fate: the columns of the
`downlinks` table."""


ModelFetchRow = tuple[int, str, float, int, float, float, int, int, str]
"""satellite, model, size_bits, from_satellite, asked_s, ended_s, n_hops, n_cut, outcome: the columns of the
`model_fetches` table."""


class Recorder(Protocol):
    """Takes what happens; where it goes is not the engine's business."""

    def task(self, row: TaskRow) -> None:
        """Take the end of a task."""
        ...

    def event(self, t_s: float, satellite: int, kind: str, detail: str) -> None:
        """Take something that can happen in the world and is not a task's end."""
        ...

    def outage(self, outage: Outage) -> None:
        """Take an outage that begins."""
        ...

    def illumination(self, illumination: Illumination) -> None:
        """Take the sunlight of the next window of time."""
        ...

    def battery(self, satellite: int, points: list[tuple[float, float]]) -> None:
        """Take (t_s, stored_j) points of a traced satellite, in order."""
        ...

    def storage(self, satellite: int, points: list[tuple[float, float, float]]) -> None:
        """Take (t_s, stored_bits, raw_bits) points of a traced satellite with a memory, in order."""
        ...

    def downlink(self, row: DownlinkRow) -> None:
        """Take what became of data that were to go down, where satellites have a memory."""
        ...

    def model_fetch(self, row: ModelFetchRow) -> None:
        """Take what became of a model that was asked for, where satellites have caches of models."""
        ...
