import pytest

from radiation.cross_sections import WeibullProton
from radiation.devices import (
    SINGLE_CELLS,
    Device,
    Evidence,
    Response,
    constant_rate_device,
    memory_array,
    tabulated_multiplicity,
)
from radiation.populations import Population

PROTON = WeibullProton(saturation_m2=1e-18, threshold_mev=5.0, width_mev=20.0, exponent=2.0)
MEMORY = memory_array(n_bits=2**20)


def device(**changes) -> Device:
    keys = {"name": "part", "evidence": Evidence.MEASURED, "source": "beam report", "memory": MEMORY}
    return Device(**(keys | {"cells": Response(proton=PROTON)} | changes))


def test_heavy_ions_have_a_law_of_their_own():
    wide = tabulated_multiplicity([0.5, 0.5])
    part = device(heavy_ion_multiplicity=wide)
    assert part.multiplicity(Population.HEAVY_IONS) is wide
    assert part.multiplicity(Population.TRAPPED_PROTONS) == SINGLE_CELLS


@pytest.mark.parametrize(("technology_nm", "warned"), [(66.0, False), (65.0, True), (16.0, True), (None, False)])
def test_warns_of_direct_ionisation_at_65_nm_and_below(technology_nm, warned):
    found = " ".join(device(technology_nm=technology_nm).warnings())
    assert ("direct ionisation" in found) is warned


def test_warns_of_responses_that_nobody_measured():
    part = device(evidence=Evidence.ESTIMATED, functional_interrupts=Response(proton=PROTON))
    assert part.warnings() == (
        "part: upsets by heavy ions are not known and left out: cells, functional interrupts",
        "part: its response is estimated, not measured; beam report",
    )


def test_a_constant_rate_leaves_nothing_out():
    part = constant_rate_device(5e-8 / 86_400.0, MEMORY)
    assert part.warnings() == ("constant-rate: its response is user-supplied, not measured; a rate given by the user",)


def test_another_size_keeps_rows():
    resized = device(memory=memory_array(n_bits=39 * 2**16, word_bits=39)).resized(39 * 16 * 5)
    assert resized.memory.n_bits == 39 * 16 * 5
    assert resized.memory.words_per_row == 16
    with pytest.raises(ValueError, match="n_bits = 1000: give a multiple of 1024"):
        device().resized(1_000)
    with pytest.raises(ValueError, match="device 'part' has no memory"):
        device(memory=None, cells=None, logic_errors=Response(proton=PROTON)).resized(1_024)


def test_refuses_devices_that_make_no_sense():
    with pytest.raises(ValueError, match="cells, rows and columns need a memory"):
        device(memory=None)
    with pytest.raises(ValueError, match="give at least one response"):
        device(cells=None)
    with pytest.raises(ValueError, match="technology_nm = -1"):
        device(technology_nm=-1)
    with pytest.raises(ValueError, match="constant_rate_per_s = -1"):
        Response(constant_rate_per_s=-1.0)
    with pytest.raises(ValueError, match="a response needs"):
        Response()
