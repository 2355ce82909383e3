"""What is wrong with a scenario file, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and list positions from the top of a scenario, such as `("ground", "stations", 0, "name")`."""

_N_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a piece of a scenario was written: a file with line and column from 1, or a command-line override."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: where, what, and what to write instead."""

    place: Place
    path: KeyPath = ()
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        key = f"{path_text(self.path)}: " if self.path else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.place}: {key}{self.what}{remedy}"


class ScenarioError(ValueError):
    """A scenario that cannot be used; `problems` lists everything found wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        shown = [str(problem) for problem in self.problems[:_N_SHOWN]]
        if len(self.problems) > _N_SHOWN:
            shown.append(f"... and {len(self.problems) - _N_SHOWN} more")
        super().__init__("\n".join(shown))


class UnfitScenarioError(ValueError):
    """Keys that are seen not to fit when the world is built; the message names key, value and remedy."""


def path_text(path: KeyPath) -> str:
    """Return a key path as people write it, such as `ground.stations[0].name`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
