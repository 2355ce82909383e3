from __future__ import annotations

import pytest

MINIMAL = """\
schema_version: 1
name: minimal
epoch: 2026-06-21T00:00:00Z
satellites:
  kind: walker
  planes: 2
  satellites_per_plane: 3
  phasing: 1
  altitude_km: 550
  inclination_deg: 53
duration: {orbits: 2}
tasks:
  kind: poisson
  load: 0.36
scheduler: oec-local
"""


@pytest.fixture
def minimal_text() -> str:
    """A scenario with nothing that can be left out; lines are counted by the tests that use it."""
    return MINIMAL
