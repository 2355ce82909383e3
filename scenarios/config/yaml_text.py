"""YAML text into plain dicts, lists and scalars, with the line and column of every key and value.

A scenario is data, never a program: anchors, aliases, tags, several documents, repeated keys and anything too
large, too deep or not text are refused. Built on parser events, so nothing is ever constructed or expanded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from scenarios.config.problems import KeyPath, Place, Problem, ScenarioError
from scenarios.config.yaml_scalars import scalar_value

Tree: TypeAlias = Any
"""A scalar, or a dict or list of trees."""

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_NODES: Final = 1_000_000
_MAX_PROBLEMS: Final = 1000
_Parser: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True, kw_only=True)
class Document:
    """A parsed text: its tree, and where each key and each value stands."""

    source: str
    tree: Tree = None
    key_places: dict[KeyPath, Place] = field(default_factory=dict)
    value_places: dict[KeyPath, Place] = field(default_factory=dict)

    def place_of(self, path: KeyPath, *, prefer_key: bool = False) -> Place:
        """Return where a path stands, or the nearest thing above it that was written."""
        tables = (self.key_places, self.value_places) if prefer_key else (self.value_places, self.key_places)
        for n_parts in range(len(path), -1, -1):
            for table in tables:
                if path[:n_parts] in table:
                    return table[path[:n_parts]]
        return Place(source=self.source, line=1, column=1)


def read_document(content: bytes, source: str) -> Document:
    """Parse the bytes of a scenario file.

    Raises
    ------
    ScenarioError
        With every refused construct at once; a syntax error or an exceeded limit ends the reading.
    """
    builder = _Builder(source)
    text = _decoded(content, source)
    try:
        for event in yaml.parse(text, Loader=_Parser):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise ScenarioError([*builder.problems, _syntax_problem(error, source, text)]) from error
    except yaml.YAMLError as error:
        what = f"not readable as YAML ({' '.join(str(error).split())})"
        raise ScenarioError([Problem(place=Place(source=source), what=what)]) from error
    if builder.problems:
        raise ScenarioError(builder.problems)
    if not isinstance(builder.document.tree, dict):
        place = builder.document.place_of(())
        what = "the file is empty" if builder.document.tree is None else "the file is not a list of `key: value` lines"
        raise ScenarioError(
            [Problem(place=place, what=what, remedy="start from the scenario that `sunwise init` writes")]
        )
    return builder.document


def read_value(text: str, source: str) -> Document:
    """Parse one value given on the command line, by the same rules."""
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=_Parser):
            builder.take(event)
    except yaml.YAMLError as error:
        what = f"the value is not readable as YAML (got {text!r})"
        raise ScenarioError([Problem(place=Place(source=source), what=what, remedy="quote it")]) from error
    if builder.problems:
        raise ScenarioError(builder.problems)
    return builder.document


def _decoded(content: bytes, source: str) -> str:
    """Return the text of a file, refusing what is no text."""
    place = Place(source=source, line=1, column=1)
    remedy = "a scenario is UTF-8 text; start from the one that `sunwise init` writes"
    if len(content) > MAX_BYTES:
        what = f"the file has {len(content)} bytes, more than the {MAX_BYTES} allowed"
        raise ScenarioError([Problem(place=place, what=what, remedy="put long lists of satellites into an orbit file")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        place = Place(source=source, line=line, column=column)
        what = f"not UTF-8 text (byte 0x{content[error.start]:02x})"
        raise ScenarioError([Problem(place=place, what=what, remedy=remedy)]) from error
    for i_character, character in enumerate(text):
        if (character < " " and character not in "\t\n\r") or character == "\x7f":
            line = text.count("\n", 0, i_character) + 1
            column = i_character - (text.rfind("\n", 0, i_character) + 1) + 1
            place = Place(source=source, line=line, column=column)
            what = f"a binary file, not text (character 0x{ord(character):02x})"
            raise ScenarioError([Problem(place=place, what=what, remedy=remedy)])
    return text


def _syntax_problem(error: yaml.MarkedYAMLError, source: str, text: str) -> Problem:
    """Return a syntax error with the remedies that help most often."""
    mark = error.problem_mark or error.context_mark
    told = error.problem or error.context or "syntax error"
    if "end of stream" in told and error.context_mark is not None:  # what was opened, not the end of the file
        mark, told = error.context_mark, f"{told} {error.context}".strip()
    place = Place(source=source, line=mark.line + 1, column=mark.column + 1) if mark else Place(source=source)
    if "\\t" in told or "tab" in told or _is_tab(text, mark):
        remedy = "indent with spaces, not tabs"
    elif "mapping values" in told:
        remedy = "put quotes around a value that holds `: `, and check the indentation"
    else:
        remedy = "check indentation, brackets and quotes just before this place"
    return Problem(place=place, what=f"YAML syntax: {told}", remedy=remedy)


def _is_tab(text: str, mark: Any) -> bool:
    """Return whether a syntax error stands at a tab."""
    lines = text.splitlines()
    return mark is not None and mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t"


@dataclass(slots=True)
class _Open:
    """A list or section being read; `key` is the key whose value comes next."""

    container: dict[str, Tree] | list[Tree]
    path: KeyPath
    key: str | None = None
    is_repeated: bool = False


class _Builder:
    """Turns parser events into a tree; recursion-free, so depth costs nothing."""

    def __init__(self, source: str) -> None:
        self.document = Document(source=source)
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._n_nodes = 0
        self._n_documents = 0

    def take(self, event: yaml.Event) -> None:
        """Account for one event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._n_documents += 1
            if self._n_documents > 1:
                self._stop(event, "a second document starts here", "keep one scenario per file")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._check_node(event)
            self._take_node(event)

    def _take_node(self, event: yaml.NodeEvent) -> None:
        holder = self._open[-1] if self._open else None
        if holder is not None and isinstance(holder.container, dict) and holder.key is None:
            self._take_key(event, holder)
            return
        path = self._next_path(holder)
        value: Tree = None
        if isinstance(event, yaml.ScalarEvent):
            value = scalar_value(event.value) if event.implicit[0] and not event.style else event.value
        elif isinstance(event, yaml.MappingStartEvent):
            value = {}
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
        self._attach(holder, path, value, event)
        if isinstance(event, yaml.CollectionStartEvent):
            self._open.append(_Open(value, path))
            if len(self._open) > MAX_DEPTH:
                self._stop(event, f"more than {MAX_DEPTH} levels deep", "a scenario needs fewer than ten")

    def _take_key(self, event: yaml.NodeEvent, holder: _Open) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(event, "a key must be plain text", "check brackets and the `?` sign")
        assert isinstance(event, yaml.ScalarEvent)
        holder.key = event.value
        path = (*holder.path, holder.key)
        holder.is_repeated = holder.key in holder.container
        if holder.is_repeated:
            first = self.document.key_places[path]
            self._note(event, f"key given twice, first in line {first.line}", "keep one of the two", path)
        else:
            self.document.key_places[path] = self._place(event)

    def _next_path(self, holder: _Open | None) -> KeyPath:
        if holder is None:
            return ()
        return (*holder.path, len(holder.container) if isinstance(holder.container, list) else holder.key or "")

    def _attach(self, holder: _Open | None, path: KeyPath, value: Tree, event: yaml.NodeEvent) -> None:
        if holder is None:
            self.document.tree = value
        elif isinstance(holder.container, list):
            holder.container.append(value)
        else:
            assert holder.key is not None
            if not holder.is_repeated:
                holder.container[holder.key] = value
            holder.key = None
        self.document.value_places.setdefault(path, self._place(event))

    def _check_node(self, event: yaml.NodeEvent) -> None:
        self._n_nodes += 1
        if self._n_nodes > MAX_NODES:
            self._stop(event, f"more than {MAX_NODES} values", "put long lists of satellites into an orbit file")
        if isinstance(event, yaml.AliasEvent):
            self._note(event, f"an alias (*{event.anchor}) is not allowed", "write the value out")
        elif event.anchor is not None:
            self._note(event, f"an anchor (&{event.anchor}) is not allowed", "write the value out where it is needed")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._note(event, f"a tag ({tag}) is not allowed", "remove it; values are plain text, numbers and lists")

    def _note(self, event: yaml.Event, what: str, remedy: str, path: KeyPath = ()) -> None:
        self.problems.append(Problem(place=self._place(event), path=path, what=what, remedy=remedy))
        if len(self.problems) >= _MAX_PROBLEMS:
            raise ScenarioError(self.problems)

    def _stop(self, event: yaml.Event, what: str, remedy: str) -> None:
        self._note(event, what, remedy)
        raise ScenarioError(self.problems)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None
        return Place(source=self.document.source, line=mark.line + 1, column=mark.column + 1)
