"""What is out of order, and when: scheduled, or drawn at random."""

from simulator.outages.plan import OutagePlan
from simulator.outages.random_outages import RandomOutages
from simulator.outages.records import Outage, OutageKind

__all__ = ["Outage", "OutageKind", "OutagePlan", "RandomOutages"]
