"""Figures of radiation: what they show, and that they repeat byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.axes import Axes

from radiation.devices import constant_rate_device, find_device, memory_array
from radiation.environment import Environment, SolarEvent
from radiation.environment.solar_events import King1972
from radiation.populations import POPULATIONS
from radiation.upsets import DeviceRates, Track, expected_upsets
from scenarios.cli.upset_figures import places_of_events
from scenarios.device_comparison import compare_devices
from scenarios.plots.figures import draw_figure
from scenarios.plots.population_looks import MARKERS, POPULATION_LOOKS
from scenarios.plots.radiation_map import plot_radiation_map, radiation_map_data
from scenarios.plots.style import drawing
from scenarios.plots.upset_map import MOST_EVENTS, plot_upset_map, upset_map_data
from scenarios.plots.upset_rate import plot_upset_rate, upset_rate_data
from scenarios.plots.upsets_by_device import plot_upsets_by_device, upsets_by_device_data
from scenarios.plots.world_map import draw_track
from scenarios.radiation_map import RadiationMap, radiation_map
from scenarios.upset_survey import anomaly_along

QUIET = Environment(epoch_year=2020.0, solar_phase=0.0)


def orbit(span_s: float, altitude_m: float = 550e3) -> Track:
    t_s = np.arange(0.0, span_s + 1.0, 20.0)
    u, tilt = 1.0945e-3 * t_s, np.radians(53.0)
    longitude = np.arctan2(np.cos(tilt) * np.sin(u), np.cos(u)) - 7.292e-5 * t_s
    return Track(
        satellite=np.zeros(1, dtype=np.int32),
        t_s=t_s,
        latitude_rad=np.arcsin(np.sin(tilt) * np.sin(u))[None],
        longitude_rad=np.angle(np.exp(1j * longitude))[None],
        altitude_m=np.full((1, t_s.size), altitude_m),
    )


@pytest.fixture(scope="module")
def anomaly() -> RadiationMap:
    return radiation_map(QUIET, energy_mev=30.0, altitude_m=550e3)


def pair(span_s: float) -> Track:
    """The orbit, and beside it one on the ground track's other side of the Earth."""
    one = orbit(span_s)
    return Track(
        satellite=np.arange(2, dtype=np.int32),
        t_s=one.t_s,
        latitude_rad=np.vstack([one.latitude_rad, one.latitude_rad]),
        longitude_rad=np.vstack([one.longitude_rad, np.angle(-np.exp(1j * one.longitude_rad))]),
        altitude_m=np.vstack([one.altitude_m, one.altitude_m]),
    )


def legend(ax: Axes) -> list[str]:
    return ax.get_legend_handles_labels()[1]


def test_every_population_has_a_look_of_its_own() -> None:
    names = [population.name.lower() for population in POPULATIONS]
    assert list(POPULATION_LOOKS) == list(MARKERS) == names
    for looks in (
        [look.colour for look in POPULATION_LOOKS.values()],
        [str(look.dash) for look in POPULATION_LOOKS.values()],
        list(MARKERS.values()),
    ):
        assert len(set(looks)) == len(names)


def test_the_rate_along_an_orbit_is_what_expectations_add_up() -> None:
    rates, track = DeviceRates(find_device("virtex-xqvr"), QUIET), orbit(3 * 5741.0)
    data = upset_rate_data(rates, track, QUIET, "one")
    expected = expected_upsets(rates.device, track.t_s, rates.along(track)).events.sum(axis=(0, 2))
    for population, events in zip(POPULATIONS, expected, strict=True):
        rows = data[""].filter(pa.compute.equal(data[""]["population"], population.name.lower()))
        assert (rows.num_rows > 0) == (events > 0.0)
        if rows.num_rows:
            area = np.trapezoid(rows["events_per_day"].to_numpy() / 86_400.0, rows["t_s"].to_numpy())
            assert area == pytest.approx(events, rel=1e-12)
    with drawing(7.0, 2.8) as (_, ax):
        plot_upset_rate(data, ax)
        labels = ["trapped protons", "cosmic protons", "heavy ions", "in the South Atlantic Anomaly"]
        assert legend(ax) == labels
        inside = anomaly_along(QUIET, track)
        assert inside is not None
        n_passes = int((np.diff(inside[0].astype(int), prepend=0) == 1).sum())
        assert len(ax.patches) == n_passes > 0
        assert ax.get_yscale() == "log"
        assert ax.get_ylabel() == "Rate [events/day]"


