"""Protection of memory as physics: it acts on upsets, and what it leaves is computed word by word."""

from radiation.memory_protection.accumulation import residual_of
from radiation.memory_protection.codes import Parity, TripleModularRedundancy, Unprotected
from radiation.memory_protection.cost import reload_cost, scrub_cost
from radiation.memory_protection.layout import Layout
from radiation.memory_protection.outcomes import OUTCOMES, Outcome
from radiation.memory_protection.protection import CODES, MemoryProtection
from radiation.memory_protection.residual import Ending, Residual
from radiation.memory_protection.secded import SECDED
from radiation.memory_protection.sweep import Sweep

__all__ = [
    "CODES",
    "OUTCOMES",
    "SECDED",
    "Ending",
    "Layout",
    "MemoryProtection",
    "Outcome",
    "Parity",
    "Residual",
    "Sweep",
    "TripleModularRedundancy",
    "Unprotected",
    "reload_cost",
    "residual_of",
    "scrub_cost",
]
