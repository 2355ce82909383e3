"""What to expect of a protection in closed form, for upsets of single bits that come independently at a known rate.

An *exposure* is upsets per bit since the word was last clean: the rate per bit and second, integrated over that time.
Events that flip several bits at once are beyond these formulas; sample them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.memory_protection.codes import Code, Parity, TripleModularRedundancy
from radiation.memory_protection.secded import SECDED

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


def flip_probability(exposure: ArrayLike) -> NDArray[np.float64]:
    """Return the probability that a bit is wrong: hit by a Poisson number of upsets that is odd."""
    flipped: NDArray[np.float64] = -0.5 * np.expm1(-2.0 * np.asarray(exposure, dtype=np.float64))
    return flipped


def outcome_probabilities(code: Code, exposure: ArrayLike) -> NDArray[np.float64]:
    """Return what a reader gets from a word after an exposure: (..., 5), in the order of `OUTCOMES`; exact.

    Sums over words and sweeps give the expected number of words that sweeps find in each state, as long as few words
    are beyond repair: a word that a scrub could not clean is not clean at the start of the next period.
    """
    return code.probabilities(flip_probability(exposure))


def mean_outcome_probabilities(code: Code, exposure: ArrayLike) -> NDArray[np.float64]:
    """Return the share of time that a word spends in each outcome between two sweeps that leave it clean: (..., 5).

    The rate is constant and `exposure` is that of a whole period. The average over the age of the word is taken by
    Gauss-Legendre quadrature, which is exact to rounding for exposures of a whole word up to about 10.
    """
    exposure = np.asarray(exposure, dtype=np.float64)
    ages = exposure[..., None] * (0.5 + 0.5 * _NODES)
    mean: NDArray[np.float64] = np.einsum("...no,n->...o", outcome_probabilities(code, ages), 0.5 * _WEIGHTS)
    return mean


def failure_probability(code: Code, exposure: ArrayLike) -> NDArray[np.float64]:
    """Return the probability that a word fails at some moment of an exposure: becomes worse than corrected; exact.

    Notes
    -----
    Without correction the first hit does it: 1 - exp(-n m), for n stored bits and exposure m. SECDED fails when a
    second bit is wrong at the same time. The number of wrong bits goes 0 -> 1 at rate n, 1 -> 2 at n - 1 and back to 0
    at 1 (the same bit again), so the density of failing is (n - 1) sqrt(n) exp(-n m) sinh(sqrt(n) m), and for small
    exposures the probability is n (n - 1) m**2 / 2, the pairs of bits. A vote fails likewise in any of its bits, with
    n = 3.
    """
    upsets_per_bit = np.asarray(exposure, dtype=np.float64)
    if isinstance(code, SECDED):
        log_survival = _log_without_pair(code.stored_bits, upsets_per_bit)
    elif isinstance(code, TripleModularRedundancy):
        log_survival = code.word_bits * _log_without_pair(3, upsets_per_bit)
    else:
        log_survival = -code.stored_bits * upsets_per_bit
    failed: NDArray[np.float64] = -np.expm1(log_survival)
    return failed


def parity_miss_probability(code: Parity, exposure: ArrayLike) -> NDArray[np.float64]:
    """Return the probability that parity at some moment of an exposure does not see that a word is wrong; exact."""
    missed: NDArray[np.float64] = -np.expm1(_log_without_pair(code.stored_bits, np.asarray(exposure, dtype=np.float64)))
    return missed


def _log_without_pair(n_bits: int, exposure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the probability that two of n bits are never wrong at once during an exposure."""
    root = np.sqrt(n_bits)
    large = (root - n_bits) * exposure + np.log(0.5 * (1.0 + root + (1.0 - root) * np.exp(-2.0 * root * exposure)))
    # small probabilities are summed up from their density, which has no differences to lose digits in
    bounded = np.minimum(exposure, 1.0 / n_bits)
    ages = bounded[..., None] * (0.5 + 0.5 * _NODES)
    density = (n_bits - 1) * root * np.exp(-n_bits * ages) * np.sinh(root * ages)
    small = np.log1p(-bounded * (density @ (0.5 * _WEIGHTS)))
    log_survival: NDArray[np.float64] = np.where(exposure < 1.0 / n_bits, small, large)
    return log_survival
