"""A device from a plain mapping, as a JSON or a YAML file holds it; areas in cm2 and rates per day, as data sheets do.

Every key that has a dimension ends in its unit. `docs/radiation.md` shows all keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from radiation.cross_sections import (
    CM2,
    BendelOneParameter,
    BendelTwoParameter,
    FigureOfMerit,
    GeostationaryRate,
    HeavyIonCrossSection,
    ProtonCrossSection,
    TabulatedProton,
    WeibullHeavyIon,
    WeibullProton,
)
from radiation.devices.device import RESPONSES, Counts, Device, Evidence, Response
from radiation.devices.engineering_values import engineering_bit_line_share, engineering_values
from radiation.devices.memory_array import MemoryArray, memory_array
from radiation.devices.multiplicity import SINGLE_CELLS, MultiplicityLaw, tabulated_multiplicity, truncated_geometric
from radiation.devices.reading import Section

UNKNOWN: Final = "unknown"
DAY_S: Final = 86_400.0
MICROMETRE: Final = 1e-6


def device_from_keys(keys: Mapping[str, object], path: str = "device") -> Device:
    """Return the device that a mapping describes.

    Parameters
    ----------
    keys : mapping
        As in the description of this module, without `based_on`.
    path : str
        Begins the names of keys in messages.

    Raises
    ------
    DeviceError
        If a key is missing, unknown or out of its range; it names the key, the value and what is allowed.
    """
    section = Section(path, keys)
    technology_nm = section.number("technology_nm") if section.has("technology_nm") else None
    if technology_nm is not None and technology_nm <= 0.0:
        raise section.error("technology_nm", "give a positive length")
    counts, cells = _cells(section)
    memory = _memory(section.section("memory"), technology_nm) if section.has("memory") else None
    proton, heavy_ion, assumed = _multiplicities(section, technology_nm, needed=cells is not None)
    responses = {name: _response(section.section(name), "device") for name in RESPONSES[1:] if section.has(name)}
    name, source = section.text("name"), section.text("source")
    evidence = Evidence(section.choice("evidence", tuple(Evidence)))
    notes = section.texts("notes") + assumed
    return section.build(
        lambda: Device(
            name=name,
            evidence=evidence,
            source=source,
            notes=notes,
            technology_nm=technology_nm,
            memory=memory,
            counts=counts,
            proton_multiplicity=proton,
            heavy_ion_multiplicity=heavy_ion,
            cells=cells,
            **responses,
        )
    )


def _memory(section: Section, technology_nm: float | None) -> MemoryArray:
    sizes = {
        key: section.whole(key)
        for key in ("n_bits", "word_bits", "interleaving", "words_per_row", "rows_per_array")
        if section.has(key) or key in ("n_bits", "word_bits", "interleaving")
    }
    share = section.number("bit_line_share") if section.has("bit_line_share") else None
    if share is None:
        share = engineering_bit_line_share(technology_nm)
    return section.build(lambda: memory_array(**sizes, bit_line_share=share))


def _cells(section: Section) -> tuple[Counts, Response | None]:
    if not section.has("cells"):
        return Counts.BITS, None
    cells = section.section("cells")
    counts = Counts(cells.choice("counts", tuple(Counts)))
    return counts, _response(cells, "bit")


def _multiplicities(
    section: Section, technology_nm: float | None, *, needed: bool
) -> tuple[MultiplicityLaw, MultiplicityLaw, tuple[str, ...]]:
    """Return the laws for protons and heavy ions, and what to say of those that are engineering values."""
    given = (
        section.section("multiplicity") if section.has("multiplicity") else Section(f"{section.path}.multiplicity", {})
    )
    found: dict[str, MultiplicityLaw] = {}
    for particle in ("proton", "heavy_ion"):
        if given.has(particle):
            found[particle] = _multiplicity(given.section(particle))
    given.finish()
    missing = [particle for particle in ("proton", "heavy_ion") if particle not in found]
    if not (needed and missing):
        return found.get("proton", SINGLE_CELLS), found.get("heavy_ion", SINGLE_CELLS), ()
    if technology_nm is None:
        raise given.error(missing[0], "missing; give it, or technology_nm for an engineering value")
    assumed = engineering_values(technology_nm)
    note = f"multiplicity by {' and '.join(missing)}: engineering value for {technology_nm:g} nm".replace("_", " ")
    return found.get("proton", assumed.proton), found.get("heavy_ion", assumed.heavy_ion), (note,)


def _multiplicity(section: Section) -> MultiplicityLaw:
    if section.has("probabilities"):
        probabilities = section.numbers("probabilities")
        return section.build(lambda: tabulated_multiplicity(probabilities))
    share, growth = section.number("multi_cell_share"), section.number("growth")
    largest = section.whole("largest_cells")
    return section.build(lambda: truncated_geometric(multi_cell_share=share, growth=growth, largest=largest))


def _response(section: Section, target: str) -> Response:
    """Return a response per `target`: a particle that nobody measured must be said to be unknown."""
    rate_key = f"rate_per_{target}_day"
    rate_per_s = section.number(rate_key) / DAY_S if section.has(rate_key) else 0.0
    is_constant = section.has(rate_key)
    proton = _proton(section, target) if section.has("proton") or not is_constant else None
    heavy_ion = _heavy_ion(section, target) if section.has("heavy_ion") or not is_constant else None
    return section.build(lambda: Response(proton=proton, heavy_ion=heavy_ion, constant_rate_per_s=rate_per_s))


def _is_unknown(section: Section, key: str, target: str) -> bool:
    if not section.has(key):
        raise section.error(key, f"missing; give a cross-section, {UNKNOWN!r}, or rate_per_{target}_day instead")
    value = section.value(key)
    if isinstance(value, str) and value != UNKNOWN:
        raise section.error(key, f"give a cross-section or {UNKNOWN!r}")
    return value == UNKNOWN


def _proton(section: Section, target: str) -> ProtonCrossSection | None:
    if _is_unknown(section, "proton", target):
        return None
    keys = section.section("proton")
    models: dict[str, Callable[[Section, str], ProtonCrossSection]] = {
        "weibull": _weibull_proton,
        "bendel-1": _bendel_one,
        "bendel-2": _bendel_two,
        "table": _tabulated_proton,
    }
    return models[keys.choice("model", tuple(models))](keys, target)


def _weibull_proton(keys: Section, target: str) -> ProtonCrossSection:
    saturation_m2 = keys.number(f"saturation_cm2_per_{target}") * CM2
    threshold, width, exponent = keys.number("threshold_mev"), keys.number("width_mev"), keys.number("exponent")
    return keys.build(
        lambda: WeibullProton(saturation_m2=saturation_m2, threshold_mev=threshold, width_mev=width, exponent=exponent)
    )


def _bendel_one(keys: Section, target: str) -> ProtonCrossSection:
    if target != "bit":
        raise keys.error("model", "one parameter gives a cross-section per bit; give bendel-2, weibull or table")
    threshold = keys.number("threshold_mev")
    return keys.build(lambda: BendelOneParameter(threshold_mev=threshold))


def _bendel_two(keys: Section, target: str) -> ProtonCrossSection:
    saturation_m2, threshold = keys.number(f"saturation_cm2_per_{target}") * CM2, keys.number("threshold_mev")
    return keys.build(lambda: BendelTwoParameter(saturation_m2=saturation_m2, threshold_mev=threshold))


def _tabulated_proton(keys: Section, target: str) -> ProtonCrossSection:
    energy, area_cm2 = keys.numbers("energy_mev"), keys.numbers(f"cross_section_cm2_per_{target}")
    area_m2 = tuple(area * CM2 for area in area_cm2)
    return keys.build(lambda: TabulatedProton(energy_mev=energy, cross_section_m2=area_m2))


def _heavy_ion(section: Section, target: str) -> HeavyIonCrossSection | None:
    if _is_unknown(section, "heavy_ion", target):
        return None
    keys = section.section("heavy_ion")
    models: dict[str, Callable[[Section, str], HeavyIonCrossSection]] = {
        "weibull": _weibull_heavy_ion,
        "figure-of-merit": _figure_of_merit,
        "geostationary-rate": _geostationary_rate,
    }
    return models[keys.choice("model", tuple(models))](keys, target)


def _weibull_heavy_ion(keys: Section, target: str) -> HeavyIonCrossSection:
    saturation_m2 = keys.number(f"saturation_cm2_per_{target}") * CM2
    threshold, width = keys.number("threshold_mev_cm2_per_mg"), keys.number("width_mev_cm2_per_mg")
    exponent, depth_um = keys.number("exponent"), keys.number("depth_um")
    return keys.build(
        lambda: WeibullHeavyIon(
            saturation_m2=saturation_m2,
            threshold_mev_cm2_per_mg=threshold,
            width_mev_cm2_per_mg=width,
            exponent=exponent,
            depth_m=depth_um * MICROMETRE,
        )
    )


def _figure_of_merit(keys: Section, _: str) -> HeavyIonCrossSection:
    merit = keys.number("merit_mg2_per_mev2_cm2")
    return keys.build(lambda: FigureOfMerit(merit_mg2_per_mev2_cm2=merit))


def _geostationary_rate(keys: Section, target: str) -> HeavyIonCrossSection:
    rate_per_s = keys.number(f"rate_per_{target}_day") / DAY_S
    return keys.build(lambda: GeostationaryRate(geostationary_rate_s=rate_per_s))
