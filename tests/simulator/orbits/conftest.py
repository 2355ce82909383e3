from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.timescale import Epoch, parse_epoch

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="session")
def orekit() -> dict[str, Any]:
    """Reference values; their origin is in tests/reference/README.md."""
    return json.loads((REFERENCE / "orekit_2026-03-15.json").read_text())


@pytest.fixture(scope="session")
def epoch() -> Epoch:
    return parse_epoch("2026-03-15T00:00:00Z")
