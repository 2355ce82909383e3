"""Names of schedulers: those that ship, or `package.module:Class` of a user."""

from __future__ import annotations

import difflib
import re

_CLASS_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def scheduler_names() -> tuple[str, ...]:
    """Return the names of the schedulers that ship, in their order of presentation."""
    from schedulers import SCHEDULERS

    return tuple(SCHEDULERS)


def scheduler_problem(name: str) -> tuple[str, str] | None:
    """Return what is wrong with a scheduler name and the remedy; None if nothing.

    A `package.module:Class` is checked for its form only: checking a file must not run a user's code.
    """
    names = scheduler_names()
    if name in names or _CLASS_PATH.fullmatch(name):
        return None
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]!r}? " if near else ""
    remedy = f"{guess}use one of {', '.join(names)}, or your own as package.module:Class"
    return f"no scheduler of that name (got {name!r})", remedy
