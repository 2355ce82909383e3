from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).with_name("synthetic_run.py")


@pytest.fixture(scope="session")
def program() -> Path:
    """The synthetic run as a program to start and kill."""
    return PROGRAM


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """The synthetic run as a module."""
    spec = importlib.util.spec_from_file_location("sunwise_synthetic_run", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
