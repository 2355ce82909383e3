from dataclasses import fields

import numpy as np
import pytest

from radiation.devices import Device, Evidence, Response, memory_array, truncated_geometric
from radiation.devices.device import Counts
from radiation.populations import POPULATIONS, Population
from radiation.streams import Purpose, upset_stream
from radiation.upsets.effects import effects_of
from radiation.upsets.event_times import cumulative_rate
from radiation.upsets.expectations import expected_upsets
from radiation.upsets.sampling import iter_upsets, sample_upsets
from radiation.upsets.track import Track, track_without_orbit
from radiation.upsets.upset_list import Effect, UpsetList, joined_lists

T_S = np.linspace(0.0, 6_000.0, 61)
SOME = Response(constant_rate_per_s=1.0)
"""Says that something can happen; rates are handed to the sampler."""


def dram(**changes) -> Device:
    keys = {
        "name": "part",
        "evidence": Evidence.ESTIMATED,
        "source": "a test",
        "memory": memory_array(n_bits=16 * 8 * 37, word_bits=16, interleaving=2, words_per_row=8, rows_per_array=10),
        "proton_multiplicity": truncated_geometric(multi_cell_share=0.3, growth=0.4, largest=6),
        "heavy_ion_multiplicity": truncated_geometric(multi_cell_share=0.6, growth=0.5, largest=9),
    } | dict.fromkeys(("cells", "rows", "columns", "functional_interrupts", "logic_errors"), SOME)
    return Device(**(keys | changes))


def track_of(satellites) -> Track:
    satellites = np.asarray(satellites, dtype=np.int32)
    latitude_rad, longitude_rad, altitude_m = place(satellites[:, None], T_S)
    return Track(
        satellite=satellites,
        t_s=T_S,
        latitude_rad=latitude_rad,
        longitude_rad=longitude_rad,
        altitude_m=altitude_m,
    )


def place(satellite, t_s):
    """Return latitude, longitude and altitude on a circle, inclined by 64 degrees, over an Earth that turns."""
    angle = 1.1e-3 * t_s + 0.3 * satellite
    longitude_rad = np.arctan2(np.sqrt(1.0 - 0.9**2) * np.sin(angle), np.cos(angle)) - 7e-5 * t_s
    return np.arcsin(0.9 * np.sin(angle)), np.angle(np.exp(1j * longitude_rad)), 550e3 + 5e3 * np.cos(angle)


def rates_of(device, track, scale=1.0):
    """Return rates that differ by effect, population and satellite and have quiet and busy times."""
    effect = np.arange(1, len(effects_of(device)) + 1)[:, None, None, None]
    population = np.arange(1, len(POPULATIONS) + 1)[:, None, None]
    pace = np.maximum(np.sin(1e-3 * (T_S + 400.0 * track.satellite[:, None])), 0.0)
    rates = scale * 1e-3 * population / effect * pace
    if device.cells:
        rates[0] /= device.memory.n_bits
    return rates


def draw(device, satellites, *, scale=1.0, seed=7, replication=0) -> UpsetList:
    track = track_of(satellites)
    return sample_upsets(device, track, rates_of(device, track, scale), root_seed=seed, replication=replication)


def assert_same(one: UpsetList, other: UpsetList):
    for name in (f.name for f in fields(UpsetList)):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_counts_and_bits_agree_with_expectations():
    device, satellites = dram(), np.arange(12)
    track = track_of(satellites)
    rates = rates_of(device, track, scale=20.0)
    expected = expected_upsets(device, T_S, rates)
    upsets = draw(device, satellites, scale=20.0)
    bits_per_event = upsets.bits_per_event()
    for i_effect, effect in enumerate(expected.effects):
        for i_population, population in enumerate(POPULATIONS):
            chosen = (upsets.effect == effect) & (upsets.population == population)
            events = expected.events[i_effect, i_population]
            by_satellite = np.bincount(upsets.satellite[chosen], minlength=satellites.size)
            assert np.all(np.abs(by_satellite - events) <= 5.0 * np.sqrt(events))
            bits = bits_per_event[chosen]
            # A sum of a Poisson number of terms has the variance of that number times their second moment.
            spread = np.sqrt(events.sum() * np.mean(bits.astype(float) ** 2))
            assert abs(bits.sum() - expected.bits[i_effect, i_population].sum()) <= 5.0 * spread
    assert upsets.n_bits == bits_per_event.sum()


def test_published_rate_of_bits_is_the_rate_of_bits_that_is_drawn():
    device, track = dram(), track_of(range(3))
    rates = rates_of(device, track)
    expected = expected_upsets(device, T_S, rates)
    bits = cumulative_rate(T_S, rates[0])[..., -1] * device.memory.n_bits
    assert expected.bits[0] == pytest.approx(bits, rel=1e-12)
    per_event = expected_upsets(dram(counts=Counts.EVENTS), T_S, rates)
    assert per_event.events[0] == pytest.approx(bits, rel=1e-12)
    assert np.all(per_event.bits[0] > 1.2 * bits)


