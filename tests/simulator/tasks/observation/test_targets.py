"""Grids of targets against areas on the sphere, and files of targets that are wrong."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.tasks.observation import TargetFileError, Targets, grid_targets, read_targets


def test_an_even_grid_is_as_dense_everywhere() -> None:
    step = np.radians(4.0)
    targets = grid_targets(step, (-np.pi / 3, np.pi / 3), is_even=True)
    # the band has an area of 2 pi (sin(60 deg) - sin(-60 deg)); cells of step^2, rows rounded to whole cells
    assert targets.n_targets == pytest.approx(4.0 * np.pi * np.sin(np.pi / 3) / step**2, rel=0.01)
    sines = np.sin(targets.latitude_rad)
    north = np.count_nonzero(sines > 0.5 * np.sin(np.pi / 3)) / targets.n_targets
    assert north == pytest.approx(0.25, abs=0.02)  # a quarter of the area; a row is 3 % of the targets
    assert len(set(targets.names)) == targets.n_targets


def test_an_uneven_grid_has_as_many_in_every_row() -> None:
    targets = grid_targets(np.radians(10.0), (0.0, np.pi / 2), is_even=False, revisit_s=60.0)
    assert targets.n_targets == 9 * 36
    assert sorted(set(np.round(np.degrees(targets.latitude_rad), 9))) == [5.0 + 10.0 * row for row in range(9)]
    longitudes = np.degrees(targets.longitude_rad[:36])
    np.testing.assert_allclose(longitudes, np.arange(-175.0, 180.0, 10.0), rtol=0.0, atol=1e-9)
    assert (targets.revisit_s == 60.0).all()


@pytest.mark.parametrize("change", [{"names": ()}, {"revisit_s": np.array([-1.0])}, {"latitude_rad": np.array([2.0])}])
def test_refuses_what_is_no_place(change) -> None:
    zero = np.zeros(1)
    good = {"names": ("a",), "latitude_rad": zero, "longitude_rad": zero, "priority": zero, "revisit_s": zero}
    with pytest.raises(ValueError, match=next(iter(change))):
        Targets(**(good | change))


def test_reads_a_file(tmp_path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text("name,longitude_deg,latitude_deg,revisit_s\nQuito,-78.47,-0.18,\n Oslo , 10.75, 59.91, 3600\n")
    targets = read_targets(path, revisit_s=60.0)
    assert targets.names == ("Quito", "Oslo")
    np.testing.assert_allclose(np.degrees(targets.latitude_rad), [-0.18, 59.91], rtol=1e-12)
    np.testing.assert_allclose(np.degrees(targets.longitude_rad), [-78.47, 10.75], rtol=1e-12)
    assert targets.revisit_s.tolist() == [60.0, 3600.0]
    assert targets.priority.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [":1: name: column is missing; add it"]),
        ("name,latitude_deg\nA,1\n", [":1: longitude_deg: column is missing; add it"]),
        ("name,latitude_deg,longitude_deg\n", [": holds no targets; write one row for each"]),
        (
            "name,latitude_deg,longitude_deg\nA,91,0\nA,x,0\n,0,0\nB,0\n",
            [
                ":2: latitude_deg: '91' is no number from -90 to 90; write one, without a unit",
                ":3: name: 'A' is in line 2 too; give each target its own name",
                ":3: latitude_deg: 'x' is no number from -90 to 90; write one, without a unit",
                ":4: name: is empty; give each target its own name",
                ":5: row has 2 fields; write 3, as the header has",
            ],
        ),
        ("name,latitude_deg,longitude_deg,weight\nA,0,0,1\n", [":1: weight: unknown column; remove it or use one of "]),
    ],
)
def test_tells_what_is_wrong_with_a_file(tmp_path, text, problems) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(text)
    with pytest.raises(TargetFileError) as refusal:
        read_targets(path)
    told = refusal.value.problems
    assert len(told) >= len(problems)
    for problem in problems:
        assert any(line.startswith(f"{path}{problem}") for line in told), (problem, told)


def test_tells_of_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(TargetFileError, match="cannot be read"):
        read_targets(tmp_path / "none.csv")
