"""The check at the start: every declared way of injecting really changes the model, and as a rebuilt session does.

An injector that is silently ignored (the runtime packs weights when it loads them) reports a perfect network. So in
each tensor strong flips are tried until one changes the output; for that one, and for random ones, the declared way
must give what a rebuilt session gives. Where none shows, a rebuilt session with all of them must show nothing either.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.tensor_flips import TensorFlips, flips_in

Outputs = Mapping[str, NDArray[np.generic]]
Injected = Callable[[TensorFlips], Outputs | None]
TOLERANCE: Final = 1e-4
"""Largest difference of float outputs, relative to the largest value of the row: some hundred roundings of float32."""


class InjectionGuardError(RuntimeError):
    """A way of injecting does not do what it says on this model with this runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardReport:
    """What the check found.

    Attributes
    ----------
    proved : names of the tensors in which a flip changed the output, as in a rebuilt session
    silent : tensors of which no flip that was tried changed even a rebuilt session: dead channels, or too few tries
    failed : tensors whose declared way differs from a rebuilt session, and how
    """

    proved: tuple[str, ...]
    silent: tuple[str, ...]
    failed: dict[str, str]


def check_injection(
    tensors: Mapping[str, NDArray[np.generic]],
    injected: Injected,
    rebuilt: Injected,
    serves: Callable[[TensorFlips], bool],
    *,
    seed: int = 1,
    n_tries: int = 32,
    n_random: int = 16,
) -> GuardReport:
    """Compare a way of injecting with rebuilt sessions.

    Parameters
    ----------
    tensors : values by name of the tensors that it declares
    injected, rebuilt : from flips to outputs, None where the model fails
    serves : whether a flip is injected in this way, or left to others
    seed : of the elements that are tried; those of a tensor depend on nothing else but its name and size
    n_tries : elements of which the highest exponent bit or the sign is flipped (of an integer, the highest bits)
    n_random : flips of random bits of random elements of random tensors

    Raises
    ------
    InjectionGuardError
        If the model does not even run without faults.
    """
    golden = rebuilt(flips_in("", [], []))
    if golden is None:
        raise InjectionGuardError("the model does not run without faults; run it in ONNX Runtime alone to see why")
    random = _random_flips(tensors, n_random, np.random.default_rng(seed))
    proved: list[str] = []
    silent: list[str] = []
    failed: dict[str, str] = {}
    for name, values in tensors.items():
        rng = np.random.default_rng((seed, zlib.crc32(name.encode())))
        tries = [flips for flips in _strong_flips(name, values, n_tries, rng) if serves(flips)]
        shown = next((flips for flips in tries if not _is_same(injected(flips), golden)), None)
        compared = [shown] if shown is not None else _hidden(tries, golden, rebuilt)
        compared += filter(serves, random.get(name, []))
        differing = [flips for flips in compared if not _is_same(injected(flips), rebuilt(flips))]
        if differing:
            failed[name] = f"bit {int(differing[0].bit[0])} of element {int(differing[0].element[0])}"
        else:
            (silent if shown is None else proved).append(name)
    return GuardReport(proved=tuple(proved), silent=tuple(silent), failed=failed)


def _hidden(tries: list[TensorFlips], golden: Outputs, rebuilt: Injected) -> list[TensorFlips]:
    """Return flips that must be looked at one by one, because a rebuilt session with all of them shows something."""
    if not tries:
        return []
    together = flips_in(
        tries[0].tensors[0], [int(flips.element[0]) for flips in tries], [int(flips.bit[0]) for flips in tries]
    )
    return [] if _is_same(rebuilt(together), golden) else tries


def outputs_agree(found: Outputs, expected: Outputs, *, tolerance: float = TOLERANCE) -> bool:
    """Return whether outputs are the same: nan and infinities in the same places, the rest within the tolerance.

    The tolerance is relative to the largest finite value of each row.
    """
    return all(_agree(found[name], expected[name], tolerance) for name in expected)


def _agree(found: NDArray[np.generic], expected: NDArray[np.generic], tolerance: float) -> bool:
    if expected.dtype.kind != "f" or found.shape != expected.shape:
        return np.array_equal(found, expected)
    a = found.reshape(len(found), -1).astype(np.float64)
    b = expected.reshape(len(expected), -1).astype(np.float64)
    is_finite = np.isfinite(b)
    if not np.array_equal(np.where(is_finite, 0.0, b), np.where(np.isfinite(a), 0.0, a), equal_nan=True):
        return False
    scale = np.abs(np.where(is_finite, b, 0.0)).max(axis=1, keepdims=True, initial=0.0)
    return bool(np.all(np.abs(np.where(is_finite, a - np.where(is_finite, b, 0.0), 0.0)) <= tolerance * scale))


def _is_same(found: Outputs | None, expected: Outputs | None) -> bool:
    if found is None or expected is None:
        return found is None and expected is None
    return outputs_agree(found, expected)


def _strong_flips(name: str, values: NDArray[np.generic], n: int, rng: np.random.Generator) -> Iterator[TensorFlips]:
    """Give flips of the highest exponent bit and of the sign in turn, each in another element while there are any."""
    sign = 8 * values.dtype.itemsize - 1
    n_elements = min(n, values.size)
    elements = rng.choice(values.size, size=n_elements, replace=False)
    bits = (sign - 1, sign) if n_elements > 1 else range(sign, -1, -1)
    for i in range(max(n_elements, len(bits))):
        yield flips_in(name, [int(elements[i % n_elements])], [bits[i % len(bits)]])


def _random_flips(
    tensors: Mapping[str, NDArray[np.generic]], n: int, rng: np.random.Generator
) -> dict[str, list[TensorFlips]]:
    flips: dict[str, list[TensorFlips]] = {}
    names = list(tensors)
    for i in rng.integers(len(names), size=n) if names else ():
        values = tensors[names[i]]
        element, bit = int(rng.integers(values.size)), int(rng.integers(8 * values.dtype.itemsize))
        flips.setdefault(names[i], []).append(flips_in(names[i], [element], [bit]))
    return flips