def test_at_most_half_a_day_is_shown_and_populations_below_the_axis_are_not_named() -> None:
    event = SolarEvent(start_s=0.0, rise_s=60.0, decay_s=3600.0, spectrum=King1972(scale=1e-9))
    environment = Environment(epoch_year=2020.0, solar_phase=0.0, solar_events=(event,))
    rates = DeviceRates(find_device("virtex-xqvr"), environment)
    data = upset_rate_data(rates, orbit(86_400.0), environment, "one")
    assert max(data[""]["t_s"].to_pylist()) == 43_200.0
    assert "solar_protons" in data[""]["population"].to_pylist()
    with drawing(7.0, 2.8) as (_, ax):
        assert "solar protons" not in legend(plot_upset_rate(data, ax))


def test_a_constant_rate_outside_the_tables_has_no_anomaly() -> None:
    rates = DeviceRates(constant_rate_device(1e-12, memory_array(n_bits=2**20)), None)
    data = upset_rate_data(rates, orbit(6000.0, altitude_m=36e6), QUIET, "one")
    assert data[""]["is_in_anomaly"].null_count == data[""].num_rows
    with drawing(7.0, 2.8) as (_, ax):
        assert legend(plot_upset_rate(data, ax)) == ["unspecified"]


def test_devices_come_in_order_hollow_where_particles_are_unknown() -> None:
    names = ("virtex-xqvr", "rt-polarfire-lsram", "alsat-1", "nvidia-jetson-tx1")
    track = orbit(86_400.0)
    found = compare_devices([find_device(name) for name in names], QUIET, track, shielding_kg_m2=6.86)
    by_name = {entry.device.name: entry for entry in found}
    assert {name: entry.left_out for name, entry in by_name.items()} == {
        "virtex-xqvr": (), "rt-polarfire-lsram": ("protons",), "alsat-1": (), "nvidia-jetson-tx1": ("heavy ions",),
    }  # fmt: skip
    assert by_name["alsat-1"].events_per_day == pytest.approx(4.04e-7 * 2**25, rel=0.05), "bits; few are double"
    data = upsets_by_device_data(found)
    assert data[""]["events_per_day"].to_pylist() == sorted(entry.events_per_day for entry in found)
    with drawing(5.0, 3.0) as (_, ax):
        plot_upsets_by_device(data, ax)
        ticks = [tick.get_text() for tick in ax.get_yticklabels()]
        assert "alsat-1, 33.6 Mbit, constant rate" in ticks
        assert "nvidia-jetson-tx1" in ticks
        marks = {int(line.get_ydata()[0]): line for line in ax.lines if len(line.get_ydata())}
        for place, row in enumerate(data[""].to_pylist()):
            assert (marks[place].get_markerfacecolor() == "white") == bool(row["left_out"])
        assert "hollow: some particles unknown" in legend(ax)


def test_a_comparison_is_the_mean_over_satellites_and_a_rate_the_first_ones() -> None:
    device, track = find_device("virtex-xqvr"), pair(6000.0)
    rates = DeviceRates(device, QUIET)
    each = expected_upsets(device, track.t_s, rates.along(track)).events.sum(axis=(0, 1))
    assert each[0] > 2.0 * each[1] > 0.0, "one passes through the anomaly"
    (found,) = compare_devices([device], QUIET, track, shielding_kg_m2=6.86)
    assert found.events_per_day == pytest.approx(each.mean() * 86_400.0 / 6000.0, rel=1e-3)  # 6.86 for 6.858
    rows = upset_rate_data(rates, track, QUIET, "one")[""]
    assert rows.equals(upset_rate_data(rates, orbit(6000.0), QUIET, "one")[""])


