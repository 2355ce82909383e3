"""Shadow edges, passes and positions against their targets, from the measurements of `sunlight_and_contacts`."""

from __future__ import annotations

from benchmarks.result import Result, interleaved_medians_s
from benchmarks.sunlight_and_contacts import Measurement, rows


def measure(n_rounds: int) -> list[Result]:
    """Measure all contestants in turns."""
    measurements = {row.name: row for row in rows()}
    spent_s = interleaved_medians_s({name: row.run for name, row in measurements.items()}, n_rounds)
    cpu_s = {name: spent_s[name] * row.scale for name, row in measurements.items()}

    def result(what: str, name: str, target: float, peer: str, unit: str = "s") -> Result:
        scale = 1000.0 if unit == "ms" else 1.0
        return Result(
            what=what,
            measured=cpu_s[name] * scale,
            unit=unit,
            target=target,
            peer=f"{peer} ({_extent(measurements[peer])})",
            peer_measured=cpu_s[peer] * scale,
        )

    shadows, passes = "umbra and penumbra edges, 1,584 satellites, 1 day", "passes over 100 stations, 1 day"
    results = [
        result(shadows, "shadow edges, series", 1.0, "skyfield is_sunlit, 60 s"),
        result("  beside a table of positions alone", "shadow edges, series", 1.0, "sgp4 SatrecArray, 60 s"),
        result(passes, "passes", 1.5, "skyfield find_events"),
    ]
    instant = "all positions at one instant"
    results.append(result(instant, "all at one instant, series", 0.1, "sgp4 SatrecArray, one instant", "ms"))
    return results


def _extent(measurement: Measurement) -> str:
    return f"scaled {measurement.note}" if measurement.scale > 1.0 else measurement.note or "the same"
