"""Throw-away environments for other tools, that borrow torch and ourselves from the environment we run in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

_INSTALL_LIMIT_S = 400.0


def borrowing_environment(folder: Path) -> Path:
    """Return the Python of a fresh environment that also finds what is installed here."""
    venv.create(folder, with_pip=True)
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "bin" / "python"


def install(python: Path, *what: str) -> None:
    """Install with pip; what does not install is told and left out."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
    print(f"installing {what[-1]} into a temporary environment ...", file=sys.stderr, flush=True)
    try:
        subprocess.run(command, capture_output=True, timeout=_INSTALL_LIMIT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"{what[-1]}: {error}; left out", file=sys.stderr)


def printed_by(python: Path, script: Path, n_rounds: int, *, limit_s: float) -> Any:
    """Return the JSON document on the last line that a script prints; it runs on one thread."""
    done = subprocess.run(
        [str(python), "-W", "ignore", str(script), str(n_rounds)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=limit_s,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
