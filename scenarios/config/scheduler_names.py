"""Names and options of schedulers: those that ship, or `package.module:Class` of a user."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Mapping
from typing import Any

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


def option_problem(name: str, options: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return the option at fault ("" if none alone), what is wrong and the remedy; None if nothing.

    The options of a user's class are checked when it runs.
    """
    from schedulers import SCHEDULERS

    if name not in SCHEDULERS:
        return None
    factory = SCHEDULERS[name]
    known = list(inspect.signature(factory).parameters)
    for key in options:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            guess = f"did you mean {near[0]!r}? " if near else ""
            return key, f"{name} has no such option", f"{guess}its options: {', '.join(known) or 'none'}"
    try:
        factory(**options)
    except (TypeError, ValueError) as error:
        return _told_by_scheduler(str(error), options)
    return None


def _told_by_scheduler(message: str, options: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return a message of the form `option = value: remedy`, taken apart."""
    key = message.partition(" = ")[0]
    if key in options:
        return key, f"not allowed (got {options[key]!r})", message.partition(": ")[2]
    return "", message, "check the types of the options"
