"""All solvers by name, with the options that they are compared with."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.alternating import AlternatingSolver
from onboard_models.beamforming.codebook import CodebookSolver, RandomSolver
from onboard_models.beamforming.lbfgs import LbfgsSolver
from onboard_models.beamforming.problem import Solver
from onboard_models.beamforming.quantised import QuantisedSolver
from onboard_models.beamforming.wmmse import WmmseSolver

SOLVERS: Final[MappingProxyType[str, Solver]] = MappingProxyType(
    {
        "adam": AdamSolver(),
        "ao": AlternatingSolver(),
        "ao-as-published": AlternatingSolver(is_guarded=False),
        "ao-restarts": AlternatingSolver(n_starts=10),
        "lbfgs": LbfgsSolver(),
        "wmmse": WmmseSolver(),
        "codebook": CodebookSolver(),
        "quantised": QuantisedSolver(),
        "random": RandomSolver(),
    }
)

DEFAULT_SOLVER: Final = "adam"
