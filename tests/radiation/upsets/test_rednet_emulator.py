"""Properties of the RedNet emulator's geometry; the original has known defects and is no oracle."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.memory_protection import SECDED, Layout, MemoryProtection, Outcome, residual_of
from radiation.populations import Population
from radiation.upsets.rednet_emulator import (
    MAPPINGS,
    WORST_BIT,
    ClusterShape,
    MemoryImage,
    RedNetEmulator,
    draw_event_sizes,
    expected_events_by_size,
    paged_image,
    rednet_multiplicity,
    with_rednet_clusters,
)
from radiation.upsets.upset_list import Effect, UpsetList

MIB = 2**20
by_mapping = pytest.mark.parametrize("name", MAPPINGS)


def image(name="S1", n_bytes=64 * MIB, **region):
    return MemoryImage(mapping=MAPPINGS[name], n_bytes=n_bytes, **region)


def bits_of(flips):
    """Return events and bit addresses, for words of 64 bits."""
    row, bit = np.nonzero(flips.mask[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1))
    return flips.event[row], flips.word[row] * 64 + bit


def clusters_of(flips):
    event, bit = bits_of(flips)
    return [bit[event == i] for i in np.unique(event)]


def upsets_of(flips, n_events, effect=Effect.CELLS, satellite=0):
    nowhere = np.full(n_events, np.nan)
    return UpsetList(
        t_s=np.arange(n_events, dtype=np.float64),
        satellite=np.full(n_events, satellite, dtype=np.int32),
        population=np.full(n_events, Population.UNSPECIFIED, dtype=np.int8),
        effect=np.full(n_events, effect, dtype=np.int8),
        latitude_rad=nowhere,
        longitude_rad=nowhere,
        altitude_m=nowhere,
        first_flip=np.searchsorted(flips.event, np.arange(n_events + 1)),
        word=flips.word,
        mask=flips.mask,
    )


# event sizes


def test_mixture_for_a_hundred_bits():
    rng = np.random.default_rng(2)
    draws = [draw_event_sizes(100, rng) for _ in range(4000)]
    assert all(sizes.sum() == 100 for sizes in draws)
    n_events = np.array([len(sizes) for sizes in draws])
    multiple_bits = np.array([sizes[sizes > 1].sum() for sizes in draws])
    share = np.array([(sizes > 1).mean() for sizes in draws])
    # published for 4,000 draws with one digit: theirs has a standard error of its own, hence the root of two
    for values, published, half_digit in ((n_events, 88.5, 0.05), (multiple_bits, 19.9, 0.05), (share, 0.097, 0.0005)):
        standard_error = np.sqrt(2.0) * values.std(ddof=1) / np.sqrt(4000)
        assert abs(values.mean() - published) <= 5.0 * standard_error + half_digit


@pytest.mark.parametrize("n_bits", [0, 5, 8, 9, 33, 100, 250, 500])
def test_sizes_follow_their_expectation(n_bits):
    rng = np.random.default_rng(n_bits)
    counts = np.array([np.bincount(draw_event_sizes(n_bits, rng), minlength=8) for _ in range(3000)])
    standard_error = counts.std(axis=0, ddof=1) / np.sqrt(3000)
    assert (np.abs(counts.mean(axis=0) - expected_events_by_size(n_bits)) <= 5.0 * standard_error + 1e-9).all()
    assert (counts @ np.arange(8) == n_bits).all()
    assert not counts[:, 4].any()


def test_law_of_single_events_has_the_same_shares():
    law = rednet_multiplicity()
    assert 1.0 / law.mean == pytest.approx(0.885, rel=1e-12)
    assert 1.0 - law.probabilities[0] == pytest.approx(0.085 / 0.885, rel=1e-12)
    assert law.probabilities[3] == 0.0


def test_negative_number_of_bits_is_refused():
    with pytest.raises(ValueError, match="n_bits = -1"):
        draw_event_sizes(-1, np.random.default_rng(0))


# clusters


@by_mapping
@pytest.mark.parametrize("shape", ClusterShape)
@pytest.mark.parametrize("placement", ["contiguous", "paged"])
def test_cells_of_a_cluster_share_bank_lane_and_bit_and_are_neighbours(name, shape, placement):
    rng = np.random.default_rng(4)
    mapping = MAPPINGS[name]
    held = image(name) if placement == "contiguous" else paged_image(mapping, 64 * MIB, rng)
    sizes = rng.integers(2, 8, 400)
    flips = RedNetEmulator(image=held, shape=shape).flips(sizes, rng)
    words = np.split(flips.word, np.flatnonzero(np.diff(flips.event)) + 1)
    assert all(len(np.unique(word)) == len(word) for word in words)
    for bits, size in zip(clusters_of(flips), sizes, strict=True):
        assert len(bits) == size
        place = held.place(bits // 8)
        for field in (place.channel, place.bank, place.bank_group, place.byte_lane, bits % 8):
            assert len(np.unique(field)) == 1
        cells = set(zip(place.row.tolist(), place.column.tolist(), strict=True))
        assert len(cells) == size
        assert is_connected(cells)


def is_connected(cells):
    reached = {min(cells)}
    for _ in cells:
        reached |= {
            near for r, c in reached for near in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)) if near in cells
        }
    return reached == cells


def test_column_clusters_are_sixteen_bytes_apart():
    rng = np.random.default_rng(6)
    flips = RedNetEmulator(image=image()).flips(np.full(3000, 2), rng)
    steps = np.array([np.diff(np.sort(bits)) for bits in clusters_of(flips)]).ravel()
    assert set(steps.tolist()) == {16 * 8, 256 * 1024 * 8}
    # four weights of float32, sixteen of int8: never two bits of a word of 64 bits
    assert (np.bitwise_count(flips.mask) == 1).all()
    n_columns = np.count_nonzero(steps == 16 * 8)
    assert abs(n_columns - 0.8 * 3000) <= 5.0 * np.sqrt(3000 * 0.8 * 0.2)


def test_stacks_are_as_wide_as_their_binomial():
    rng = np.random.default_rng(7)
    held, size, n = image(), 7, 3000
    flips = RedNetEmulator(image=held, shape=ClusterShape.STACK).flips(np.full(n, size), rng)
    width = np.empty(n)
    for i, bits in enumerate(clusters_of(flips)):
        place = held.place(bits // 8)
        lowest = place.column[place.row == place.row.min()]
        assert (np.diff(np.sort(lowest)) == 1).all()
        assert set(place.column.tolist()) == set(lowest.tolist())
        for column in set(place.column.tolist()):
            rows = np.sort(place.row[place.column == column])
            assert rows.tolist() == list(range(place.row.min(), place.row.min() + len(rows)))
        width[i] = len(lowest)
    # 64 MiB have 256 rows and 1,024 columns; what does not fit is drawn again, fewer than 0.02 columns in the mean
    assert abs(width.mean() - (1 + 6 * 0.8)) <= 5.0 * np.sqrt(6 * 0.8 * 0.2 / n) + 0.02


def test_clusters_start_all_over_the_region():
    rng = np.random.default_rng(8)
    emulator = RedNetEmulator(image=image(n_bytes=MIB, first_byte=300, end_byte=MIB - 500_000))
    bits = bits_of(emulator.flips(np.ones(20_000, dtype=np.int64), rng))[1]
    assert bits.min() >= 300 * 8
    assert bits.max() < (MIB - 500_000) * 8
    counts, _ = np.histogram(bits, bins=10, range=(300 * 8, (MIB - 500_000) * 8))
    assert (np.abs(counts - 2000) <= 5 * np.sqrt(1800)).all()


def test_uniform_bit_index_and_the_worst_one():
    rng = np.random.default_rng(9)
    sizes = rng.integers(1, 8, 8000)
    uniform = [bits[0] % 8 for bits in clusters_of(RedNetEmulator(image=image()).flips(sizes, rng))]
    assert (np.abs(np.bincount(uniform) - 1000) <= 5 * np.sqrt(8000 / 8 * 7 / 8)).all()
    worst = RedNetEmulator(image=image(), bit_index=WORST_BIT).flips(sizes, rng)
    assert set((bits_of(worst)[1] % 8).tolist()) == {7}


@pytest.mark.parametrize("bit_index", [None, 6, 7])
def test_dq_clusters_are_adjacent_bits_of_one_byte_downward(bit_index):
    rng = np.random.default_rng(10)
    emulator = RedNetEmulator(image=image(), shape=ClusterShape.STACK, dq_share=1.0, bit_index=bit_index)
    sizes = rng.integers(2, 8, 500)
    flips = emulator.flips(sizes, rng)
    assert len(flips.word) == 500
    for bits, size in zip(clusters_of(flips), sizes, strict=True):
        assert len(np.unique(bits // 8)) == 1
        assert np.sort(bits).tolist() == list(range(bits.min(), bits.min() + size))
        assert bit_index is None or bits.max() % 8 == bit_index


def test_share_of_dq_clusters():
    rng = np.random.default_rng(11)
    emulator = RedNetEmulator(image=image(), shape=ClusterShape.STACK, dq_share=0.3)
    flips = emulator.flips(np.repeat([1, 3], 4000), rng)
    n_dq = np.count_nonzero(np.bitwise_count(flips.mask) == 3)
    assert abs(n_dq - 1200) <= 5.0 * np.sqrt(4000 * 0.3 * 0.7)


@pytest.mark.parametrize("n_bytes", [112, 4096, 12_345, 64 * 1024, MIB])
@pytest.mark.parametrize("shape", ClusterShape)
def test_small_memories_hold_whole_clusters(n_bytes, shape):
    rng = np.random.default_rng(12)
    bits = bits_of(RedNetEmulator(image=image(n_bytes=n_bytes), shape=shape).flips(np.full(50, 5), rng))[1]
    assert len(bits) == 250
    assert bits.max() < n_bytes * 8


@pytest.mark.parametrize("word_bits", [8, 16, 32, 64])
def test_words_are_little_endian(word_bits):
    emulator = RedNetEmulator(image=image(n_bytes=4096))
    sizes = np.full(30, 3)
    wide = bits_of(emulator.flips(sizes, np.random.default_rng(1)))[1]
    flips = emulator.flips(sizes, np.random.default_rng(1), word_bits=word_bits)
    memory = np.zeros(4096 * 8 // word_bits, dtype=f"<u{word_bits // 8}")
    np.bitwise_xor.at(memory, flips.word, flips.mask.astype(memory.dtype))
    expected = np.zeros(4096, dtype=np.uint8)
    np.bitwise_xor.at(expected, wide // 8, (1 << wide % 8).astype(np.uint8))
    assert (memory.view(np.uint8) == expected).all()


# exact numbers of bits


@pytest.mark.parametrize(("n_bits", "n_bytes"), [(5, 4096), (100, 64 * MIB), (500, 64 * MIB), (500, 4096)])
@pytest.mark.parametrize("bit_index", [None, WORST_BIT])
def test_lists_flip_exactly_as_many_different_bits_as_asked_for(n_bits, n_bytes, bit_index):
    emulator = RedNetEmulator(image=image(n_bytes=n_bytes), bit_index=bit_index)
    for seed in range(5):
        bits = bits_of(emulator.exactly(n_bits, np.random.default_rng(seed)))[1]
        assert len(bits) == len(np.unique(bits)) == n_bits


def test_the_same_seed_gives_the_same_list():
    emulator = RedNetEmulator(image=image(), shape=ClusterShape.STACK, dq_share=0.2)
    one, other = (emulator.exactly(300, np.random.default_rng(5)) for _ in range(2))
    assert (one.word == other.word).all()
    assert (one.mask == other.mask).all()


# beside protection, and along orbits


@by_mapping
@pytest.mark.parametrize("shape", ClusterShape)
def test_secded_corrects_every_column_and_row_cluster(name, shape):
    layout = Layout(code=SECDED(), data_bytes=8 * MIB)
    rng = np.random.default_rng(13)
    emulator = RedNetEmulator(image=image(name, layout.stored_bytes), shape=shape)
    sizes = rng.integers(2, 8, 300)
    # one memory each, so that nothing accumulates
    outcomes = set()
    upsets = upsets_of(emulator.flips(sizes, rng), 300)
    for event in range(300):
        left = residual_of(
            upsets.selected(np.array([event])),
            MemoryProtection(code=SECDED()),
            data_bytes=8 * MIB,
            memory_word_bits=64,
            end_s=1e3,
        )
        outcomes |= set(left.outcome.tolist())
    assert outcomes == {Outcome.CORRECTED}


def test_only_dq_clusters_defeat_secded():
    layout = Layout(code=SECDED(), data_bytes=64 * MIB)
    rng = np.random.default_rng(14)
    emulator = RedNetEmulator(image=image("S1", layout.stored_bytes), shape=ClusterShape.STACK, dq_share=0.5)
    sizes = np.repeat([1, 2, 3, 5, 6, 7], 100)
    flips = emulator.flips(sizes, rng)
    left = residual_of(
        upsets_of(flips, len(sizes)),
        MemoryProtection(code=SECDED()),
        data_bytes=64 * MIB,
        memory_word_bits=64,
        end_s=1e3,
    )
    is_dq = np.zeros(len(sizes), dtype=bool)
    is_dq[flips.event[np.bitwise_count(flips.mask) > 1]] = True
    assert 200 < is_dq.sum() < 300
    # fewer than 2,400 hits of 8.4 million words: 0.3 words are hit twice in the mean, and such a row is marked
    alone = ~left.has_accumulated
    failed = np.unique(left.event[left.failures()][alone[left.failures()]])
    assert failed.tolist() == np.flatnonzero(is_dq).tolist()
    doubles = left.outcome[np.isin(left.event, np.flatnonzero(is_dq & (sizes == 2))) & alone]
    assert set(doubles.tolist()) == {Outcome.DETECTED}


def satellite_upsets(satellites, n_each=40):
    rng = np.random.default_rng(15)
    times = {s: np.sort(np.random.default_rng(s).uniform(0, 100, n_each)) for s in satellites}
    t_s = np.concatenate([times[s] for s in satellites])
    satellite = np.repeat(np.array(satellites, dtype=np.int32), n_each)
    population = np.tile(np.array([Population.TRAPPED_PROTONS, Population.HEAVY_IONS], dtype=np.int8), len(t_s) // 2)
    effect = np.full(len(t_s), Effect.CELLS, dtype=np.int8)
    effect[::10] = Effect.ROW
    nowhere = np.full(len(t_s), np.nan)
    return UpsetList(
        t_s=t_s,
        satellite=satellite,
        population=population,
        effect=effect,
        latitude_rad=nowhere,
        longitude_rad=nowhere,
        altitude_m=nowhere,
        first_flip=np.arange(len(t_s) + 1),
        word=rng.integers(0, 100, len(t_s)),
        mask=np.full(len(t_s), 5, dtype=np.uint64),
    ).sorted_by_time()


def test_upsets_along_orbits_keep_their_times_and_their_rows():
    before = satellite_upsets([0, 1, 2])
    after = with_rednet_clusters(before, RedNetEmulator(image=image()), word_bits=64, root_seed=1)
    assert (after.t_s == before.t_s).all()
    is_row = np.flatnonzero(before.effect == Effect.ROW)
    assert (after.selected(is_row).word == before.selected(is_row).word).all()
    assert (after.selected(is_row).mask == 5).all()
    sizes = after.bits_per_event()[before.effect == Effect.CELLS]
    assert sizes.min() == 1
    assert 1 < sizes.max() <= 7
    assert set(sizes.tolist()).isdisjoint({4})


def test_clusters_of_a_satellite_do_not_depend_on_the_fleet():
    emulator = RedNetEmulator(image=image())
    fleet = with_rednet_clusters(satellite_upsets([0, 1, 2]), emulator, word_bits=32, root_seed=1)
    alone = with_rednet_clusters(satellite_upsets([1]), emulator, word_bits=32, root_seed=1)
    ours = fleet.selected(fleet.satellite == 1)
    is_cells = ours.effect == Effect.CELLS
    assert (ours.selected(is_cells).word == alone.selected(is_cells).word).all()
    assert (ours.selected(is_cells).mask == alone.selected(is_cells).mask).all()
    other = fleet.selected((fleet.satellite == 2) & (fleet.effect == Effect.CELLS))
    assert not np.isin(other.word, ours.word).any()


# errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dq_share": 0.1}, "shape v1.0 has no such events"),
        ({"dq_share": 1.5, "shape": ClusterShape.STACK}, "give a share from 0 to 1"),
        ({"bit_index": 8}, "bit_index = 8: give 0 to 7"),
        ({"bit_index": 3, "dq_share": 0.1, "shape": ClusterShape.STACK}, "downward needs at least 6"),
    ],
)
def test_settings_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        RedNetEmulator(image=image(), **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_bytes": 0}, "n_bytes = 0: give 1 to 8589934592"),
        ({"n_bytes": 2**33 + 1}, "the size of S1"),
        ({"first_byte": 10, "end_byte": 10}, "give a region that is not empty"),
        ({"end_byte": 65 * MIB}, "give a region that is not empty"),
        ({"n_bytes": 8192, "physical_page": np.array([0, 2])}, "no permutation of the 2 pages"),
    ],
)
def test_images_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        image(**arguments)


def test_requests_that_cannot_be_met_are_refused():
    rng = np.random.default_rng(0)
    small = RedNetEmulator(image=image(n_bytes=64))
    with pytest.raises(ValueError, match="no room for a cluster of 5 cells in S1"):
        small.flips(np.array([5]), rng)
    with pytest.raises(ValueError, match="n_bits = 65: too many"):
        RedNetEmulator(image=image(n_bytes=64), bit_index=7).exactly(65, rng)
    with pytest.raises(ValueError, match="sizes range from 1 to 8"):
        small.flips(np.array([1, 8]), rng)
    with pytest.raises(ValueError, match="word_bits = 12"):
        small.flips(np.array([1]), rng, word_bits=12)
