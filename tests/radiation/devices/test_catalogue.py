import json
from pathlib import Path

import pytest

import radiation.devices
from radiation.cross_sections import (
    BendelOneParameter,
    BendelTwoParameter,
    FigureOfMerit,
    GeostationaryRate,
    TabulatedProton,
    WeibullHeavyIon,
    WeibullProton,
)
from radiation.devices import Counts, Evidence, device_from_mapping, device_names, find_device
from radiation.devices.engineering_values import engineering_values

DAY_S = 86_400.0
PARTS = Path(radiation.devices.__file__).parent / "parts"


def mapping(**changes):
    keys = {
        "name": "mine",
        "evidence": "user-supplied",
        "source": "beam report 12",
        "technology_nm": 28,
        "memory": {"n_bits": 2**20, "word_bits": 32, "interleaving": 4},
        "cells": {"counts": "bits", "rate_per_bit_day": 1e-8},
    }
    return {key: value for key, value in (keys | changes).items() if value is not None}


def cells(**keys):
    return {"counts": "bits", "proton": "unknown", "heavy_ion": "unknown"} | keys


@pytest.mark.parametrize("name", device_names())
def test_every_part_has_its_name_its_source_and_its_evidence(name):
    part = find_device(name)
    assert part.name == name
    assert part.source
    assert part.evidence is not Evidence.USER_SUPPLIED
    if part.evidence is not Evidence.MEASURED:
        assert any("not measured" in warning for warning in part.warnings())


def test_no_rate_per_bit_of_modern_dram_counts_as_measured():
    for name in device_names():
        if name.startswith(("ddr", "lpddr")):
            part = find_device(name)
            assert part.evidence is Evidence.ESTIMATED
            assert part.rows
            assert part.columns
            assert part.functional_interrupts


def test_parts_of_processors_are_whole_devices_without_bits():
    for name in device_names():
        if name.startswith(("nvidia", "google")):
            part = find_device(name)
            assert part.memory is None
            assert part.cells is None
            assert part.logic_errors or part.functional_interrupts


def test_numbers_of_the_file_are_those_of_the_source():
    die = find_device("frontgrade-ut8r2m39")
    assert die.cells.proton == WeibullProton(saturation_m2=3.3e-18, threshold_mev=5.0, width_mev=20.0, exponent=2.5)
    assert find_device("rt-polarfire-lsram").cells.heavy_ion == WeibullHeavyIon(
        saturation_m2=5e-13, threshold_mev_cm2_per_mg=0.1, width_mev_cm2_per_mg=11.0, exponent=1.3, depth_m=1e-6
    )
    rednet = find_device("carmen-2-rednet")
    # 40 MB at this rate: the "150+ bit errors a day" of the paper.
    assert rednet.cells.constant_rate_per_s * rednet.memory.n_bits * DAY_S == pytest.approx(152.0, abs=0.5)


def test_unknown_name_tells_the_nearest():
    with pytest.raises(ValueError, match=r"'frontgrade-ut8r2m93': no such part; did you mean 'frontgrade-ut8r2m39'\?"):
        find_device("frontgrade-ut8r2m93")
    with pytest.raises(ValueError, match="no such part; there are alsat-1, "):
        find_device("zzz")


def test_every_model_of_a_cross_section_is_read_in_its_unit():
    proton = {
        "bendel-1": ({"threshold_mev": 15}, BendelOneParameter(threshold_mev=15.0)),
        "bendel-2": (
            {"threshold_mev": 15, "saturation_cm2_per_bit": 2e-14},
            BendelTwoParameter(threshold_mev=15.0, saturation_m2=2e-14 * 1e-4),
        ),
        "table": (
            {"energy_mev": [40, 80], "cross_section_cm2_per_bit": [1e-13, "2e-13"]},
            TabulatedProton(energy_mev=(40.0, 80.0), cross_section_m2=(1e-13 * 1e-4, 2e-13 * 1e-4)),
        ),
    }
    for model, (keys, expected) in proton.items():
        part = device_from_mapping(mapping(cells=cells(proton={"model": model} | keys)))
        assert part.cells.proton == expected
    heavy_ion = {
        "figure-of-merit": ({"merit_mg2_per_mev2_cm2": 1e-10}, FigureOfMerit(merit_mg2_per_mev2_cm2=1e-10)),
        "geostationary-rate": ({"rate_per_bit_day": 1e-8}, GeostationaryRate(geostationary_rate_s=1e-8 / DAY_S)),
    }
    for model, (keys, expected) in heavy_ion.items():
        part = device_from_mapping(mapping(cells=cells(heavy_ion={"model": model} | keys)))
        assert part.cells.heavy_ion == expected


def test_rates_count_bits_or_events_as_the_file_says():
    assert device_from_mapping(mapping(cells=cells(counts="events", rate_per_bit_day=1))).counts is Counts.EVENTS
    assert device_from_mapping(mapping()).cells.constant_rate_per_s == 1e-8 / DAY_S


def test_multiplicity_left_out_is_an_engineering_value_and_says_so():
    part = device_from_mapping(mapping())
    assert part.proton_multiplicity == engineering_values(28.0).proton
    assert part.notes == ("multiplicity by proton and heavy ion: engineering value for 28 nm",)
    own = {
        "proton": {"probabilities": [0.9, 0.1]},
        "heavy_ion": {"multi_cell_share": 0.5, "growth": 0, "largest_cells": 2},
    }
    part = device_from_mapping(mapping(multiplicity=own))
    assert part.proton_multiplicity.probabilities == (0.9, 0.1)
    assert part.heavy_ion_multiplicity.probabilities == (0.5, 0.5)
    assert part.notes == ()


