"""What the page on radiation says about memory protection and the RedNet emulator is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from radiation.memory_protection import SECDED, Layout, Outcome, TripleModularRedundancy
from radiation.memory_protection.expectations import failure_probability
from radiation.memory_protection.secded import patterns_by_weight

PAGE = (Path(__file__).parents[3] / "docs" / "radiation.md").read_text()
DAY_S = 86_400.0


def example(beginning):
    (block,) = [b for b in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if beginning in b]
    names: dict[str, object] = {}
    exec(compile(block, "docs/radiation.md", "exec"), names)
    return names


def test_the_example_of_protection_runs():
    left = example("residual_of(upsets")["left"]
    assert left.counts().corrected > 1000
    # two upsets in a word within an hour: 72 * 71 / 2 pairs of bits, 131,072 words, 24 hours
    mean = 72 * 71 / 2 * (1e-8 * 3600.0) ** 2 * 131_072 * 24
    assert abs(left.counts().detected - mean) <= 5.0 * np.sqrt(mean)


def test_the_example_of_the_emulator_runs():
    assert int(np.bitwise_count(example("emulator.exactly")["flips"].mask).sum()) == 100


def test_the_table_of_scrubbing_is_computed():
    periods = {"minute": 60.0, "hour": 3600.0, "day": DAY_S, "month of 30 days": 30 * DAY_S}
    for name, period_s in periods.items():
        row = re.search(rf"^\| {name} \|(.*)\|(.*)\|$", PAGE, re.MULTILINE)
        for code, printed in zip((SECDED(), TripleModularRedundancy()), row.groups(), strict=True):
            n_words = 1584 * Layout(code=code, data_bytes=64 * 2**20).n_words
            per_day = failure_probability(code, 5e-8 / DAY_S * period_s) * n_words * DAY_S / period_s
            # two digits are printed
            assert float(per_day) == pytest.approx(float(printed), rel=0.03)


def test_the_shares_of_wide_errors_are_those_of_the_code():
    patterns = patterns_by_weight() / patterns_by_weight().sum(axis=0)
    three, four = 100 * patterns[:, 3], 100 * patterns[:, 4]
    assert f"{three[Outcome.MISCORRECTED]:.1f} % are mis-corrected and {three[Outcome.DETECTED]:.1f} % detected" in PAGE
    assert f"{four[Outcome.SILENT]:.1f} % are silent" in PAGE
