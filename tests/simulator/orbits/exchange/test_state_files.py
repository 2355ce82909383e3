"""Files of states: written and read again, as the standard has them, and broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load
from skyfield.sgp4lib import TEME

from simulator.orbits.exchange.instants import seconds_of_text
from simulator.orbits.exchange.oem_writing import oem_lines
from simulator.orbits.exchange.reference_frames import WRITTEN_FRAMES, states_from_frame, states_in_frame
from simulator.orbits.exchange.state_csv import state_csv_lines
from simulator.orbits.exchange.state_files import read_state_file
from simulator.orbits.exchange.tracks import Tracks
from simulator.orbits.fitted_elements import fitted_elements
from simulator.orbits.model import Frame
from simulator.orbits.orbit_file_error import OrbitFileError
from simulator.orbits.skyfield_satellites import to_earth_satellite
from simulator.orbits.states_model import StatesModel
from simulator.timescale import parse_epoch
from tests.simulator.orbits.exchange.fleets import EPOCH, low_orbits, read_again, shell, worst_m

HEADER = "CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2026-03-15T00:00:00\nORIGINATOR = TEST\n"
META = """META_START
OBJECT_NAME = A
OBJECT_ID = 1998-067A
CENTER_NAME = EARTH
REF_FRAME = TEME
TIME_SYSTEM = UTC
START_TIME = 2026-03-15T00:00:00
STOP_TIME = 2026-03-15T00:04:00
META_STOP
"""
STATES = "".join(f"2026-03-15T00:0{minute}:00.0 7000 {minute}0 0 0 7.5 0\n" for minute in range(5))


def oem(meta: str = META, states: str = STATES) -> str:
    return HEADER + "\n" + meta + "COMMENT states follow\n" + states


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str) -> StatesModel:
        return read_again([text], tmp_path / "states.txt")

    return read_text


def tracks_of(model, frame: str = "TEME", end_s: float = 9000.0, step_s: float = 60.0) -> Tracks:
    satellites = tuple(range(min(model.n_sats, 3)))
    return Tracks(positions=model, satellites=satellites, start_s=0.0, end_s=end_s, step_s=step_s, frame=frame)


@pytest.mark.parametrize("frame", WRITTEN_FRAMES)
@pytest.mark.parametrize("truth", [low_orbits(), shell()], ids=["sgp4", "walker"])
def test_an_oem_comes_back_within_its_digits(tmp_path, truth, frame):
    model = read_again(oem_lines(tracks_of(truth, frame), ["1998-067A"] * truth.n_sats), tmp_path / "a.oem")
    assert model.names == truth.names[: model.n_sats]
    assert model.satellites[0].object_id == "1998-067A"
    # a micrometre of digits in each axis, SGP4's 7 um between states, ten times more at the ends
    assert worst_m(model, truth, (0.0, 9000.0)) < 1e-4
    ours_m_s, theirs_m_s = (m.states_at(np.array([0]), np.array([4321.0]))[1] for m in (model, truth))
    np.testing.assert_allclose(ours_m_s, theirs_m_s, rtol=0.0, atol=0.2)  # SGP4's own velocities, to 1e-5


def test_states_of_a_csv_come_back_bit_by_bit(tmp_path):
    truth = low_orbits()
    tracks = tracks_of(truth, step_s=30.001)
    model = read_again(state_csv_lines(tracks), tmp_path / "a.csv")
    for track, satellite in zip(tracks, model.satellites, strict=True):
        assert satellite.name == track.name
        np.testing.assert_array_equal(satellite.arcs[0].position_m, track.position_m)
        np.testing.assert_array_equal(satellite.arcs[0].velocity_m_s, track.velocity_m_s)
        np.testing.assert_allclose(satellite.arcs[0].t_s, tracks.t_s, rtol=0.0, atol=1e-9)
    text = (tmp_path / "a.csv").read_text()
    assert text.splitlines()[0].startswith("satellite,utc,x_teme_m")
    assert '\n"B, second",2026-03-15T00:00:00.000000Z,' in text
    without = "\n".join(",".join(line.split(",")[:5]) for line in text.splitlines() if "second" not in line)
    alone = read_again([without], tmp_path / "b.csv")
    np.testing.assert_array_equal(alone.satellites[0].arcs[0].position_m, model.satellites[0].arcs[0].position_m)
    assert np.isnan(alone.satellites[0].arcs[0].velocity_m_s).all()


def test_frames_are_those_of_skyfield():
    truth = low_orbits()
    t_s = np.array([0.0, 5000.0])
    states = truth.states_at(np.zeros(2, dtype=np.intp), t_s)
    scale = load.timescale(builtin=True)
    instants = scale.tt_jd(EPOCH.utc_day, EPOCH.tt_fraction(t_s))
    satellite: EarthSatellite = to_earth_satellite(truth.records[0])
    gcrf_m, gcrf_m_s = states_in_frame("GCRF", EPOCH, t_s, *states)
    # Skyfield's own TEME to GCRS, by IAU 2000A and 1982: a metre
    np.testing.assert_allclose(gcrf_m, satellite.at(instants).xyz.m.T, rtol=0.0, atol=2.0)
    np.testing.assert_allclose(gcrf_m_s, satellite.at(instants).velocity.m_per_s.T, rtol=0.0, atol=2e-3)
    np.testing.assert_allclose(satellite.at(instants).frame_xyz(TEME).m.T, states[0], rtol=0.0, atol=2.0)
    fixed_m, fixed_m_s = states_in_frame("TDR", EPOCH, t_s, *states)
    np.testing.assert_array_equal(fixed_m, truth.at(np.zeros(2, dtype=np.intp), t_s, Frame.EARTH_FIXED))
    half_s = 0.5
    first = np.zeros(2, dtype=np.intp)
    slope = truth.at(first, t_s + half_s, Frame.EARTH_FIXED) - truth.at(first, t_s - half_s, Frame.EARTH_FIXED)
    np.testing.assert_allclose(fixed_m_s, slope, rtol=0.0, atol=0.02)
    # the frame bias: 17 mas about y, 7 about x, 15 about z (IERS Conventions 2010, section 5)
    bias_m = np.linalg.norm(states_in_frame("EME2000", EPOCH, t_s, *states)[0] - gcrf_m, axis=1)
    assert (bias_m > 0.1).all()
    assert (bias_m < np.radians(0.024 / 3600.0) * 7e6).all()
    for frame in WRITTEN_FRAMES:
        back = states_from_frame(frame, EPOCH, t_s, *states_in_frame(frame, EPOCH, t_s, *states))
        np.testing.assert_allclose(back[0], states[0], rtol=0.0, atol=1e-8)
        np.testing.assert_allclose(back[1], states[1], rtol=0.0, atol=1e-11)
    with pytest.raises(ValueError, match="TDR is ITRF without polar motion"):
        states_in_frame("ITRF", EPOCH, t_s, *states)


def test_scales_of_time_are_one_another():
    """One instant, 2017-01-01T00:00:00 UTC: 37 leap seconds (IERS Bulletin C 52), GPS 18 s ahead of UTC."""
    epoch = parse_epoch("2017-01-01T00:00:00Z")
    for text, system in (
        ("2017-01-01T00:00:00Z", "UTC"),
        ("2017-001T00:00:00.000", "UTC"),
        ("2017-01-01T00:00:37", "TAI"),
        ("2017-01-01T00:00:18", "GPS"),
        ("2017-01-01T00:01:09.184", "TT"),
        ("2016-12-31T23:59:60", "UTC"),
    ):
        expected_s = -1.0 if text.endswith(":60") else 0.0
        assert seconds_of_text(text, system, epoch) == pytest.approx(expected_s, abs=1e-9), text
    assert seconds_of_text("2017-02-30T00:00:00", "UTC", epoch) is None


def test_an_oem_of_the_standards_form_is_read(read):
    """Several segments, useable spans, accelerations, covariances, comments and names of other frames."""
    meta = META.replace("REF_FRAME = TEME", "REF_FRAME = ITRF2014").replace(
        "META_STOP",
        "USEABLE_START_TIME = 2026-03-15T00:01:00\nINTERPOLATION = LAGRANGE\nINTERPOLATION_DEGREE = 3\nMETA_STOP",
    )
    accelerated = STATES.replace(" 7.5 0\n", " 7.5 0 0.001 0 0\n")
    covariance = "COVARIANCE_START\nEPOCH = 2026-03-15T00:00:00\n1.0\n2.0 3.0\nCOVARIANCE_STOP\n"
    model = read(oem(meta, accelerated) + covariance + META.replace("= A", "= B") + STATES)
    assert model.names == ("A", "B")
    (arc,) = model.satellites[0].arcs
    assert (arc.method, arc.degree, arc.n_nodes, arc.usable_s) == ("lagrange", 3, 4, (60.0, 240.0))
    x_m = model.at(np.zeros(1, dtype=np.intp), np.array([120.0]), Frame.EARTH_FIXED)[0]
    np.testing.assert_allclose(x_m, [7e6, 20e3, 0.0], rtol=0.0, atol=1e-6)
    (plain,) = model.satellites[1].arcs
    assert (plain.method, plain.degree, plain.n_nodes) == ("hermite", 7, 4)
    even = read(oem(META.replace("META_STOP", "INTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = 2\nMETA_STOP")))
    assert even.satellites[0].arcs[0].n_nodes == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty; give an OEM in KVN"),
        ("hello\n", ":1: file: not a file of states"),
        (oem(states=STATES.replace("7000 20", "7000 2x")), ":17: Y: not a number (got '2x')"),
        (oem(states=STATES.replace("7000 20 0 0 7.5 0", "7000 20")), ":17: state: 3 words"),
        (oem(states=STATES.replace("7000 20", "7000000 20e3")), ":17: position: 7.00003e+06 km"),
        (oem(states=STATES.replace("10 0 0 7.5", "10 0 0 7500")), ":16: velocity: 7500 km/s is faster"),
        (oem(states=STATES.replace("00:03", "00:01")), ":18: epoch: not after the state of line 17"),
        (oem(states=STATES.replace("2026-03-15T00:03", "2026-02-30T00:03")), ":18: epoch: not an instant"),
        (oem(states=STATES[:40]), ":5: states: 1 states are too few for hermite interpolation of degree 7"),
        (oem(META.replace("= EARTH", "= MARS")), ":8: CENTER_NAME: only the Earth is known"),
        (oem(META.replace("= TEME", "= MOD")), ":9: REF_FRAME: a frame that is not known (got 'MOD')"),
        (oem(META.replace("= UTC", "= TDB")), ":10: TIME_SYSTEM: a scale that is not known"),
        (oem(META.replace("STOP_TIME", "STOP")), ":5: STOP_TIME: missing or empty"),
        (oem(META.replace("META_STOP", "INTERPOLATION = SPLINE\nMETA_STOP")), ":13: INTERPOLATION: an interp"),
        (oem(META.replace("META_STOP", "INTERPOLATION_DEGREE = 99\nMETA_STOP")), ":13: INTERPOLATION_DEGREE: out"),
        (oem(META.replace("META_STOP\n", "")), ":14: metadata: not KEYWORD = value"),
        (HEADER, "no segment in it"),
        (oem() + META.replace("1998", "1999") + STATES, "two satellites are called 'A'"),
        (oem() + META + STATES, ""),
        ("satellite,utc,x_mod_m,y_mod_m,z_mod_m\n", ":1: header: not the columns of states"),
        ("satellite,utc,x_teme_m,y_teme_m,z_teme_m\nA,2026-03-15T00:00:00Z,7e6,0\n", ":2: z_teme_m: missing"),
        ("satellite,utc,x_teme_m,y_teme_m,z_teme_m\nA,noon,7e6,0,0\n", ":2: utc: not an instant (got 'noon')"),
        ("satellite,utc,x_teme_m,y_teme_m,z_teme_m\nA,2026-03-15T00:00:00Z,7e6,0,0\n", ":2: states: 1 states are too"),
        ("satellite,utc,x_teme_m,y_teme_m,z_teme_m\n", "no state in it"),
        ("satellite,utc,x_teme_m,x_teme_m,z_teme_m\n", ":1: 'x_teme_m': the column comes twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(read, text, told):
    if not told:
        assert len(read(text).satellites[0].arcs) == 2
        return
    with pytest.raises(OrbitFileError) as error:
        read(text)
    assert told in str(error.value)
    assert "; " in str(error.value), "every problem comes with a remedy"


def test_a_grid_that_is_none_is_refused():
    truth = low_orbits()
    for changes, told in (({"end_s": 0.0}, "start_s < end_s"), ({"step_s": 1e-4}, "step_s"), ({"frame": "X"}, "frame")):
        with pytest.raises(ValueError, match=told):
            tracks_of(truth, **changes)
    assert tracks_of(truth, end_s=100.0).t_s.tolist() == [0.0, 60.0, 120.0]
    assert tracks_of(truth, end_s=120.0).t_s.tolist() == [0.0, 60.0, 120.0]
    with pytest.raises(OrbitFileError, match="cannot be read"):
        read_state_file("nowhere.oem", EPOCH)


NASA = """CCSDS_OEM_VERS = 2.0
CREATION_DATE  = 2026-09-04T15:27:50.688
ORIGINATOR     = NASA/JSC/FOD/TOPO

