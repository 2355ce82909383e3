"""The folder of a campaign: trials in pieces while it runs, whole tables when it is done; nothing is ever half a file.

```
<folder>/<key>/   pieces/*.parquet  costs.json  trials.parquet  single_bits.parquet  campaign.json  done.json
```
`done.json` holds the SHA-256 of every other file and is written last. Pieces stay until then: the next run of the same
campaign goes on behind them.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.results import DamagedRunError, file_sha256
from simulator.results.files import json_bytes, write_durably

_DONE: Final = "done.json"
_COSTS: Final = "costs.json"
_CAMPAIGN: Final = "campaign.json"
_LOCK: Final = ".lock"
_PIECES: Final = "pieces"
_ROW_GROUP_ROWS: Final = 65_536


class CampaignFolder:
    """A campaign on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing this campaign; wait for one that does."""
        (self.path / _PIECES).mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @property
    def is_finished(self) -> bool:
        """Whether all trials are there.

        Raises
        ------
        DamagedRunError
            If a file of a finished campaign is missing or was changed.
        """
        done = self.path / _DONE
        if not done.exists():
            return False
        for name, expected in json.loads(done.read_bytes())["files"].items():
            file = self.path / name
            if not file.is_file() or file_sha256(file) != expected:
                raise DamagedRunError(f"{file} is missing or was changed; delete the folder {self.path} and run again")
        return True

    def piece(self, name: str) -> Path:
        """Return where a piece lies, or will lie."""
        return self.path / _PIECES / f"{name}.parquet"

    def merge(self, table: str, schema: pa.Schema, names: Sequence[str]) -> None:
        """Write a table from its pieces in the order of their names; equal rows give equal bytes."""
        whole = pa.concat_tables([pq.read_table(self.piece(name)) for name in names])
        columns = [
            column.cast(pa.string()).combine_chunks().dictionary_encode()
            if pa.types.is_dictionary(column.type)
            else column.combine_chunks()
            for column in whole.columns
        ]
        write_table(self.path / f"{table}.parquet", pa.Table.from_arrays(columns, schema=schema))

    def table(self, name: str) -> pa.Table | None:
        """Return a table, None if the campaign has none of that name."""
        path = self.path / f"{name}.parquet"
        return pq.read_table(path) if path.exists() else None

    def costs(self) -> dict[str, Any]:
        """Return what was measured so far, by protection."""
        path = self.path / _COSTS
        return dict(json.loads(path.read_bytes())) if path.exists() else {}

    def write_costs(self, costs: Mapping[str, Any]) -> None:
        """Keep what was measured."""
        write_durably(self.path / _COSTS, json_bytes(costs))

    def finish(self, description: Mapping[str, Any]) -> None:
        """Say what the campaign was, mark it as finished and remove the pieces."""
        write_durably(self.path / _CAMPAIGN, json_bytes(description))
        names = sorted(entry.name for entry in self.path.iterdir() if entry.is_file() and entry.name != _LOCK)
        hashes = {name: file_sha256(self.path / name) for name in names}
        write_durably(self.path / _DONE, json_bytes({"files": hashes}))
        shutil.rmtree(self.path / _PIECES)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet, whole or not at all."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", row_group_size=_ROW_GROUP_ROWS)
    write_durably(path, buffer.getvalue())


def is_whole(path: Path, n_rows: int) -> bool:
    """Return whether a piece is there with all its rows."""
    if not path.exists():
        return False
    try:
        return int(pq.read_metadata(path).num_rows) == n_rows
    except (pa.ArrowInvalid, OSError):
        return False
