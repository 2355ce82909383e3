"""What is overhead in a scenario: its satellites, its stations and the shadow they meet."""

from __future__ import annotations

from scenarios.config import Scenario
from scenarios.config.satellites import WalkerSatellites
from simulator.contacts.stations import GroundStation
from simulator.orbits.constellations import raan_of_local_time_rad
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.model import PositionModel
from simulator.orbits.position_models import position_model
from simulator.orbits.walker import WalkerShell
from simulator.sunlight.shadow import ShadowModel
from simulator.timescale import Epoch, parse_epoch


def positions_of(scenario: Scenario) -> PositionModel:
    """Return the satellites of a scenario, times counted from its epoch.

    Raises
    ------
    OrbitFileError
        If the scenario names an orbit file that cannot be used.
    """
    epoch = parse_epoch(scenario.epoch)
    satellites = scenario.satellites
    if isinstance(satellites, WalkerSatellites):
        return position_model(shell_of(satellites, epoch), epoch)
    return position_model(read_orbit_file(scenario.folder / satellites.path)[: satellites.limit], epoch)


def shell_of(satellites: WalkerSatellites, epoch: Epoch) -> WalkerShell:
    """Return the shell of a Walker section, its first node placed by angle or by local solar time at the epoch."""
    raan_rad, local_time_h = satellites.raan_rad, satellites.ascending_node_local_time_h
    if local_time_h is not None:
        raan_rad = raan_of_local_time_rad(epoch, local_time_h)
    return WalkerShell(
        n_planes=satellites.planes,
        n_slots=satellites.satellites_per_plane,
        altitude_m=satellites.altitude_m,
        inclination_rad=satellites.inclination_rad,
        phasing=satellites.phasing,
        raan_spread_rad=satellites.raan_spread_rad,
        raan_rad=raan_rad or 0.0,
    )


def shadow_of(scenario: Scenario) -> ShadowModel:
    """Return the shadow model of a scenario."""
    shadow = scenario.shadow
    if shadow.body == "wgs84":
        return ShadowModel(sun=shadow.sun, atmosphere_height_m=shadow.atmosphere_height_m)
    return ShadowModel(
        body="sphere",
        radius_m=shadow.sphere_radius_m,
        sun=shadow.sun,
        atmosphere_height_m=shadow.atmosphere_height_m,
    )


def stations_of(scenario: Scenario) -> tuple[GroundStation, ...]:
    """Return the ground stations of a scenario."""
    return tuple(
        GroundStation(
            name=station.name,
            latitude_rad=station.latitude_rad,
            longitude_rad=station.longitude_rad,
            height_m=station.height_m,
            n_channels=station.channels,
        )
        for station in scenario.ground.stations
    )
