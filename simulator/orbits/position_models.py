"""The choice between the shell series and SGP4."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.orbits.model import PositionModel
from simulator.orbits.orbit_record import OrbitRecord, records_of_shell
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.shell_coefficients import LONGEST_PERIOD_S
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.timescale import Epoch


def position_model(fleet: WalkerShell | Sequence[OrbitRecord], epoch: Epoch) -> PositionModel:
    """Return the fastest model of a fleet: the series for a Walker shell in low orbit, SGP4 for everything else."""
    if not isinstance(fleet, WalkerShell):
        return Sgp4Model(fleet, epoch)
    if 2.0 * np.pi / fleet.mean_motion_rad_s < LONGEST_PERIOD_S:
        return ShellSeriesModel(fleet, epoch)
    return Sgp4Model(records_of_shell(fleet, epoch), epoch)
