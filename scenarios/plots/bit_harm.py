"""Which layers and bits are to blame: single flipped bits, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenarios.plots.curves import FigureData
from scenarios.plots.style import INK, QUIET

_LABEL_LETTERS: Final = 36
_COLOURS: Final = "YlOrRd"  # of ColorBrewer: darker is more, for colour-blind eyes and in grey


def bit_map_data(title: str, single_bits: pa.Table) -> FigureData:
    """Return the share of answers that a flip corrupts silently, by layer and bit.

    Columns: `title`, `layer` (scales and other numbers of a layer apart), `bit`, `n_trials`, `silent_share`.
    """
    sums: dict[tuple[str, int], list[float]] = {}
    for row in single_bits.to_pylist():
        cell = sums.setdefault((_label(row), row["bit"]), [0.0, 0.0])
        cell[0] += 1
        cell[1] += row["silent"] / row["n_images"]
    return {
        "": pa.table(
            {
                "title": [title] * len(sums),
                "layer": [layer for layer, _ in sums],
                "bit": [bit for _, bit in sums],
                "n_trials": [int(n) for n, _ in sums.values()],
                "silent_share": [total / n for n, total in sums.values()],
            }
        )
    }


def plot_bit_map(result: FigureData, ax: Axes) -> Axes:
    """Draw a cell per layer and bit, the darker the more answers are lost; cells without a trial are hatched."""
    data = result[""]
    layers = list(dict.fromkeys(data["layer"].to_pylist()))
    n_bits = 8 * (1 + max(data["bit"].to_pylist()) // 8)
    share = np.full((len(layers), n_bits), np.nan)
    for row in data.to_pylist():
        share[layers.index(row["layer"]), row["bit"]] = 100.0 * row["silent_share"]
    top = max(float(np.nanmax(share)), 1.0)
    ax.set_facecolor("#f4f4f4")
    ax.patch.set_hatch("////")
    ax.patch.set_edgecolor("#d0d0d0")
    cells = ax.pcolormesh(
        np.arange(n_bits + 1) - 0.5, np.arange(len(layers) + 1) - 0.5, share, cmap=_COLOURS, vmin=0.0, vmax=top
    )
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    bar = figure.colorbar(cells, ax=ax, pad=0.015, aspect=22, fraction=0.035)
    bar.set_label("Answers corrupted silently [%]")
    ax.set_yticks(range(len(layers)), [_short(layer) for layer in layers])
    ax.set_ylim(len(layers) - 0.5, -0.5)
    ax.set_xlim(n_bits - 0.5, -0.5)
    ax.set_xticks(sorted({0, *range(7, n_bits, 8), *([23, 30] if n_bits == 32 else [])}))
    ax.grid(visible=False)
    ax.tick_params(length=0.0)
    n_trials = sum(data["n_trials"].to_pylist())
    ax.set_title(
        f"{data['title'][0].as_py()}: harm of one flipped bit, {n_trials:,} trials\nhatched: not drawn, or no such bit"
    )
    ax.set_xlabel("Bit of the number, the highest on the left")
    return ax


def harm_by_layer_data(title: str, layers: Sequence[Mapping[str, Any]], n_bits: int) -> FigureData:
    """Return what part of all silent corruption each layer causes at a uniform rate of flips.

    Columns: `title`, `layer`, `share_of_bits` (of the image of `n_bits`), `share_of_silent`, `silent_per_flip`.
    """
    return {
        "": pa.table(
            {
                "title": [title] * len(layers),
                "layer": [_label(row) for row in layers],
                "share_of_bits": [row["n_bits"] / n_bits for row in layers],
                "share_of_silent": [row["share_of_silent"] for row in layers],
                "silent_per_flip": [row["silent_per_flip"] for row in layers],
            }
        )
    }


def plot_harm_by_layer(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of bits and of silent corruption as two bars per layer, the harm per flip written beside."""
    rows = result[""].to_pylist()
    place = np.arange(len(rows))
    bits, harm = (100.0 * np.array([row[name] for row in rows]) for name in ("share_of_bits", "share_of_silent"))
    ax.barh(place - 0.2, bits, 0.36, color="#c9c9c9", label="of the bits")
    ax.barh(place + 0.2, harm, 0.36, color="#0072B2", label="of all silent corruption")
    top = max(float(bits.max()), float(harm.max()), 1.0)
    for y, row, end in zip(place.tolist(), rows, np.maximum(bits, harm).tolist(), strict=True):
        ax.text(end + 0.015 * top, y, f"{100 * row['silent_per_flip']:.2g} %", va="center", color=INK, fontsize=6.5)
    ax.set_xlim(0.0, 1.18 * top)
    ax.set_yticks(place, [_short(row["layer"]) for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0.0)
    ax.spines["left"].set_color(QUIET)
    ax.set_title(f"{rows[0]['title']}: who is to blame\nbeside bars: answers that one flip corrupts silently")
    ax.set_xlabel("Share [%]")
    return ax


def _label(row: Mapping[str, Any]) -> str:
    return str(row["layer"]) if row["content"] == "parameters" else f"{row['layer']} {row['content']}"


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LETTERS else f"...{label[3 - _LABEL_LETTERS :]}"