def test_expectation_of_some_instants_and_of_the_others_make_the_whole():
    device, track = dram(), track_of(range(3))
    rates = rates_of(device, track)
    where = np.random.default_rng(0).random((3, T_S.size)) < 0.3
    parts = [expected_upsets(device, T_S, rates, where=mask).events for mask in (where, ~where)]
    assert parts[0] + parts[1] == pytest.approx(expected_upsets(device, T_S, rates).events, rel=1e-12)
    assert parts[0].sum() < parts[1].sum()


def test_a_satellite_has_the_same_upsets_alone_in_any_order_and_in_any_chunks():
    device = dram()
    fleet = draw(device, [4, 0, 9, 2, 7], scale=5.0)
    assert_same(fleet, draw(device, [0, 2, 4, 7, 9], scale=5.0))
    alone = [draw(device, [i], scale=5.0) for i in (0, 2, 4, 7, 9)]
    assert_same(joined_lists(alone), fleet)
    for upsets, i in zip(alone, (0, 2, 4, 7, 9), strict=True):
        assert_same(upsets, fleet.selected(fleet.satellite == i))
        assert upsets.n_events > 100


def test_chunks_of_a_fleet_make_the_fleet():
    class Rates:
        device = dram()

        def along(self, track):
            return rates_of(self.device, track)

    chunks = list(iter_upsets(Rates(), (track_of(ids) for ids in ([0, 1, 2], [3], [4, 5])), root_seed=7))
    assert len(chunks) == 3
    assert_same(joined_lists(chunks), draw(Rates.device, range(6)))


def test_pieces_of_time_are_refused():
    """They would repeat the random numbers of each other."""

    class Rates:
        device = dram()

        def along(self, track):
            return rates_of(self.device, track)

    chunks = iter_upsets(Rates(), (track_of(ids) for ids in ([0, 1], [2, 1])), root_seed=7)
    next(chunks)
    with pytest.raises(ValueError, match="satellite 1 comes in two tracks"):
        next(chunks)


def test_same_seed_same_bytes_and_another_seed_or_replication_others():
    one, other = draw(dram(), [3]), draw(dram(), [3])
    assert_same(one, other)
    assert not np.array_equal(one.t_s, draw(dram(), [3], seed=8).t_s)
    assert not np.array_equal(one.t_s, draw(dram(), [3], replication=1).t_s)


def test_a_process_that_is_added_leaves_the_others_as_they_were():
    bare = dram(rows=None, columns=None, logic_errors=None)
    track = track_of([1, 2])
    rates = rates_of(dram(), track)
    everything = sample_upsets(dram(), track, rates, root_seed=7)
    part = sample_upsets(bare, track, rates[[0, 3]], root_seed=7)
    kept = np.isin(everything.effect, (Effect.CELLS, Effect.FUNCTIONAL_INTERRUPT))
    assert_same(part, everything.selected(kept))


def test_a_longer_run_begins_with_the_shorter_one():
    device, track = dram(), track_of([1])
    rates = rates_of(device, track, scale=5.0)
    half = T_S.size // 2
    begin = Track(
        satellite=track.satellite,
        t_s=T_S[: half + 1],
        latitude_rad=track.latitude_rad[:, : half + 1],
        longitude_rad=track.longitude_rad[:, : half + 1],
        altitude_m=track.altitude_m[:, : half + 1],
    )
    short = sample_upsets(device, begin, rates[..., : half + 1], root_seed=7)
    whole = sample_upsets(device, track, rates, root_seed=7)
    assert 0 < short.n_events < whole.n_events
    assert_same(short, whole.selected(whole.t_s < T_S[half]))


def test_times_come_from_the_stream_that_the_key_names():
    """With one population at a constant rate of one, times are the arrivals of a unit process."""
    device = dram(memory=None, cells=None, rows=None, columns=None, functional_interrupts=None)
    track = track_without_orbit([5], start_s=0.0, end_s=50.0)
    rates = np.zeros((1, len(POPULATIONS), 1, 2))
    rates[0, POPULATIONS.index(Population.HEAVY_IONS)] = 1.0
    upsets = sample_upsets(device, track, rates, root_seed=7)
    rng = upset_stream(7, satellite=5, population=Population.HEAVY_IONS, purpose=Purpose.LOGIC_ERROR_TIMES)
    by_hand = np.cumsum([rng.standard_exponential() for _ in range(200)])
    assert upsets.t_s == pytest.approx(by_hand[by_hand < 50.0], rel=1e-12)
    assert np.all(np.isnan(upsets.latitude_rad))


