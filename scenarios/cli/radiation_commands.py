"""`devices` and `radiation map`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from radiation.devices import Device, device_names, find_device
from radiation.environment import Environment
from radiation.upsets import Track
from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json
from scenarios.cli.radiation_options import solar_phase_of
from scenarios.cli.radiation_tables import devices_text
from scenarios.cli.sky_source import chosen_satellites, sky_source
from scenarios.radiation_map import RadiationMap, radiation_map
from scenarios.radiation_tracks import epoch_year, radiation_tracks

DEFAULT_ALTITUDE_KM: Final = 550.0
_TRACK_STEP_S: Final = 30.0
_PER_CM2: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOptions:
    """What a person asked of a map; None where an option was left out."""

    altitude_km: float | None
    energy_mev: float
    phase: str | None
    year: float | None
    orbit: str | None
    start: str | None
    duration: str
    satellite: str | None
    figure: Path | None


def devices(*, as_json: bool) -> None:
    """Print the catalogue."""
    found = [find_device(name) for name in device_names()]
    if as_json:
        print_json({"rows": [_device_row(device) for device in found]})
    else:
        print(devices_text(found))
        note("a device of your own is a YAML file for --device; docs/radiation.md shows its keys")


def draw_map(options: MapOptions, *, as_json: bool) -> None:
    """Print the peak of the belt at one altitude, and draw it if a figure is asked for."""
    track, year = _track(options)
    if year is None:
        raise CommandError("--year is missing; the anomaly drifts, so say when: --year 2026", ExitCode.USAGE)
    try:
        phase = None if options.phase is None else solar_phase_of(options.phase)
        environment = Environment(epoch_year=year, solar_phase=phase)
        result = radiation_map(environment, energy_mev=options.energy_mev, altitude_m=_altitude_m(options, track))
    except CommandError:
        raise
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    if options.figure is not None:
        _draw(result, track, options.figure)
    document = _document(result)
    if as_json:
        print_json(document)
    else:
        place = f"latitude {document['peak_latitude_deg']:.1f}, longitude {document['peak_longitude_deg']:.1f} deg"
        print(
            f"Trapped protons above {options.energy_mev:g} MeV at {document['altitude_km']:,.0f} km: at most "
            f"{document['peak_flux_per_cm2_s']:,.4g} per cm2 and s, at {place}"
        )
        print(f"Environment: {document['environment']}")


def _track(options: MapOptions) -> tuple[Track | None, float | None]:
    """Return the track of a satellite and the year of the map."""
    if options.orbit is None:
        return None, options.year
    source = sky_source(options.orbit, options.start, options.duration)
    chosen = chosen_satellites(source.positions.names, options.satellite)[:1]
    try:
        tracks = radiation_tracks(
            source.positions,
            start_s=source.start_s,
            end_s=source.end_s,
            step_s=_TRACK_STEP_S,
            satellites=chosen,
        )
        return next(tracks), epoch_year(source.positions.epoch) if options.year is None else options.year
    except ValueError as error:
        raise CommandError(f"{options.orbit}: {error}", ExitCode.INPUT_REFUSED) from error


def _altitude_m(options: MapOptions, track: Track | None) -> float:
    """Return the altitude asked for, else the orbit's own mean."""
    if options.altitude_km is not None:
        return 1e3 * options.altitude_km
    return 1e3 * DEFAULT_ALTITUDE_KM if track is None else float(track.altitude_m.mean())


def _draw(result: RadiationMap, track: Track | None, figure: Path) -> None:
    from scenarios.plots.figures import draw_figure
    from scenarios.plots.radiation_map import plot_radiation_map, radiation_map_data
    from scenarios.plots.style import TWO_COLUMNS_IN

    stem = figure.with_suffix("") if figure.suffix in (".png", ".pdf") else figure
    stem.parent.mkdir(parents=True, exist_ok=True)
    data = radiation_map_data(result, track)
    for path in draw_figure(stem, data, plot_radiation_map, size_in=(TWO_COLUMNS_IN, 3.6), n_legend_columns=1):
        note(f"wrote {path}")


def _document(result: RadiationMap) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "peak_flux_per_cm2_s": _PER_CM2 * result.peak.flux_per_m2_s,
        "peak_latitude_deg": float(np.degrees(result.peak.latitude_rad)),
        "peak_longitude_deg": float(np.degrees(result.peak.longitude_rad)),
        "energy_mev": result.energy_mev,
        "altitude_km": 1e-3 * result.altitude_m,
        "year": result.environment.epoch_year,
        "solar_phase": float(result.environment.solar_phase_at(0.0)),
        "environment": result.environment.describe(),
    }


def _device_row(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "evidence": device.evidence.value,
        "source": device.source,
        "technology_nm": device.technology_nm,
        "n_bits": device.memory.n_bits if device.memory else 0,
        "responses": list(device.responses()),
        "notes": list(device.notes),
        "warnings": list(device.warnings()),
    }
