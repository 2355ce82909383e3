from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from scenarios.beam.pass_case import PassCase, TransmitterCosts
from scenarios.beam.satellite_pass import PassOutcome, run_pass
from scenarios.cli.entry import run_command_line
from scenarios.cli.exit_codes import ExitCode
from simulator.metasurface.channels import SHADOWINGS
from simulator.metasurface.dish import dish_gain
from simulator.metasurface.presets import AN_2023, SATELLITE_KA
from simulator.metasurface.satellite_view import slant_range_m

CASE = PassCase(
    preset=SATELLITE_KA, n_atoms=36, n_layers=2, n_users=2, power_w=10.0, duration_s=48.0, step_s=4.0, retrack_s=4.0
)


@pytest.fixture(scope="module")
def outcome() -> PassOutcome:
    return run_pass(CASE, lambda _: None)


def rates(outcome: PassOutcome) -> dict[str, np.ndarray]:
    return {one.name: one.user_rates_bps_hz.sum(axis=-1) for one in outcome.served}


def test_retracking_follows_users_and_fixed_phases_lose_them(outcome: PassOutcome) -> None:
    followed, fixed = (rates(outcome)[f"metasurface, {kind}"] for kind in ("retracked", "fixed"))
    middle = len(followed) // 2
    assert outcome.t_s[middle] == 0.0
    assert followed[middle] == pytest.approx(fixed[middle], rel=0.15)
    for end in (0, -1):  # 24 s from overhead the nadir has turned by 16 degrees, a beam of six atoms
        assert fixed[end] < 0.7 * fixed[middle]
        assert followed[end] > 0.85 * followed[middle]


def test_powers_are_those_asked_for(outcome: PassOutcome) -> None:
    by_name = {one.name: one for one in outcome.served}
    stack = by_name["metasurface, retracked"]
    assert stack.radiated_power_w < stack.amplifier_power_w == 10.0  # passive, with losses
    for rival in ("array", "dish"):
        assert by_name[f"{rival}, equal amplifier"].amplifier_power_w == 10.0
        assert by_name[f"{rival}, equal radiated"].radiated_power_w == stack.radiated_power_w
        assert np.all(rates(outcome)[f"{rival}, equal radiated"] < rates(outcome)[f"{rival}, equal amplifier"])
    # 10 W out of amplifiers of a quarter, two chains of 2 W, 5 W of controller, half a joule every four seconds.
    assert stack.n_updates == 13
    assert stack.dc_power_w == pytest.approx(40.0 + 4.0 + 5.0 + 0.125)
    assert by_name["array, equal amplifier"].dc_power_w == pytest.approx(40.0 + 36 * 2.0)
    assert by_name["dish, equal amplifier"].dc_power_w == pytest.approx(40.0 + 2.0)


def test_the_stack_is_no_better_than_a_radio_chain_per_atom(outcome: PassOutcome) -> None:
    """Radiating the same from the same places, free amplitudes can do all that phases can."""
    found = rates(outcome)
    assert np.mean(found["array, equal radiated"]) > np.mean(found["metasurface, retracked"])


def test_a_single_user_is_served_as_the_link_budget_says() -> None:
    """Array and dish towards one user at the nadir without scattering, by hand; the stack below the array."""
    users = dataclasses.replace(SATELLITE_KA.users, side_m=0.0, k_factor=math.inf)
    preset = dataclasses.replace(SATELLITE_KA, users=dataclasses.replace(users, k_factor=1e12))
    case = dataclasses.replace(CASE, preset=preset, n_users=1, duration_s=1.0, step_s=1.0, retrack_s=1.0, n_draws=1)
    found = rates(run_pass(case, lambda _: None))
    wavelength_m = 299_792_458.0 / 20e9
    range_m = slant_range_m(np.array(np.pi / 2.0), 600e3)
    link = 10.0 ** (39.7 / 10.0) * (wavelength_m / (4.0 * np.pi * range_m)) ** 2 / preset.noise_w
    array = np.log2(1.0 + 10.0 * 36 * 10.0**0.5 * link)
    dish = np.log2(1.0 + 10.0 * 0.6 * 4.0 * np.pi * 36 * 0.25 * link)
    # Half a second from overhead moves the user by a third of a degree: 1e-3 of a beam's gain.
    np.testing.assert_allclose(found["array, equal amplifier"], array, rtol=2e-3)
    np.testing.assert_allclose(found["dish, equal amplifier"], dish, rtol=2e-3)
    assert np.all(found["metasurface, retracked"] < found["array, equal radiated"] + 1e-6)


