"""Which satellites have a degraded solar array."""

from __future__ import annotations

from simulator.random_streams import Stream, random_stream


def faulty_arrays(n_sats: int, share: float, root_seed: int) -> tuple[int, ...]:
    """Return the satellites whose array is degraded, in ascending order.

    Parameters
    ----------
    n_sats : int
        Satellites of the fleet.
    share : float, 0 to 1
        Of the satellites; their number is `share * n_sats`, rounded to the nearest whole number (half to even).
    root_seed : int, non-negative
        Seed of the scenario.

    Raises
    ------
    ValueError
        If `share` is not from 0 to 1.

    Notes
    -----
    Every satellite draws one number from a stream of its own, and the lowest draws are faulty. A larger share
    therefore adds satellites and takes none away.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share = {share}: must be from 0 to 1")
    draws = [random_stream(root_seed, Stream.ARRAY_FAULTS, satellite=i_sat).random() for i_sat in range(n_sats)]
    by_draw = sorted(range(n_sats), key=lambda i_sat: draws[i_sat])
    return tuple(sorted(by_draw[: round(share * n_sats)]))
