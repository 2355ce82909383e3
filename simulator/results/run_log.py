"""The log of a run as JSON lines."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from simulator.results.files import part_of


class RunLogHandler(logging.Handler):
    """Writes each log record as one JSON line: `utc`, `level`, `logger`, `message`.

    The file stays under a temporary name (`path`) until the run publishes it. Results never travel this way.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = part_of(path)
        self._file = self.path.open("w", encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; an error of the disk ends the run like any other."""
        if self._file.closed:
            return
        line = {
            "utc": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        try:
            self._file.close()
        finally:
            super().close()