@pytest.mark.parametrize("energy_mev", [10.0, 30.0, 100.0])
def test_the_grid_of_a_map_and_its_peak_are_of_one_energy(energy_mev: float) -> None:
    found = radiation_map(QUIET, energy_mev=energy_mev, altitude_m=550e3)
    assert found.flux_per_m2_s.max() == pytest.approx(found.peak.flux_per_m2_s, rel=0.02)


def test_the_map_names_its_peak_and_draws_lines_of_powers_of_ten(anomaly: RadiationMap, tmp_path: Path) -> None:
    data = radiation_map_data(anomaly, orbit(86_400.0))
    greatest = max(data[""]["flux_per_cm2_s"].to_pylist())
    assert data["peak"]["flux_per_cm2_s"][0].as_py() >= greatest
    assert data["peak"]["flux_per_cm2_s"][0].as_py() == pytest.approx(greatest, rel=0.02), "the grid nearly meets it"
    for name in ("one", "other"):
        draw_figure(tmp_path / name, data, plot_radiation_map, size_in=(7.16, 3.6), n_legend_columns=1)
    for kind in (".png", ".pdf", ".csv", "_peak.csv", "_track.csv"):
        assert (tmp_path / f"one{kind}").read_bytes() == (tmp_path / f"other{kind}").read_bytes()
    with drawing(7.16, 3.6) as (_, ax):
        plot_radiation_map(data, ax)
        assert "solar minimum" in ax.get_title(loc="left")
        assert "peak (+) 2,6" in ax.get_title(loc="left")
        assert legend(ax) == ["track of a satellite over 24 h"]
    with drawing(7.16, 3.6) as (_, ax):
        assert legend(plot_radiation_map(radiation_map_data(anomaly), ax)) == []


def test_a_map_without_belt_is_empty_and_not_broken() -> None:
    data = radiation_map_data(radiation_map(QUIET, energy_mev=300.0, altitude_m=300e3))
    with drawing(7.16, 3.6) as (figure, ax):
        plot_radiation_map(data, ax)
        figure.canvas.draw()


def test_tracks_are_cut_at_the_date_line() -> None:
    with drawing(7.0, 3.0) as (_, ax):
        draw_track(ax, np.array([0.0, 1.0, 2.0, 3.0]), np.array([178.0, 179.5, 181.0, 182.5]))
        east = ax.lines[0].get_xdata()
        assert np.array_equal(east, [178.0, 179.5, np.nan, -179.0, -177.5], equal_nan=True)


def test_events_are_thinned_evenly_and_the_title_says_so(anomaly: RadiationMap, tmp_path: Path) -> None:
    n_events = 3 * MOST_EVENTS + 1
    latitude = np.radians(np.linspace(-50.0, 50.0, n_events))
    words = pa.array(["trapped_protons", "heavy_ions"] * n_events).slice(0, n_events).dictionary_encode()
    table = {
        "population": words,
        "latitude_rad": latitude,
        "longitude_rad": latitude,
        "altitude_m": 0 * latitude + 550e3,
    }
    pq.write_table(pa.table(table), tmp_path / "events.parquet", row_group_size=1000)
    where, altitude_m = places_of_events(tmp_path / "events.parquet", n_events)
    assert where["latitude_deg"].to_numpy() == pytest.approx(np.degrees(latitude[::4]), abs=1e-12)
    assert altitude_m == pytest.approx(550e3)
    with drawing(7.0, 3.7) as (_, ax):
        plot_upset_map(upset_map_data(where, anomaly, n_events), ax)
        drawn = where.num_rows
        assert ax.get_title(loc="left") == f"Where 15,001 upsets happened, {drawn:,} of them drawn"
        assert legend(ax) == [f"trapped protons ({drawn:,})", "edge of the anomaly"]
