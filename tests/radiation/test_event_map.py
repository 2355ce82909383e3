"""Where upsets fall: a user's geolocated events, or events drawn from the model itself, against its map.

Set `SUNWISE_GEOLOCATED_EVENTS` to a CSV file with columns `latitude_deg` and `longitude_deg` to hold the model against
a flight. The defaults are those of Flying Laptop (600 km, 97.6 degrees, end of 2017), whose 2,129 events are public
(doi 10.18419/darus-443); `SUNWISE_GEOLOCATED_ORBIT=altitude_km,inclination_deg,year` tells another orbit.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from grids.ground_track import circular_ground_track
from radiation.devices import find_device
from radiation.environment import Environment
from radiation.upsets import DeviceRates, Track, joined_lists, sample_upsets

EVENTS_FILE = os.environ.get("SUNWISE_GEOLOCATED_EVENTS", "")
ORBIT = os.environ.get("SUNWISE_GEOLOCATED_ORBIT", "600,97.6,2017.9")
SHIELDING_KG_M2 = 15.0
LATITUDES_DEG, LONGITUDES_DEG = np.arange(-90.0, 91.0, 5.0), np.arange(-180.0, 181.0, 10.0)


def along_orbit(altitude_km, inclination_deg, year, days=30.0):
    """Return a track of thirty days and the device's rates along it: enough passes to fill every cell."""
    t_s = np.arange(0.0, days * 86_400.0, 20.0)
    latitude_deg, longitude_deg, height_km = circular_ground_track(altitude_km, inclination_deg, t_s)
    track = Track(
        satellite=np.array([0], np.int32),
        t_s=t_s,
        latitude_rad=np.radians([latitude_deg]),
        longitude_rad=np.radians([longitude_deg]),
        altitude_m=1e3 * np.array([height_km]),
    )
    environment = Environment(epoch_year=year, solar_phase=0.0)
    rates = DeviceRates(find_device("frontgrade-ut8r2m39"), environment, shielding_kg_m2=SHIELDING_KG_M2)
    return track, rates, rates.along(track)


def histogram(latitude_rad, longitude_rad, weights=None):
    edges = (LATITUDES_DEG, LONGITUDES_DEG)
    return np.histogram2d(np.degrees(latitude_rad), np.degrees(longitude_rad), edges, weights=weights)[0]


def expected_map(altitude_km, inclination_deg, year):
    """Return the share of upsets of cells in each cell of 5 by 10 degrees."""
    track, _, along = along_orbit(altitude_km, inclination_deg, year)
    shares = histogram(track.latitude_rad[0], track.longitude_rad[0], along[0].sum(axis=0)[0])
    return shares / shares.sum()


def correlation(counts, shares):
    """Correlate counts with expected shares over the cells that the orbit reaches."""
    reached = shares > 0.0
    return float(np.corrcoef(counts[reached], shares[reached])[0, 1])


@pytest.fixture(scope="module")
def drawn():
    """Ten satellites' events of thirty days each, by the model at the end of 2017."""
    track, rates, along = along_orbit(600.0, 97.6, 2017.9)
    lists = [
        sample_upsets(rates.device, track, along, root_seed=seed)  # another seed is another satellite in the same orbit
        for seed in range(10)
    ]
    events = joined_lists(lists)
    return histogram(events.latitude_rad, events.longitude_rad)


def test_events_of_the_model_fall_where_its_map_says(drawn):
    """Of some 2,500 events, the busiest cells have 60 or so: chance alone leaves a correlation of 0.97."""
    shares = expected_map(600.0, 97.6, 2017.9)
    n_events = drawn.sum()
    noise = (shares * n_events)[shares > 0.0]
    by_chance = 1.0 / np.sqrt(1.0 + noise.mean() / noise.var())
    # the correlation of counts with their means scatters by less than 0.01 at this size
    assert correlation(drawn, shares) == pytest.approx(by_chance, abs=0.02)


def test_the_map_without_drift_does_not_fit_them(drawn):
    """In 1960, the epoch of AP-8 MIN's field, the anomaly lay 17 degrees further east."""
    assert correlation(drawn, expected_map(600.0, 97.6, 1960.0)) < 0.75


@pytest.mark.skipif(not EVENTS_FILE, reason="set SUNWISE_GEOLOCATED_EVENTS to a CSV file: see the head of this file")
def test_a_users_events_fall_where_the_map_says():
    """0.93 was found for the half of Flying Laptop's events to which no drift was fitted; tags are detection times."""
    altitude_km, inclination_deg, year = (float(word) for word in ORBIT.split(","))
    with Path(EVENTS_FILE).open(newline="") as file:
        rows = [(float(row["latitude_deg"]), float(row["longitude_deg"])) for row in csv.DictReader(file)]
    latitude_rad, longitude_rad = np.radians(np.array(rows).T)
    assert correlation(histogram(latitude_rad, longitude_rad), expected_map(altitude_km, inclination_deg, year)) > 0.85
