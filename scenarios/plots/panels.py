"""Several panels in the place of one."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def panels_in_a_row(ax: Axes, n_panels: int) -> list[Axes]:
    """Split the cell of axes into panels in a row; the given axes become the leftmost."""
    figure, cell = ax.get_figure(), ax.get_subplotspec()
    assert isinstance(figure, Figure) and cell is not None, "axes of a figure's own grid"
    grid = cell.subgridspec(1, n_panels)
    ax.set_subplotspec(grid[0, 0])
    return [ax, *(figure.add_subplot(grid[0, i_panel]) for i_panel in range(1, n_panels))]
