"""The part of docs/view.md that is rendered from `simulator.records`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from simulator import records

PAGE = Path(__file__).parents[2] / "docs" / "view.md"
BEGIN = "<!-- from here on rendered by: python -m tests.pages -->\n"
WHAT_COMES_IN = ("Task", "Contact", "ProcessorMode", "Outcome")
WHAT_GOES_OUT = ("Run", "Revision", "Forward", "ToGround", "Hold", "Split", "Drop", "Signalling")


def page_with_rendering(text: str) -> str:
    """Return the page with what is rendered written anew."""
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + "\n".join(rendered_lines()) + "\n"


def rendered_lines() -> Iterator[str]:
    """Give the lines below the mark."""
    yield "## The view"
    yield ""
    yield _text(records.View)
    for title, names in _groups():
        yield from ("", f"| {title} | |", "|---|---|")
        yield from (f"| `{_call(records.View, name)}` | {_text(_function(records.View, name))} |" for name in names)
    yield from _classes("What else it is handed", WHAT_COMES_IN)
    yield from _classes("What it may answer, and tell", WHAT_GOES_OUT)
    yield from ("", "## What it may override", "", "| method of `Scheduler` | |", "|---|---|")
    for name in _public(records.Scheduler):
        if callable(vars(records.Scheduler)[name]):
            yield f"| `{_call(records.Scheduler, name)}` | {_text(vars(records.Scheduler)[name])} |"


def _classes(title: str, names: tuple[str, ...]) -> Iterator[str]:
    yield from ("", f"## {title}", "", "| | |", "|---|---|")
    for name in names:
        kind = getattr(records, name)
        yield f"| `{name}({', '.join(_parameters(kind))})` | {_text(kind)} |"


def _groups() -> Iterator[tuple[str, list[str]]]:
    """Give the members of the view under the comments that part them."""
    title, names = "now and the fleet", list[str]()
    for line in map(str.strip, inspect.getsource(records.View).splitlines()):
        if line.startswith("# "):
            yield title, names
            title, names = line.removeprefix("# "), []
        elif line.startswith("def "):
            names.append(line.removeprefix("def ").partition("(")[0])
    yield title, names


def _public(kind: type) -> list[str]:
    return [name for name in vars(kind) if not name.startswith("_")]


def _function(kind: type, name: str) -> object:
    member = vars(kind)[name]
    return member.fget if isinstance(member, property) else member


def _call(kind: type, name: str) -> str:
    member = vars(kind)[name]
    return name if isinstance(member, property) else f"{name}({', '.join(_parameters(member))})"


def _parameters(called: object) -> list[str]:
    assert callable(called)
    parameters = [p for p in inspect.signature(called).parameters.values() if p.name != "self"]
    return [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters]


def _text(documented: object) -> str:
    text = inspect.getdoc(documented) or ""
    return " ".join(text.partition("\n\nRaises")[0].split())
