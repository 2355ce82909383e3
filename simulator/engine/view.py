"""What a scheduler sees of a running dispatcher."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from simulator.engine.forecast import WrongForecast
from simulator.records import FIELD_BITS, DeliverTo, ProcessorMode, Signalling, Task

if TYPE_CHECKING:
    from simulator.engine.dispatcher import Dispatcher


class EngineView:
    """The engine's answer to `simulator.records.View`; every method only reads.

    With a state age, what other satellites report (stored energy, committed work, power) is what they last
    broadcast, every `state_age_s`; a satellite knows itself exactly. Which links and satellites are out of order,
    how much each array gives and which models each satellite has is known everywhere at once. The forecast of contacts
    is exact, that of the Sun too unless the world has a `forecast_error_s`.
    """

    def __init__(self, dispatcher: Dispatcher, rng: np.random.Generator) -> None:
        world = dispatcher.world
        self.here = -1
        self.rng = rng
        self.n_sats = world.positions.n_sats
        self.horizon_s = world.horizon_s
        self.orbital_period_s = world.orbital_period_s
        self.planes: Sequence[Sequence[int]] = world.topology.planes
        self.plane_of: Sequence[int] = world.topology.plane_of
        self.modes: Sequence[ProcessorMode] = world.modes
        self.modes_of = world.modes_by_satellite.__getitem__
        self.tasks_at_once = world.tasks_at_once
        self._clock = dispatcher.clock
        self._fleet = dispatcher.fleet
        self._processors = dispatcher.processors
        self._committed_s = dispatcher.committed_s
        self._transport = dispatcher.transport
        self._ground = dispatcher.ground
        self._models = dispatcher.models
        self._topology = world.topology
        self._result_to_source = DeliverTo.SOURCE
        sky = dispatcher.sky
        error_s = world.forecast_error_s
        sunlight = WrongForecast(sky, dispatcher.clock, error_s) if error_s else sky
        self._knows_output = not error_s
        self.is_sunlit = sunlight.is_sunlit
        self.sunlit_windows = sunlight.sunlit_windows
        self.contacts = sky.contacts_between
        self._state_age_s = world.state_age_s
        self._heard_stored_j: list[float] = []
        self._heard_committed_s: list[float] = []
        self._heard_up: list[bool] = []
        self._fields_read: set[str] = set()
        self._n_broadcasts = 0

    @property
    def now_s(self) -> float:
        """Present time."""
        return self._clock.now

    def sunlit_s(self, satellite: int, start_s: float, end_s: float) -> float:
        """Seconds of full sunlight inside [start_s, end_s)."""
        return sum(dark_s - lit_s for lit_s, dark_s in self.sunlit_windows(satellite, start_s, end_s))

    # output of arrays

    def output_swings(self, satellite: int) -> bool:
        """Whether output swings along the orbit and it is known how."""
        return self._knows_output and self._fleet.swings(satellite)

    def harvest_j(self, satellite: int, start_s: float, end_s: float) -> float:
        """Energy that the array will give inside [start_s, end_s)."""
        if not self._knows_output:
            return self.solar_power_w(satellite) * self.sunlit_s(satellite, max(start_s, self._clock.now), end_s)
        return self._fleet.outlook(satellite).energy_j(max(start_s, self._clock.now), end_s)

    def powered_windows(
        self, satellite: int, power_w: float, start_s: float, end_s: float
    ) -> list[tuple[float, float]]:
        """Spans of full sunlight inside [start_s, end_s) in which the array gives at least `power_w`."""
        windows = self.sunlit_windows(satellite, max(start_s, self._clock.now), end_s)
        if not self.output_swings(satellite):
            return windows if power_w <= self.solar_power_w(satellite) else []
        spans_above = self._fleet.outlook(satellite).spans_above
        return [span for lit_s, dark_s in windows for span in spans_above(power_w, lit_s, dark_s)]

    # power

    def stored_j(self, satellite: int) -> float:
        """Stored energy, as known here."""
        if self._is_remote(satellite):
            self._fields_read.add("stored")
            return self._heard_stored_j[satellite]
        return self._fleet.stored_j(satellite)

    def capacity_j(self, satellite: int) -> float:
        """Battery capacity."""
        return self._fleet.parameters[satellite].capacity_j

    def solar_power_w(self, satellite: int) -> float:
        """Mean array output in full sunlight at one astronomical unit."""
        return self._fleet.sunlit_power_w[satellite] * self._fleet.array_output[satellite]

    def base_power_w(self, satellite: int) -> float:
        """Load without tasks."""
        return self._fleet.parameters[satellite].base_power_w

    def is_up(self, satellite: int) -> bool:
        """Whether a satellite has power and its computer runs, as known here."""
        if self._is_remote(satellite):
            self._fields_read.add("up")
            return self._heard_up[satellite]
        return self._is_up_now(satellite)

    def _is_up_now(self, satellite: int) -> bool:
        return self._fleet.is_up[satellite] and not self._processors[satellite].is_resetting

    # work

    def committed_s(self, satellite: int) -> float:
        """Processor seconds still to run, as known here."""
        if self._is_remote(satellite):
            self._fields_read.add("committed")
            return self._heard_committed_s[satellite]
        return self._committed_now_s(satellite)

    def _committed_now_s(self, satellite: int) -> float:
        work_s = self._committed_s[satellite] - self._processors[satellite].work_under_way_s()
        return work_s / self.modes_of(satellite)[0].speed

    def _is_remote(self, satellite: int) -> bool:
        return self._state_age_s > 0.0 and satellite != self.here

    def hear_all(self) -> None:
        """Take the state that every satellite broadcasts now; the engine calls this every `state_age_s`."""
        everyone = range(self.n_sats)
        self._n_broadcasts += 1
        self._heard_stored_j = [self._fleet.stored_j(satellite) for satellite in everyone]
        self._heard_committed_s = [self._committed_now_s(satellite) for satellite in everyone]
        self._heard_up = [self._is_up_now(satellite) for satellite in everyone]

    def state_reports(self) -> Signalling | None:
        """Return what satellites broadcast of their state: the fields that were read, of all of them, every time.

        None where state has no age: then it is known everywhere at once, which no messages could achieve.
        """
        if not self._state_age_s > 0.0:
            return None
        n_reports = self._n_broadcasts * self.n_sats if self._fields_read else 0
        return Signalling(n_messages=n_reports, bits=n_reports * len(self._fields_read) * FIELD_BITS)

    # network and ground

    def neighbours(self, satellite: int) -> Sequence[int]:
        """Satellites linked to one."""
        return self._topology.neighbours(satellite)

    def n_hops(self, source: int, target: int) -> int:
        """Links on the route now."""
        return self._transport.n_hops(source, target)

    def reachable_planes(self, source: int) -> frozenset[int]:
        """Planes with a satellite to which a route leads now."""
        return self._transport.reachable_planes(source)

    def transfer_s(self, source: int, target: int, size_bits: float) -> float:
        """Time to send over the route now, without queueing."""
        return self._transport.transfer_s(source, target, size_bits)

    def ground_delivery_s(self, task: Task, satellite: int, not_before_s: float = 0.0) -> float:
        """When the result would be where it must be if `satellite` sent the input down."""
        now_s = self._clock.now
        ready_s = not_before_s if not_before_s > now_s else now_s
        if satellite != self.here and self.here >= 0:
            ready_s += self.transfer_s(self.here, satellite, task.input_bits)
        down_s = self._transport.ground.predict_down_s(satellite, ready_s, task.input_bits, task.deadline_s)
        if down_s == inf:
            return inf
        finish_s = self._ground.finish_s(down_s)
        if task.deliver_to is not self._result_to_source:
            return finish_s
        return self._transport.ground.predict_up_s(task.source, finish_s, task.result_bits, task.deadline_s)

    def ground_delivery_of_result_s(self, satellite: int, from_s: float, size_bits: float) -> float:
        """When a result ready on `satellite` at `from_s` would reach the ground."""
        return self._transport.ground.predict_down_s(satellite, from_s, size_bits, inf)

    # models

    def has_model(self, satellite: int, model: str | None) -> bool:
        """Whether a task that asks for a model finds it on a satellite."""
        return self._models is None or model is None or self._models.has(satellite, model)

    def model_delivery_s(self, satellite: int, model: str | None) -> float:
        """When a model would be on a satellite that is given a task now."""
        if self._models is None or model is None:
            return self._clock.now
        return self._models.delivery_s(satellite, model)
