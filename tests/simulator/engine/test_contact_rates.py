"""Rates by distance along real passes, against sampled positions."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy.optimize import brentq

from simulator.contacts.passes import solve_passes
from simulator.contacts.slant_ranges import SlantRanges
from simulator.contacts.stations import GroundStation, station_geometry
from simulator.engine.contact_rates import OneRate, RatesByRange
from simulator.network.link_budget import RateSteps
from simulator.orbits.model import Frame
from simulator.orbits.position_models import position_model
from simulator.orbits.walker import WalkerShell
from simulator.records import Contact
from simulator.timescale import parse_epoch

STEPS = RateSteps(reach_m=(6.2e5, 7e5, 8e5, 9e5, 1.0e6), rate_bps=(500e6, 400e6, 300e6, 200e6, 100e6))


@pytest.fixture(scope="module")
def sky():
    """A day of passes of one satellite over one station, above 25 degrees."""
    shell = WalkerShell(n_planes=1, n_slots=1, phasing=0, altitude_m=550e3, inclination_rad=np.radians(53.0))
    positions = position_model(shell, parse_epoch("2026-06-21T00:00:00Z"))
    stations = [GroundStation(name="middle", latitude_rad=0.7, longitude_rad=0.4)]
    passes = solve_passes(positions, stations, 0.0, 86_400.0, np.radians(25.0))
    ranges = SlantRanges(positions, stations)
    ranges.add(passes.i_sat, passes.i_station, passes.rise_s, passes.set_s)
    contacts = [
        Contact(station=0, rise_s=rise_s, set_s=set_s)
        for rise_s, set_s in zip(passes.rise_s.tolist(), passes.set_s.tolist(), strict=True)
    ]
    station_m = station_geometry(stations).position_m[0]

    def range_m(t_s):
        at_m = positions.at(np.zeros(np.size(t_s), dtype=np.intp), np.atleast_1d(t_s), Frame.EARTH_FIXED)
        return np.linalg.norm(at_m - station_m, axis=-1)

    return ranges, contacts, range_m


def test_crossings_are_where_the_distance_is_reached(sky):
    ranges, contacts, range_m = sky
    n_found = 0
    for contact in contacts:
        t_s = np.linspace(contact.rise_s, contact.set_s, 2001)
        above = range_m(t_s)[:, np.newaxis] > np.array(STEPS.reach_m)
        expected = []
        for k, at_m in enumerate(STEPS.reach_m):
            expected += [
                brentq(lambda t, at_m=at_m: range_m(t)[0] - at_m, t_s[i], t_s[i + 1], xtol=1e-7)
                for i in np.flatnonzero(above[1:, k] != above[:-1, k])
            ]
        found = ranges.crossings_s(0, 0, contact.rise_s, contact.set_s, STEPS.reach_m)
        # 4 mm of range at 100 m/s and more, near the closest approach less; a touch between two samples is not counted
        assert found == pytest.approx(sorted(expected), abs=1e-3)
        n_found += len(found)
    assert n_found > 10


def test_bits_of_a_pass_are_the_integral_of_its_rate(sky):
    ranges, contacts, range_m = sky
    rates = RatesByRange([STEPS], ranges)
    sent_bits = []
    for contact in contacts:
        step_s = 0.01
        t_s = np.arange(contact.rise_s + 0.5 * step_s, contact.set_s, step_s)
        summed_bits = STEPS.rates_bps(range_m(t_s)).sum() * step_s
        bits = rates.along(0, contact).bits_between(contact.rise_s, contact.set_s)
        # each of at most ten crossings is off by half a sample at 100 Mbit/s, and the last sample may be a part of one
        assert bits == pytest.approx(summed_bits, abs=10 * 0.5 * step_s * 100e6 + step_s * 500e6)
        sent_bits.append(bits)
    assert max(sent_bits) > 1e10


def test_a_transfer_ends_when_its_bits_are_sent(sky):
    ranges, contacts, _ = sky
    along = RatesByRange([STEPS], ranges).along(0, contacts[0])
    start_s = contacts[0].rise_s + 20.0
    whole_bits = along.bits_between(start_s, contacts[0].set_s)
    for share in (0.1, 0.5, 0.9):
        end_s = along.end_s(start_s, share * whole_bits)
        # rounding of sums of 1e11 bits
        assert along.bits_between(start_s, end_s) == pytest.approx(share * whole_bits, rel=1e-12)
    assert along.end_s(start_s, 1.001 * whole_bits) == inf


def test_nothing_is_sent_beyond_the_last_reach(sky):
    ranges, contacts, _ = sky
    near = RateSteps(reach_m=(7e5,), rate_bps=(1e6,))
    closest = min(contacts, key=lambda contact: ranges.range_m(0, 0, 0.5 * (contact.rise_s + contact.set_s)))
    along = RatesByRange([near], ranges).along(0, closest)
    open_s = along.open_s(closest.rise_s)
    assert closest.rise_s < open_s < closest.set_s
    assert ranges.range_m(0, 0, open_s) == pytest.approx(7e5, abs=1.0)
    assert along.bits_between(closest.rise_s, open_s) == 0.0
    assert along.rate_at_bps(closest.rise_s) == 0.0
    assert along.end_s(closest.rise_s, 5e6) == pytest.approx(open_s + 5.0, abs=1e-6)
    assert along.open_s(closest.set_s - 1e-3) == inf


def test_one_rate_is_one_piece(sky):
    _, contacts, _ = sky
    along = OneRate([200e6]).along(0, contacts[0])
    assert along.end_s(contacts[0].rise_s, 2e9) == pytest.approx(contacts[0].rise_s + 10.0, abs=1e-9)
    assert along.open_s(contacts[0].rise_s) == contacts[0].rise_s
