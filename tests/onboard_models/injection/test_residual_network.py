"""A user's network: torchvision's ResNet-18 with random weights, exported by torch as it is."""

import numpy as np
import pytest

from onboard_models.injection import Injector, Mode
from onboard_models.vetting import vet_model
from tests.onboard_models.injection.injected_models import assert_as_rebuilt, rebuilt_outputs
from tests.onboard_models.residual_network import exported, seeded_resnet18

ROUNDING = 1e-5
"""Twenty layers of rounding."""


@pytest.mark.parametrize(
    ("width", "size", "n_trials"),
    [(8, 32, 60), pytest.param(64, 64, 30, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])],
)
def test_resnet18_runs_unchanged(width, size, n_trials):
    model = vet_model(exported(seeded_resnet18(width=width), size=size))
    injector = Injector(model)
    report = injector.guard_report
    weights = {name for name in injector.tensors if name.endswith("weight")}
    assert len(weights) == 21
    assert weights <= set(report.proved)
    assert all(injector.modes_of[name] == (Mode.DELTA, Mode.IN_PLACE, Mode.REBUILT) for name in weights)
    x = np.random.default_rng(1).normal(size=(4, 3, size, size)).astype(np.float32)
    rng = np.random.default_rng(2)
    singles = [injector.image.random_flips(1, rng) for _ in range(n_trials)]
    many = [injector.image.random_flips(100, rng) for _ in range(n_trials // 10)]
    trials = [flips.of(weights) for flips in (*singles, *many)]
    assert_as_rebuilt(injector.run(x, trials), rebuilt_outputs(model, x, trials), tolerance=ROUNDING)
