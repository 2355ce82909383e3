"""A device under radiation: its memory, and how often particles upset it in which way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from radiation.cross_sections import HeavyIonCrossSection, ProtonCrossSection
from radiation.devices.memory_array import MemoryArray
from radiation.devices.multiplicity import SINGLE_CELLS, MultiplicityLaw
from radiation.populations import Population

DIRECT_IONISATION_NM: Final = 65.0
"""Feature size at which, and below which, protons upset cells by their own ionisation (Coronetti et al. 2021)."""


RESPONSES: Final = ("cells", "rows", "columns", "functional_interrupts", "logic_errors")
"""Names of the responses of a device."""


class Evidence(StrEnum):
    """What the response of a device rests on."""

    MEASURED = "measured"
    """A published measurement, in a beam or in orbit."""
    ESTIMATED = "estimated"
    """At least one number is assumed or carried over from something else."""
    RECALLED = "recalled"
    """Quoted from the literature from memory; look it up before printing it."""
    USER_SUPPLIED = "user-supplied"


class Counts(StrEnum):
    """What a cross-section per bit counts."""

    BITS = "bits"
    """Flipped bits: a particle that flips three counts three times, as in most publications."""
    EVENTS = "events"
    """Particles that flipped at least one bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How often one kind of upset happens, per bit for cells and per device for everything else.

    Attributes
    ----------
    proton, heavy_ion : cross-sections; None where nobody published one, or where it is in `constant_rate_per_s`
    constant_rate_per_s : events or bits per target and second that come at any place, of unspecified particles
    """

    proton: ProtonCrossSection | None = None
    heavy_ion: HeavyIonCrossSection | None = None
    constant_rate_per_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.constant_rate_per_s < float("inf"):
            raise ValueError(f"constant_rate_per_s = {self.constant_rate_per_s}: give a finite, non-negative rate")
        if self.proton is None and self.heavy_ion is None and self.constant_rate_per_s == 0.0:
            raise ValueError("a response needs proton, heavy_ion or constant_rate_per_s; leave out what never happens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A memory, a processor, or both, and its upsets.

    Attributes
    ----------
    name : as in the catalogue or in the user's file
    evidence : of the weakest number in its responses
    source : publication, data sheet or person
    notes : what the record does not represent, and what is assumed in it
    technology_nm : feature size; None where it is not known
    memory : where bits lie; None for a device of which only whole-device upsets are known
    counts : what cross-sections and rates of `cells` count
    proton_multiplicity : cells per particle, for all protons and for particles that nobody specified
    heavy_ion_multiplicity : cells per heavy ion
    cells : upsets of cells, per bit
    rows, columns : upsets of whole rows and columns of the memory, per device
    functional_interrupts : upsets that hang the device until it is reset, per device
    logic_errors : wrong results of a processor, per device; no protection of memory can see them
    """

    name: str
    evidence: Evidence
    source: str
    notes: tuple[str, ...] = ()
    technology_nm: float | None = None
    memory: MemoryArray | None = None
    counts: Counts = Counts.BITS
    proton_multiplicity: MultiplicityLaw = SINGLE_CELLS
    heavy_ion_multiplicity: MultiplicityLaw = SINGLE_CELLS
    cells: Response | None = None
    rows: Response | None = None
    columns: Response | None = None
    functional_interrupts: Response | None = None
    logic_errors: Response | None = None

    def __post_init__(self) -> None:
        if self.memory is None and (self.cells or self.rows or self.columns):
            raise ValueError(f"device {self.name!r}: cells, rows and columns need a memory; give one or leave them out")
        if not self.responses():
            raise ValueError(f"device {self.name!r}: nothing can happen to it; give at least one response")
        if self.technology_nm is not None and not self.technology_nm > 0.0:
            raise ValueError(f"device {self.name!r}: technology_nm = {self.technology_nm}: give a positive length")

    def responses(self) -> dict[str, Response]:
        """Return the responses that the device has, by the names of their attributes."""
        every = {name: getattr(self, name) for name in RESPONSES}
        return {name: response for name, response in every.items() if response is not None}

    def multiplicity(self, population: Population) -> MultiplicityLaw:
        """Return the law of cells per particle of one population."""
        return self.heavy_ion_multiplicity if population is Population.HEAVY_IONS else self.proton_multiplicity

    def resized(self, n_bits: int) -> Device:
        """Return the device with a memory of another size and unchanged rows.

        Upsets of rows, columns and the whole device keep their rates, which belong to a device as it was measured.

        Raises
        ------
        ValueError
            If the device has no memory, or if `n_bits` is not a whole number of rows.
        """
        if self.memory is None:
            raise ValueError(f"n_bits = {n_bits}: device {self.name!r} has no memory; choose a memory device")
        return replace(self, memory=replace(self.memory, n_bits=n_bits))

    def warnings(self) -> tuple[str, ...]:
        """Return what whoever uses this device's upsets should be told."""
        return tuple(_warnings(self))


def _warnings(device: Device) -> list[str]:
    found = []
    responses = device.responses()
    protons = any(response.proton for response in responses.values())
    if protons and device.technology_nm is not None and device.technology_nm <= DIRECT_IONISATION_NM:
        found.append(
            f"{device.name} ({device.technology_nm:g} nm): direct ionisation by protons below about 3 MeV is not "
            f"modelled; at {DIRECT_IONISATION_NM:g} nm and below it can dominate, so the true rate may be higher"
        )
    modelled = {name.replace("_", " "): r for name, r in responses.items() if r.constant_rate_per_s == 0.0}
    by_protons = [name for name, response in modelled.items() if response.proton is None]
    by_heavy_ions = [name for name, response in modelled.items() if response.heavy_ion is None]
    for particles, names in (("protons", by_protons), ("heavy ions", by_heavy_ions)):
        if names:
            found.append(f"{device.name}: upsets by {particles} are not known and left out: {', '.join(names)}")
    if device.evidence is not Evidence.MEASURED:
        found.append(f"{device.name}: its response is {device.evidence}, not measured; {device.source}")
    return found
