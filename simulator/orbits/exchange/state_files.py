"""Satellites from files of states: OEM (KVN) or CSV, told apart by what is inside."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Final

from simulator.orbits.element_files import text_of_file
from simulator.orbits.ephemeris import Ephemeris
from simulator.orbits.exchange.oem_reading import read_oem
from simulator.orbits.exchange.state_csv import read_state_csv
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.orbits.states_model import StatesModel
from simulator.timescale import Epoch

_START_BYTES: Final = 4096
_OEM_START: Final = "CCSDS_OEM_VERS"
_FORMATS: Final = "give an OEM in KVN, or a CSV whose first line starts with satellite,utc"


def read_state_file(path: Path | str, epoch: Epoch) -> tuple[Ephemeris, ...]:
    """Return the satellites of a file of states, in its order, on seconds after an epoch.

    Raises
    ------
    OrbitFileError
        If the file cannot be used; its message lists all problems as `path:line: field: what is wrong; remedy`.
    """
    problems = ProblemList(path=Path(path))
    text = text_of_file(Path(path), problems, _FORMATS)
    problems.raise_if_any()
    satellites: list[Ephemeris] = []
    first_line = text.strip().partition("\n")[0]
    if is_oem(text):
        satellites = read_oem(text, epoch, problems)
    elif "satellite" in first_line and "," in first_line:
        satellites = read_state_csv(text, epoch, problems)
    else:
        problems.add(1, "file", f"not a file of states (it starts with {quoted(first_line)})", _FORMATS)
    names = [satellite.name for satellite in satellites]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(0, "OBJECT_NAME", f"two satellites are called {name!r}", "give each a name of its own")
    problems.raise_if_any()
    return tuple(satellites)


def check_states(positions: StatesModel, path: Path, needed_s: float) -> None:
    """Refuse states that do not cover a run, or that no search for shadows and passes could start from.

    Parameters
    ----------
    positions : StatesModel
    path : Path
        Their file, for the message.
    needed_s : float
        How long after the epoch they are asked for: the run and what schedulers foresee beyond it; nan where no orbit
        fits at the epoch, which is then far from the states, so that there is no period to count with.

    Raises
    ------
    OrbitFileError
        With every satellite concerned, and the dates.
    """
    problems = ProblemList(path=path)
    epoch = positions.epoch
    if isfinite(needed_s):
        span = f"{epoch.utc_text(0.0)} to {epoch.utc_text(needed_s)}"
        ahead = "its duration, and an orbital period or the longest deadline ahead"
        remedy = f"the run needs {span} ({ahead}): shorten duration or move epoch"
    else:
        remedy = f"the run begins at {epoch.utc_text(0.0)}: move epoch"
    for failure in positions.failures(0.0, needed_s if isfinite(needed_s) else 1.0):
        problems.add(0, failure.name, f"nothing from {epoch.utc_text(failure.t_s)} on: {failure.reason}", remedy)
    problems.raise_if_any()
    for satellite, fit in zip(positions.satellites, positions.fits, strict=True):
        if not isfinite(fit.rms_m):
            wrong = "SGP4 has no orbit near its states, so that no search could start"
            problems.add(0, satellite.name, wrong, "give states of a satellite of the Earth")
    problems.raise_if_any()


def is_state_file(path: Path) -> bool:
    """Tell whether a file holds states, by its beginning; false for one that cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES).decode("utf-8-sig", "replace").lstrip()
    except OSError:
        return False
    return is_oem(start) or start.startswith("satellite,utc")


def is_oem(text: str) -> bool:
    """Tell whether a text is an orbit ephemeris message in KVN."""
    return text.lstrip().startswith(_OEM_START)