@pytest.mark.parametrize(
    ("technology_nm", "proton", "heavy_ion"),
    [
        (180, (0.02, 0.1, 4), (0.02, 0.1, 4)),
        (90, (0.08, 0.2, 6), (0.4, 0.4, 12)),
        (40, (0.15, 0.25, 8), (0.4, 0.4, 12)),
        (22, (0.15, 0.3, 7), (0.4, 0.4, 12)),
        (12, (0.06, 0.15, 3), (0.2, 0.3, 9)),
    ],
)
def test_engineering_values_change_with_technology(technology_nm, proton, heavy_ion):
    values = engineering_values(technology_nm)
    for law, (share, growth, largest) in ((values.proton, proton), (values.heavy_ion, heavy_ion)):
        assert law.largest == largest
        assert sum(law.probabilities[1:]) == pytest.approx(share)
        assert law.probabilities[2] / law.probabilities[1] == pytest.approx(growth)


def test_a_part_can_be_changed_key_by_key():
    part = device_from_mapping({"based_on": "rt-polarfire-lsram", "memory": {"interleaving": 8}})
    original = find_device("rt-polarfire-lsram")
    assert part.memory.interleaving == 8
    assert part.memory.n_bits == original.memory.n_bits
    assert part.cells == original.cells
    assert part.evidence is Evidence.USER_SUPPLIED
    assert part.name == "rt-polarfire-lsram-changed"


def test_what_a_change_says_in_another_way_is_not_kept():
    law = {"multi_cell_share": 0.1, "growth": 0.0, "largest_cells": 2}
    part = device_from_mapping({"based_on": "frontgrade-ut8r2m39", "multiplicity": {"proton": law}})
    assert part.proton_multiplicity.probabilities == (0.9, 0.1)
    assert part.heavy_ion_multiplicity == find_device("frontgrade-ut8r2m39").heavy_ion_multiplicity
    constant = device_from_mapping({"based_on": "rt-polarfire-lsram", "cells": {"rate_per_bit_day": 1e-8}}).cells
    assert (constant.heavy_ion, constant.constant_rate_per_s) == (None, 1e-8 / DAY_S)
    bendel = {"model": "bendel-1", "threshold_mev": 15}
    folded = device_from_mapping({"based_on": "alsat-1", "cells": {"proton": bendel, "heavy_ion": "unknown"}}).cells
    assert (folded.proton, folded.constant_rate_per_s) == (BendelOneParameter(threshold_mev=15.0), 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sorce": "x"}, r"device\.sorce: no such key; did you mean 'source'\?"),
        ({"source": None}, r"device\.source: missing; give it"),
        ({"evidence": "guess"}, r"device\.evidence = 'guess': give one of measured, estimated"),
        ({"memory": {"n_bits": 2**20, "word_bits": 32}}, r"device\.memory\.interleaving: missing"),
        (
            {"memory": {"n_bits": 1e6, "word_bits": 32, "interleaving": 4}},
            r"device\.memory: n_bits = 1000000: give a mul",
        ),
        ({"memory": {"n_bits": 1.5, "word_bits": 32, "interleaving": 4}}, r"n_bits = 1\.5: give a whole number"),
        ({"memory": 3}, r"device\.memory = 3: give a mapping"),
        (
            {"cells": {"counts": "bits"}},
            r"device\.cells\.proton: missing; give a cross-section, 'unknown', or rate_per_bit",
        ),
        ({"cells": cells(counts="bit")}, r"device\.cells\.counts = 'bit': .*did you mean 'bits'\?"),
        ({"cells": cells()}, r"device\.cells: a response needs proton, heavy_ion or constant"),
        ({"cells": cells(proton="none")}, r"device\.cells\.proton = 'none': give a cross-section or 'unknown'"),
        ({"cells": cells(proton={"model": "weibul"})}, r"proton\.model = 'weibul': .*did you mean 'weibull'\?"),
        ({"cells": cells(proton={"model": "bendel-1", "threshold_mev": -1})}, r"cells\.proton: threshold_mev = -1"),
        (
            {"cells": cells(proton={"model": "bendel-1", "threshold_mev": "x"})},
            r"threshold_mev = 'x': give a finite numb",
        ),
        ({"technology_nm": -1}, r"device\.technology_nm = -1: give a positive length"),
        ({"technology_nm": None}, r"device\.multiplicity\.proton: missing; give it, or technology_nm"),
        (
            {"logic_errors": {"proton": {"model": "bendel-1"}, "heavy_ion": "unknown"}},
            r"logic_errors\.proton\.model = ",
        ),
        (
            {"logic_errors": {"rate_per_bit_day": 1}},
            r"logic_errors\.proton: missing; .* or rate_per_device_day instead",
        ),
        ({"based_on": "alsat-2"}, r"device = 'alsat-2': no such part; did you mean 'alsat-1'\?"),
        ({"notes": "one"}, r"device\.notes = 'one': give a list of texts"),
    ],
)
def test_errors_name_the_key_the_value_and_the_remedy(changes, message):
    with pytest.raises(ValueError, match=message):
        device_from_mapping(mapping(**changes))


def test_files_are_plain_ascii_without_repeated_keys():
    def once(pairs):
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    for path in PARTS.glob("*.json"):
        json.loads(path.read_text("ascii"), object_pairs_hook=once)
