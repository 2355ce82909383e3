"""Files that are either whole or absent: written beside their place, flushed to the disk, then renamed."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PART_SUFFIX: Final = ".part"
"""Ends the name of every file that is still being written."""


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it is whole or absent.

    Raises
    ------
    OSError
        If the disk is full or fails; nothing of the file remains then. A failed flush is never tried again.
    """
    part = part_of(path)
    try:
        with part.open("wb") as file:
            file.write(content)
        publish(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """Return where a file is written before it is published."""
    return path.with_name(path.name + PART_SUFFIX)


def publish(part: Path, path: Path) -> None:
    """Flush a written file to the disk and give it its final name."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def json_bytes(value: Mapping[str, object]) -> bytes:
    """Return a record as JSON: keys sorted, floats by `repr`, nan and infinities as null, one trailing newline."""
    text = json.dumps(_plain(value), sort_keys=True, indent=2, allow_nan=False, ensure_ascii=False)
    return (text + "\n").encode()


def _plain(value: object) -> object:
    """Return a value made of what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return _plain(value.tolist())
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
