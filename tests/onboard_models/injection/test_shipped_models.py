"""The networks that Sunwise ships, on test patches: every single-flip trial equals a rebuilt session."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from onboard_models.catalogue import find_model, model_names
from onboard_models.injection import Injector
from tests.onboard_models.injection.injected_models import assert_as_rebuilt, rebuilt_outputs

ROUNDING = 1e-5
"""Ten layers of rounding in float32; nothing rounds differently in int8."""
OTHER_ORDER = ("depthwise", "ship-detector")
"""Where weights are hit in place, ONNX Runtime sums in another order in convolutions of single channels, and in
products with a single column, such as the score of a patch without a ship."""


def check(name, *, n_trials, n_images):
    shipped = find_model(name)
    model, x = onnx.ModelProto.FromString(shipped.model_bytes), shipped.images("test", n_images).x
    injector = Injector(model, probe=x[:4])
    assert injector.guard_report.failed == {}
    rng = np.random.default_rng(7)
    used = injector.image.random_flips(2 * n_trials, rng).of(injector.tensors)
    singles = used.one_by_one()[:n_trials]
    many = [injector.image.random_flips(100, rng).of(injector.tensors) for _ in range(5)]
    of_singles = 0.0 if shipped.dtype == "int8" else ROUNDING
    of_many = of_singles if name.startswith(OTHER_ORDER) else 0.0
    for trials, tolerance in ((singles, of_singles), (many, of_many)):
        results = injector.run(x, trials)
        assert_as_rebuilt(results, rebuilt_outputs(model, x, trials), tolerance=tolerance)
    return len(singles)


@pytest.mark.parametrize("name", ["cnn", "cnn-int8", "residual-int8", "depthwise", "depthwise-int8", "vit", "vit-int8"])
def test_60_trials_equal_rebuilt_sessions(name):
    assert check(name, n_trials=60, n_images=8) == 60


@pytest.mark.slow
@pytest.mark.parametrize("name", model_names())
def test_500_trials_equal_rebuilt_sessions(name):
    assert check(name, n_trials=500, n_images=64) == 500


def test_the_example_of_the_page_runs(capsys):
    page = (Path(__file__).parents[3] / "docs" / "injection.md").read_text()
    code = page.split("```python\n")[1].split("```")[0]
    exec(compile(code, "injection.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    n_wrong = int(printed[0].split()[0])
    assert 0 <= n_wrong <= 200
    assert len(printed) == 2
