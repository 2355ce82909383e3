from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from simulator.constants import WGS84_EQUATORIAL_RADIUS_M
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.sunlight import (
    Illumination,
    ShadowModel,
    plane_sunlit_share,
    solve_eclipses,
    solve_illumination,
    sun_path,
    sunlit_share,
    sunlit_windows,
    visible_fraction,
)
from simulator.timescale import parse_epoch

LOW_M = WGS84_EQUATORIAL_RADIUS_M + 550_000.0
SPHERE_POINT = ShadowModel(body="sphere", sun="point")


def _integral_s(illumination: Illumination, i_sat: int) -> float:
    time_s, fraction = illumination.knots(i_sat)
    return float(np.trapezoid(fraction, time_s))


def _true_integral_s(fleet, i_sat: int, start_s: float, end_s: float, step_s: float) -> float:
    t_s = np.linspace(start_s, end_s, round((end_s - start_s) / step_s) + 1)
    sun_m = sun_path(fleet.epoch, start_s, end_s).position_m(t_s)
    return float(np.trapezoid(visible_fraction(fleet.at(np.full(t_s.size, i_sat), t_s), sun_m, ShadowModel()), t_s))


def test_layout(orekit_fleet) -> None:
    illumination = solve_illumination(orekit_fleet, 100.0, 20_000.0)
    assert illumination.n_sats == 6
    assert illumination.offsets[-1] == illumination.time_s.size
    for i_sat in range(6):
        time_s, fraction = illumination.knots(i_sat)
        assert time_s[0] == 100.0
        assert time_s[-1] == 20_000.0
        assert np.all(np.diff(time_s) > 0.0)
        assert np.all((fraction >= 0.0) & (fraction <= 1.0))
    assert np.all(illumination.knots(3)[1] == 1.0)  # the orbit without eclipse


def test_energy_of_ordinary_crossings(orekit_fleet) -> None:
    illumination = solve_illumination(orekit_fleet, 0.0, 12_000.0)
    for i_sat in range(6):
        truth_s = _true_integral_s(orekit_fleet, i_sat, 0.0, 12_000.0, 0.5)
        # 4 crossings, symmetric to first order; in the shallowest eclipse (1,500 s, 18 s of penumbra) the pace changes
        # by 18 / 750 across one: 18 s x 0.024 / 24 is 18 ms each; the grid's own error is below 1 ms
        assert abs(_integral_s(illumination, i_sat) - truth_s) < 0.1, i_sat


def test_energy_of_grazing_passages(kepler_fleet) -> None:
    x, y, _ = sun_path(parse_epoch("2026-03-20T14:46:00Z"), 0.0, 1.0).position_m(0.0)
    node_deg = np.degrees(np.arctan2(y, x)) + np.arange(66.3, 68.2, 0.1)
    fleet = kepler_fleet(LOW_M, 90.0, node_deg)
    illumination = solve_illumination(fleet, 0.0, 6_000.0)
    partial = 0
    for i_sat in range(fleet.n_sats):
        fraction = illumination.knots(i_sat)[1]
        partial += bool(0.0 < fraction.min() < 1.0)
        truth_s = _true_integral_s(fleet, i_sat, 0.0, 6_000.0, 0.5)
        # passages of up to 300 s by 17 knots: chords of a smooth dip are off by (300 s / 16)^2 / 12 x f'' x 300 s, with
        # f'' below 4 (2 / 300 s)^2: 1.6 s of 6,000 s; half of that is the most seen
        assert abs(_integral_s(illumination, i_sat) - truth_s) < 0.8, i_sat
    assert partial >= 3  # the fan holds passages through the penumbra alone


@pytest.mark.parametrize("model", [ShadowModel(), SPHERE_POINT], ids=["disc", "point"])
def test_chained_windows_are_one_long_window(model: ShadowModel, kepler_fleet) -> None:
    x, y, _ = sun_path(parse_epoch("2026-03-20T14:46:00Z"), 0.0, 1.0).position_m(0.0)
    critical_deg = float(np.degrees(np.arctan2(y, x))) + 67.2
    fleet = kepler_fleet(
        [LOW_M, LOW_M, 26_560_000.0], [53.0, 90.0, 63.4], [0.0, critical_deg, 0.0], eccentricity=[0, 0, 0.7]
    )
    end_s = 60_000.0
    whole = solve_illumination(fleet, 0.0, end_s, model)
    ramps_s = whole.knots(0)[0][1:9]
    middles_s = (0.5 * (ramps_s[1:] + ramps_s[:-1]))[np.diff(ramps_s) > 1e-3]  # of ramps and of what lies between them
    borders = np.unique([0.0, *middles_s, ramps_s[3] + 1e-5, 30_000.0, 43_210.0, end_s])
    parts = [solve_illumination(fleet, start_s, stop_s, model) for start_s, stop_s in pairwise(borders.tolist())]
    for earlier, later in pairwise(parts):
        last, first = earlier.offsets[1:] - 1, later.offsets[:-1]
        np.testing.assert_array_equal(earlier.time_s[last], later.time_s[first])
        # the same ramp solved twice, 1e-6 s each on a slope of 0.1 a second
        np.testing.assert_allclose(earlier.fraction[last], later.fraction[first], rtol=0, atol=1e-6)
    for i_sat in range(fleet.n_sats):
        total_s = sum(_integral_s(part, i_sat) for part in parts)
        # edges within 1e-6 s; a grazing passage keeps its knots wherever it is cut
        assert abs(total_s - _integral_s(whole, i_sat)) < 1e-4


