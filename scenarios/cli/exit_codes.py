"""What the command line leaves behind: an exit code, and for expected failures one message instead of a traceback."""

from __future__ import annotations

import errno
import sysconfig
import traceback
from enum import IntEnum
from pathlib import Path
from typing import Final

from scenarios.custom_class import PACKAGES


class ExitCode(IntEnum):
    """Exit codes of `sunwise`."""

    DONE = 0
    RUN_FAILED = 1
    USAGE = 2
    SCENARIO_INVALID = 3
    INPUT_REFUSED = 4
    WRITE_FAILED = 74
    INTERRUPTED = 130
    TERMINATED = 143


class CommandError(ValueError):
    """A command that cannot go on, with the exit code that says why."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code


_WRITE_ERRORS: Final = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM),
        *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG),  # a file stands where a folder must be
    }
)
_PROJECT: Final = Path(__file__).parents[2]


def exit_code_and_message(error: Exception) -> tuple[ExitCode, str]:
    """Return the exit code of a failure and what to tell the person."""
    if isinstance(error, CommandError):
        return error.code, str(error)
    if isinstance(error, ValueError):
        return _code_of_value_error(error), f"{_place_in_own_code(error)}{error}"
    if isinstance(error, OSError):
        return _code_and_message_of_os_error(error)
    if isinstance(error, MemoryError):
        return (
            ExitCode.RUN_FAILED,
            "out of memory; try fewer satellites, a shorter duration or record.battery_traces: 0",
        )
    message = f"unexpected {type(error).__name__}: {error}; set SUNWISE_TRACEBACK=1 to see where"
    return ExitCode.RUN_FAILED, f"{_place_in_own_code(error)}{message}"


def _code_and_message_of_os_error(error: OSError) -> tuple[ExitCode, str]:
    """Return code and message of what the system refused; the class of runs is imported only now."""
    from simulator.results.run_folder import RunsFolderError

    if isinstance(error, RunsFolderError):
        return ExitCode.WRITE_FAILED, f"{error}; name another folder with --runs, make it writable or free some space"
    if error.errno in _WRITE_ERRORS:
        return ExitCode.WRITE_FAILED, f"cannot write: {_os_error_text(error)}; free some space or choose another folder"
    return ExitCode.RUN_FAILED, _os_error_text(error)


def _place_in_own_code(error: Exception) -> str:
    """Return `file.py:7: ` of the last line of a person's own code that led to an error, "" if none did."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(Path(frame.filename))]
    return f"{own[-1].filename}:{own[-1].lineno}: " if own else ""


def _is_own(path: Path) -> bool:
    """Return whether a source file is neither ours nor installed."""
    is_ours = path.is_relative_to(_PROJECT) and path.relative_to(_PROJECT).parts[0] in PACKAGES
    is_installed = "site-packages" in path.parts or path.is_relative_to(sysconfig.get_path("stdlib"))
    return path.is_file() and not is_ours and not is_installed


def _code_of_value_error(error: ValueError) -> ExitCode:
    """Return the code of an error that names its own place and remedy, imported only now that something failed."""
    from scenarios.config.problems import ScenarioError, UnfitScenarioError

    if isinstance(error, ScenarioError | UnfitScenarioError):
        return ExitCode.SCENARIO_INVALID
    from onboard_models.datasets.reading import ImagesRefusedError
    from onboard_models.vetting import ModelRefusedError
    from scenarios.campaigns.upset_file_error import UpsetFileError
    from scenarios.outage_plans import OutageFileError
    from simulator.orbits.orbit_file_error import OrbitFileError
    from simulator.results.run_folder import DamagedRunError
    from simulator.tasks.observation.target_files import TargetFileError
    from simulator.tasks.trace_columns import TraceError

    refused = (
        *(DamagedRunError, ImagesRefusedError, ModelRefusedError, OrbitFileError, OutageFileError),
        *(TargetFileError, TraceError, UpsetFileError),
    )
    return ExitCode.INPUT_REFUSED if isinstance(error, refused) else ExitCode.RUN_FAILED


def _os_error_text(error: OSError) -> str:
    """Return the system's words and the file they are about."""
    words = error.strerror or str(error)
    return f"{words} ({error.filename})" if error.filename else words
