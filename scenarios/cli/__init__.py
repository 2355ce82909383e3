"""The command `sunwise`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from scenarios.cli.entry import run_command_line

    sys.exit(run_command_line(sys.argv[1:]))
