"""Classes that a user names as `package.module:Class`."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ("scenarios", "schedulers", "simulator", "radiation", "onboard_models")
"""The import packages of this project."""


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
    except Exception as error:  # whatever the user's module does when it is imported
        raise ValueError(
            f"{path!r}: importing module {module_name!r} failed ({type(error).__name__}: {error})"
        ) from error
    found = getattr(module, class_name, None)
    if found is None:
        raise ValueError(f"{path!r}: module {module_name!r} has no {class_name!r}")
    return found


def source_files(found: Any) -> dict[str, Path]:
    """Return the file that defines a class and the files of a user's own that it imports, by module name.

    Own files are those beside the class's top module; installed packages and those of this project are not.
    """
    try:
        file = Path(inspect.getfile(found))
    except (TypeError, OSError):
        return {}
    name = found.__module__
    is_own = name.partition(".")[0] not in (*PACKAGES, "__main__") and "site-packages" not in file.parts
    imported = _own_imports(name, file.parents[name.count(".")]) if is_own else {}
    return dict(sorted(({name: file} | imported).items()))


def _own_imports(module_name: str, folder: Path) -> dict[str, Path]:
    """Return the modules in a folder that a module leads to, itself included, found without running them."""
    from modulefinder import ModuleFinder

    finder = ModuleFinder([str(folder)], excludes=list(PACKAGES))
    with contextlib.suppress(ImportError, SyntaxError):  # a conditional import may be broken, and is then not used
        finder.import_hook(module_name)
    files = {name: getattr(module, "__file__", None) for name, module in finder.modules.items()}
    return {name: Path(file) for name, file in files.items() if file}
