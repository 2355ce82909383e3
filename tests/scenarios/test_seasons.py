"""A year of seasons: where planes stand, how wear adds up, and the cells of a scenario's own."""

from __future__ import annotations

import json
from math import exp

import numpy as np
import pytest

from scenarios import load_scenario, run
from scenarios.cli.entry import run_command_line
from scenarios.config import ScenarioError
from scenarios.constellation import build_fleet
from scenarios.seasons import compare_over_year, season_scenarios
from simulator.results import read_run

SHORT = (
    "satellites.planes=3", "satellites.phasing=0", "satellites.satellites_per_plane=2", "ground.stations=[]",
    "duration.orbits=1.2", "warm_up.orbits=0.2", "record.battery_traces=0",
)  # fmt: skip
QUARTER_S = 365.25 * 86_400.0 / 4.0


def normals(positions, t_s):
    """Normals of the planes of all satellites."""
    r, v = positions.states_at(np.arange(positions.n_sats), np.full(positions.n_sats, t_s))
    normal = np.cross(r, v)
    return normal / np.linalg.norm(normal, axis=1)[:, None]


def test_planes_stand_where_their_orbits_carry_them():
    """SGP4 a quarter of a year on, against the season's own start: apart by 0.1 deg where the drift is 410 deg."""
    scenario = load_scenario("headline-6x11", SHORT)
    seasons = season_scenarios(scenario, 4)
    assert [season.epoch[:10] for season in seasons] == ["2026-06-21", "2026-09-20", "2026-12-20", "2027-03-21"]
    later, there = (
        normals(build_fleet(season).positions, t_s) for season, t_s in ((scenario, QUARTER_S), (seasons[1], 0.0))
    )
    apart_rad = np.arccos(np.clip(np.einsum("nx,nx->n", later, there), -1.0, 1.0))
    assert np.degrees(apart_rad).max() < 0.1
    unmoved = normals(build_fleet(scenario).positions, 0.0)
    assert np.degrees(np.arccos(np.einsum("nx,nx->n", unmoved, there))).min() > 10.0


def test_planes_of_a_local_time_keep_it():
    seasons = season_scenarios(load_scenario("dawn-dusk"), 2)
    assert seasons[0].satellites == seasons[1].satellites
    assert seasons[0].epoch != seasons[1].epoch


def test_wear_adds_up_over_the_year(tmp_path):
    """A year lasts the harmonic mean of its seasons, satellite by satellite; the wear of the rule adds up too."""
    scenario = load_scenario("headline-6x11", SHORT)
    years, results = compare_over_year(scenario, ["oec-local", "nearest-sunlit"], 2, runs_folder=tmp_path)
    tables = [read_run(result.folder).table("energy").to_pydict() for result in results]
    assert [result.summary["scheduler"] for result in results] == ["oec-local", "nearest-sunlit"] * 2
    life = [2.0 / (1.0 / np.array(a) + 1.0 / np.array(b)) for a, b in lives(tables, "xu_lifetime_years")]
    for year, expected in zip(years, life, strict=True):
        assert year.whole.min_xu_years == pytest.approx(expected.min(), rel=1e-12)
        assert year.whole.median_xu_years in np.sort(expected)[[2, 3]]
        assert min(season.min_xu_years for season in year.seasons) <= year.whole.min_xu_years
    wear = [
        2.0 ** (np.array(a) / 0.15) + 2.0 ** (np.array(b) / 0.15) for a, b in lives(tables, "max_depth_of_discharge")
    ]
    assert years[0].ratio.worst == 1.0
    assert years[1].ratio.worst == pytest.approx(wear[0].max() / wear[1].max(), rel=1e-12)
    assert years[1].ratio.by_satellite == pytest.approx(wear[0] / wear[1], rel=1e-12)


def lives(tables, column):
    """Return a column of both seasons, per scheduler."""
    return [(tables[i_scheduler][column], tables[i_scheduler + 2][column]) for i_scheduler in range(2)]


def test_the_command_tells_seasons_and_year(tmp_path, capsys):
    sets = [argument for change in SHORT for argument in ("--set", change)]
    arguments = ["run", "headline-6x11", *sets, "--seasons", "2", "--runs", str(tmp_path), "--scheduler", "oec-local"]
    assert run_command_line([*arguments, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert [season["date"] for season in row["seasons"]] == ["2026-06-21", "2026-12-20"]
    assert row["year"]["min_xu_years"] >= min(season["min_xu_years"] for season in row["seasons"])
    assert run_command_line(arguments) == 0
    told = capsys.readouterr()
    assert "2 runs" in told.err and "2 of them reused" in told.err
    assert all(name in " ".join(told.out.split()) for name in ("Xu et al. 2018", "power law", "15-point rule", "year"))


def test_cells_of_ones_own_change_lifetimes_and_nothing_else(tmp_path):
    """Heat scales all wear of Xu et al. by exp(0.0693 dT T_ref / T); three times the cycles, three times the years."""
    ageing = "power.ageing={temperature_c: 35, power_law: {cycles_at_full_depth: 6750, exponent: 1.7}}"
    plain, hot = (
        run(load_scenario("headline-6x11", (*SHORT, *more)), runs_folder=tmp_path).folder for more in ((), (ageing,))
    )
    cool, warm = (read_run(folder).table("energy").to_pydict() for folder in (plain, hot))
    factor = exp(0.0693 * 10.0 * 298.15 / 308.15)
    assert np.array(cool["xu_lifetime_years"]) / warm["xu_lifetime_years"] == pytest.approx(factor, rel=1e-12)
    assert np.array(warm["power_law_lifetime_years"]) == pytest.approx(3.0 * np.array(cool["power_law_lifetime_years"]))
    same = set(cool) - {"xu_lifetime_years", "power_law_lifetime_years"}
    assert {name: cool[name] for name in same} == {name: warm[name] for name in same}
    assert (plain / "tasks.parquet").read_bytes() == (hot / "tasks.parquet").read_bytes()
    assert read_run(hot).summary["ageing"]["temperature_c"] == 35.0


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("power.ageing.temperature_c=5", "temperature_c: must be between 15 and 80"),
        ("power.ageing.xu={depth_k3: -1.5e5}", "a full cycle would wear endlessly"),
        ("power.ageing.power_law={exponent: 0}", "exponent: must be greater than 0"),
    ],
)
def test_mistakes_are_told(override, told):
    with pytest.raises(ScenarioError, match=told):
        load_scenario("headline-6x11", (override,))
