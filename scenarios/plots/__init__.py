"""Figures of finished runs; the only package that draws."""

from scenarios.plots.completion_time import completion_time_data, plot_completion_time
from scenarios.plots.depth_of_discharge import depth_of_discharge_data, plot_depth_of_discharge
from scenarios.plots.figures import draw_comparison, draw_run
from scenarios.plots.lifetime import lifetime_data, plot_lifetime
from scenarios.plots.placement import placement_data, plot_placement
from scenarios.plots.stored_energy import plot_stored_energy, stored_energy_data
from scenarios.plots.style import drawing
from scenarios.plots.sunlit_share import plot_sunlit_share, sunlit_share_data

__all__ = [
    "completion_time_data",
    "depth_of_discharge_data",
    "draw_comparison",
    "draw_run",
    "drawing",
    "lifetime_data",
    "placement_data",
    "plot_completion_time",
    "plot_depth_of_discharge",
    "plot_lifetime",
    "plot_placement",
    "plot_stored_energy",
    "plot_sunlit_share",
    "stored_energy_data",
    "sunlit_share_data",
]
