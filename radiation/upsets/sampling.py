"""Upsets of satellites, drawn from rates along their orbits.

Every process (what happens, by which population, at which satellite) is a Poisson process of its own with streams of
its own, so the upsets of a satellite do not depend on the fleet around it, on its order, or on how the work is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from radiation.devices.device import Device
from radiation.populations import POPULATIONS, Population
from radiation.streams import Purpose, upset_stream
from radiation.upsets.clusters import ClusterDraws, Flips, draw_clusters, flips_of_clusters, joined_draws
from radiation.upsets.effects import effects_of, event_factors
from radiation.upsets.event_times import cumulative_rate, draw_event_times
from radiation.upsets.lines import draw_column_flips, draw_row_flips
from radiation.upsets.track import Track
from radiation.upsets.upset_list import Effect, UpsetList

TIMES: Final = {
    Effect.CELLS: Purpose.CELL_TIMES,
    Effect.ROW: Purpose.ROW_TIMES,
    Effect.COLUMN: Purpose.COLUMN_TIMES,
    Effect.FUNCTIONAL_INTERRUPT: Purpose.FUNCTIONAL_INTERRUPT_TIMES,
    Effect.LOGIC_ERROR: Purpose.LOGIC_ERROR_TIMES,
}


class RatesAlongTrack(Protocol):
    """What gives the rates of a device at places; `DeviceRates` is one."""

    @property
    def device(self) -> Device:
        """Whose rates they are."""

    def along(self, track: Track) -> NDArray[np.floating]:
        """Return events or bits per target and second, (n_effects, n_populations, n_sats, n_times)."""


def iter_upsets(
    rates: RatesAlongTrack, tracks: Iterable[Track], *, root_seed: int, replication: int = 0
) -> Iterator[UpsetList]:
    """Give the upsets of the satellites of each track, one list after the other.

    Memory stays that of one track, however large the fleet; the events are those of one call for all satellites.

    Raises
    ------
    ValueError
        If a satellite comes in two tracks: its streams would begin anew, and give the same random numbers twice.
    """
    seen: set[int] = set()
    for track in tracks:
        satellites = track.satellite.tolist()
        again = seen.intersection(satellites)
        if again:
            raise ValueError(f"satellite {min(again)} comes in two tracks: give each one track, of all its time")
        seen.update(satellites)
        yield sample_upsets(rates.device, track, rates.along(track), root_seed=root_seed, replication=replication)


def sample_upsets(
    device: Device, track: Track, rates: NDArray[np.floating], *, root_seed: int, replication: int = 0
) -> UpsetList:
    """Draw the upsets of one or several satellites along their orbits, for all the time of each at one go.

    Parameters
    ----------
    device : Device
        What is on board of each.
    track : Track
        The satellites and where they are.
    rates : (n_effects, n_populations, n_sats, n_times) float, 1/s
        Per target: a bit of `cells`, the device for everything else. Effects in the order of `effects_of(device)`,
        populations in that of `POPULATIONS`; taken as linear between instants.
    root_seed, replication : int
        Name the random streams, with the indices of the satellites.

    Returns
    -------
    UpsetList
        In order of time, from `track.t_s[0]` up to but not including `track.t_s[-1]`.

    Raises
    ------
    ValueError
        If shapes do not fit, or a rate is negative or not finite.
    """
    effects = effects_of(device)
    expected_shape = (len(effects), len(POPULATIONS), track.satellite.size, track.t_s.size)
    if rates.shape != expected_shape:
        raise ValueError(
            f"rates has shape {rates.shape}: effects, populations, satellites and times make it {expected_shape}"
        )
    factors = event_factors(device)
    processes: list[_Process] = []
    for i_effect, effect in enumerate(effects):
        for i_population, population in enumerate(POPULATIONS):
            events_per_s = np.asarray(rates[i_effect, i_population], dtype=np.float64) * factors[i_effect][i_population]
            seed = _Seed(root_seed=root_seed, replication=replication, population=population)
            processes += _drawn_processes(device, effect, seed, track, events_per_s)
    return _upset_list(device, track, processes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seed:
    """What names the streams of one population, but for the satellite and the purpose."""

    root_seed: int
    replication: int
    population: Population

    def stream(self, satellite: int, purpose: Purpose) -> np.random.Generator:
        return upset_stream(
            self.root_seed,
            satellite=satellite,
            population=self.population,
            purpose=purpose,
            replication=self.replication,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """Events of one kind, by one population, at one satellite; at least one."""

    i_sat: int
    effect: Effect
    population: Population
    t_s: NDArray[np.float64]
    clusters: ClusterDraws | None = None
    lines: Flips | None = None


def _drawn_processes(
    device: Device, effect: Effect, seed: _Seed, track: Track, events_per_s: NDArray[np.float64]
) -> Iterator[_Process]:
    """Give the events of one kind, by one population, at those satellites that have some."""
    if not events_per_s.any():
        return
    expected = cumulative_rate(track.t_s, events_per_s)
    for i_sat, satellite in enumerate(track.satellite.tolist()):
        t_s = draw_event_times(seed.stream(satellite, TIMES[effect]), track.t_s, events_per_s[i_sat], expected[i_sat])
        if t_s.size:
            yield _Process(
                i_sat=i_sat,
                effect=effect,
                population=seed.population,
                t_s=t_s,
                clusters=_clusters(device, effect, seed, satellite, t_s.size),
                lines=_lines(device, effect, seed, satellite, t_s.size),
            )


def _clusters(device: Device, effect: Effect, seed: _Seed, satellite: int, n_events: int) -> ClusterDraws | None:
    if effect is not Effect.CELLS:
        return None
    assert device.memory, "a device with cells has a memory"
    return draw_clusters(
        device.memory,
        device.multiplicity(seed.population),
        n_events,
        addresses=seed.stream(satellite, Purpose.CELL_ADDRESSES),
        multiplicities=seed.stream(satellite, Purpose.CELL_MULTIPLICITIES),
        walks=seed.stream(satellite, Purpose.CELL_WALKS),
    )


def _lines(device: Device, effect: Effect, seed: _Seed, satellite: int, n_events: int) -> Flips | None:
    if effect not in (Effect.ROW, Effect.COLUMN):
        return None
    assert device.memory, "a device with rows and columns has a memory"
    is_row = effect is Effect.ROW
    addresses = seed.stream(satellite, Purpose.ROW_ADDRESSES if is_row else Purpose.COLUMN_ADDRESSES)
    bits = seed.stream(satellite, Purpose.ROW_BITS if is_row else Purpose.COLUMN_BITS)
    return (draw_row_flips if is_row else draw_column_flips)(device.memory, n_events, addresses, bits)


def _upset_list(device: Device, track: Track, processes: list[_Process]) -> UpsetList:
    """Return the events of all processes in order of time, with the words and masks of their flips."""
    sizes = np.array([process.t_s.size for process in processes], dtype=np.int64)
    flips = _flips(device, processes, np.cumsum(sizes) - sizes)
    i_sat = np.repeat(np.array([process.i_sat for process in processes], dtype=np.int64), sizes)
    t_s = np.concatenate([np.empty(0), *(process.t_s for process in processes)])
    latitude_rad, longitude_rad, altitude_m = track.at(i_sat, t_s)
    return UpsetList(
        t_s=t_s,
        satellite=track.satellite[i_sat],
        population=np.repeat(np.array([process.population for process in processes], dtype=np.int8), sizes),
        effect=np.repeat(np.array([process.effect for process in processes], dtype=np.int8), sizes),
        latitude_rad=latitude_rad,
        longitude_rad=longitude_rad,
        altitude_m=altitude_m,
        first_flip=np.searchsorted(flips.event, np.arange(t_s.size + 1)),
        word=flips.word,
        mask=flips.mask,
    ).sorted_by_time()


def _flips(device: Device, processes: list[_Process], first_event: NDArray[np.int64]) -> Flips:
    """Return the flips of all processes in order of events; clusters are laid out on the array at one go."""
    parts = [Flips(event=np.empty(0, np.int64), word=np.empty(0, np.int64), mask=np.empty(0, np.uint64))]
    clusters = [(p.clusters, first) for p, first in zip(processes, first_event, strict=True) if p.clusters]
    if clusters:
        assert device.memory, "a device with cells has a memory"
        found = flips_of_clusters(device.memory, joined_draws([draws for draws, _ in clusters]))
        event = np.concatenate([first + np.arange(draws.start.size) for draws, first in clusters])
        parts.append(Flips(event=event[found.event], word=found.word, mask=found.mask))
    for process, first in zip(processes, first_event, strict=True):
        if process.lines:
            parts.append(Flips(event=first + process.lines.event, word=process.lines.word, mask=process.lines.mask))
    event = np.concatenate([part.event for part in parts])
    order = np.argsort(event, kind="stable")
    word, mask = np.concatenate([part.word for part in parts]), np.concatenate([part.mask for part in parts])
    return Flips(event=event[order], word=word[order], mask=mask[order])
