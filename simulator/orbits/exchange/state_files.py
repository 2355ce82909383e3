"""Satellites from files of states: OEM (KVN) or CSV, told apart by what is inside."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from simulator.orbits.element_files import text_of_file
from simulator.orbits.ephemeris import Ephemeris
from simulator.orbits.exchange.oem_reading import read_oem
from simulator.orbits.exchange.state_csv import read_state_csv
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.timescale import Epoch

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


def is_oem(text: str) -> bool:
    """Tell whether a text is an orbit ephemeris message in KVN."""
    return text.lstrip().startswith(_OEM_START)
