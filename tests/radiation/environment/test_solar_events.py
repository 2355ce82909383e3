"""Solar events against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.environment import BandInRigidity, ExponentialInRigidity, King1972, SolarEvent
from radiation.environment.cosmic_rays import rigidity_gv

DAY_S = 86_400.0


def test_all_protons_of_an_event_arrive():
    event = SolarEvent(start_s=100.0, rise_s=0.2 * DAY_S, decay_s=DAY_S, spectrum=King1972())
    t_s = np.linspace(0.0, 30.0 * DAY_S, 300_001)
    share = event.share_per_s(t_s)
    assert share[t_s <= 100.0].max() == 0.0
    assert np.trapezoid(share, t_s) == pytest.approx(1.0, rel=1e-4)
    assert t_s[share.argmax()] == pytest.approx(100.0 + 0.2 * DAY_S, abs=20.0)


def test_spectra_at_their_marks():
    assert King1972().fluence_per_m2(30.0) == pytest.approx(7.9e13)
    assert King1972(scale=0.1).fluence_per_m2(56.5) == pytest.approx(7.9e12 / np.e)
    # 100 MeV protons have 0.4445 GV.
    assert rigidity_gv(1, 100.0) == pytest.approx(0.4445, rel=1e-3)
    rigid = ExponentialInRigidity(total_per_m2=1e14, scale_gv=float(rigidity_gv(1, 100.0)))
    assert rigid.fluence_per_m2(100.0) == pytest.approx(1e14 / np.e)


def test_band_meets_its_power_law_smoothly():
    band = BandInRigidity(amplitude_per_m2=1e12, low_exponent=1.0, high_exponent=6.0, scale_gv=0.1)
    knee_mev = np.sqrt(500.0**2 + 938.0**2) - 938.0  # (6 - 1) * 0.1 GV
    around = knee_mev * np.array([0.999, 1.0, 1.001])
    fluence, rigidity = np.log(band.fluence_per_m2(around)), np.log(rigidity_gv(1, around))
    slope = np.diff(fluence) / np.diff(rigidity)
    assert slope == pytest.approx([-6.0, -6.0], rel=2e-3)
    assert np.log(band.fluence_per_m2([1e4, 1e3])) @ [1.0, -1.0] == pytest.approx(
        -6.0 * np.log(rigidity_gv(1, 1e4) / rigidity_gv(1, 1e3))
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("start_s", np.nan), ("rise_s", 0.0), ("decay_s", np.inf), ("decay_s", -1.0), ("cutoff_factor", 1.5)],
)
def test_nonsense_is_named(field, value):
    given = {"start_s": 0.0, "rise_s": 1.0, "decay_s": 1.0, "spectrum": King1972()} | {field: value}
    with pytest.raises(ValueError, match=f"{field} = "):
        SolarEvent(**given)
