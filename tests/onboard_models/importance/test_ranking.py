import itertools

import numpy as np
import pytest
from scipy import stats

from onboard_models.campaign.strata import BitClass
from onboard_models.importance.comparison import Judged, verdicts
from onboard_models.importance.ground_truth import LayerHarm, StratumHarm, measured_harm
from onboard_models.importance.layers import Layer, layers_of
from onboard_models.importance.plan import guard_plans
from onboard_models.importance.ranking import harm_left, kendall, ranks, spearman, top_overlap
from onboard_models.injection import Injector
from onboard_models.protection.budget import COST_PER_BYTE
from onboard_models.tensor_flips import flips_in
from tests.onboard_models.importance.linear_network import linear_network
from tests.onboard_models.small_graphs import images, plain_cnn


@pytest.mark.parametrize("seed", range(5))
def test_rank_statistics_are_those_of_scipy(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 5, (2, 9)).astype(np.float64)  # with ties
    np.testing.assert_allclose(ranks(a), stats.rankdata(a))
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert kendall(a, b) == pytest.approx(stats.kendalltau(a, b).statistic)
    many = rng.normal(size=(4, 9))
    np.testing.assert_allclose(kendall(a, many), [stats.kendalltau(a, row).statistic for row in many])
    np.testing.assert_allclose(spearman(a, many), [stats.spearmanr(a, row).statistic for row in many])


def test_no_order_correlates_with_nothing():
    assert np.isnan(spearman(np.ones(4), np.arange(4.0)))
    assert np.isnan(kendall(np.ones(4), np.arange(4.0)))


def test_the_top_third_is_found_or_not():
    truth = np.array([5.0, 4.0, 1.0, 2.0, 3.0])  # the worst two of five
    assert top_overlap(truth, truth) == 1.0
    assert top_overlap(np.array([9.0, 0.0, 8.0, 0.0, 0.0]), truth) == 0.5
    assert top_overlap(-truth, truth) == 0.0


def test_harm_left_passes_over_what_does_not_fit():
    harm, cost = np.array([6.0, 3.0, 1.0]), np.array([10.0, 4.0, 1.0])
    assert harm_left(np.array([3.0, 2.0, 1.0]), harm, cost, 5.0) == pytest.approx(0.6)
    assert harm_left(np.array([3.0, 2.0, 1.0]), harm, cost, 14.0) == pytest.approx(0.1)
    assert harm_left(np.array([3.0, 2.0, 1.0]), harm, cost, 15.0) == pytest.approx(0.0)
    assert harm_left(np.array([3.0, 2.0, 1.0]), np.zeros(3), cost, 0.0) == 0.0


def harms_of(per_flip, n_parameters, n=40):
    """Return layers of which this share of flips of exponents changes all answers, and no other flip any."""
    found = []
    for i, (share, size) in enumerate(zip(per_flip, n_parameters, strict=True)):
        silent = np.zeros(n)
        silent[: round(share * n)] = 1.0
        layer = Layer(name=f"layer{i}", tensors=(f"w{i}",), n_parameters=size, source="a", output="b")
        bits = {BitClass.SIGN: 1, BitClass.EXPONENT: 8, BitClass.MANTISSA: 23}
        strata = tuple(
            StratumHarm(bit_class=kind, n_bits=n_of * size, silent=silent if kind is BitClass.EXPONENT else np.zeros(n))
            for kind, n_of in bits.items()
        )
        found.append(LayerHarm(layer=layer, strata=strata))
    return tuple(found)


def judged(per_flip, n_parameters, **scores):
    n = np.array(n_parameters, dtype=np.float64)
    per_parameter = {"parameter-count": 1.0 / n, **{name: np.array(values) for name, values in scores.items()}}
    return Judged(
        name="toy",
        harms=harms_of(per_flip, n_parameters),
        per_parameter=per_parameter,
        total={name: values * n for name, values in per_parameter.items()},
        cost_per_byte=2.0,
        budget_bytes=8.0 * sum(n_parameters) * 0.3,
    )