def test_point_sun_is_a_step_at_the_eclipse_edge(orekit_fleet) -> None:
    illumination = solve_illumination(orekit_fleet, 0.0, 10_000.0, SPHERE_POINT)
    eclipses = solve_eclipses(orekit_fleet, 0.0, 10_000.0, SPHERE_POINT, kinds=("umbra",))
    dark_s = np.zeros(6)
    span = (np.nan_to_num(eclipses.entry_s, nan=0.0), np.nan_to_num(eclipses.exit_s, nan=10_000.0))
    np.add.at(dark_s, eclipses.i_sat, span[1] - span[0])
    lit_s = sunlit_share(illumination) * 10_000.0
    np.testing.assert_allclose(lit_s, 10_000.0 - dark_s, rtol=0, atol=1e-5)  # some edges, 1e-6 s each


def test_windows_of_full_sunlight_lie_between_penumbras(orekit_fleet) -> None:
    end_s = 40_000.0
    windows = sunlit_windows(solve_illumination(orekit_fleet, 0.0, end_s))
    table = solve_eclipses(orekit_fleet, 0.0, end_s, kinds=("penumbra",))
    for i_sat in range(6):
        rows = slice(windows.offsets[i_sat], windows.offsets[i_sat + 1])
        start_s, stop_s = windows.start_s[rows], windows.end_s[rows]
        assert np.all(start_s < stop_s)
        assert np.all(stop_s[:-1] < start_s[1:])
        is_own = table.i_sat == i_sat
        entries, exits = table.entry_s[is_own], table.exit_s[is_own]
        np.testing.assert_allclose(stop_s[stop_s < end_s], entries[np.isfinite(entries)], rtol=0, atol=2e-6)
        np.testing.assert_allclose(start_s[start_s > 0.0], exits[np.isfinite(exits)], rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    ("epoch", "lowest", "mean", "highest", "lit_planes"),
    [
        ("2026-03-20T14:46:00Z", 0.628, 0.666, 0.725, 0.0),
        ("2026-06-21T08:25:00Z", 0.628, 0.704, 1.000, 0.120),
        ("2026-05-15T12:00:00Z", 0.628, 0.697, 1.000, 0.089),
    ],
    ids=["equinox", "solstice", "mid May"],
)
def test_sunlit_share_of_a_53_deg_shell_by_season(
    epoch: str, lowest: float, mean: float, highest: float, lit_planes: float
) -> None:
    """Closed forms over a fine fan of nodes: f = 1 - acos(sqrt(h^2 + 2 R h) / ((R + h) cos beta)) / pi."""
    n_planes = 360
    shell = WalkerShell(n_planes=n_planes, n_slots=1, altitude_m=550_000.0, inclination_rad=np.radians(53.0))
    fleet = ShellSeriesModel(shell, parse_epoch(epoch))
    turn_s = float(2.0 * np.pi / fleet.mean_orbits.argument_of_latitude_rate_rad_s[0])
    share = sunlit_share(solve_illumination(fleet, 0.0, turn_s, SPHERE_POINT))
    by_plane = plane_sunlit_share(share, np.arange(n_planes))
    # rounding of the published numbers 5e-4; a turn from node to node cuts the moving Sun's eclipse by 3e-4
    assert abs(share.min() - lowest) < 1.5e-3
    assert abs(share.mean() - mean) < 1.5e-3
    # at the equinox the highest beta's share is steep: 0.1 deg of the Sun's declination moves it by 1e-3
    assert abs(share.max() - highest) < 3e-3
    # one plane in 360 is 0.3 %; the Sun's declination on the day shifts the boundary by two planes
    assert abs(np.mean(by_plane == 1.0) - lit_planes) < 0.01


def test_plane_share_is_the_mean_over_its_satellites() -> None:
    share = plane_sunlit_share(np.array([0.5, 0.7, 1.0]), np.array([0, 0, 2]))
    assert share[0] == pytest.approx(0.6)
    assert np.isnan(share[1])  # a plane without satellites
    assert share[2] == 1.0


def test_unknown_positions_give_nan_fractions(kepler_fleet) -> None:
    illumination = solve_illumination(kepler_fleet([LOW_M, LOW_M], 53.0, [np.nan, 0.0]), 0.0, 6_000.0)
    assert np.isnan(illumination.knots(0)[1]).all()
    assert np.isfinite(illumination.knots(1)[1]).all()
