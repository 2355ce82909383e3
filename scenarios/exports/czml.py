"""CZML, the scenes of Cesium's globe, as packets of JSON.

After the "CZML Guide" of Analytical Graphics (github.com/AnalyticalGraphicsInc/czml-writer/wiki). A packet is an object
of the scene; values that change are lists of samples after an epoch, or of intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from simulator.contacts.stations import GroundStation
from simulator.orbits.model import Floats
from simulator.timescale import Epoch

Packet: TypeAlias = dict[str, Any]
Span: TypeAlias = tuple[float, float]

RGBA: Final = {
    "sunlit": [240, 195, 60, 255],
    "penumbra": [150, 150, 150, 255],
    "umbra": [70, 130, 235, 255],
    "station": [0, 205, 150, 255],
    "contact": [0, 205, 150, 170],
    "path": [255, 255, 255, 70],
    "running": [255, 255, 255, 255],
}
"""Yellow, grey, blue and green stay apart for all kinds of colour vision."""

_INTERPOLATION: Final = {"interpolationAlgorithm": "LAGRANGE", "interpolationDegree": 7}
_PLAY_S: Final = 60.0
"""One run through a scene should last about a minute."""

_CENTIMETRES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Epoch and span of a scene, in seconds after the epoch."""

    epoch: Epoch
    start_s: float
    end_s: float

    def utc(self, t_s: float) -> str:
        """Return UTC at a time."""
        return self.epoch.utc_text(t_s)

    def interval(self, span: Span) -> str:
        """Return a span as CZML has it."""
        return f"{self.utc(span[0])}/{self.utc(span[1])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSatellite:
    """What a scene shows of one satellite.

    Attributes
    ----------
    t_s, position_m : (n,), (n, 3), Earth-fixed
    lights : spans that fill the scene, each `sunlit`, `penumbra` or `umbra`
    period_s : orbital period, of which a half is drawn ahead and a half behind
    is_labelled : whether name and path are drawn
    charge : (n,), (n,) times and state of charge, 0 to 1, where a run traced it
    tasks : spans in which tasks ran, each with what is told of it
    """

    name: str
    t_s: Floats
    position_m: Floats
    lights: Sequence[tuple[Span, str]]
    period_s: float
    is_labelled: bool
    charge: tuple[Floats, Floats] | None = None
    tasks: Sequence[tuple[Span, str]] = ()


def document_packet(name: str, clock: Clock) -> Packet:
    """Return the first packet of a scene, with its clock."""
    multiplier = max(1.0, round((clock.end_s - clock.start_s) / _PLAY_S))
    return {
        "id": "document",
        "name": name,
        "version": "1.0",
        "clock": {
            "interval": clock.interval((clock.start_s, clock.end_s)),
            "currentTime": clock.utc(clock.start_s),
            "multiplier": multiplier,
            "range": "LOOP_STOP",
            "step": "SYSTEM_CLOCK_MULTIPLIER",
        },
    }


def satellite_packet(number: int, satellite: SceneSatellite, clock: Clock) -> Packet:
    """Return a satellite: a point coloured by the light it is in, framed while tasks run."""
    whole = clock.interval((clock.start_s, clock.end_s))
    samples = np.column_stack((satellite.t_s - clock.start_s, satellite.position_m))
    packet: Packet = {
        "id": satellite_id(number),
        "name": satellite.name,
        "availability": whole,
        "position": {
            **_INTERPOLATION,
            "referenceFrame": "FIXED",
            "epoch": clock.utc(clock.start_s),
            "cartesian": [round(value, _CENTIMETRES) for value in samples.ravel().tolist()],
        },
        "point": {
            "pixelSize": 7,
            "color": [{"interval": clock.interval(span), "rgba": RGBA[light]} for span, light in satellite.lights],
        },
        "properties": {"light": _texts(satellite.lights, clock)},
    }
    if satellite.is_labelled:
        packet["label"] = {"text": satellite.name, "font": "12px sans-serif", "pixelOffset": {"cartesian2": [12, 0]},
                           "horizontalOrigin": "LEFT", "fillColor": {"rgba": RGBA["running"]}}  # fmt: skip
        half_s = satellite.period_s / 2.0
        packet["path"] = {"leadTime": half_s, "trailTime": half_s, "resolution": 60, "width": 1,
                          "material": {"solidColor": {"color": {"rgba": RGBA["path"]}}}}  # fmt: skip
    if satellite.charge is not None:
        packet["properties"]["state_of_charge"] = _numbers(*satellite.charge, clock)
    if satellite.tasks:
        packet["properties"]["task"] = _texts(satellite.tasks, clock)
        packet["point"]["outlineColor"] = {"rgba": RGBA["running"]}
        packet["point"]["outlineWidth"] = [
            {"interval": whole, "number": 0},
            *(
                {"interval": clock.interval(span), "number": 3}
                for span in merged([span for span, _ in satellite.tasks])
            ),
        ]
    return packet


def station_packet(number: int, station: GroundStation) -> Packet:
    """Return a ground station: a labelled point."""
    degrees = np.degrees([station.longitude_rad, station.latitude_rad]).tolist()
    return {
        "id": station_id(number),
        "name": station.name,
        "position": {"cartographicDegrees": [*(round(value, 7) for value in degrees), station.height_m]},
        "point": {"pixelSize": 8, "color": {"rgba": RGBA["station"]}},
        "label": {"text": station.name, "font": "12px sans-serif", "pixelOffset": {"cartesian2": [12, 0]},
                  "horizontalOrigin": "LEFT", "fillColor": {"rgba": RGBA["station"]}},
    }  # fmt: skip


def contact_packet(satellite: tuple[int, str], station: tuple[int, str], spans: Sequence[Span], clock: Clock) -> Packet:
    """Return the line between a satellite and a station, there while they are in contact."""
    ends = (satellite_id(satellite[0]), station_id(station[0]))
    return {
        "id": f"contact-{satellite[0]}-{station[0]}",
        "name": f"{satellite[1]} to {station[1]}",
        "availability": [clock.interval(span) for span in spans],
        "polyline": {
            "positions": {"references": [f"{end}#position" for end in ends]},
            "arcType": "NONE",
            "width": 1,
            "material": {"solidColor": {"color": {"rgba": RGBA["contact"]}}},
        },
    }


def satellite_id(number: int) -> str:
    """Return the id of a satellite's packet."""
    return f"satellite-{number}"


def station_id(number: int) -> str:
    """Return the id of a station's packet."""
    return f"station-{number}"


def merged(spans: Sequence[Span]) -> Iterator[Span]:
    """Give spans in order, those that touch or overlap as one."""
    held: Span | None = None
    for start_s, end_s in sorted(spans):
        if held is not None and start_s <= held[1]:
            held = (held[0], max(held[1], end_s))
        else:
            if held is not None:
                yield held
            held = (start_s, end_s)
    if held is not None:
        yield held


def _texts(spans: Sequence[tuple[Span, str]], clock: Clock) -> list[Packet]:
    return [{"interval": clock.interval(span), "string": text} for span, text in spans]


def _numbers(t_s: Floats, values: Floats, clock: Clock) -> Packet:
    pairs = zip((t_s - clock.start_s).tolist(), values.tolist(), strict=True)
    samples = [number for t, value in pairs for number in (round(t, 3), round(value, 6))]
    return {"epoch": clock.utc(clock.start_s), "number": samples}
