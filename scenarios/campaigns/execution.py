"""Running a campaign: found finished, or its missing pieces run in worker processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from onboard_models.campaign import Trials, run_trials
from onboard_models.campaign.strata import SingleBitTrials
from onboard_models.subject import Subject
from scenarios.campaigns.costs import measured_speed
from scenarios.campaigns.folder import CampaignFolder, is_whole, write_table
from scenarios.campaigns.request import Condition, Request
from scenarios.campaigns.source import Network, Source, load
from scenarios.campaigns.subjects import NONE, protection_files, subject_of
from scenarios.campaigns.tables import SINGLE_BITS, TRIALS, single_bit_rows, trial_rows
from scenarios.workers import Failure, Job, run_jobs
from simulator.results import code_version, file_sha256, run_key

Progress = Callable[[float], None]

_NUMBERS_OF_PIECE: Final = 2e7
"""Numbers of images that run through the network in one piece: seconds of work, lost at worst when interrupted."""
_MOST_TRIALS_OF_PIECE: Final = 200
_TIMING_BUDGET_S: Final = 1.0
_BATCHES: Final = (1, 16)
_SCHEMAS: Final = {"trials": TRIALS, "single_bits": SINGLE_BITS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A finished campaign."""

    request: Request
    folder: CampaignFolder
    costs: Mapping[str, Any]
    was_reused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Trials that one worker runs and writes."""

    name: str
    path: Path
    source: Source
    protection: str
    condition: Condition
    first: int
    end: int


def campaign_key(request: Request) -> str:
    """Return the name of a campaign: a hash over all that its tables depend on."""
    network = load(request.source)
    hashes = dict(network.digests)
    for protection in request.protections:
        hashes |= {f"{protection} {name}": file_sha256(path) for name, path in protection_files(protection).items()}
    return run_key(f"campaign\n{network.name}\n{request.text()}", hashes, code_version())


def run_campaign(request: Request, *, folder: Path, n_workers: int, progress: Progress) -> Campaign:
    """Run a campaign, or go on with one that was interrupted, or return one that is finished.

    Parameters
    ----------
    request : Request
    folder : each campaign is a folder in it
    n_workers : processes; results do not depend on it
    progress : called with the finished share

    Raises
    ------
    ValueError
        If a protection or a file is none, or a trial fails.
    OSError
        If the folder cannot be written.
    """
    held = CampaignFolder(folder / campaign_key(request))
    if held.is_finished:
        return Campaign(request=request, folder=held, costs=held.costs(), was_reused=True)
    with held.locked():
        costs = _measured(request, held)
        conditions = request.conditions(costs[NONE]["n_bits"])
        pieces = [piece for condition in conditions for piece in _pieces(request, condition, held)]
        _run([piece for piece in pieces if not is_whole(piece.path, piece.end - piece.first)], n_workers, progress)
        for table, schema in _SCHEMAS.items():
            names = [piece.name for piece in pieces if piece.condition.table == table]
            if names:
                held.merge(table, schema, names)
        held.finish({"request": request.text(), "digests": load(request.source).digests})
    return Campaign(request=request, folder=held, costs=costs, was_reused=False)


def _measured(request: Request, held: CampaignFolder) -> dict[str, Any]:
    """Return size and speed under each protection, what is known already included."""
    costs = held.costs()
    for protection in dict.fromkeys((NONE, *request.protections)):
        if protection not in costs:
            costs[protection] = _costs(request.source, protection)
            held.write_costs(costs)
    return costs


def _costs(source: Source, protection: str) -> dict[str, Any]:
    network, reference = load(source), subject_of(source, NONE)
    subject = subject_of(source, protection)
    speeds = {
        f"batch{batch}": asdict(
            measured_speed(subject, reference, network.images.x, batch=batch, budget_s=_TIMING_BUDGET_S)
        )
        for batch in _BATCHES
        if network.n_fixed in (0, batch)
    }
    return {"n_bits": subject.image.n_bits, "clean_accuracy": _clean_accuracy(network, subject), "speeds": speeds}


def _clean_accuracy(network: Network, subject: Subject) -> float:
    starts = range(0, len(network.images.x), network.n_rows)
    parts = [subject.clean_answers(network.images.x[start : start + network.n_rows]).label for start in starts]
    return float(np.mean(np.concatenate(parts) == network.images.y))


def _pieces(request: Request, condition: Condition, held: CampaignFolder) -> Iterator[_Piece]:
    images = load(request.source).images
    size = int(min(max(1, _NUMBERS_OF_PIECE // images.x.size), _MOST_TRIALS_OF_PIECE))
    for i_protection, protection in enumerate(request.protections):
        n_trials = condition.plan.on(subject_of(request.source, protection).image).n_trials
        for first in range(0, n_trials, size):
            name = f"{_slug(condition.name)}-{i_protection:02d}-{first:07d}"
            yield _Piece(
                name=name,
                path=held.piece(name),
                source=request.source,
                protection=protection,
                condition=condition,
                first=first,
                end=min(first + size, n_trials),
            )


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _run(pieces: Sequence[_Piece], n_workers: int, progress: Progress) -> None:
    if n_workers == 1 or len(pieces) == 1:
        for i, piece in enumerate(pieces):
            _run_piece(piece, partial(_report, progress, i, len(pieces)))
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores already
    jobs = [Job(call=partial(_run_piece, piece), estimated_cpu_s=float(piece.end - piece.first)) for piece in pieces]
    failures = [result for result in run_jobs(jobs, n_workers=n_workers, progress=progress) if result is not None]
    if failures:
        raise ValueError(f"{len(failures)} of {len(pieces)} pieces failed; the first: {failures[0].message}")


def _report(progress: Progress, i_piece: int, n_pieces: int, share: float) -> None:
    progress((i_piece + share) / n_pieces)


def _run_piece(piece: _Piece, report: Progress) -> Failure | None:
    network, subject = load(piece.source), subject_of(piece.source, piece.protection)
    trials: Trials = piece.condition.plan.on(subject.image)
    outcomes = run_trials(
        subject,
        network.images,
        trials,
        range(piece.first, piece.end),
        n_rows=network.n_rows,
        on_trial=report,
    )
    if isinstance(trials, SingleBitTrials):
        rows = single_bit_rows(piece.condition.name, piece.protection, outcomes, trials, subject.image)
    else:
        rows = trial_rows(piece.condition.name, piece.protection, outcomes)
    write_table(piece.path, rows)
    return None
