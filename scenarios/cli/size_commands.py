"""`size`: the search for the smallest battery or array, and its table of runs."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of
from scenarios.cli.run_commands import scheduler_list
from scenarios.cli.tables import captioned_table
from scenarios.config import Scenario, ScenarioError, load_scenario
from scenarios.sized_groups import Varied, varied_key
from scenarios.sizing import UNITS, NoSizeError, SizeRequest, SizeSearch, Try, find_size


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSize:
    """The options of `size` as they were typed."""

    scenario: str
    overrides: tuple[str, ...]
    scheduler: str | None
    vary: str
    group: str | None
    max_depth: float
    min_on_time: float | None
    tolerance: float
    runs: Path
    as_json: bool


def size(asked: AskedSize) -> None:
    """Search, and print the runs and the answer.

    Raises
    ------
    CommandError
        If no size keeps the limits; the runs are printed before.
    """
    request = _request(asked)
    try:
        key, start = varied_key(lambda *more: _load(asked, *more), request.vary, request.group)
    except ValueError as error:
        if isinstance(error, ScenarioError):
            raise
        raise CommandError(str(error), ExitCode.USAGE) from error
    unit = UNITS[request.vary]
    if start <= 0.0:
        raise CommandError(f"{key} = {start:g}: begin with a size above 0, as --set {key}=100", ExitCode.USAGE)
    search, best, refusal = SizeSearch(), None, None
    with progress_of(f"size of the {request.vary}") as progress:

        def told(number: int, value: float, done: float) -> None:
            if done == 0.0 or done == 1.0:
                note(f"run {number}: {value:g} {unit}{'' if done == 0.0 else ', done'}")
            progress(_share_done(search, request, done))

        try:
            best = find_size(
                lambda value: _load(asked, f"{key}={value!r}"),
                start,
                request,
                runs_folder=asked.runs,
                progress=told,
                search=search,
            )
        except NoSizeError as error:
            refusal = error
    if asked.as_json:
        print_json(_document(asked, key, request, search, best, refusal))
    elif search.tries:
        result_console().print(_table(asked, key, request, search, best))
    if refusal is not None:
        raise CommandError(str(refusal), ExitCode.RUN_FAILED)


def _request(asked: AskedSize) -> SizeRequest:
    if asked.vary not in UNITS:
        raise CommandError(f"--vary {asked.vary}: write battery or array", ExitCode.USAGE)
    vary: Varied = "battery" if asked.vary == "battery" else "array"
    return SizeRequest(
        vary=vary,
        max_depth=asked.max_depth,
        min_on_time=asked.min_on_time,
        tolerance=asked.tolerance,
        group=asked.group,
    )


def _load(asked: AskedSize, *more: str) -> Scenario:
    """Return the scenario with the changes asked for, under another scheduler if one is named."""
    scenario = load_scenario(asked.scenario, (*asked.overrides, *more))
    if asked.scheduler is None:
        return scenario
    (name,) = scheduler_list(asked.scheduler)
    return scenario.with_scheduler(name)


def _share_done(search: SizeSearch, request: SizeRequest, done: float) -> float:
    """Return a guess of how far the search has come: about three runs to a bracket, then a step per halving."""
    n_runs = len(search.tries) + done
    if math.isinf(search.bracket_ratio):
        return min(0.1 * n_runs, 0.5)
    left = max(0.0, math.log2(math.log(search.bracket_ratio) / math.log1p(request.tolerance)))
    return n_runs / (n_runs + left + 1.0)


def _document(
    asked: AskedSize,
    key: str,
    request: SizeRequest,
    search: SizeSearch,
    best: Try | None,
    refusal: NoSizeError | None,
) -> dict[str, Any]:
    rows = [{**dataclasses.asdict(one), "folder": str(one.folder)} for one in search.tries]
    return {
        "scenario": asked.scenario,
        **dataclasses.asdict(request),
        "key": key,
        "unit": UNITS[request.vary],
        "best": None if best is None else best.value,
        "refusal": None if refusal is None else str(refusal),
        "tries": rows,
    }


def _table(asked: AskedSize, key: str, request: SizeRequest, search: SizeSearch, best: Try | None) -> Table:
    """Return a row per run, in order of size."""
    unit = UNITS[request.vary]
    whose = "" if request.group is None else f" of {request.group}"
    limits = f"depth of discharge{whose} at most {request.max_depth:g}"
    if request.min_on_time is not None:
        limits += f", {request.min_on_time:.1%} on time"
    answer = ""
    if best is not None:
        answer = f"smallest {request.vary} that keeps it: {best.value:g} {unit} ({key}), "
        answer += f"at most {request.tolerance:.2%} above the least; run {best.folder}"
    table = captioned_table(f"{asked.scenario}: {limits}", answer)
    table.columns[0].header = f"{request.vary} [{unit}]"
    for heading in ("max DoD", "on time", "brown-outs", "keeps"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in sorted(search.tries, key=lambda one: one.value):
        on_time = "-" if math.isnan(one.share_on_time) else f"{one.share_on_time:.2%}"
        kept = "yes" if one.keeps else "no" if one.shortage is None else "no: drains"
        table.add_row(f"{one.value:g}", f"{one.max_depth:.4f}", on_time, str(one.n_brown_outs), kept)
    return table
