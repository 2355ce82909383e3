"""A study of seconds: six satellites, a fraction of an orbit."""

from __future__ import annotations

from pathlib import Path

import pytest

TINY = """\
schema_version: 1
name: tiny
description: A study of seconds.
scenario: base.yaml
set: ["duration={orbits: 0.3}", "warm_up={orbits: 0.1}"]
cases:
  - name: light
  - name: heavy
    set: [tasks.load=0.8]
schedulers: [oec-local, phoenix]
seeds: [1, 2, 3]
sizes:
  - {name: 2x3}
  - {name: 3x3, set: [satellites.planes=3]}
reduced: {seeds: [1]}
figures:
  - {name: depths, kind: depth_of_discharge, cases: [heavy]}
  - {name: times, kind: completion_time, cases: [heavy]}
  - {name: bars, kind: bars, title: Load}
  - {name: sunlit, kind: sunlit_share}
  - {name: gaps, kind: bound_gap}
"""


@pytest.fixture
def tiny(tmp_path: Path, minimal_text: str) -> Path:
    """The file of the tiny study, its scenario beside it."""
    (tmp_path / "base.yaml").write_text(minimal_text)
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.fixture
def without_figures(tiny: Path) -> None:
    """Take the figures out of the tiny study: they are most of its seconds."""
    tiny.write_text(TINY.partition("figures:")[0])
