"""Cross-sections against published points, hand calculation and shapes that they must have.

Areas are far below the absolute tolerance of `pytest.approx`, so it is set to zero.
"""

from __future__ import annotations

import numpy as np
import pytest

from radiation.cross_sections import (
    BendelOneParameter,
    BendelTwoParameter,
    FigureOfMerit,
    TabulatedProton,
    WeibullHeavyIon,
    WeibullProton,
)


def test_weibull_is_zero_below_threshold_and_saturates():
    curve = WeibullProton(saturation_m2=3.3e-18, threshold_mev=5.0, width_mev=20.0, exponent=2.5)
    assert curve.at([0.0, 4.9, 5.0]).tolist() == [0.0, 0.0, 0.0]
    assert curve.at(25.0) == pytest.approx(3.3e-18 * (1.0 - np.exp(-1.0)), rel=1e-6, abs=0.0)
    assert curve.at(1_000.0) == pytest.approx(3.3e-18, rel=1e-6, abs=0.0)


def test_bendel_by_hand():
    # A = 18: Y = E - 18, and at E = 118 the bracket is 1 - exp(-1.8).
    curve = BendelOneParameter(threshold_mev=18.0)
    plateau_m2 = 1e-16 * (24.0 / 18.0) ** 14
    assert curve.at(118.0) == pytest.approx(plateau_m2 * (1.0 - np.exp(-1.8)) ** 4, rel=1e-6, abs=0.0)
    assert curve.at(18.0) == 0.0
    assert BendelTwoParameter.of_b(threshold_mev=18.0, b_mev=24.0).at(60.0) == pytest.approx(
        curve.at(60.0), rel=1e-6, abs=0.0
    )
    assert BendelTwoParameter(saturation_m2=plateau_m2, threshold_mev=18.0).at(60.0) == pytest.approx(
        curve.at(60.0), rel=1e-6, abs=0.0
    )


def test_table_is_straight_in_logarithms():
    curve = TabulatedProton(energy_mev=(10.0, 40.0, 160.0), cross_section_m2=(1e-18, 4e-18, 4e-18))
    assert curve.at([5.0, 10.0, 20.0, 100.0, 500.0]) == pytest.approx(
        [0.0, 1e-18, 2e-18, 4e-18, 4e-18], rel=1e-6, abs=0.0
    )


def test_critical_let_inverts_the_curve():
    curve = WeibullHeavyIon(saturation_m2=5e-13, threshold_mev_cm2_per_mg=0.5, width_mev_cm2_per_mg=11.0, exponent=1.3)
    share = np.array([0.01, 0.25, 0.7, 0.999])
    assert curve.share_sensitive(curve.critical_let(share)) == pytest.approx(share)
    # Petersen: L0.25 = L0 + W * 0.288^(1/s), in which 0.288 is rounded from 0.2877: 0.15 % of the merit.
    quarter = 0.5 + 11.0 * 0.288 ** (1.0 / 1.3)
    assert curve.figure_of_merit().merit_mg2_per_mev2_cm2 == pytest.approx(5e-9 / quarter**2, rel=2e-3, abs=0.0)


def test_figure_of_merit_gives_a_rate():
    assert FigureOfMerit(merit_mg2_per_mev2_cm2=4.5e-10).geostationary_rate_s == pytest.approx(
        300 * 4.5e-10 / 86_400, rel=1e-6, abs=0.0
    )


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: WeibullProton(saturation_m2=0.0, threshold_mev=5.0, width_mev=1.0, exponent=1.0), "saturation_m2"),
        (lambda: WeibullProton(saturation_m2=1.0, threshold_mev=5.0, width_mev=-1.0, exponent=1.0), "width_mev"),
        (lambda: WeibullProton(saturation_m2=1.0, threshold_mev=np.nan, width_mev=1.0, exponent=1.0), "threshold_mev"),
        (lambda: WeibullProton(saturation_m2=np.inf, threshold_mev=5.0, width_mev=1.0, exponent=1.0), "saturation_m2"),
        (
            lambda: WeibullHeavyIon(
                saturation_m2=1.0, threshold_mev_cm2_per_mg=-1.0, width_mev_cm2_per_mg=1.0, exponent=1.0
            ),
            "threshold_mev_cm2_per_mg",
        ),
        (lambda: BendelOneParameter(threshold_mev=0.0), "threshold_mev"),
        (lambda: TabulatedProton(energy_mev=(2.0, 1.0), cross_section_m2=(1.0, 1.0)), "energy_mev"),
        (lambda: TabulatedProton(energy_mev=(1.0, 2.0), cross_section_m2=(1.0,)), "cross_section_m2"),
        (lambda: TabulatedProton(energy_mev=(1.0,), cross_section_m2=(0.0,)), "cross_section_m2"),
        (lambda: TabulatedProton(energy_mev=(1.0,), cross_section_m2=(np.nan,)), "cross_section_m2"),
        (lambda: TabulatedProton(energy_mev=(1.0, np.nan), cross_section_m2=(1.0, 1.0)), "energy_mev"),
    ],
)
def test_nonsense_is_named(make, name):
    with pytest.raises(ValueError, match=name):
        make()
