"""Metasurface on the way down: transfer times against brute force, costs in the ledger, and the radio it replaces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, inf

import numpy as np
import pytest

from simulator.contacts.passes import solve_passes
from simulator.contacts.stations import GroundStation, station_geometry
from simulator.engine.ground_beams import BeamContact, BeamSetting, GroundBeams
from simulator.network.channels import ChannelBooking
from simulator.orbits.model import Frame
from simulator.orbits.position_models import position_model
from simulator.orbits.walker import WalkerShell
from simulator.records import Contact, Fate, ToGround
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-03-20T14:46:00Z")


@dataclass(frozen=True)
class ConstantRates:
    top_rate_bps: float

    def rates_bps(self, off_nadir_rad, error_rad, range_m):
        return np.full(len(range_m), self.top_rate_bps)


@dataclass(frozen=True)
class RatesByRange:
    """Falls with the square of the distance, and lets the test see what it was asked."""

    asked: list

    top_rate_bps = 1e6

    def rates_bps(self, off_nadir_rad, error_rad, range_m):
        self.asked.append((off_nadir_rad, error_rad, range_m))
        return 1e6 * (6e5 / range_m) ** 2


def setting(rates, **changes):
    values = {"retrack_s": 2.0, "update_time_s": 0.25, "update_energy_j": 3.0, "controller_power_w": 4.0}
    return BeamSetting(rates=rates, **(values | changes))


@pytest.fixture
def geostationary(tiny_world, below):
    def build(n_sats=1, *, n_channels=1, **changes):
        return tiny_world(
            n_sats, links=[], is_geostationary=True, stations=[below(EPOCH, n_channels=n_channels)], **changes
        )

    return build


def test_bits_are_the_integral_of_the_rate_by_brute_force():
    rng = np.random.default_rng(3)
    rate_bps = rng.uniform(0.0, 5e5, 50)
    rate_bps[7] = 0.0
    along = BeamContact(100.0, 199.0, rate_bps, setting(ConstantRates(1e6)))
    step_s = 1e-4
    t_s = 100.0 + step_s * (np.arange(1_000_000) + 0.5)
    period, in_period_s = np.divmod(t_s - 100.0, 2.0)
    sending_bps = np.where(in_period_s >= 0.25, rate_bps[period.astype(int)], 0.0)
    for start_s, size_bits in ((100.0, 1e5), (100.1, 3e6), (101.0, 2e6), (113.9, 4e5), (150.0, 7e6)):
        end_s = along.end_s(start_s, size_bits)
        is_sent = (t_s >= start_s + 0.25) & (t_s < end_s)
        # two steps at the highest rate are 100 bit
        assert sending_bps[is_sent].sum() * step_s == pytest.approx(size_bits, abs=100.0)
        updates = [start_s, *(t for t in 100.0 + 2.0 * np.arange(50) if start_s < t < end_s)]
        assert along.n_pieces(start_s, end_s) == len(updates)


def test_what_does_not_fit_a_contact_never_ends():
    along = BeamContact(0.0, 9.0, np.full(5, 100.0), setting(ConstantRates(100.0)))
    whole_bits = 100.0 * (4 * 1.75 + 0.75)
    assert along.end_s(0.0, whole_bits) == pytest.approx(9.0)
    assert along.end_s(0.0, whole_bits + 1.0) == inf
    assert along.end_s(0.0, 1e9) == inf
    assert along.end_s(9.0, 0.0) == inf


def test_a_later_start_never_ends_sooner():
    rate_bps = np.random.default_rng(5).uniform(0.0, 1e3, 30)
    along = BeamContact(0.0, 60.0, rate_bps, setting(ConstantRates(1e3)))
    ends = [along.end_s(start_s, 5e3) for start_s in np.linspace(0.0, 30.0, 997)]
    assert all(sooner <= later + 1e-9 for sooner, later in pairwise(ends))


@pytest.mark.parametrize("size_bits", [1e6, 7e6])
def test_constant_rates_without_costs_are_the_radio(geostationary, make_task, play, size_bits):
    tasks = [make_task(k, 20.0 + k, source=k % 2, input_bits=size_bits, result_bits=1e5) for k in range(6)]
    answers = {k: [ToGround()] for k in range(6)}
    radio = geostationary(2)
    beam = setting(
        ConstantRates(radio.downlink.rate_bps), update_time_s=1e-9, update_energy_j=0.0, controller_power_w=0.0
    )
    plain, beamed = (play(world, answers, tasks) for world in (radio, replace(radio, beam=beam)))
    for k in range(6):
        # each period loses 1 ns, and there are at most 4 of them in a transfer and 6 transfers in a queue
        for name in ("start_s", "finish_s", "delivered_s"):
            assert getattr(beamed.row(k), name) == pytest.approx(getattr(plain.row(k), name), abs=1e-7)
        assert beamed.row(k).fate is plain.row(k).fate is Fate.ON_TIME
    assert beamed.energy[0][7] == pytest.approx(plain.energy[0][7], rel=1e-7)


def test_updates_take_time_and_energy_and_the_ledger_closes(geostationary, make_task, play):
    world = geostationary(transmit_power_w=10.0)
    # the peak that alarms reckon with has to hold what the stack draws
    beam = setting(ConstantRates(1e6))
    batteries = tuple(
        replace(one, peak_load_w=one.peak_load_w + beam.peak_power_w, peak_pulse_w=one.peak_pulse_w + beam.peak_power_w)
        for one in world.batteries
    )
    played = play(
        replace(world, beam=beam, batteries=batteries), {1: [ToGround()]}, [make_task(1, 20.5, input_bits=5e6)]
    )
    # the contact begins with the run, so phases are set at 20.5, 22, 24 and 26 s: 5 s of data and 4 updates
    (use,) = played.transport.ground.beams.uses.values()
    assert (use.n_transfers, use.bits, use.n_updates) == (1, 5e6, 4)
    assert use.busy_s == pytest.approx(5.0 + 4 * 0.25)
    assert use.energy_j == pytest.approx(4 * 3.0 + 4.0 * 6.0)
    assert played.energy[0][7] == pytest.approx(10.0 * 6.0 + 4 * 3.0 + 4.0 * 6.0)
    assert max(played.ledger_errors()) <= 1e-9


def test_geometry_is_that_of_satellite_and_station():
    shell = WalkerShell(n_planes=1, n_slots=1, phasing=0, altitude_m=550e3, inclination_rad=np.radians(53.0))
    positions = position_model(shell, EPOCH)
    stations = [GroundStation(name="middle", latitude_rad=0.7, longitude_rad=0.4)]
    passes = solve_passes(positions, stations, 0.0, 2 * 86_400.0, np.radians(25.0))
    contact = Contact(station=0, rise_s=float(passes.rise_s[0]), set_s=float(passes.rise_s[0]) + 60.0)
    rates = RatesByRange([])
    beams = GroundBeams(setting(rates, retrack_s=5.0), positions, stations)
    channels_free = type("Free", (), {"earliest_s": lambda self, station, sat, start_s, *rest: start_s})()
    beams.first_slot(channels_free, [contact], 0, 0.0, 1e3, inf)
    ((off_nadir_rad, error_rad, range_m),) = rates.asked
    assert len(range_m) == ceil(60.0 / 5.0)
    station_m = station_geometry(stations).position_m[0]
    for k in range(len(range_m)):
        ends = []
        for t_s in (contact.rise_s + 5.0 * k, contact.rise_s + 5.0 * k + 2.5):
            at_m = positions.at(np.array([0]), np.array([t_s]), Frame.EARTH_FIXED)[0]
            ends.append((at_m, station_m - at_m))
        (at_m, to_m), (_, later_m) = ends
        cosine = -(at_m @ to_m) / np.linalg.norm(at_m) / np.linalg.norm(to_m)
        assert off_nadir_rad[k] == pytest.approx(np.arccos(cosine), abs=1e-9)
        assert range_m[k] == pytest.approx(np.linalg.norm(later_m), abs=1e-3)
        # in inertial space the line of sight turns by its sideways motion, and the stack turns with the orbit: 2.5 s of
        # a revolution of 5,739 s is 2.7e-3 rad; both together bound the angle in the frame of the stack from two sides
        turned = np.arccos(to_m @ later_m / np.linalg.norm(to_m) / np.linalg.norm(later_m))
        assert abs(turned - error_rad[k]) <= 2.0 * np.pi * 2.5 / 5739.0 * 1.1
        assert error_rad[k] > 0.0


def test_what_is_given_back_is_not_counted(geostationary):
    world = geostationary()
    beams = GroundBeams(setting(ConstantRates(1e6)), world.positions, world.stations)
    contact = Contact(station=0, rise_s=0.0, set_s=100.0)
    booking = ChannelBooking(station=0, channel=0, satellite=0, start_s=10.0, end_s=15.0, size_bits=4e6)
    beams.use(booking, contact)
    (use,) = beams.uses.values()
    assert (use.n_transfers, use.n_updates, use.energy_j) == (1, 3, pytest.approx(3 * 3.0 + 4.0 * 5.0))
    beams.give_back(booking, contact, 9.0)
    assert (use.n_transfers, use.bits, use.busy_s, use.n_updates, use.energy_j) == (0, 0.0, 0.0, 0, 0.0)
    beams.use(booking, contact)
    beams.give_back(booking, contact, 10.0)
    assert (use.n_transfers, use.busy_s) == (0, 0.0), "what ends as it begins has not begun"


def test_a_brown_out_ends_what_the_stack_sends_and_gives_back_what_waits(geostationary, make_task, play):
    """The battery of 30 W for 100 s is empty while the first result goes down and the second waits behind it."""
    world = geostationary(capacity_j=3000.0, base_power_w=30.0, transmit_power_w=10.0)
    beam = setting(ConstantRates(1e6))
    batteries = tuple(
        replace(one, peak_load_w=one.peak_load_w + beam.peak_power_w, peak_pulse_w=one.peak_pulse_w + beam.peak_power_w)
        for one in world.batteries
    )
    tasks = [make_task(1, 60.5, input_bits=60e6), make_task(2, 61.0, input_bits=5e6)]
    played = play(replace(world, beam=beam, batteries=batteries), {1: [ToGround()], 2: [ToGround()]}, tasks)
    for task_id in (1, 2):
        row = played.row(task_id)
        assert (row.fate, row.reason) == (Fate.LOST, "transfer cut: satellite 0 lost power")
    # 60 s of data from 60.5 s on: 1.25 s until the period ends, 33 whole ones of 1.75 s, and 1 s: 35 updates in 68.75 s
    stack_w = 4.0 + 3.0 * 35 / 68.75
    sent_s = (3000.0 - 30.0 * 60.5) / (30.0 + 10.0 + stack_w)
    brown_outs_s = [t_s for t_s, _, kind in played.events if kind == "brown_out"]
    assert brown_outs_s == [pytest.approx(60.5 + sent_s, abs=1e-6)]
    assert played.energy[0][7] == pytest.approx((10.0 + stack_w) * sent_s, rel=1e-9)
    assert max(played.ledger_errors()) <= 1e-9
    (use,) = played.transport.ground.beams.uses.values()
    # the second never began; of the first, 1.25 s of data, 12 periods of 1.75 s and what is left of the 13th
    in_last_s = sent_s - 1.5 - 12 * 2.0
    assert (use.n_transfers, use.n_updates) == (1, 14)
    assert use.busy_s == pytest.approx(sent_s, rel=1e-9)
    assert use.bits == pytest.approx(1e6 * (1.25 + 12 * 1.75 + in_last_s - 0.25), rel=1e-9)
    assert use.energy_j == pytest.approx(stack_w * sent_s, rel=1e-9)
    channels = played.transport.ground.channels
    assert channels.earliest_s(0, 0, 130.0, 100.0, 1000.0) == 130.0  # where the second was to be


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"update_time_s = 2\.0: give a time above 0 and below retrack_s = 2"):
        setting(ConstantRates(1.0), update_time_s=2.0)