def test_harm_per_flip_weighs_classes_by_their_bits():
    (harm,) = harms_of([0.5], [100])
    assert harm.per_flip.estimate == pytest.approx(0.5 * 8 / 32)
    assert harm.per_flip.low < 0.125 < harm.per_flip.high
    drawn = harm.resampled(4000, np.random.default_rng(0))
    # mean of 40 draws of 0 or 1, times a quarter
    assert drawn.std() == pytest.approx(0.25 * np.sqrt(0.25 / 40), rel=4.0 / np.sqrt(2 * 4000))
    assert harm.strata[1].harmful.low == pytest.approx(0.352, abs=1e-3)  # Wilson, 20 of 40
    assert harm.strata[1].harmful.high == pytest.approx(0.648, abs=1e-3)


def test_a_criterion_that_knows_beats_the_count_and_one_that_does_not_does_not():
    per_flip, sizes = [0.1, 0.5, 0.9, 0.3, 0.7, 0.2], [10, 20, 30, 40, 50, 60]
    networks = [judged(per_flip, sizes, truth=per_flip, wrong=[-value for value in per_flip]) for _ in range(4)]
    found = {verdict.criterion: verdict for verdict in verdicts(networks, seed=1)}
    assert next(iter(found)) == "truth"
    best, count, worst = found["truth"], found["parameter-count"], found["wrong"]
    assert (best.spearman, best.kendall, best.top_overlap) == pytest.approx((1.0, 1.0, 1.0))
    assert best.regret == 0.0 < worst.regret
    assert best.spearman_low < best.spearman_high <= 1.0
    assert count.spearman == pytest.approx(stats.spearmanr(per_flip, -np.array(sizes)).statistic)
    assert (best.beats_count, count.beats_count, worst.beats_count) == (True, False, False)
    assert (count.advantage_low, count.advantage, count.advantage_high) == (0.0, 0.0, 0.0)
    assert worst.advantage < 0.0
    assert best.spearman_of_share == pytest.approx(1.0)


def test_shares_are_harm_times_bits():
    one = judged([0.2, 0.8], [100, 25])
    assert one.share == pytest.approx([0.5, 0.5])


def test_measured_harm_is_the_share_of_all_flips_within_its_error():
    model, weights = linear_network()
    x = np.random.default_rng(5).uniform(-0.9, 0.9, (12, 4)).astype(np.float32)
    injector = Injector(model, probe=x)
    golden = injector.golden(x).argmax(axis=1)
    layers = layers_of(model)
    content = model.SerializeToString()
    found = measured_harm(content, layers, x, n_trials=160, seed=0)
    for layer, harm in zip(layers, found, strict=True):
        trials = [
            flips_in(name, [element], [bit])
            for name in layer.tensors
            for element, bit in itertools.product(range(weights[name].size), range(32))
        ]
        changed = injector.run(x, trials).outputs["logits"].argmax(axis=2) != golden
        low, high = harm.per_flip.low, harm.per_flip.high
        assert abs(harm.per_flip.estimate - changed.mean()) < 2.0 * (high - low) / 2.0  # 4 standard errors
        assert high - low < 0.06


def test_the_same_seed_gives_the_same_flips():
    model = plain_cnn(channels=(4, 4)).SerializeToString()
    layers, x = layers_of(model), images(8, 12)
    first, again, other = (measured_harm(model, layers, x, n_trials=16, seed=seed) for seed in (3, 3, 4))

    def drawn(harms):
        return np.concatenate([stratum.silent for harm in harms for stratum in harm.strata])

    np.testing.assert_array_equal(drawn(first), drawn(again))
    assert not np.array_equal(drawn(first), drawn(other))
    assert [stratum.silent.size for stratum in first[0].strata] == [4, 8, 4]
    with pytest.raises(ValueError, match="give 8 or more"):
        measured_harm(model, layers, x, n_trials=4, seed=0)


def test_plans_keep_to_the_budget():
    model = plain_cnn(channels=(4, 4))
    image, layers = Injector(model).image, layers_of(model)
    plans = guard_plans(image, layers, np.array([3.0, 1.0, 2.0]), budget_bytes=104.0)
    assert {one.guard for one in plans} == set(COST_PER_BYTE)
    assert all(one.plan.cost_bytes <= 104.0 for one in plans)
    covered = [one.plan.share_covered for one in plans]
    assert covered == sorted(covered, reverse=True) and covered[0] == pytest.approx(1.0)
    triple = next(one for one in plans if one.guard == "tmr")
    assert set(triple.plan.names) == {"conv0.bias", "conv1.bias", "head.bias"}  # two copies of 13 numbers
