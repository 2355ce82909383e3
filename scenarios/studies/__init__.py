"""Studies: many runs of one question, declared in a file, with statistics over seeds."""

from scenarios.studies.bounds import RunBounds, bound_runs
from scenarios.studies.execution import StudyRuns, run_studies
from scenarios.studies.files import StudyFile, load_study, study_names
from scenarios.studies.output import study_document, write_tables
from scenarios.studies.plan import StudyChoice, StudyPlan, plan_study
from scenarios.studies.statistics import Estimate, estimate, paired_difference
from scenarios.studies.table import StudyRow, failed_lines, study_rows

__all__ = [
    "Estimate",
    "RunBounds",
    "StudyChoice",
    "StudyFile",
    "StudyPlan",
    "StudyRow",
    "StudyRuns",
    "bound_runs",
    "estimate",
    "failed_lines",
    "load_study",
    "paired_difference",
    "plan_study",
    "run_studies",
    "study_document",
    "study_names",
    "study_rows",
    "write_tables",
]
