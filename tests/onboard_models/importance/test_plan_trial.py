import numpy as np
import pytest

from onboard_models.importance.ground_truth import measured_harm
from onboard_models.importance.layers import layers_of
from onboard_models.importance.plan_trial import plan_trials
from tests.onboard_models.small_graphs import images, plain_cnn

MODEL = plain_cnn(channels=(4, 8)).SerializeToString()
LAYERS = layers_of(MODEL)  # conv0 40, conv1 296 and head 45 parameters
X = images(16, 12)


def tried(orders, *, guard, budget_bytes, per_flip=(3.0, 1.0, 2.0), n_trials=160, seed=0):
    options = {"guard": guard, "budget_bytes": budget_bytes, "n_trials": n_trials, "seed": seed}
    return plan_trials(MODEL, LAYERS, X, np.array(per_flip), orders=orders, **options)


def test_all_or_nothing_is_removed_where_all_or_nothing_is_guarded():
    orders = {"any": np.ones(3)}
    for budget_bytes, share in ((0.0, 0.0), (1e6, 1.0)):
        (found,) = tried(orders, guard="secded", budget_bytes=budget_bytes)
        assert (found.promised, found.removed) == (share, (share, share, share))


def test_a_guard_that_sets_weights_to_zero_leaves_some_harm():
    (found,) = tried({"any": np.ones(3)}, guard="parity-zero", budget_bytes=1e6)
    assert found.promised == 1.0 > found.removed.estimate
    assert found.removed.low < found.removed.estimate < found.removed.high


def test_promises_by_measured_harm_are_kept_whatever_the_order():
    measured = measured_harm(MODEL, LAYERS, X, n_trials=600, seed=1)
    per_flip = np.array([harm.per_flip.estimate for harm in measured])
    orders = {"first": np.array([3.0, 1.0, 2.0]), "last": np.array([-3.0, -2.0, -1.0])}
    budget_bytes = 2.0 * 4 * (4 + 8 + 5 + 40)  # two copies of all biases and of the weights of one small layer
    trials = tried(orders, guard="tmr", budget_bytes=budget_bytes, per_flip=per_flip, n_trials=600)
    assert [set(trial.plan.names) & {"conv0.weight", "head.weight"} for trial in trials] == [
        {"conv0.weight"},
        {"head.weight"},
    ]
    assert trials[0].plan.cost_bytes <= budget_bytes
    for trial in trials:
        # flips of the promise and of the trial are two samples of one size: twice the half width is 2.8 standard errors
        half_width = (trial.removed.high - trial.removed.low) / 2.0
        assert abs(trial.removed.estimate - trial.promised) < 2.0 * half_width < 0.3
    assert trials[0].removed.estimate != pytest.approx(trials[1].removed.estimate, abs=0.02)


def test_the_same_seed_tries_the_same_flips():
    first, again, other = (tried({"any": np.arange(3.0)}, guard="tmr", budget_bytes=400.0, seed=s) for s in (0, 0, 1))
    assert first[0].removed == again[0].removed != other[0].removed
