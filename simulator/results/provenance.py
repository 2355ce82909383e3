"""What produced a run: the code, the packages beneath it, the machine and the inputs."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SCHEMA_VERSION: Final = 1
"""Version of the run folder and its tables; part of a run's name."""

SEED_SCHEME: Final = "PCG64(SeedSequence(seed, spawn_key=(replication, stream, satellite)))"

_OUR_PACKAGES: Final = ("simulator", "radiation", "schedulers", "onboard_models", "scenarios")
_NOT_IN_RUNS: Final = frozenset({"plots", "library", "examples", "studies", "exports", "cli", "__pycache__"})
"""Folders whose content cannot change a result: figures, commands, and scenarios, which enter by their text."""

_PACKAGES_BENEATH: Final = ("numpy", "onnxruntime", "pyarrow", "pyerfa", "scipy", "sgp4", "simpy", "skyfield")
"""A new release of one of these could change results or their bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a run was asked to do, for its manifest.

    `input_file_hashes` maps each file that the scenario refers to (orbits, traces, models, a scheduler's own module)
    to its SHA-256; `overrides` are the `--set` texts.
    """

    scenario_name: str
    scheduler: str
    seed: int
    input_file_hashes: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()


def run_key(resolved_scenario_text: str, input_file_hashes: Mapping[str, str], code_version: str) -> str:
    """Return the name of a run, 16 hexadecimal digits, from all that its result depends on.

    Parameters
    ----------
    resolved_scenario_text : str
        The scenario with every default filled in, its scheduler and its seed.
    input_file_hashes : mapping
        Name in the scenario to SHA-256, for every file that it refers to.
    code_version : str
        What `code_version()` returned.
    """
    digest = hashlib.sha256()
    _feed(digest, f"sunwise run {SCHEMA_VERSION}", code_version, resolved_scenario_text)
    for name in sorted(input_file_hashes):
        _feed(digest, name, input_file_hashes[name])
    return digest.hexdigest()[:16]


@functools.cache
def code_version() -> str:
    """Return a hash over the installed sources and the versions of the packages beneath them, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, version in sorted(package_versions().items()):
        if name != "sunwise":
            _feed(digest, name, version)
    for package in _OUR_PACKAGES:
        for folder in _package_folders(package):
            for path in _sources(folder):
                _feed(digest, f"{package}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return digest.hexdigest()


def package_versions() -> dict[str, str]:
    """Return the versions of Python, of this project and of the packages that its results rest on."""
    versions = {"python": platform.python_version()}
    for name in ("sunwise", *_PACKAGES_BENEATH):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def git_revision() -> str | None:
    """Return the commit of the sources, with `-dirty` where they differ from it; None outside a checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10.0, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def manifest(key: str, provenance: Provenance, *, start_utc: str, end_utc: str) -> dict[str, object]:
    """Return the record of how a run came about; it names no person, host or path of the machine."""
    return {
        "schema_version": SCHEMA_VERSION,
        "key": key,
        "scenario_name": provenance.scenario_name,
        "scheduler": provenance.scheduler,
        "seed": provenance.seed,
        "seed_scheme": SEED_SCHEME,
        "overrides": list(provenance.overrides),
        "input_file_hashes": dict(provenance.input_file_hashes),
        "code_version": code_version(),
        "git_revision": git_revision(),
        "package_versions": package_versions(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "n_cpus": os.cpu_count(),
        "byte_order": sys.byteorder,
        "start_utc": start_utc,
        "end_utc": end_utc,
    }


def _feed(digest: hashlib._Hash, *parts: str | bytes) -> None:
    """Add parts with their lengths, so that no two sequences of parts look alike."""
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(f"{len(content)}:".encode())
        digest.update(content)


def _package_folders(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return []
    return sorted(Path(location) for location in spec.submodule_search_locations)


def _sources(folder: Path) -> Iterator[Path]:
    """Yield the files of a package that can change a result, in a fixed order."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not _NOT_IN_RUNS.intersection(inside.parts) and not path.name.startswith("."):
            yield path
