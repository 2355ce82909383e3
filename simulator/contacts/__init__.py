"""Ground stations and the passes of satellites over them."""

from simulator.contacts.passes import PassTable, solve_passes
from simulator.contacts.stations import GroundStation, StationGeometry, elevation_margin_m, station_geometry

__all__ = ["GroundStation", "PassTable", "StationGeometry", "elevation_margin_m", "solve_passes", "station_geometry"]
