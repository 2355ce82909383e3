"""Classes that a user names as `package.module:Class`."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from typing import Any


def load_class(path: str) -> Any:
    """Return the object that `package.module:Class` names; the working directory is searched first.

    Raises
    ------
    ValueError
        If the text has another form, or the module or the name in it cannot be found; the message says which.
    """
    module_name, colon, class_name = path.partition(":")
    if not colon or not module_name or not class_name:
        raise ValueError(f"{path!r}: write package.module:Class")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ValueError(
            f"{path!r}: cannot import module {module_name!r} ({error}); run where it can be found"
        ) from error
    found = getattr(module, class_name, None)
    if found is None:
        raise ValueError(f"{path!r}: module {module_name!r} has no {class_name!r}")
    return found


def source_file(found: Any) -> Path | None:
    """Return the file that defines a class, None if there is none."""
    try:
        return Path(inspect.getfile(found))
    except TypeError:
        return None
