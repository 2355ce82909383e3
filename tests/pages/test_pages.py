"""Pages of docs/ say what the code does."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
import yaml

from scenarios.build import build_world
from scenarios.cli.entry import run_command_line
from scenarios.cli.exchange_commands import FORMATS
from scenarios.config import LIBRARY_FOLDER, Scenario, library_names, scenario_from_text
from simulator.orbits.exchange.reference_frames import WRITTEN_FRAMES
from tests.pages.numbers_of_scenarios import default_numbers, library_numbers
from tests.pages.view_page import PAGE as VIEW_PAGE
from tests.pages.view_page import page_with_rendering

NOT_IN_THE_WHOLE = ("adversity", "fleet", "radiation", "storage")
DOCS = Path(__file__).parents[2] / "docs"
STATES = "satellite,utc,x_teme_m,y_teme_m,z_teme_m\n" + "".join(
    f"A,2026-06-21T00:00:{second:02d}Z,7e6,{second},0\n" for second in range(10)
)
TRACE = "task_id,source,arrival_s,deadline_s,input_bits,result_bits,work_s\n0,0,1,100,1e6,1e6,10\n"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the pages name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "satellites.csv").write_text((LIBRARY_FOLDER / "synthetic-24.csv").read_text())
    (tmp_path / "states.oem").write_text(STATES)
    (tmp_path / "tasks.csv").write_text(TRACE)
    return tmp_path


def scenario_of(sections: dict[str, object], folder: Path) -> Scenario:
    return scenario_from_text(yaml.safe_dump(sections, sort_keys=False), source="page", folder=folder)


def test_the_parts_of_a_scenario_make_one_and_others_may_take_their_place(here):
    whole: dict[str, object] = {}
    others: list[dict[str, object]] = []
    for block in blocks("scenarios.md", "yaml"):
        part = yaml.safe_load(block.replace("2026-06-21T00:00:00Z", "'2026-06-21T00:00:00Z'"))
        is_other = set(part) & {*whole, *NOT_IN_THE_WHOLE}
        others.append(part) if is_other else whole.update(part)
    scenario = scenario_of(whole, here)
    world, _ = build_world(scenario)
    assert world.positions.n_sats == 12
    assert len(others) >= 10
    for other in others:
        scenario_of(whole | other, here)


def test_every_section_of_a_scenario_is_told():
    text = (DOCS / "scenarios.md").read_text()
    missing = [name for name in Scenario.model_fields if not re.search(rf"`{name}`|^{name}:", text, re.MULTILINE)]
    assert missing == [], "add them to docs/scenarios.md, with a snippet"


@pytest.mark.parametrize("page", ["scenarios.md", "view.md"])
def test_commands_of_the_page_run(here, page):
    for block in blocks(page, "python"):
        (here / "my_module.py").write_text(block)
    for line in "".join(blocks(page, "console")).splitlines():
        program, *arguments = shlex.split(line)
        assert program == "sunwise"
        assert run_command_line(arguments) == 0, line


def test_the_view_is_all_told():
    assert VIEW_PAGE.read_text() == page_with_rendering(VIEW_PAGE.read_text()), "run python -m tests.pages"


@cache
def rows_of_sources() -> list[tuple[set[str], set[float]]]:
    """Keys and values of each row."""
    rows = []
    for line in (DOCS / "sources.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            values = {float(number) for number in re.findall(r"-?\d[\d.]*(?:e[+-]?\d+)?", cells[1])}
            rows.append((set(re.findall(r"`([^`]+)`", cells[0])), values))
            assert cells[2], line
    return rows


def is_told(path: str, value: float) -> bool:
    return any(path in keys and value in values for keys, values in rows_of_sources())


def test_every_default_has_a_source():
    untold = [f"| `{path}` | {value:g} |" for path, value in default_numbers().items() if not is_told(path, value)]
    assert untold == [], "add them to docs/sources.md, each with where it comes from"


def test_every_number_of_the_library_has_a_source():
    """On the page, by its key or by its scenario, or where it stands: a comment on its line, or above the scenario."""
    made_up = {key for keys, _ in rows_of_sources() for key in keys} & set(library_names())
    untold = [n for n in library_numbers() if not n.has_comment and not is_told(n.path, n.value)]
    untold = [n for n in untold if n.scenario not in made_up]
    told = [f"{n.scenario}: {n.path} {n.value:g}" for n in untold]
    assert told == [], "say where they come from, in a comment on the line or in docs/sources.md"


def test_no_source_is_left_of_a_number_that_is_gone():
    known = {*default_numbers(), *(number.path for number in library_numbers()), *library_names(), "ground.stations"}
    assert {key for keys, _ in rows_of_sources() for key in keys} - known == set()


def test_the_page_of_exchange_names_every_format_and_frame():
    text = (DOCS / "exchange.md").read_text()
    assert [name for name in (*FORMATS, *WRITTEN_FRAMES) if name.upper() not in text.upper()] == []
