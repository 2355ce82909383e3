"""One look for all figures: sizes for print, one colour and one dash per scheduler, same bytes every time."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from schedulers import SCHEDULERS
from simulator.results.files import write_durably

ONE_COLUMN_IN: Final = 3.5
TWO_COLUMNS_IN: Final = 7.16
"""Widths of IEEE journals; figures are drawn at the size at which they are printed."""

INK: Final = "#222222"
QUIET: Final = "#6b6b6b"

_LOOK: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same glyphs on every machine
        "font.size": 7.5,
        "axes.titlesize": 8.0,
        "axes.titlelocation": "left",
        "axes.titlepad": 6.0,
        "axes.labelsize": 7.5,
        "axes.labelcolor": INK,
        "axes.edgecolor": QUIET,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#e4e4e4",
        "grid.linewidth": 0.5,
        "xtick.labelsize": 7.0,
        "ytick.labelsize": 7.0,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "legend.fontsize": 7.0,
        "legend.frameon": False,
        "legend.handlelength": 2.8,
        "legend.borderpad": 0.1,
        "legend.borderaxespad": 0.1,
        "lines.linewidth": 1.4,
        "date.converter": "concise",
        "hatch.linewidth": 0.5,
        "pdf.fonttype": 42,
        "figure.dpi": 100,
        "savefig.dpi": 300,
        "svg.hashsalt": "sunwise",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLook:
    """Colour and dash of a curve; the dash tells curves apart where colour is lost."""

    colour: str
    dash: str | tuple[float, tuple[float, ...]]


_LONG: Final = (0.0, (6.5, 1.5))
_SHORT: Final = (0.0, (3.0, 1.3))
_DOT: Final = (0.0, (6.0, 1.4, 1.2, 1.4))
_TWO_DOTS: Final = (0.0, (4.5, 1.2, 1.1, 1.2, 1.1, 1.2))
_DOTTED: Final = (0.0, (1.2, 1.2))
_SPARSE: Final = (0.0, (2.0, 2.6))

_LEGEND_ROW_IN: Final = 0.14

SCHEDULER_LOOKS: Final = MappingProxyType(
    {
        "phoenix": LineLook(colour="#0072B2", dash="-"),
        "phoenix-b": LineLook(colour="#56B4E9", dash=_SHORT),
        "oec-local": LineLook(colour="#D55E00", dash=_LONG),
        "oec-cote": LineLook(colour="#B8860B", dash=_DOT),
        "bent-pipe": LineLook(colour="#7F7F7F", dash=_DOTTED),
        "nearest-sunlit": LineLook(colour="#009E73", dash=_TWO_DOTS),
        "random-sunlit": LineLook(colour="#CC79A7", dash=_SPARSE),
        "mhspo": LineLook(colour="#222222", dash=_DOT),
        "planned-flow": LineLook(colour="#882255", dash="-"),
    }
)
"""After Okabe and Ito (2008), whose eight colours are told apart with any common colour blindness, and Tol's wine."""

_OTHER_COLOURS: Final = ("#332288", "#CC6677", "#117733", "#999933", "#44AA99", "#AA4499")
_OTHER_DASHES: Final = ("-", _LONG, _SHORT, _DOT, _TWO_DOTS)
"""After Tol (2021), "muted"; for all other schedulers."""


def scheduler_look(scheduler: str, i_repeat: int = 0) -> LineLook:
    """Return the look of a scheduler: fixed for those in the map, derived from the name for others.

    No two shipped schedulers look alike; one that is not ours may only look like another that is not ours.

    `i_repeat` counts earlier curves of the same scheduler in a figure; each has another dash.
    """
    look = _shipped_looks().get(scheduler) or _derived_look(scheduler, _shipped_looks())
    if i_repeat == 0:
        return look
    others = [dash for dash in (*_OTHER_DASHES, _DOTTED, _SPARSE) if dash != look.dash]
    return LineLook(colour=look.colour, dash=others[(i_repeat - 1) % len(others)])


@cache
def _shipped_looks() -> Mapping[str, LineLook]:
    """Return the looks of all shipped schedulers; one that is added last changes no other."""
    looks = dict(SCHEDULER_LOOKS)
    for scheduler in SCHEDULERS:
        if scheduler not in looks:
            looks[scheduler] = _derived_look(scheduler, looks)
    return MappingProxyType(looks)


def _derived_look(scheduler: str, taken: Mapping[str, LineLook]) -> LineLook:
    """Return the look that a name leads to, or the next that is not taken."""
    looks = [LineLook(colour=colour, dash=dash) for dash in _OTHER_DASHES for colour in _OTHER_COLOURS]
    first = int.from_bytes(hashlib.sha256(scheduler.encode()).digest()[:4]) % len(looks)
    free = [look for look in (*looks[first:], *looks[:first]) if look not in taken.values()]
    return free[0] if free else looks[first]


def scheduler_rank(scheduler: str) -> tuple[int, str]:
    """Return the place of a scheduler in legends: those of the map in its order, then others by name."""
    names = list(SCHEDULER_LOOKS)
    return (names.index(scheduler) if scheduler in names else len(names), scheduler)


@contextmanager
def drawing(width_in: float, height_in: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure with one pair of axes in the common look; no window, no global state of pyplot."""
    look: Any = dict(_LOOK)  # the names that matplotlib's type allows differ between its versions
    with mpl.rc_context(look):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.add_subplot()


def save_figure(figure: Figure, stem: Path) -> list[Path]:
    """Write `<stem>.pdf` and `<stem>.png` without time stamps, so that equal figures are equal bytes."""
    undated: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
        "png": {"Software": None},
    }
    paths = []
    for kind, metadata in undated.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata)
        path = stem.with_name(f"{stem.name}.{kind}")
        write_durably(path, buffer.getvalue())
        paths.append(path)
    return paths


def legend_below(ax: Axes, n_columns: int) -> None:
    """Put the legend under the axes, where it hides no data, in at most `n_columns` columns.

    Columns are fewer where they would be wider than the figure; rows beyond the fourth make the figure higher. Axes
    without labels get no legend.
    """
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    handles, labels = ax.get_legend_handles_labels()
    if not labels:
        return
    for n in range(min(n_columns, len(labels)), 0, -1):
        legend = figure.legend(handles, labels, loc="outside lower center", ncols=n, columnspacing=1.4)
        if n == 1 or legend.get_window_extent().width <= figure.bbox.width:
            break
        legend.remove()
    width_in, height_in = figure.get_size_inches()
    figure.set_size_inches(width_in, height_in + _LEGEND_ROW_IN * max(0, math.ceil(len(labels) / n) - 4))
