"""The folder of a run: begun, filled and finished so that a crash at any moment leaves either a whole result or none.

```
runs/<key>/   manifest.json  scenario.yaml  summary.json  log.jsonl  <table>.parquet ...  done.json
```
`done.json` holds the SHA-256 of every other file and is written last. A folder without it is not a result: the next
run of the same key sweeps it and starts again. `.lock` is there only while a run is being written.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import re
import shutil
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from simulator.results.files import file_sha256, fsync_folder, json_bytes, publish, write_durably
from simulator.results.provenance import Provenance, manifest
from simulator.results.run_log import RunLogHandler
from simulator.results.tables import schema_of
from simulator.results.writer import TableWriter

DONE_NAME: Final = "done.json"
_LOCK_NAME: Final = ".lock"
_KEY: Final = re.compile(r"[0-9a-f]{16}")

_log = logging.getLogger(__name__)


class DamagedRunError(ValueError):
    """A finished run whose files are not those that were written."""


class RunsFolderError(OSError):
    """A folder of runs in which no run can be begun; the message names it."""


class RunFolder:
    """A run on the disk: finished, to be read; or fresh, to be written inside a `with` block.

    Leaving the block of a fresh run without `finish` (an error, Ctrl-C, a full disk) removes what was written. A Ctrl-C
    that comes when `finish` has written the last file leaves the run finished.
    """

    def __init__(self, path: Path, lock: int | None) -> None:
        self.path = path
        self._lock = lock
        self._tables: list[TableWriter] = []
        self._start_utc = _utc_now()
        self._log_handler = None if lock is None else RunLogHandler(path / "log.jsonl")

    @property
    def key(self) -> str:
        """Name of the run."""
        return self.path.name

    @property
    def is_finished(self) -> bool:
        """Whether the folder holds a whole result."""
        return self._lock is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_finished:
            return
        if (self.path / DONE_NAME).exists() and not isinstance(error, OSError):
            self._let_go()  # Ctrl-C came when all was written
        else:
            self._abandon()

    def log_handler(self) -> logging.Handler:
        """Return the handler that writes log records to `log.jsonl`, to be added to a logger by the caller."""
        self._refuse_if_finished("log")
        assert self._log_handler is not None
        return self._log_handler

    def table(self, name: str, sections: Collection[str] = ()) -> TableWriter:
        """Return a writer for one table of `simulator.results.tables`; `finish` closes it if the caller has not.

        `sections` are those of the scenario, some of which add columns. A table that was closed may be written anew;
        the old file stays until the new one is closed.
        """
        self._refuse_if_finished(name)
        writer = TableWriter(self.path / f"{name}.parquet", schema_of(name, sections))
        self._tables.append(writer)
        return writer

    def close_tables(self) -> None:
        """Close every table, so that a summary can be read from them."""
        for writer in self._tables:
            writer.close()

    def write_scenario(self, resolved_text: str) -> None:
        """Write `scenario.yaml`, the scenario with every default filled in."""
        self._refuse_if_finished("scenario.yaml")
        write_durably(self.path / "scenario.yaml", resolved_text.encode())

    def write_summary(self, summary: Mapping[str, object]) -> None:
        """Write `summary.json`: keys sorted, floats by `repr`, nan as null."""
        self._refuse_if_finished("summary.json")
        write_durably(self.path / "summary.json", json_bytes(summary))

    def finish(self, provenance: Provenance) -> None:
        """Close the tables, write the manifest, and mark the run as finished.

        Raises
        ------
        OSError
            If the disk is full or fails; the run is not finished then.
        """
        self._refuse_if_finished(DONE_NAME)
        self.close_tables()
        self._close_log()
        record = manifest(self.key, provenance, start_utc=self._start_utc, end_utc=_utc_now())
        write_durably(self.path / "manifest.json", json_bytes(record))
        names = sorted(entry.name for entry in self.path.iterdir() if entry.name != _LOCK_NAME)
        hashes = {name: file_sha256(self.path / name) for name in names}
        write_durably(self.path / DONE_NAME, json_bytes({"key": self.key, "files": hashes}))
        self._let_go()

    def _let_go(self) -> None:
        """Unlock a run that is whole; nothing takes it back from here on."""
        lock, self._lock = self._lock, None
        assert lock is not None
        _let_go(lock, self.path)

    def _refuse_if_finished(self, what: str) -> None:
        if self.is_finished:
            raise ValueError(f"run {self.key} is finished: {what} cannot be written again")

    def _close_log(self) -> None:
        assert self._log_handler is not None
        self._log_handler.close()
        publish(self._log_handler.path, self.path / "log.jsonl")

    def _abandon(self) -> None:
        """Remove what an unfinished run has written, then the folder itself if nobody waits for it."""
        for writer in self._tables:
            writer.abandon()
        if self._log_handler is not None:
            with contextlib.suppress(OSError):  # a full disk can refuse the last lines of a log that is removed next
                self._log_handler.close()
        assert self._lock is not None
        _give_up(self._lock, self.path)
        self._lock = None


def open_run(runs_folder: Path, key: str) -> RunFolder:
    """Return the run of that name: finished if there is a whole result, else fresh, swept and locked.

    If another process is writing the run, this waits for it; its result is used if it finishes, and the run starts
    again if it does not.

    Raises
    ------
    DamagedRunError
        If the run is finished but a file is missing or differs from what was written.
    ValueError
        If `key` is not 16 hexadecimal digits.
    RunsFolderError
        If the folder cannot be made or written.
    """
    if _KEY.fullmatch(key) is None:
        raise ValueError(f"key = {key!r}: a run is named by 16 hexadecimal digits, as run_key returns")
    path = runs_folder / key
    if (path / DONE_NAME).exists():
        with contextlib.suppress(OSError):  # left by a crash after the end; a read-only folder may keep it
            (path / _LOCK_NAME).unlink(missing_ok=True)
        return finished_run(path)
    try:
        lock = _acquire(path)
    except OSError as error:
        raise RunsFolderError(f"no run can be written to {runs_folder} ({error.strerror})") from error
    try:
        if not (path / DONE_NAME).exists():
            _sweep(path)
            fsync_folder(runs_folder)
            return RunFolder(path, lock)
    except BaseException:
        _give_up(lock, path)
        raise
    _let_go(lock, path)
    return finished_run(path)


def finished_run(path: Path) -> RunFolder:
    """Return a finished run after comparing every file with its hash.

    Raises
    ------
    DamagedRunError
        If it is not finished, or a file is missing or differs; the message names the file and the remedy.
    """
    try:
        record = json.loads((path / DONE_NAME).read_bytes())
        hashes = dict(record["files"])
    except FileNotFoundError as error:
        raise DamagedRunError(f"{path}: not a finished run (no {DONE_NAME}); run its scenario again") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedRunError(_damage(path / DONE_NAME, "is not readable")) from error
    for name, expected in hashes.items():
        file = path / name
        if not file.is_file():
            raise DamagedRunError(_damage(file, "is missing"))
        if file_sha256(file) != expected:
            raise DamagedRunError(_damage(file, "is not the file that the run wrote"))
    return RunFolder(path, None)


def _damage(file: Path, what: str) -> str:
    return f"{file} {what}; delete the folder {file.parent} and run again"


def _acquire(path: Path) -> int:
    """Return the descriptor of the locked lock file of a run; waits while another process holds it."""
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            lock = os.open(path / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:  # the folder was removed since mkdir
            continue
        try:
            _lock_or_wait(lock, path.name)
            if _is_same_file(lock, path / _LOCK_NAME):
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)  # who held it has removed it: try again on the file that is there now


def _let_go(lock: int, path: Path) -> None:
    """Remove a lock file, then unlock it, in this order: who waits on it sees that it has gone."""
    (path / _LOCK_NAME).unlink(missing_ok=True)
    os.close(lock)


def _lock_or_wait(lock: int, key: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _log.info("run %s is being written by another process; waiting for it", key)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _give_up(lock: int, path: Path) -> None:
    """Empty the folder of an unfinished run, unlock it, and remove it if nobody who waited has begun to write."""
    try:
        _sweep(path)
    finally:
        _let_go(lock, path)
    with contextlib.suppress(OSError):
        path.rmdir()


def _is_same_file(descriptor: int, path: Path) -> bool:
    """Whether a path still leads to an open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sweep(path: Path) -> None:
    """Remove everything but the lock from the folder of an unfinished run, first what could make it look finished."""
    (path / DONE_NAME).unlink(missing_ok=True)
    for entry in path.iterdir():
        if entry.name == _LOCK_NAME:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
