"""Runs the command line: signals and failures into exit codes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from scenarios.cli.app import app
from scenarios.cli.exit_codes import ExitCode, exit_code_and_message


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; expected failures are told in one message on stderr."""
    with _signals() as received:
        try:
            code = _run(arguments)
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED
    if received:
        word = "terminated" if received[0] == signal.SIGTERM else "interrupted"
        print(f"sunwise: {word}; nothing half-written is kept, run the same command again", file=sys.stderr)
        return 128 + received[0]
    return code


def _run(arguments: Sequence[str]) -> int:
    """Run one command, turning what it raises into an exit code."""
    try:
        app(args=list(arguments), prog_name="sunwise")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else ExitCode.DONE
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.RUN_FAILED
    except Exception as error:
        if os.environ.get("SUNWISE_TRACEBACK"):
            traceback.print_exc()
        code, message = exit_code_and_message(error)
        names_its_place = code in (ExitCode.SCENARIO_INVALID, ExitCode.INPUT_REFUSED)
        print(message if names_its_place else f"sunwise: {message}", file=sys.stderr)
        return code
    return ExitCode.DONE


def _silence_stdout() -> None:
    """Keep the interpreter from complaining about a reader that went away."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt and remember which came first."""
    received: list[int] = []

    def take(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, take) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
