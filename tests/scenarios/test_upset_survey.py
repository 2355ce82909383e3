"""The survey of a fleet's upsets: the same in one piece and in several, and held to what expectations say."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.devices import Device, find_device
from radiation.environment import Environment
from radiation.memory_protection import MemoryProtection, Unprotected
from radiation.populations import POPULATIONS, Population
from radiation.upsets import DeviceRates, Effect, joined_lists
from scenarios.config import load_scenario
from scenarios.constellation import build_fleet
from scenarios.onboard_memory import onboard_memory
from scenarios.radiation_tracks import radiation_tracks
from scenarios.upset_survey import UpsetSurvey, anomaly_along, survey_track
from scenarios.upset_table import upset_columns

QUIET = Environment(epoch_year=2026.0, solar_phase=0.0)
SPAN = {"start_s": 0.0, "end_s": 43_200.0, "step_s": 60.0}


@pytest.fixture(scope="module")
def device() -> Device:
    return find_device("virtex-xqvr").resized(2**30)


def surveyed(device: Device, satellites: range) -> tuple[list[list[object]], UpsetSurvey]:
    positions = build_fleet(load_scenario("headline-6x11")).positions
    track = next(radiation_tracks(positions, **SPAN, satellites=satellites))
    upsets, survey = survey_track(DeviceRates(device, QUIET), track, QUIET, root_seed=3)
    memory = onboard_memory(device, None, MemoryProtection(code=Unprotected()))
    columns = upset_columns(upsets, memory.residual_of(upsets, 43_200.0), positions.names, start_s=0.0)
    return [list(column.tolist() if hasattr(column, "tolist") else column) for column in columns], survey


def test_pieces_add_up_to_the_whole(device: Device) -> None:
    whole_rows, whole = surveyed(device, range(12))
    first_rows, first = surveyed(device, range(5))
    other_rows, other = surveyed(device, range(5, 12))
    assert whole_rows == [one + two for one, two in zip(first_rows, other_rows, strict=True)]
    assert len(whole_rows[0]) > 100
    added = first.plus(other)
    assert (added.n_sats, added.span_s, added.effects) == (12, 43_200.0, (Effect.CELLS,))
    for name in ("n_events", "n_bits"):
        assert np.array_equal(getattr(added, name), getattr(whole, name))
    for name in ("expected_events", "expected_bits", "expected_events_in_anomaly", "in_anomaly_s"):
        assert getattr(added, name) == pytest.approx(getattr(whole, name), rel=1e-12)
    assert added.share_of_time_in_anomaly == pytest.approx(whole.in_anomaly_s / 12 / 43_200.0, rel=1e-12)


def test_events_are_counted_by_effect_and_population() -> None:
    tpu = find_device("google-tpu-v6e")
    positions = build_fleet(load_scenario("headline-6x11")).positions
    rates = DeviceRates(tpu, QUIET, factors=np.full(len(POPULATIONS), 300.0))
    tracks = list(radiation_tracks(positions, **SPAN, satellites=range(20)))
    pairs = [survey_track(rates, track, QUIET, root_seed=1) for track in tracks]
    upsets, survey = joined_lists([pair[0] for pair in pairs]), pairs[0][1]
    for _, part in pairs[1:]:
        survey = survey.plus(part)
    for i_effect, effect in enumerate((Effect.FUNCTIONAL_INTERRUPT, Effect.LOGIC_ERROR)):
        assert survey.effects[i_effect] is effect
        for i_population, population in enumerate(POPULATIONS):
            is_one = (upsets.effect == effect) & (upsets.population == population)
            assert survey.n_events[i_effect, i_population] == is_one.sum()
            expected = survey.expected_events[i_effect, i_population]
            assert abs(is_one.sum() - expected) <= 5.0 * np.sqrt(expected)
    trapped = POPULATIONS.index(Population.TRAPPED_PROTONS)
    assert survey.n_events[:, trapped].min() > 20
    assert not survey.n_bits.any()
    # Events inside the anomaly, by their own places, are as many as expected inside; its edge is blurred by a place.
    inside = survey.expected_events_in_anomaly.sum()
    latitude_deg, longitude_deg = np.degrees(upsets.latitude_rad), np.degrees(upsets.longitude_rad)
    in_box = (np.abs(latitude_deg + 25.0) < 32.0) & (np.abs(longitude_deg + 40.0) < 75.0)
    assert abs(in_box.sum() - inside) <= 5.0 * np.sqrt(inside) + (survey.expected_events.sum() - inside)


def test_outside_the_tables_nobody_knows_the_anomaly() -> None:
    positions = build_fleet(load_scenario("headline-6x11")).positions
    track = next(radiation_tracks(positions, **SPAN, satellites=[0]))
    for altitude_m in (250e3, 2_100e3):
        far = type(track)(
            satellite=track.satellite,
            t_s=track.t_s,
            latitude_rad=track.latitude_rad,
            longitude_rad=track.longitude_rad,
            altitude_m=np.full_like(track.altitude_m, altitude_m),
        )
        assert anomaly_along(QUIET, far) is None
    known, unknown = (
        survey_track(DeviceRates(find_device("alsat-1"), None), one, QUIET, root_seed=1)[1] for one in (track, far)
    )
    assert np.array_equal(known.expected_events, unknown.expected_events)
    assert np.isnan(unknown.expected_events_in_anomaly).all()
    assert np.isnan(known.plus(unknown).share_of_time_in_anomaly)
