"""Where satellites are by tables of states, each satellite's cut into arcs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from simulator.orbits.model import Floats

Method: TypeAlias = Literal["hermite", "lagrange"]
HERMITE_DEGREE: Final = 7
"""Through four states: 2 mm for low orbits every four minutes."""
LAGRANGE_DEGREE: Final = 9
"""Through ten positions: 3 mm for low orbits every four minutes, and free of velocities that are a little off."""
LARGEST_DEGREE: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """States of a satellite that one interpolation runs through, as between two manoeuvres.

    Attributes
    ----------
    t_s : (n,), seconds after the scenario epoch, ascending
    position_m : (n, 3), TEME
    velocity_m_s : (n, 3), TEME; nan where the file gives none, then `method` is `lagrange`
    usable_s : the span that the arc may be asked for, within its times
    method : through positions and velocities, or through positions alone
    degree : of the polynomial; odd for `hermite`
    """

    t_s: Floats
    position_m: Floats
    velocity_m_s: Floats
    usable_s: tuple[float, float]
    method: Method = "hermite"
    degree: int = HERMITE_DEGREE

    @property
    def n_nodes(self) -> int:
        """Number of states that a polynomial goes through."""
        return nodes_of(self.method, self.degree)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ephemeris:
    """One satellite: its name, its international designator (empty if unknown) and its arcs, in order of time."""

    name: str
    object_id: str
    arcs: tuple[Arc, ...]


def nodes_of(method: Method, degree: int) -> int:
    """Return how many states a polynomial of a degree goes through."""
    return (degree + 1) // 2 if method == "hermite" else degree + 1
