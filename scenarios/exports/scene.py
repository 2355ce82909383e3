"""A scene for a globe: satellites in light and shadow, stations, contacts, and what a run did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scenarios.exports.czml import (
    Clock,
    Packet,
    SceneSatellite,
    Span,
    contact_packet,
    document_packet,
    satellite_packet,
    station_packet,
)
from simulator.contacts.passes import solve_passes
from simulator.contacts.stations import GroundStation
from simulator.orbits.exchange.tracks import Tracks
from simulator.orbits.model import Floats
from simulator.sunlight.eclipses import EclipseTable, solve_eclipses
from simulator.sunlight.shadow import ShadowKind, ShadowModel

MOST_LABELLED: Final = 40
"""Names and paths of more satellites cover each other, and the globe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTraces:
    """What a run left of satellites: state of charge over time of those traced, and tasks by where they ran."""

    charge: Mapping[int, tuple[Floats, Floats]] = field(default_factory=dict)
    tasks: Mapping[int, Sequence[tuple[Span, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Satellites over a span (`tracks`, Earth-fixed), what shades them, and the stations they pass."""

    name: str
    tracks: Tracks
    shadow: ShadowModel
    stations: tuple[GroundStation, ...]
    min_elevation_rad: float
    traces: RunTraces = field(default_factory=RunTraces)

    @property
    def clock(self) -> Clock:
        """Epoch and span; the last state may lie a part of a step beyond it."""
        return Clock(epoch=self.tracks.positions.epoch, start_s=self.tracks.start_s, end_s=self.tracks.end_s)


def scene_packets(scene: Scene) -> Iterator[Packet]:
    """Give the packets of a scene: document, stations, satellites, contacts.

    Raises
    ------
    ValueError
        If the tracks are not Earth-fixed.
    """
    if scene.tracks.frame != "TDR":
        raise ValueError(f"tracks.frame = {scene.tracks.frame!r}: a scene turns with the Earth; give TDR")
    clock, tracks = scene.clock, scene.tracks
    yield document_packet(scene.name, clock)
    for number, station in enumerate(scene.stations):
        yield station_packet(number, station)
    eclipses = solve_eclipses(tracks.positions, clock.start_s, clock.end_s, scene.shadow)
    rates = np.abs(tracks.positions.mean_orbits.argument_of_latitude_rate_rad_s)
    for track in tracks:
        satellite = SceneSatellite(
            name=track.name,
            t_s=tracks.t_s,
            position_m=track.position_m,
            lights=lights_of(eclipses, track.i_sat, (clock.start_s, clock.end_s)),
            period_s=float(2.0 * np.pi / rates[track.i_sat]),
            is_labelled=len(tracks.satellites) <= MOST_LABELLED,
            charge=_inside(scene.traces.charge.get(track.i_sat), clock),
            tasks=_cut(scene.traces.tasks.get(track.i_sat, ()), clock),
        )
        yield satellite_packet(track.i_sat, satellite, clock)
    yield from _contacts(scene, clock)


def lights_of(eclipses: EclipseTable, i_sat: int, span_s: Span) -> list[tuple[Span, str]]:
    """Return the light that a satellite is in, over a whole span."""
    rows = np.flatnonzero(eclipses.i_sat == i_sat)
    edges: list[tuple[float, int, int]] = []
    for row in rows.tolist():
        kind = int(eclipses.kind[row])
        edges.append((_or(float(eclipses.entry_s[row]), span_s[0]), kind, 1))
        edges.append((_or(float(eclipses.exit_s[row]), span_s[1]), kind, -1))
    depth = {int(ShadowKind.UMBRA): 0, int(ShadowKind.PENUMBRA): 0}
    lights: list[tuple[Span, str]] = []
    since_s = span_s[0]
    for t_s, kind, change in [*sorted(edges), (span_s[1], int(ShadowKind.UMBRA), 0)]:
        if t_s > since_s:
            name = "umbra" if depth[int(ShadowKind.UMBRA)] else "penumbra" if any(depth.values()) else "sunlit"
            lights.append(((since_s, t_s), name))
            since_s = t_s
        depth[kind] += change
    return lights


def _contacts(scene: Scene, clock: Clock) -> Iterator[Packet]:
    if not scene.stations:
        return
    positions = scene.tracks.positions
    passes = solve_passes(positions, scene.stations, clock.start_s, clock.end_s, scene.min_elevation_rad)
    is_chosen: NDArray[np.bool_] = np.isin(passes.i_sat, scene.tracks.satellites)
    spans: dict[tuple[int, int], list[Span]] = {}
    for row in np.flatnonzero(is_chosen).tolist():
        span = (_or(float(passes.rise_s[row]), clock.start_s), _or(float(passes.set_s[row]), clock.end_s))
        spans.setdefault((int(passes.i_sat[row]), int(passes.i_station[row])), []).append(span)
    for (i_sat, i_station), of_pair in sorted(spans.items()):
        ends = ((i_sat, positions.names[i_sat]), (i_station, scene.stations[i_station].name))
        yield contact_packet(*ends, sorted(of_pair), clock)


def _or(t_s: float, border_s: float) -> float:
    return border_s if np.isnan(t_s) else t_s


def _inside(samples: tuple[Floats, Floats] | None, clock: Clock) -> tuple[Floats, Floats] | None:
    """Return the samples inside a scene, None if there are none."""
    if samples is None:
        return None
    inside = (samples[0] >= clock.start_s) & (samples[0] <= clock.end_s)
    return (samples[0][inside], samples[1][inside]) if inside.any() else None


def _cut(spans: Sequence[tuple[Span, str]], clock: Clock) -> list[tuple[Span, str]]:
    """Return the parts of spans inside a scene."""
    cut = [((max(a, clock.start_s), min(b, clock.end_s)), text) for (a, b), text in spans]
    return [(span, text) for span, text in cut if span[0] < span[1]]
