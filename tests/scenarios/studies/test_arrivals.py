"""The light in which tasks arise, on planes whose local time is known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from scenarios.config import scenario_from_text
from scenarios.plots.arrivals import plot_arrivals
from scenarios.studies.arrivals import arrival_rows, arrivals_of

N_TASKS = 4000


class _Tasks:
    """A run that holds nothing but tasks, evenly over two orbits; the first ones are warm-up."""

    def __init__(self, end_s: float) -> None:
        arrival_s = np.linspace(0.0, end_s, N_TASKS, endpoint=False)
        self.tasks = pa.table(
            {"source": np.zeros(N_TASKS, dtype=np.int32), "arrival_s": arrival_s, "counted": arrival_s >= 0.0}
        )

    def table(self, name: str, columns: list[str]) -> pa.Table:
        assert name == "tasks"
        return self.tasks.select(columns)


@pytest.fixture
def rows(minimal_text: str):
    def build(local_time_h: float) -> dict[str, np.ndarray]:
        plane = ("satellites.inclination_deg=97.6", f"satellites.ascending_node_local_time_h={local_time_h}")
        scenario = scenario_from_text(minimal_text, (*plane, "epoch=2026-03-20T12:00:00Z"))
        run = _Tasks(2.0 * scenario.satellites.orbital_period_s)
        table = arrival_rows("case", scenario, run)
        return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}

    return build


def test_a_dawn_dusk_plane_is_over_dawn_and_dusk_and_in_sunlight(rows) -> None:
    table = rows(6.0)
    near = np.isin(table["solar_hour"], [4.0, 5.0, 6.0, 7.0, 16.0, 17.0, 18.0, 19.0])
    # 8 degrees off the pole: beyond 75 degrees of latitude, a sixth of the orbit, local time runs through the rest
    assert table["share"][near].sum() == pytest.approx(1.0 - 1.0 / 6.0, abs=0.04)
    assert table["share"].sum() == pytest.approx(1.0, rel=1e-12)
    assert (table["share_lit"] == 1.0).all()
    assert (table["n_tasks"] == N_TASKS).all()


def test_a_noon_plane_is_in_shadow_as_long_as_the_closed_form_says(rows) -> None:
    table = rows(12.0)
    noon, midnight = (
        np.isin(table["solar_hour"], hours) for hours in ([10.0, 11.0, 12.0, 13.0], [22.0, 23.0, 0.0, 1.0])
    )
    assert table["share"][noon].sum() == pytest.approx(table["share"][midnight].sum(), abs=0.02)
    # beta is 0 within 2 deg: the shadow is asin(R / (R + h)) / pi of the orbit, with the Earth's radius of 6360 km at
    # the latitude of its edge, 67 deg; half of the penumbra at either edge, 4 s, adds 0.15 %
    expected = 1.0 - np.arcsin(6360.0 / 6928.1) / np.pi - 8.0 / 5739.0
    assert table["share_lit"][0] == pytest.approx(expected, abs=0.001)  # a task at either edge is 0.05 %


def test_each_case_is_a_line(minimal_text: str) -> None:
    scenario = scenario_from_text(minimal_text)
    run = _Tasks(1000.0)
    ax = Figure().add_subplot()
    plot_arrivals(arrivals_of([("noon", scenario, run), ("night", scenario, run)]), ax)
    assert [label.partition(":")[0] for label in ax.get_legend_handles_labels()[1]] == ["noon", "night"]
    assert "[h]" in ax.get_xlabel()
    assert "[%]" in ax.get_ylabel()
