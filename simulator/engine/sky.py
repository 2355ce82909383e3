"""Sunlight and contacts along the run: solved a window ahead, forgotten behind."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from simulator.contacts.passes import solve_passes
from simulator.contacts.slant_ranges import SlantRanges
from simulator.engine.world import World
from simulator.records import Contact
from simulator.sunlight.illumination import Illumination, solve_illumination, sunlit_windows


class Sky:
    """What is known of the Sun and the stations, from the last pruning to `known_until_s`.

    Per satellite: spans of full sunlight and contacts, disjoint (contacts: per station, no closed ones) and in order;
    `lit_in_window_s` is full sunlight inside the window of the metrics. Memory depends on how far ahead is solved,
    not on the length of the run.
    """

    def __init__(self, world: World) -> None:
        self.positions = world.positions
        self.shadow = world.shadow
        self.stations = world.stations
        self.min_elevation_rad = world.min_elevation_rad
        self.window_s = world.window_s
        self._counted_s = (world.warm_up_s, world.end_s)
        self.known_until_s = 0.0
        n_sats = world.positions.n_sats
        self.lit_in_window_s = [0.0] * n_sats
        self.lit_start_s: list[list[float]] = [[] for _ in range(n_sats)]
        self.lit_end_s: list[list[float]] = [[] for _ in range(n_sats)]
        self._all_contacts: list[list[Contact]] = [[] for _ in range(n_sats)]
        self._closed_stations: set[int] = set()
        self.contacts = self._all_contacts
        self.slant_ranges = SlantRanges(world.positions, world.stations)

    def extend(self) -> Illumination:
        """Solve the next window and return its illumination."""
        start_s, end_s = self.known_until_s, self.known_until_s + self.window_s
        illumination = solve_illumination(self.positions, start_s, end_s, self.shadow)
        self._add_lit_spans(illumination)
        if self.stations:
            self._add_contacts(start_s, end_s)
            self._leave_out_closed_stations()
        self.known_until_s = end_s
        return illumination

    def forget_before(self, t_s: float) -> None:
        """Drop spans and contacts that ended before `t_s`."""
        for starts, ends in zip(self.lit_start_s, self.lit_end_s, strict=True):
            n_past = bisect_right(ends, t_s)
            del starts[:n_past], ends[:n_past]
        for contacts in self._all_contacts:
            if contacts and contacts[0].set_s <= t_s:
                contacts[:] = [contact for contact in contacts if contact.set_s > t_s]
        self._leave_out_closed_stations()
        self.slant_ranges.forget_before(t_s)

    def close_station(self, station: int) -> None:
        """Tell of no contact with a station until it opens."""
        self._closed_stations.add(station)
        self._leave_out_closed_stations()

    def open_station(self, station: int) -> None:
        """Tell of contacts with a station again."""
        self._closed_stations.discard(station)
        self._leave_out_closed_stations()

    def _leave_out_closed_stations(self) -> None:
        closed = self._closed_stations
        self.contacts = self._all_contacts
        if closed:
            self.contacts = [[c for c in contacts if c.station not in closed] for contacts in self._all_contacts]

    def is_sunlit(self, satellite: int, t_s: float) -> bool:
        """Whether the whole Sun is seen; `t_s` must not lie before what was forgotten."""
        k = bisect_right(self.lit_start_s[satellite], t_s) - 1
        return k >= 0 and t_s < self.lit_end_s[satellite][k]

    def sunlit_windows(self, satellite: int, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """Return spans of full sunlight inside [start_s, end_s)."""
        spans = []
        ends = self.lit_end_s[satellite]
        starts = self.lit_start_s[satellite]
        for k in range(bisect_right(ends, start_s), len(ends)):
            lit_s = starts[k]
            if lit_s >= end_s:
                break
            dark_s = ends[k]
            spans.append((lit_s if lit_s > start_s else start_s, dark_s if dark_s < end_s else end_s))
        return spans

    def contacts_between(self, satellite: int, start_s: float, end_s: float) -> list[Contact]:
        """Return passes that overlap [start_s, end_s), by rise time."""
        found = []
        for contact in self.contacts[satellite]:
            if contact.rise_s >= end_s:
                break
            if contact.set_s > start_s:
                found.append(contact)
        return found

    def _add_lit_spans(self, illumination: Illumination) -> None:
        windows = sunlit_windows(illumination)
        i_sat = np.repeat(np.arange(illumination.n_sats), np.diff(windows.offsets))
        spans = zip(i_sat.tolist(), windows.start_s.tolist(), windows.end_s.tolist(), strict=True)
        for satellite, start_s, end_s in spans:
            counted_s = min(end_s, self._counted_s[1]) - max(start_s, self._counted_s[0])
            if counted_s > 0.0:
                self.lit_in_window_s[satellite] += counted_s
            ends = self.lit_end_s[satellite]
            if ends and ends[-1] == start_s:
                ends[-1] = end_s
            else:
                self.lit_start_s[satellite].append(start_s)
                ends.append(end_s)

    def _add_contacts(self, start_s: float, end_s: float) -> None:
        passes = solve_passes(self.positions, self.stations, start_s, end_s, self.min_elevation_rad)
        rise_s = np.where(np.isnan(passes.rise_s), start_s, passes.rise_s)
        set_s = np.where(np.isnan(passes.set_s), end_s, passes.set_s)
        order = np.lexsort((passes.i_station, rise_s))
        i_sat, i_station, rise_s, set_s = passes.i_sat[order], passes.i_station[order], rise_s[order], set_s[order]
        self.slant_ranges.add(i_sat, i_station, rise_s, set_s)
        columns = (i_sat, i_station, rise_s, set_s)
        for satellite, station, rise, down in zip(*(column.tolist() for column in columns), strict=True):
            contacts = self._all_contacts[satellite]
            if rise == start_s and (k := _open_contact(contacts, station, start_s)) >= 0:
                contacts[k] = Contact(station=station, rise_s=contacts[k].rise_s, set_s=down)
            else:
                contacts.append(Contact(station=station, rise_s=rise, set_s=down))


def _open_contact(contacts: list[Contact], station: int, t_s: float) -> int:
    """Return the place of the contact with a station that was cut at `t_s` by the end of a window, -1 if none."""
    for k in range(len(contacts) - 1, -1, -1):
        if contacts[k].station == station and contacts[k].set_s == t_s:
            return k
    return -1