def test_events_ascend_and_flips_belong_to_them():
    device, upsets = dram(), draw(dram(), range(4), scale=5.0)
    assert np.all(np.diff(upsets.t_s) >= 0.0)
    assert upsets.first_flip[0] == 0
    assert upsets.first_flip[-1] == upsets.word.size == upsets.mask.size
    assert np.all((upsets.word >= 0) & (upsets.word < device.memory.n_words))
    assert np.all((upsets.mask > 0) & (upsets.mask < 2**16))
    n_flips = np.diff(upsets.first_flip)
    assert np.all(n_flips[upsets.effect == Effect.CELLS] >= 1)
    assert np.all(n_flips[upsets.effect >= Effect.FUNCTIONAL_INTERRUPT] == 0)
    assert np.all(n_flips[upsets.effect == Effect.ROW] <= 8)
    same_event = np.diff(upsets.event_of_flip()) == 0
    assert np.all(np.diff(upsets.word)[same_event] > 0)


def test_a_row_upset_stays_in_its_row_and_a_column_upset_in_its_column():
    device, upsets = dram(), draw(dram(), range(4), scale=5.0)
    event = upsets.event_of_flip()
    for i in np.flatnonzero(upsets.effect == Effect.ROW)[:50]:
        assert np.unique(upsets.word[event == i] // device.memory.words_per_row).size <= 1
    is_column = upsets.effect[event] == Effect.COLUMN
    assert np.all(np.bitwise_count(upsets.mask[is_column]) == 1)
    bit = np.log2(upsets.mask[is_column].astype(float)).astype(int)
    row, column = device.memory.physical(upsets.word[is_column], bit)
    for i in np.unique(event[is_column])[:50]:
        mine = event[is_column] == i
        assert np.unique(column[mine]).size == 1
        assert np.unique(row[mine] // device.memory.rows_per_array).size == 1


def test_events_lie_on_the_track():
    upsets = draw(dram(), range(4))
    latitude_rad, longitude_rad, altitude_m = place(upsets.satellite, upsets.t_s)
    # In a step of 100 s the track goes 0.11 rad and the Earth turns by 0.007 rad, which bends it by a quarter of
    # their product at most; longitudes are longer by one over the cosine of at most 64 degrees.
    assert upsets.latitude_rad == pytest.approx(latitude_rad, abs=0.11 * 0.007 / 4.0)
    off = np.angle(np.exp(1j * (upsets.longitude_rad - longitude_rad)))
    assert np.abs(off).max() < 0.11 * 0.007 / 4.0 / np.sqrt(1.0 - 0.9**2)
    assert upsets.altitude_m == pytest.approx(altitude_m, abs=5e3 * 0.11**2 / 8.0)


def test_places_cross_the_pole_and_the_date_line_along_the_orbit():
    """A polar orbit at steps of 60 s: the chord is off by less than a thousandth of a degree."""
    t_s = np.arange(0.0, 6_001.0, 60.0)

    def on_meridian(instants):
        u = 1.1e-3 * instants
        x, y, z = np.cos(u) * np.cos(3.1), np.cos(u) * np.sin(3.1), np.sin(u)
        return np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)

    latitude, longitude = on_meridian(t_s)
    track = Track(
        satellite=np.zeros(1, dtype=np.int32),
        t_s=t_s,
        latitude_rad=latitude[None],
        longitude_rad=longitude[None],
        altitude_m=np.full((1, t_s.size), 550e3),
    )
    instants = np.linspace(0.0, 5_999.0, 997)
    found_latitude, found_longitude, _ = track.at(np.zeros(997, dtype=np.int64), instants)
    wanted_latitude, wanted_longitude = on_meridian(instants)
    off = np.hypot(
        found_latitude - wanted_latitude,
        np.cos(wanted_latitude) * np.angle(np.exp(1j * (found_longitude - wanted_longitude))),
    )
    assert np.degrees(off).max() < 1e-3


def test_nothing_happens_without_rates():
    track = track_of([0, 1])
    device = dram()
    upsets = sample_upsets(device, track, np.zeros((5, 5, 2, T_S.size)), root_seed=7)
    assert upsets.n_events == 0
    assert upsets.n_bits == 0
    assert upsets.first_flip.tolist() == [0]


def test_refuses_rates_of_another_shape_and_a_satellite_twice():
    with pytest.raises(ValueError, match=r"rates has shape \(5, 5, 1, 61\): .* \(5, 5, 2, 61\)"):
        sample_upsets(dram(), track_of([0, 1]), np.zeros((5, 5, 1, T_S.size)), root_seed=7)
    with pytest.raises(ValueError, match="satellite has an index twice"):
        track_of([3, 3])
    with pytest.raises(ValueError, match="lists is empty"):
        joined_lists([])
