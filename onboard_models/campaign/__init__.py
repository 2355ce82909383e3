"""Statistical fault campaigns: which bits flip in which trial, what came of each, and how sure that makes us."""

from onboard_models.campaign.exposure import Exposure
from onboard_models.campaign.intervals import Interval, mean_interval, upper_bound_of_share, wilson_interval
from onboard_models.campaign.outcomes import OUTCOMES, OutcomeCounts, outcome_counts
from onboard_models.campaign.plans import Plan, Trials
from onboard_models.campaign.trials import TrialOutcomes, run_trials

__all__ = [
    "OUTCOMES",
    "Exposure",
    "Interval",
    "OutcomeCounts",
    "Plan",
    "TrialOutcomes",
    "Trials",
    "mean_interval",
    "outcome_counts",
    "run_trials",
    "upper_bound_of_share",
    "wilson_interval",
]