META_START
OBJECT_NAME          = ISS
OBJECT_ID            = 1998-067-A
CENTER_NAME          = Earth
REF_FRAME            = EME2000
TIME_SYSTEM          = UTC
START_TIME           = 2026-09-04T12:00:00.000
USEABLE_START_TIME   = 2026-09-04T12:00:00.000
USEABLE_STOP_TIME    = 2026-09-04T12:08:00.000
STOP_TIME            = 2026-09-04T12:08:00.000
INTERPOLATION        = HERMITE
INTERPOLATION_DEGREE = 3
META_STOP

COMMENT Source: This file was produced by the TOPO office within FOD at JSC.
COMMENT 2026-09-04T12:04:00.000 is left out: the test asks for it
2026-09-04T12:00:00.000 -304.795682412414 6745.236027492530 -796.410785972284 -4.76521816507237 -0.90540922548638 -5.928264
2026-09-04T12:08:00.000 -2438.863598181990 5369.448268390270 -3391.155010956230 -3.90970023519297 -4.6846176 -4.61868118994434
"""  # noqa: E501 (as it stands in the file)
NASA_BETWEEN_M = np.array([-1423.488290590500, 6285.482216805200, -2172.856636368370]) * 1e3


def test_states_of_the_space_station_are_read(tmp_path):
    """Three states that NASA published for the ISS; of the middle one the others know by a cubic, and by an orbit."""
    epoch = parse_epoch("2026-09-04T12:00:00Z")
    model = read_again([NASA], tmp_path / "iss.oem", epoch)
    between_s = np.array([240.0])
    truth_m, _ = states_from_frame("EME2000", epoch, between_s, NASA_BETWEEN_M[None, :], np.zeros((1, 3)))
    off_m = float(np.linalg.norm(model.at(np.array([0]), between_s) - truth_m))
    fourth_m_s4 = 6.8e6 * 1.13e-3**4  # of a circle
    assert off_m == pytest.approx(fourth_m_s4 * 480.0**4 / 384.0, rel=0.1)  # Hermite's remainder, h^4 / 384 of it
    arc = model.satellites[0].arcs[0]
    t_s = np.array([0.0, 240.0, 480.0])
    position_m = np.stack((arc.position_m[0], truth_m[0], arc.position_m[1]))
    fit = fitted_elements("ISS", 25544, epoch, t_s, position_m, arc.velocity_m_s[0])
    assert fit.max_m < 5.0  # nine numbers by six elements
    assert np.degrees(fit.record.inclination_rad) == pytest.approx(51.63, abs=0.02)  # 51.48 if EME2000 were TEME
    assert fit.record.mean_motion_rad_s * 86_400.0 / (2.0 * np.pi) == pytest.approx(15.49, abs=0.03)