def test_shadows_cost_rate(outcome: PassOutcome) -> None:
    users = dataclasses.replace(SATELLITE_KA.users, shadowing=SHADOWINGS["heavy"])
    shaded = dataclasses.replace(CASE, preset=dataclasses.replace(SATELLITE_KA, users=users))
    found = rates(run_pass(shaded, lambda _: None))
    for name, open_sky in rates(outcome).items():
        assert found[name].mean() < 0.6 * open_sky.mean()


def test_updates_take_time() -> None:
    short = dataclasses.replace(CASE, duration_s=8.0)
    slow = dataclasses.replace(short, costs=TransmitterCosts(update_time_s=1.0))
    fast = dataclasses.replace(short, costs=TransmitterCosts(update_time_s=0.0))
    lost, whole = (rates(run_pass(case, lambda _: None))["metasurface, retracked"] for case in (slow, fast))
    np.testing.assert_allclose(lost, 0.75 * whole, rtol=1e-9)


def test_elevation_and_doppler_of_the_pass(outcome: PassOutcome) -> None:
    middle = len(outcome.t_s) // 2
    assert math.degrees(outcome.elevation_rad[middle]) == pytest.approx(90.0, abs=1e-3)
    np.testing.assert_allclose(outcome.elevation_rad, outcome.elevation_rad[::-1], atol=1e-6)
    assert np.all(np.diff(outcome.elevation_rad[: middle + 1]) > 0.0)
    assert np.all(outcome.doppler_hz[0] > outcome.doppler_hz[-1])  # coming first, going last


def test_a_dish_radiates_its_efficiency_over_all_directions() -> None:
    """Its gain integrated over the sphere is 4 pi times the efficiency; the sine for the angle costs some per cent."""
    wavelength_m, area_m2 = 0.01, math.pi * 0.1**2  # twenty wavelengths wide

    def ring(angle: float) -> float:
        return float(dish_gain(np.array(angle), area_m2, wavelength_m, 0.6)) * math.sin(angle)

    total, _ = quad(ring, 0.0, 0.5 * math.pi, limit=400)
    assert 0.5 * total == pytest.approx(0.6, rel=0.03)
    assert dish_gain(np.array(0.0), area_m2, wavelength_m, 1.0) == pytest.approx((math.pi * 20.0) ** 2)


def test_pass_command_tells_prints_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["beam", "pass", "--atoms", "16", "--layers", "1", "--users", "2", "--duration-s", "4", "--step-s", "2"]
    asked += ["--retrack-s", "2", "--side-km", "50"]
    assert run_command_line([*asked, "--json"]) == ExitCode.DONE
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert [row["name"] for row in found["transmitters"]][:2] == ["metasurface, retracked", "metasurface, fixed"]
    assert found["assumed_costs"]["controller_w"] == 5.0
    assert found["groups"] == [[0], [1]]
    assert "serve 1 and 2 one after the other" in printed.err
    for row in found["transmitters"]:
        assert row["delivered_gbit"] == pytest.approx(row["mean_rate_mbps"] * 6e-3)
    assert run_command_line([*asked, "--figures", str(tmp_path)]) == ExitCode.DONE
    assert "Assumed: controller 5 W" in capsys.readouterr().out
    assert (tmp_path / "beam_pass.png").exists()
    for wrong, words in (
        (["--preset", "an2023"], "has no satellite: take satellite-ka or satellite-s"),
        (["--preset", "ka"], "--preset 'ka'"),
        (["--shadowing", "dark"], "--shadowing 'dark': write light, average, heavy"),
        (["--retrack-s", "3"], "give a multiple of the step, 2 s"),
        (["--update-time-s", "9"], "takes longer than a period"),
        (["--amplifier-efficiency", "0"], "amplifier_efficiency = 0.0"),
    ):
        assert run_command_line([*asked, *wrong]) == ExitCode.USAGE
        assert words in capsys.readouterr().err


def test_only_satellites_pass() -> None:
    with pytest.raises(ValueError, match="'an2023' has no satellite"):
        dataclasses.replace(CASE, preset=AN_2023)
