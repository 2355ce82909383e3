"""Earth-observation work: targets on the ground, when satellites can capture them, and the tasks that captures make."""

from simulator.tasks.observation.approaches import Approaches, closest_approaches
from simulator.tasks.observation.captures import Capture, CapturesTaken, CaptureWork, ObservationCaptures
from simulator.tasks.observation.opportunities import Opportunities, OpportunityWindows
from simulator.tasks.observation.sensor import Sensor
from simulator.tasks.observation.target_files import TargetFileError, read_targets
from simulator.tasks.observation.targets import Targets, grid_targets

__all__ = [
    "Approaches",
    "Capture",
    "CaptureWork",
    "CapturesTaken",
    "ObservationCaptures",
    "Opportunities",
    "OpportunityWindows",
    "Sensor",
    "TargetFileError",
    "Targets",
    "closest_approaches",
    "grid_targets",
    "read_targets",
]
