import numpy as np
import pytest

from onboard_models.campaign.intervals import sample_size
from onboard_models.campaign.strata import BitClass, SingleBits, bit_classes, strata_of, stratified_share
from onboard_models.memory_image import RegionKind
from tests.onboard_models.campaign.small_image import small_image

IMAGE = small_image(scale=4)
STRATA = strata_of(IMAGE)


def test_strata_hold_every_used_bit_once():
    found = np.concatenate([stratum.positions(np.arange(stratum.n_bits)) for stratum in STRATA])
    used = [region for region in IMAGE.regions if region.kind is not RegionKind.UNUSED]
    expected = np.concatenate([8 * r.first_byte + np.arange(8 * r.n_bytes) for r in used])
    assert np.array_equal(np.sort(found), np.sort(expected))


def test_bits_of_a_stratum_are_of_its_layer_content_and_class():
    for stratum in STRATA:
        flips = IMAGE.flips_at(stratum.positions(np.arange(stratum.n_bits)))
        for i_tensor, bit in zip(flips.tensor, flips.bit, strict=True):
            region = IMAGE.regions[i_tensor]
            assert region.layer == stratum.layer
            assert int(bit) in bit_classes(region.dtype)[stratum.bit_class]
    assert [(s.layer, s.content, s.bit_class.value) for s in STRATA] == [
        ("a", "parameters", "sign"),
        ("a", "parameters", "exponent"),
        ("a", "parameters", "mantissa"),
        ("b", "parameters", "sign"),
        ("b", "parameters", "magnitude"),
        ("b", "scale", "sign"),
        ("b", "scale", "exponent"),
        ("b", "scale", "mantissa"),
        ("b", "zero_point", "magnitude"),
    ]


@pytest.mark.parametrize("dtype, largest", [("f2", 65504.0), ("f4", 3.4028235e38), ("f8", 1.7976931348623157e308)])
def test_classes_of_floats_are_those_of_the_numbers_they_make(dtype, largest):
    classes = bit_classes(np.dtype(dtype))
    n_bits = 8 * np.dtype(dtype).itemsize
    assert sorted(bit for bits in classes.values() for bit in bits) == list(range(n_bits))

    def number(bits):
        word = np.array([sum(1 << bit for bit in bits)], dtype=f"u{n_bits // 8}")
        return float(word.view(dtype)[0])

    mantissa, exponent = classes[BitClass.MANTISSA], classes[BitClass.EXPONENT]
    assert number((*mantissa, *exponent[1:])) == pytest.approx(largest, rel=1e-6)
    assert number(exponent) == np.inf
    assert np.signbit(number(classes[BitClass.SIGN]))


def test_each_stratum_gets_its_sample_of_different_bits():
    trials = SingleBits(error_margin=0.1, seed=3).on(IMAGE)
    for i, stratum in enumerate(STRATA):
        drawn = trials.position[trials.stratum == i]
        assert drawn.size == np.unique(drawn).size == sample_size(stratum.n_bits, error_margin=0.1)
        assert np.isin(drawn, stratum.positions(np.arange(stratum.n_bits))).all()
    assert np.array_equal(trials.bits(7), trials.position[7:8])
    again = SingleBits(error_margin=0.1, seed=3).on(IMAGE)
    assert np.array_equal(again.position, trials.position)


def test_draws_are_spread_over_the_places_in_a_number_and_every_bit_is_as_likely():
    """43 of 8 x 145 bits: 5 or 6 of each place. How often each is drawn, by chi-square, 5 standard errors."""
    stratum = next(s for s in STRATA if s.bit_class is BitClass.EXPONENT and s.layer == "a")
    n, n_surveys = 43, 2000
    bits = stratum.positions(np.arange(stratum.n_bits))
    hits = np.zeros(bits.max() + 1)
    for seed in range(n_surveys):
        drawn = stratum.drawn(n, np.random.default_rng(seed))
        assert drawn.size == np.unique(drawn).size == n
        counts = np.bincount(IMAGE.flips_at(drawn).bit, minlength=31)[23:31]
        assert set(counts.tolist()) <= {n // 8, n // 8 + 1}
        hits[drawn] += 1
    expected = n_surveys * n / stratum.n_bits
    assert hits.sum() == hits[bits].sum()
    chi_square = ((hits[bits] - expected) ** 2 / expected).sum() / (1 - n / stratum.n_bits)
    freedom = stratum.n_bits - 1
    assert abs(chi_square - freedom) < 5 * (2 * freedom) ** 0.5


def test_a_census_knows_the_share_exactly():
    rng = np.random.default_rng(1)
    sizes = [10, 40, 150]
    values = [rng.random(n) for n in sizes]
    share = stratified_share(values, sizes, 250)
    assert share.share == pytest.approx(np.concatenate(values).sum() / 250)
    assert share.half_width == share.largest_half_width == 0.0


def test_the_interval_of_the_whole_image_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    sizes, shares = [3000, 500, 9000], [0.02, 0.6, 0.2]
    population = [rng.permutation(np.arange(n) < p * n).astype(float) for n, p in zip(sizes, shares, strict=True)]
    truth = sum(map(np.sum, population)) / 13_000  # 500 bits are unused
    n_surveys, hits, far = 2000, 0, 0
    for _ in range(n_surveys):
        drawn = [rng.choice(stratum, 90, replace=False) for stratum in population]
        found = stratified_share(drawn, sizes, 13_000)
        hits += abs(found.share - truth) <= found.half_width
        far += abs(found.share - truth) > found.largest_half_width
        assert found.half_width <= found.largest_half_width * 1.02  # an unbiased variance exceeds the largest by 1/89
    # strata of 2 % with 90 draws are far from normal; a normal interval then covers a little less than it says
    assert 0.92 < hits / n_surveys < 0.975
    assert far / n_surveys < 0.05


def test_a_stratum_without_hits_still_leaves_doubt():
    found = stratified_share([np.zeros(50)], [10_000], 10_000)
    assert found.share == 0.0
    assert found.half_width > 0.01  # half a hit among 51 could be there
    assert np.isfinite(stratified_share([np.zeros(1)], [7], 7).half_width)
