"""Satellites taken from and given to Skyfield."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.orbits.orbit_record import OrbitRecord, record_of_satrec

if TYPE_CHECKING:
    from skyfield.sgp4lib import EarthSatellite


def from_earth_satellite(satellite: EarthSatellite) -> OrbitRecord:
    """Return the elements of a Skyfield satellite; without a name it is called by its catalogue number."""
    return record_of_satrec(satellite.model, satellite.name or None)


def to_earth_satellite(record: OrbitRecord) -> EarthSatellite:
    """Return a Skyfield satellite on Skyfield's built-in time scale.

    Its `model.satnum` is a stand-in (0) where the catalogue number is above 339999.
    """
    from skyfield.api import EarthSatellite, load

    satellite = EarthSatellite.from_satrec(record.to_satrec(), load.timescale(builtin=True))
    satellite.name = record.name
    return satellite
