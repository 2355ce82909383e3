"""Proven lower bounds on depth of discharge and battery energy: clairvoyant, fluid, and valid for every scheduler."""

from schedulers.bound.demand import CompletedWork, Demand
from schedulers.bound.problem import Bound, BoundProblem

__all__ = ["Bound", "BoundProblem", "CompletedWork", "Demand"]
