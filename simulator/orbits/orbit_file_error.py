"""What is wrong with an orbit file, told all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MOST_PROBLEMS_TOLD: Final = 20
_LONGEST_QUOTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """One thing wrong: where (`line` 0 for the whole file), what, and what to write instead."""

    line: int
    field: str
    wrong: str
    remedy: str

    def text(self, path: str) -> str:
        """Return `path:line: field: what is wrong; what to write instead`."""
        place = f"{path}:{self.line}" if self.line else path
        return f"{place}: {self.field}: {self.wrong}; {self.remedy}"


class OrbitFileError(ValueError):
    """An orbit file that cannot be used; the message lists its problems, the first 20 of them."""

    def __init__(self, path: str, problems: tuple[FileProblem, ...]) -> None:
        self.path = path
        self.problems = problems
        lines = [problem.text(path) for problem in problems[:MOST_PROBLEMS_TOLD]]
        if len(problems) > MOST_PROBLEMS_TOLD:
            lines.append(f"{path}: and {len(problems) - MOST_PROBLEMS_TOLD} more")
        super().__init__("\n".join(lines))


@dataclass(slots=True, kw_only=True)
class ProblemList:
    """Problems of one file as they are found."""

    path: Path
    problems: list[FileProblem] = field(default_factory=list)

    def add(self, line: int, name: str, wrong: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(FileProblem(line=line, field=name, wrong=wrong, remedy=remedy))

    def raise_if_any(self) -> None:
        """Raise `OrbitFileError` with everything noted, in order of the line."""
        if self.problems:
            in_order = sorted(self.problems, key=lambda problem: problem.line)
            raise OrbitFileError(str(self.path), tuple(in_order))


def quoted(text: object) -> str:
    """Return a short quotation of what was found."""
    found = str(text)
    return repr(found if len(found) <= _LONGEST_QUOTE else found[:_LONGEST_QUOTE] + "...")
