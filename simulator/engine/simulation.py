"""One run: the sky turns, batteries live, and tasks are dispatched until the last deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import tee

import numpy as np

from simulator.engine.accounts import EnergyRow, WindowAccounts, energy_rows
from simulator.engine.clock import Clock
from simulator.engine.computer_faults import ComputerFaultEvents
from simulator.engine.dispatcher import Dispatcher
from simulator.engine.fleet import Fleet
from simulator.engine.outage_effects import OutageEffects
from simulator.engine.payload import CaptureEvents
from simulator.engine.polar_links import PolarLinks
from simulator.engine.range_links import RangeLinks
from simulator.engine.signalling import signalling_rates
from simulator.engine.sky import Sky
from simulator.engine.world import Recorder, World
from simulator.power.battery import PulseKind
from simulator.records import Scheduler, Task

_PROGRESS_STEPS = 200


class Simulation:
    """The discrete-event run of one world under one scheduler.

    Parameters
    ----------
    world : World
    scheduler : Scheduler
    tasks : iterator of Task
        In order of arrival; ends by itself.
    recorder : Recorder
    scheduler_rng : numpy Generator
        The scheduler's own stream.
    """

    def __init__(
        self,
        world: World,
        scheduler: Scheduler,
        tasks: Iterator[Task],
        recorder: Recorder,
        scheduler_rng: np.random.Generator,
    ) -> None:
        self.world = world
        self.recorder = recorder
        self.clock = Clock()
        self.sky = Sky(world)
        self.fleet = Fleet(self.clock, world, self._brown_out, self._recover)
        surroundings = (self.clock, self.sky, self.fleet)
        self._captures: CaptureEvents | None = None
        if world.payload is not None and world.payload.power_w > 0.0:
            tasks, captured = tee(tasks)
            self._captures = CaptureEvents(self.clock, world.payload, captured, self._begin_capture)
        self.dispatcher = Dispatcher(world, scheduler, tasks, recorder, surroundings, scheduler_rng)
        self._window: WindowAccounts | None = None
        self._early_s = max(0.0, -world.forecast_error_s)
        self.outages = OutageEffects(world, self.dispatcher, recorder)
        self._switched_links: list[PolarLinks | RangeLinks] = []
        where, links = (self.clock, world.positions, world.topology), self.outages.links
        if world.polar_cutoff_rad is not None:
            self._switched_links.append(PolarLinks(*where, world.polar_cutoff_rad, links))
        if world.acquires_by_range:
            self._switched_links.append(RangeLinks(*where, world.max_range_m, links))
        self.n_resets = 0

    def run(self, progress: Callable[[float], None] | None = None) -> list[EnergyRow]:
        """Run to the end of the window and on until the last deadline (or until no task is left).

        Parameters
        ----------
        progress : callable, optional
            Called with the share of simulated time that is done.

        Returns
        -------
        list of EnergyRow
            The ledger of every satellite.
        """
        world, clock = self.world, self.clock
        self._extend_sky()
        self.fleet.start_watching()
        for i_sat in world.traced:
            battery = self.fleet.batteries[i_sat]
            battery.trace = [(0.0, battery.stored_j)]
        clock.at(world.warm_up_s, self._end_warm_up)
        if world.state_age_s > 0.0:
            self._broadcast()
        self.outages.start()
        if world.computer_faults is not None:
            ComputerFaultEvents(clock, world.computer_faults, self._interrupt, self.dispatcher.mark_logic_error).start()
        if self._captures is not None:
            self._captures.start()
        self.dispatcher.start()
        for step in range(1, _PROGRESS_STEPS + 1):
            clock.run(until=world.end_s if step == _PROGRESS_STEPS else world.end_s * step / _PROGRESS_STEPS)
            if progress is not None:
                progress(step / _PROGRESS_STEPS)
        assert self._window is not None, "the warm-up is shorter than the run"
        self._window.close(self.fleet, self.dispatcher.processors)
        self._drain()
        return energy_rows(world, self.fleet, self._window, self.sky.lit_in_window_s)

    def _drain(self) -> None:
        """Let what is under way end; what is not delivered by the last deadline is in flight."""
        clock, dispatcher = self.clock, self.dispatcher
        while dispatcher.n_unfinished and clock.peek() <= dispatcher.last_deadline_s:
            clock.step()
        dispatcher.end_all()
        dispatcher.data.close()
        self.fleet.settle_all()
        self.fleet.close_brown_outs()
        self._flush_traces()

    def _extend_sky(self, _: object = None) -> None:
        """Solve sunlight and contacts so far ahead that every forecast reaches its horizon until the next call."""
        world, sky, now_s = self.world, self.sky, self.clock.now
        self._flush_traces()
        sky.forget_before(now_s)
        self.dispatcher.transport.forget_before(now_s)
        ahead_s = world.horizon_s + self._early_s
        while sky.known_until_s < now_s + ahead_s + world.window_s:
            from_s = sky.known_until_s
            illumination = sky.extend()
            self.fleet.extend_supply(illumination)
            for switched in self._switched_links:
                switched.extend(from_s, sky.known_until_s)
            self.recorder.illumination(illumination)
        self.dispatcher.look_for_models()
        self.clock.at(sky.known_until_s - ahead_s, self._extend_sky)

    def _flush_traces(self) -> None:
        for i_sat in self.world.traced:
            battery = self.fleet.batteries[i_sat]
            battery.settle(self.clock.now)
            if battery.trace:
                self.recorder.battery(i_sat, battery.trace)
                battery.trace = []
        storage = self.dispatcher.data.storage
        for i_sat, points in storage.traces.items() if storage is not None else ():
            self.recorder.storage(i_sat, points)
            points.clear()

    def _end_warm_up(self, _: object) -> None:
        self._window = WindowAccounts(self.fleet, self.dispatcher.processors, self.world.ageing)

    def _broadcast(self, _: object = None) -> None:
        self.dispatcher.view.hear_all()
        self.clock.at(self.clock.now + self.world.state_age_s, self._broadcast)

    def signalling_rates(self) -> dict[str, float | None]:
        """Return what the scheduler's information cost in a finished run, per satellite and hour."""
        state_reports, own = self.dispatcher.view.state_reports(), self.dispatcher.scheduler.signalling()
        return signalling_rates(state_reports, own, self.world.positions.n_sats, self.clock.now)

    # power

    def _brown_out(self, i_sat: int) -> None:
        self.recorder.event(self.clock.now, i_sat, "brown_out", "battery empty, all loads off")
        self.dispatcher.processors[i_sat].shut_down()
        self.dispatcher.transport.satellite_went_down(i_sat)

    def _recover(self, i_sat: int) -> None:
        self.outages.satellite_returns(i_sat)

    # sensors

    def _begin_capture(self, task: Task) -> None:
        """Book the power of a capture; a satellite without power captures nothing."""
        payload = self.world.payload
        assert payload is not None, "its captures are what calls this"
        if self.fleet.is_up[task.source]:
            span_s = (self.clock.now, task.arrival_s)
            self.fleet.add_pulse(task.source, *span_s, payload.power_w, PulseKind.PAYLOAD)

    # computers

    def _interrupt(self, i_sat: int) -> None:
        """Reset a computer; nothing happens to one that is off already."""
        faults = self.world.computer_faults
        assert faults is not None, "faults are what calls this"
        if not self.dispatcher.processors[i_sat].is_up:
            return
        self.n_resets += 1
        self.recorder.event(self.clock.now, i_sat, "reset", "functional interrupt, computer off and its work lost")
        restart_s = self.clock.now + faults.reset_s
        self.dispatcher.reset_computer(i_sat, restart_s)
        self.clock.at(restart_s, self._restart, i_sat)

    def _restart(self, i_sat: int) -> None:
        if has_power := self.fleet.is_up[i_sat]:
            self.recorder.event(self.clock.now, i_sat, "restarted", "computer on again")
        self.dispatcher.processors[i_sat].restart(has_power=has_power)
