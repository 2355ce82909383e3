import numpy as np
import pytest
from scipy import stats

from onboard_models.campaign.clusters import ClusteredFlips, Geometry
from onboard_models.campaign.exposure import Exposure
from onboard_models.campaign.memory_slices import MemoryUpsets
from onboard_models.campaign.plans import FlipNumber, UniformFlips, UpsetsOverDays
from tests.onboard_models.campaign.small_image import small_image

IMAGE = small_image()
BIG = small_image(scale=300)


def uniform(n_flips, n_trials=2000, seed=4, reference_bits=None):
    number = FlipNumber(n_flips=n_flips, reference_bits=reference_bits)
    return UniformFlips(number=number, n_trials=n_trials, seed=seed)


def every(trials):
    return [trials.bits(i) for i in range(trials.n_trials)]


PLANS = {
    "uniform": uniform(20, n_trials=30),
    "days": UpsetsOverDays(rate_per_bit_day=1e-4, days=10.0, n_trials=30, seed=4),
    "mixture": ClusteredFlips(number=FlipNumber(n_flips=60), geometry=Geometry(), event_bits=None, n_trials=30, seed=4),
    "same byte": ClusteredFlips(
        number=FlipNumber(n_flips=60),
        geometry=Geometry(same_byte_share=1.0, is_paged=True),
        event_bits=3,
        n_trials=30,
        seed=4,
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_trial_is_the_same_in_whatever_order_trials_run_and_its_bits_differ(name):
    forwards = every(PLANS[name].on(BIG))
    trials = PLANS[name].on(BIG)
    for i in reversed(range(trials.n_trials)):
        again = trials.bits(i)
        assert again.dtype == np.int64
        assert np.array_equal(again, forwards[i])
        assert np.unique(again).size == again.size
        assert again.size == 0 or 0 <= again.min() <= again.max() < BIG.n_bits
    assert len({bits.tobytes() for bits in forwards}) == 30


@pytest.mark.parametrize("name", PLANS)
def test_another_seed_is_another_campaign(name):
    from dataclasses import replace

    assert not np.array_equal(PLANS[name].on(BIG).bits(0), replace(PLANS[name], seed=5).on(BIG).bits(0))


def test_exactly_so_many_bits_flip_and_all_are_hit_alike():
    found = every(uniform(20).on(IMAGE))
    assert {bits.size for bits in found} == {20}
    hits = np.bincount(np.concatenate(found), minlength=IMAGE.n_bits)
    # without replacement counts spread a little less than Poisson, by 1 - 20 / n_bits
    chi_square = ((hits - hits.mean()) ** 2 / hits.mean()).sum() / (1 - 20 / IMAGE.n_bits)
    low, high = stats.chi2.ppf([0.0005, 0.9995], IMAGE.n_bits - 1)
    assert low < chi_square < high


def test_images_of_other_sizes_meet_the_same_bit_error_rate():
    trials = uniform(7, reference_bits=IMAGE.n_bits).on(BIG)
    expected = 7 * BIG.n_bits / IMAGE.n_bits
    assert expected % 1 > 0.05, "otherwise rounding is not tested"
    sizes = np.array([bits.size for bits in every(trials)])
    assert set(sizes) == {int(expected), int(expected) + 1}
    spread = (expected % 1 * (1 - expected % 1) / sizes.size) ** 0.5
    assert abs(sizes.mean() - expected) < 4 * spread
    assert {bits.size for bits in every(uniform(7, reference_bits=IMAGE.n_bits, n_trials=9).on(IMAGE))} == {7}
    assert {bits.size for bits in every(uniform(7, n_trials=9).on(BIG))} == {7}


def test_an_image_cannot_lose_more_bits_than_it_has():
    assert uniform(10**9, n_trials=1).on(IMAGE).bits(0).size == IMAGE.n_bits


@pytest.mark.parametrize("mean_upsets_per_bit", [0.003, 0.7])
def test_bits_at_a_rate_are_wrong_as_often_as_a_random_telegraph(mean_upsets_per_bit):
    plan = UpsetsOverDays(rate_per_bit_day=mean_upsets_per_bit / 5.0, days=5.0, n_trials=400, seed=1)
    sizes = np.array([bits.size for bits in every(plan.on(IMAGE))])
    wrong = 0.5 * (1.0 - np.exp(-2.0 * mean_upsets_per_bit))  # odd number of Poisson events
    mean, variance = IMAGE.n_bits * wrong, IMAGE.n_bits * wrong * (1 - wrong)
    assert abs(sizes.mean() - mean) < 4 * (variance / sizes.size) ** 0.5
    assert abs(sizes.var() / variance - 1) < 4 * (2 / sizes.size) ** 0.5


def test_clusters_of_one_byte_are_adjacent_bits_and_others_share_their_bit_index():
    for same_byte in (True, False):
        plan = ClusteredFlips(
            number=FlipNumber(n_flips=23),
            geometry=Geometry(same_byte_share=float(same_byte)),
            event_bits=5,
            n_trials=40,
            seed=3,
        )
        for bits in every(plan.on(BIG)):
            assert bits.size == 23
            byte, bit = np.divmod(bits, 8)
            by_event = np.split(np.arange(23), [5, 10, 15, 20])
            for event in by_event:
                if same_byte:
                    assert np.unique(byte[event]).size == 1
                    assert np.ptp(bit[event]) == event.size - 1
                else:
                    assert np.unique(byte[event]).size == event.size
                    assert np.unique(bit[event]).size == 1
                    assert np.unique(byte[event] % 16).size == 1  # the byte lane of 16-byte units


def test_the_mixture_has_as_many_bits_in_clusters_as_the_emulator_mixes():
    # 0.07 doubles, 0.01 triples, 0.005 of 5 to 7 per flipped bit: 0.14 + 0.03 + 0.03 of the bits are in clusters
    plan = ClusteredFlips(
        number=FlipNumber(n_flips=200), geometry=Geometry(same_byte_share=1.0), event_bits=None, n_trials=300, seed=3
    )
    trials = plan.on(BIG)
    shared = [np.bincount(np.unique(trials.bits(i) // 8, return_counts=True)[1], minlength=9) for i in range(300)]
    in_clusters = np.array([(counts[2:] * np.arange(2, counts.size)).sum() / 200 for counts in shared])
    by_chance = 200 * 7 / BIG.n_bits  # of singles that meet in a byte
    assert abs(in_clusters.mean() - 0.20 - by_chance) < 4 * in_clusters.std() / 300**0.5 + 0.2 * by_chance


def test_an_unknown_mapping_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="mapping = 'S9': give one of S1, S2"):
        Geometry(mapping="S9")


def memory_upsets(n_trials, memory_images=2.5):
    rng = np.random.default_rng(6)
    memory_bytes = int(memory_images * IMAGE.n_bytes) // 4 * 4
    n = 400
    return MemoryUpsets(
        satellite=rng.integers(0, 3, n),
        word=rng.integers(0, memory_bytes // 4, n),
        mask=rng.integers(0, 2**32, n, dtype=np.uint64),
        n_satellites=3,
        memory_bytes=memory_bytes,
        word_bits=32,
        n_trials=n_trials,
        seed=1,
    )


def test_slices_hold_what_a_memory_of_single_bits_says():
    upsets = memory_upsets(n_trials=100)
    memory = np.zeros((3, 8 * upsets.memory_bytes), bool)
    for satellite, word, mask in zip(upsets.satellite, upsets.word, upsets.mask, strict=True):
        for bit in range(32):
            memory[satellite, 32 * word + bit] ^= bool(int(mask) >> bit & 1)
    whole = memory[:, : 2 * IMAGE.n_bits].reshape(6, IMAGE.n_bits)
    trials = upsets.on(IMAGE)
    assert trials.n_trials == 6
    for i in range(6):
        assert np.array_equal(trials.bits(i), np.flatnonzero(whole[trials.drawn[i]]))
    assert sorted(trials.drawn) == list(range(6))


def test_fewer_slices_are_drawn_without_repetition():
    trials = memory_upsets(n_trials=4).on(IMAGE)
    assert trials.n_trials == np.unique(trials.drawn).size == 4


def test_an_image_larger_than_the_memory_is_refused():
    with pytest.raises(ValueError, match="larger device"):
        memory_upsets(n_trials=1, memory_images=0.9).on(IMAGE)


def test_upsets_outside_the_memory_are_refused():
    with pytest.raises(ValueError, match="word reaches from 0 to 8: give 0 to 7"):
        MemoryUpsets(
            satellite=np.array([0, 0]),
            word=np.array([0, 8]),
            mask=np.array([1, 1], np.uint64),
            n_satellites=1,
            memory_bytes=32,
            word_bits=32,
            n_trials=1,
            seed=0,
        )


def test_a_hundred_flips_of_11_megabit_are_18_days():
    # of the specification: 357,639 float32 parameters see 5.4 flips a day at 4.76e-7, so 100 flips are about 18 days
    exposure = Exposure(n_flips=100, n_bits=32 * 357_639)
    assert exposure.bit_error_rate == pytest.approx(8.7e-6, rel=0.01)
    assert 100 / exposure.days() == pytest.approx(5.4, abs=0.05)
    assert exposure.days(4.76e-8) == pytest.approx(10 * exposure.days())
    with pytest.raises(ValueError, match="rate_per_bit_day = 0"):
        exposure.days(0.0)
