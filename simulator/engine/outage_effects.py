"""What outages do to links, satellites, stations and arrays."""

from __future__ import annotations

from math import prod
from typing import Final

from simulator.engine.dispatcher import Dispatcher
from simulator.engine.link_states import LinkStates
from simulator.engine.outage_events import OutageEvents
from simulator.engine.world import Recorder, World
from simulator.outages import Outage, OutageKind

_MAX_LINK_ROWS: Final = 100_000
"""Failures and recoveries of links that are written as events, some 5 MB; all of them are counted."""


class OutageEffects:
    """Puts things out of order, each for as long as any of its outages lasts.

    Attributes
    ----------
    links : LinkStates
        For whatever else keeps links from working.
    n_begun : dict
        Outages by kind that began before the end of the window; how long a drain lasts is the scheduler's doing.
    """

    def __init__(self, world: World, dispatcher: Dispatcher, recorder: Recorder) -> None:
        self._clock = dispatcher.clock
        self._fleet = dispatcher.fleet
        self._dispatcher = dispatcher
        self._world = world
        self._recorder = recorder
        self.links = LinkStates(self._clock, world.topology, world.acquisition_s, self._link_fails, self._link_recovers)
        self.n_begun = dict.fromkeys(OutageKind, 0)
        self._lasting: dict[tuple[OutageKind, int], list[Outage]] = {}
        self._n_link_rows = 0

    def start(self) -> None:
        """Begin what is out of order from the start, and await all else."""
        world = self._world
        if world.outages is not None:
            links = world.topology.links.tolist()
            sources = world.outages.sources(world.topology.n_sats, len(world.stations), links)
            OutageEvents(self._clock, sources, self._begin, self._end).start()

    def satellite_returns(self, i_sat: int) -> None:
        """Take a satellite into routes again that works again."""
        self._recorder.event(self._clock.now, i_sat, "recovered", "loads on again")
        self.links.satellite_returns(i_sat)
        self._dispatcher.transport.satellite_came_up(i_sat)
        self._dispatcher.processors[i_sat].power_up()
        self._dispatcher.look_for_models()

    def _begin(self, outage: Outage) -> None:
        if self._clock.now < self._world.end_s:
            self.n_begun[outage.kind] += 1
        self._recorder.outage(outage)
        if outage.kind is OutageKind.LINK:
            self.links.fail(self._world.topology.link_id(outage.first, outage.second))
            return
        lasting = self._lasting.setdefault((outage.kind, outage.first), [])
        lasting.append(outage)
        if outage.kind is OutageKind.ARRAY:
            self._set_array(outage.first, lasting)
        elif len(lasting) == 1:
            self._switch_off(outage)

    def _end(self, outage: Outage) -> None:
        if outage.kind is OutageKind.LINK:
            self.links.recover(self._world.topology.link_id(outage.first, outage.second))
            return
        lasting = self._lasting[outage.kind, outage.first]
        lasting.remove(outage)
        if outage.kind is OutageKind.ARRAY:
            self._set_array(outage.first, lasting)
        elif not lasting:
            self._switch_on(outage)

    def _switch_off(self, outage: Outage) -> None:
        i_sat, station, transport = outage.first, outage.first, self._dispatcher.transport
        if outage.kind is OutageKind.STATION:
            self._note_station(station, "station_closed")
            transport.ground.station_closed(station)
            return
        self._recorder.event(self._clock.now, i_sat, "safe_mode", "computer and terminals off, base load on")
        was_up = self._fleet.is_up[i_sat]
        self._fleet.enter_safe_mode(i_sat)
        if was_up:
            self._dispatcher.processors[i_sat].shut_down()
            transport.satellite_went_down(i_sat)
            self._fleet.cut_pulses(i_sat)

    def _switch_on(self, outage: Outage) -> None:
        if outage.kind is OutageKind.STATION:
            self._note_station(outage.first, "station_opened")
            self._dispatcher.transport.ground.station_opened(outage.first)
            self._dispatcher.look_for_models()
        elif self._fleet.leave_safe_mode(outage.first):
            self.satellite_returns(outage.first)

    def _set_array(self, i_sat: int, lasting: list[Outage]) -> None:
        """Let an array give what all faults of it leave."""
        output = prod(outage.output for outage in lasting)
        self._fleet.set_array_output(i_sat, output)
        kind = "array_down" if output < 1.0 else "array_up"
        self._recorder.event(self._clock.now, i_sat, kind, f"array gives {100.0 * output:g} % of its output")

    def _note_station(self, station: int, kind: str) -> None:
        self._recorder.event(self._clock.now, -1, kind, self._world.stations[station].name)

    def _link_fails(self, link: int) -> None:
        self._note_link(link, "link_down")
        self._dispatcher.transport.link_failed(link)

    def _link_recovers(self, link: int) -> None:
        self._note_link(link, "link_up")
        self._dispatcher.transport.link_recovered(link)
        self._dispatcher.look_for_models()

    def _note_link(self, link: int, kind: str) -> None:
        self._n_link_rows += 1
        if self._n_link_rows <= _MAX_LINK_ROWS:
            a, b = self._world.topology.links[link].tolist()
            self._recorder.event(self._clock.now, a, kind, f"link to satellite {b}")
            if self._n_link_rows == _MAX_LINK_ROWS:
                self._recorder.event(self._clock.now, -1, "link_rows_full", "later failures are counted, not written")
