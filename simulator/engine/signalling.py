"""What the information of a scheduler costs in control messages, per satellite and hour."""

from __future__ import annotations

from simulator.records import Signalling


def signalling_rates(
    state_reports: Signalling | None, own: Signalling, n_sats: int, elapsed_s: float
) -> dict[str, float | None]:
    """Return messages and bits per satellite and hour.

    Parameters
    ----------
    state_reports : Signalling or None
        What satellites broadcast of their state; None where that is known everywhere at once.
    own : Signalling
        What the scheduler says of itself.
    n_sats : int
    elapsed_s : float, s
        Length of the run, from its first second to its last delivery.

    Returns
    -------
    dict
        `state_reports_per_satellite_h` and `state_report_bits_per_satellite_h`, None where state is ideal;
        `control_messages_per_satellite_h` and `control_bits_per_satellite_h`, of the scheduler's own.
    """
    satellite_h = n_sats * elapsed_s / 3600.0
    state = state_reports
    return {
        "state_reports_per_satellite_h": None if state is None else state.n_messages / satellite_h,
        "state_report_bits_per_satellite_h": None if state is None else state.bits / satellite_h,
        "control_messages_per_satellite_h": own.n_messages / satellite_h,
        "control_bits_per_satellite_h": own.bits / satellite_h,
    }
