"""Laws that every scheduler must obey, and the small worlds in which they are checked."""

from scenarios.laws.battery_of_laws import LAWS, Law
from scenarios.laws.observed_run import Factory, ObservedRun, observe
from scenarios.laws.worlds import LAW_WORLDS, PLAIN, LawWorld

__all__ = ["LAWS", "LAW_WORLDS", "PLAIN", "Factory", "Law", "LawWorld", "ObservedRun", "observe"]
