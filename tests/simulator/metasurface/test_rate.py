from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.metasurface.amplitude import AmplitudeLaw
from simulator.metasurface.gradient import sum_rate_gradient
from simulator.metasurface.presets import PRESETS
from simulator.metasurface.propagation import Stack, build_stack
from simulator.metasurface.rate import rates_bps_hz, sinr, sum_rate_bps_hz
from simulator.metasurface.response import effective_channel

AN = PRESETS["an2023"]
LAW = AmplitudeLaw(least=0.3)


def setting(n_layers: int, *, law: AmplitudeLaw | None = None, has_dead: bool = False) -> tuple:
    rng = np.random.default_rng(5)
    geometry = AN.geometry(n_atoms=9, n_layers=n_layers, n_users=3)
    alive = np.ones((n_layers, 9))
    alive[0, 3] = alive[-1, 5] = 0.0
    own = 0.3 * (rng.standard_normal((n_layers - 1, 9, 9)) + 1j * rng.standard_normal((n_layers - 1, 9, 9)))
    stack = build_stack(  # matrices that are neither equal nor symmetric, so that no mix-up goes unseen
        geometry, between_layers=own, is_passive=True, amplitude_law=law, atom_amplitude=alive if has_dead else None
    )
    g = AN.channels(rng, 2, geometry)
    phases = rng.uniform(0.0, 2.0 * np.pi, (2, n_layers, 9))
    powers = 30.0 * AN.power_w * rng.uniform(0.2, 1.0, (2, 3))  # enough for interference to count
    return stack, phases, powers, g


def full_response(stack: Stack, phases: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The product of all matrices, left to right, one channel."""
    law, dead = stack.amplitude_law, stack.atom_amplitude
    amplitude = np.ones_like(phases) if law is None else law.amplitude(phases)
    amplitude = amplitude if dead is None else amplitude * dead
    diagonals = [np.diag(a * np.exp(1j * t)) for a, t in zip(amplitude, phases, strict=True)]
    product = diagonals[0]
    for matrix, diagonal in zip(stack.between_layers, diagonals[1:], strict=True):
        product = diagonal @ matrix @ product
    return g @ product @ stack.from_antennas


def rates_by_hand(h: np.ndarray, powers: np.ndarray) -> list[float]:
    rates = []
    for k in range(h.shape[0]):
        others = sum(abs(h[k, j]) ** 2 * powers[j] for j in range(h.shape[0]) if j != k)
        rates.append(math.log2(1.0 + abs(h[k, k]) ** 2 * powers[k] / (others + 1.0)))
    return rates


CASES = [(1, None, False), (3, None, False), (3, LAW, False), (3, None, True), (2, LAW, True)]


@pytest.mark.parametrize(("n_layers", "law", "has_dead"), CASES)
def test_response_and_rates_equal_products_of_whole_matrices(n_layers: int, law: AmplitudeLaw, has_dead: bool) -> None:
    stack, phases, powers, g = setting(n_layers, law=law, has_dead=has_dead)
    h = effective_channel(stack, phases, g)
    rates = rates_bps_hz(h, powers)
    for i in range(2):
        np.testing.assert_allclose(h[i], full_response(stack, phases[i], g[i]), rtol=1e-12)
        np.testing.assert_allclose(rates[i], rates_by_hand(h[i], powers[i]), rtol=1e-12)
    np.testing.assert_allclose(sum_rate_bps_hz(h, powers), rates.sum(axis=-1), rtol=1e-15)
    np.testing.assert_allclose(np.log2(1.0 + sinr(h, powers)), rates, rtol=1e-12)


@pytest.mark.parametrize(("n_layers", "law", "has_dead"), CASES)
def test_gradient_equals_finite_differences(n_layers: int, law: AmplitudeLaw, has_dead: bool) -> None:
    stack, phases, powers, g = setting(n_layers, law=law, has_dead=has_dead)
    found = sum_rate_gradient(stack, phases, powers, g)
    step, rng = 1e-5, np.random.default_rng(0)
    for _ in range(4):
        turn, more = rng.standard_normal(phases.shape), powers * rng.standard_normal(powers.shape)

        def rate(x: float, turn: np.ndarray = turn, more: np.ndarray = more) -> np.ndarray:
            return sum_rate_bps_hz(effective_channel(stack, phases + x * turn, g), powers + x * more)

        slope = (rate(step) - rate(-step)) / (2.0 * step)
        expected = (found.by_phase * turn).sum(axis=(-2, -1)) + (found.by_power * more).sum(axis=-1)
        # Central differences are off by step^2 times a third derivative, and by rounding over the step: 1e-10 each.
        np.testing.assert_allclose(expected, slope, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        found.rates_bps_hz, rates_bps_hz(effective_channel(stack, phases, g), powers), rtol=1e-12
    )


def test_turning_a_whole_layer_changes_nothing() -> None:
    stack, phases, powers, g = setting(3)
    rates = rates_bps_hz(effective_channel(stack, phases, g), powers)
    turned = phases + np.array([0.7, -1.1, 2.3])[:, np.newaxis]
    np.testing.assert_allclose(rates_bps_hz(effective_channel(stack, turned, g), powers), rates, rtol=1e-12)
    by_phase = sum_rate_gradient(stack, phases, powers, g).by_phase
    np.testing.assert_allclose(by_phase.sum(axis=-1), 0.0, atol=1e-12 * np.abs(by_phase).sum())


def test_leading_axes_broadcast_between_phases_and_channels() -> None:
    stack, _, powers, g = setting(3)
    starts = np.random.default_rng(1).uniform(0.0, 2.0 * np.pi, (4, 1, 3, 9))
    found = sum_rate_gradient(stack, starts, powers, g)
    assert found.by_phase.shape == (4, 2, 3, 9)
    for i in range(4):
        for j in range(2):
            alone = sum_rate_gradient(stack, starts[i, 0], powers[j], g[j])
            np.testing.assert_allclose(found.by_phase[i, j], alone.by_phase, rtol=1e-9, atol=1e-13)
            np.testing.assert_allclose(found.by_power[i, j], alone.by_power, rtol=1e-9)
    assert effective_channel(stack, starts, g).shape == (4, 2, 3, 3)


def test_single_precision_stays_single_and_close() -> None:
    stack, phases, powers, g = setting(3, law=LAW)
    exact = sum_rate_gradient(stack, phases, powers, g)
    small = stack.astype(np.complex64)
    single = sum_rate_gradient(small, phases.astype(np.float32), powers.astype(np.float32), g.astype(np.complex64))
    for name in ("rates_bps_hz", "by_phase", "by_power"):
        value, reference = getattr(single, name), getattr(exact, name)
        assert value.dtype == np.float32
        # A hundred sums of numbers good to 6e-8.
        np.testing.assert_allclose(value, reference, rtol=0.0, atol=1e-5 * np.abs(reference).max())


def test_as_many_antennas_as_users() -> None:
    with pytest.raises(ValueError, match="as many antennas as users"):
        sinr(np.ones((3, 4), complex), np.ones(4))


def test_amplitude_law_has_the_published_shape() -> None:
    law = AmplitudeLaw(least=0.2)
    offset = 0.43 * math.pi
    ends = np.array([offset - 0.5 * math.pi, offset + 0.5 * math.pi, offset])
    np.testing.assert_allclose(law.amplitude(ends), [0.2, 1.0, 0.8 * 0.5**1.6 + 0.2], rtol=1e-12)
    for name, value in (("least", 1.1), ("steepness", 0.0)):
        with pytest.raises(ValueError, match=f"{name} = "):
            AmplitudeLaw(**{"least": 0.5, name: value})
