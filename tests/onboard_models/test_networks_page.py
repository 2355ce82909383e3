"""The page on networks tells what the catalogue tells, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path

from onboard_models.catalogue import ShippedModel, read_catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "networks.md").read_text()


def _row(model: ShippedModel) -> str:
    accuracies = ", ".join(f"{100 * accuracy:.1f}" for accuracy in model.exit_accuracies)
    shift = f"{100 * model.shift_accuracy:.1f}"
    size = f"{model.n_parameters:,} | {model.n_bytes / 1e3:.0f}"
    return f"| `{model.name}` | {model.description} | {accuracies} | {shift} | {size} |"


def test_the_table_is_the_catalogue():
    rows = [_row(model) for model in read_catalogue()]
    told = [line for line in PAGE.splitlines() if re.match(r"\| `[a-z0-9-]+` \|", line)]
    assert told == rows, "the table should be:\n" + "\n".join(rows)


def test_what_the_detector_finds_is_told():
    detector = next(model for model in read_catalogue() if model.name == "ship-detector")
    for share in detector.details.values():
        assert f"{100 * share:.1f} %" in PAGE


def test_the_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "networks.md", "exec"), {})
    found, told = map(float, capsys.readouterr().out.split())
    assert abs(found - told) < 4 * (told * (1 - told) / 500) ** 0.5
