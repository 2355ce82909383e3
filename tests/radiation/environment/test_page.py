"""The page on the environment says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from radiation.environment.trapped import DRIFTS
from radiation.populations import POPULATIONS, Population

PAGE = (Path(__file__).parents[3] / "docs" / "radiation.md").read_text()


def test_the_example_runs():
    block = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "PopulationRates(" in block)
    names: dict[str, object] = {}
    exec(compile(block, "docs/radiation.md", "exec"), names)
    assert names["per_second"].shape == (len(POPULATIONS),)
    assert names["per_second"][POPULATIONS.index(Population.TRAPPED_PROTONS)] > 0.0
    assert names["inside"]
    # 66 years of drift from 34 W, 34 S for MIN, and 56 from 34 to 37 W, 33 S for MAX, to a degree or two.
    assert -57.0 < np.degrees(names["peak"].longitude_rad) < -51.0
    assert -30.0 < np.degrees(names["peak"].latitude_rad) < -25.0
    described = re.search(r'# "(solar phase 0\.\d\d \(of the date 2026\.20)', PAGE)
    assert names["environment"].describe().startswith(described[1])


def test_the_drift_is_the_one_that_is_told():
    assert (DRIFTS["min"].west_deg_per_year, DRIFTS["min"].north_deg_per_year) == (0.30, 0.08)
    assert (DRIFTS["max"].west_deg_per_year, DRIFTS["max"].north_deg_per_year) == (0.35, 0.11)
    assert (
        "0.30 degrees a\nyear west" in PAGE or "0.30 degrees a year west and 0.08 north for MIN, 0.35 and 0.11" in PAGE
    )
