from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.orbits import element_files
from simulator.orbits.element_files import decoded_text, read_orbit_file, records_of_text
from simulator.orbits.orbit_file_error import MOST_PROBLEMS_TOLD, OrbitFileError, ProblemList
from tests.simulator.orbits.orbit_texts import (
    LINE_1,
    LINE_2,
    NAME,
    NOTATIONS,
    as_csv,
    as_json,
    as_kvn,
    as_xml,
    omm,
    tle,
)

BOMB = '<!DOCTYPE ndm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
TWO_LINES = tle().splitlines()


def line_2(**columns: str) -> str:
    """Return line 2 with fields replaced by their first column: `c9=' 51.6416'`."""
    line = LINE_2
    for place, text in columns.items():
        start = int(place[1:]) - 1
        line = line[:start] + text + line[start + len(text) :]
    return tle(line_2=line)


# name: content, line told (0: none), words that the message must hold
BROKEN: dict[str, tuple[str | bytes, int, str]] = {
    "empty": ("", 0, "empty"),
    "blank": (" \n\n", 0, "empty"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "UTF-8"),
    "zero bytes": (b"1 25544U\n\x00\x00\x00", 2, "zero byte"),
    "prose": ("These are not the orbits you are looking for.\n", 1, "not an orbit file"),
    "an error page": ("<html><body>429 Too many requests</body></html>", 0, "no satellite"),
    "tle: checksum": (tle(name=NAME).replace("15.49815350", "15.49815351"), 3, "checksum"),
    "tle: digit changed": (tle().replace("51.6416", "51.6417"), 2, "checksum"),
    "tle: cut off in line 2": (tle()[:100], 2, "30 characters"),
    "tle: cut off after line 1": (TWO_LINES[0] + "\n", 1, "ends before line 2"),
    "tle: line 2 alone": (TWO_LINES[1] + "\n", 1, "no line 1"),
    "tle: lines swapped": ("\n".join(reversed(TWO_LINES)) + "\n", 1, "no line 1"),
    "tle: two lines 1": (TWO_LINES[0] + "\n" + tle(), 1, "no line 2"),
    "tle: other satellite": (tle(line_2=LINE_2.replace("25544", "25545")), 2, "different satellites"),
    "tle: satellite twice": (tle() + tle(), 3, "came before, on line 1"),
    "tle: name without elements": (tle() + "LOST\n", 3, "no elements follow"),
    "tle: two names": ("ONE\nTWO\n" + tle(), 2, "two name lines"),
    "tle: inclination 181": (line_2(c9="181.0000"), 2, "inclination is out of range (got 181)"),
    "tle: mean motion 0": (line_2(c53=" 0.00000000"), 2, "mean motion is out of range"),
    "tle: mean motion 22": (line_2(c53="22.00000000"), 2, "mean motion is out of range"),
    "tle: letters in eccentricity": (line_2(c27="00O6703"), 2, "eccentricity: not a number"),
    "tle: decimal comma": (line_2(c9=" 51,6416"), 2, "inclination: not a number"),
    "tle: alpha-5 with an O": (tle(LINE_1.replace("25544", "O5544"), LINE_2.replace("25544", "O5544")), 1, "Alpha-5"),
    "tle: day 400": (tle(LINE_1.replace("26074.5", "26400.5")), 1, "not an epoch"),
    "tle: drag term": (tle(LINE_1.replace("22345-3", "2.345-3")), 1, "B*"),
    "tle: wide letters": (tle().replace("15.498", "\uff115.498"), 2, "ASCII"),
    "csv: header only": (as_csv(omm()).splitlines()[0] + "\n", 0, "no satellite"),
    "csv: cut off": (as_csv(omm(), omm(NORAD_CAT_ID="2"))[:-60], 3, "values"),
    "csv: open quote": (as_csv(omm()).replace("ISS", '"ISS'), 2, "not CSV"),
    "csv: column twice": (as_csv(omm()).replace("OBJECT_ID", "EPOCH", 1), 1, "twice"),
    "csv: column missing": (as_csv(omm(without=("BSTAR",))), 2, "BSTAR: the field is missing"),
    "csv: not a number": (as_csv(omm(MEAN_MOTION="fast")), 2, "MEAN_MOTION: not a number (got 'fast')"),
    "csv: satellite twice": (as_csv(omm(), omm()), 3, "came before, on line 2"),
    "json: cut off": (as_json(omm())[:200], 2, "not JSON"),
    "json: comma missing": (as_json(omm(), omm()).replace("},", "}"), 2, "comma"),
    "json: NaN": (as_json(omm()).replace('"15.49815350"', "NaN"), 2, "NaN"),
    "json: NaN as text": (as_json(omm(ECCENTRICITY="nan")), 2, "ECCENTRICITY: not a number"),
    "json: infinite": (as_json(omm(BSTAR="1e999")), 2, "BSTAR: not a number"),
    "json: key twice": (as_json(omm()).replace('"OBJECT_ID"', '"EPOCH"'), 2, "twice"),
    "json: no object": ("[1, 2]", 1, "not an object"),
    "json: no list": ('{"error": "Too many requests"}', 1, "NORAD_CAT_ID"),
    "json: nested": ("[" * 100_000, 1, "not JSON"),
    "json: empty list": ("[]", 0, "no satellite"),
    "kvn: eccentricity 1": (as_kvn(omm(ECCENTRICITY="1.0")), 13, "eccentricity is out of range"),
    "kvn: radians": (
        as_kvn(omm()).replace("[deg]", "[rad]", 1),
        14,
        "the unit is wrong (got 'rad'); give the value in deg",
    ),
    "xml: radians": (
        as_xml(omm()).replace("<INCLINATION>", '<INCLINATION units="rad">'),
        0,
        "INCLINATION: the unit is wrong",
    ),
    "kvn: keyword twice": (as_kvn(omm()) + "BSTAR = 0\n", 26, "came before"),
    "kvn: no keyword": (as_kvn(omm()) + "and so on\n", 26, "not KEYWORD"),
    "kvn: frame": (as_kvn(omm(REF_FRAME="EME2000")), 8, "REF_FRAME = TEME"),
    "kvn: theory": (as_kvn(omm(MEAN_ELEMENT_THEORY="DSST")), 10, "MEAN_ELEMENT_THEORY"),
    "kvn: sgp4-xp": (as_kvn(omm(EPHEMERIS_TYPE="4")), 18, "EPHEMERIS_TYPE"),
    "kvn: 30 February": (as_kvn(omm(EPOCH="2026-02-30T00:00:00")), 11, "not an instant"),
    "kvn: day 400": (as_kvn(omm(EPOCH="2026-400T00:00:00")), 11, "not an instant"),
    "kvn: date alone": (as_kvn(omm(EPOCH="2026-03-15")), 11, "YYYY-MM-DDThh:mm:ss"),
    "kvn: ten digits": (as_kvn(omm(NORAD_CAT_ID="1234567890")), 20, "nine digits"),
    "kvn: negative number": (as_kvn(omm(NORAD_CAT_ID="-5")), 20, "nine digits"),
    "xml: cut off": (as_xml(omm())[:500], 0, "not XML"),
    "xml: entity bomb": (as_xml(omm(OBJECT_NAME="&b;"), head=BOMB), 2, "DOCTYPE"),
    "xml: deep": ("<a>" * 10_000, 1, "deeper"),
    "xml: inclination": (as_xml(omm(INCLINATION="200")), 0, "inclination is out of range (got 200)"),
    "xml: no elements": (as_xml(omm(without=("MEAN_ANOMALY", "EPOCH"))), 0, "MEAN_ANOMALY"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_says_where_what_and_what_to_write_instead(name, tmp_path):
    content, line, words = BROKEN[name]
    path = tmp_path / "broken.dat"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(OrbitFileError) as caught:
        read_orbit_file(path)
    message = str(caught.value)
    assert words in message
    assert message.startswith(f"{path}:{line}: " if line else str(path))
    for told in message.splitlines():
        assert re.fullmatch(re.escape(str(path)) + r"(:\d+)?: .+: .+; .+", told), told
    assert len(message.splitlines()) <= 3  # no avalanche from one fault


def test_there_are_enough_broken_files():
    assert len(BROKEN) >= 40


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "nowhere.tle", tmp_path):
        with pytest.raises(OrbitFileError, match="cannot be read"):
            read_orbit_file(path)


def test_a_file_that_is_too_big_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(element_files, "LARGEST_FILE_BYTES", 100)
    path = tmp_path / "big.tle"
    path.write_text(tle())
    with pytest.raises(OrbitFileError, match="too many"):
        read_orbit_file(path)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_all_problems_are_told_at_once_but_not_endlessly(notation, tmp_path):
    rows = [omm(NORAD_CAT_ID=str(n), ECCENTRICITY="2", INCLINATION="-1") for n in range(1, 31)]
    path = tmp_path / "broken.dat"
    path.write_text(NOTATIONS[notation](*rows))
    with pytest.raises(OrbitFileError) as caught:
        read_orbit_file(path)
    assert len(caught.value.problems) == 60
    told = str(caught.value).splitlines()
    assert len(told) == MOST_PROBLEMS_TOLD + 1
    assert told[-1].endswith("and 40 more")


SOUND = {"tle": tle(name=NAME), **{name: write(omm(), omm(NORAD_CAT_ID="2")) for name, write in NOTATIONS.items()}}


@pytest.mark.parametrize("notation", SOUND)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_gives_satellites_or_problems_never_a_crash(notation, data):
    content = bytearray(SOUND[notation].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    problems = ProblemList(path=Path("damaged"))
    records = records_of_text(decoded_text(bytes(content), problems), problems)
    assert records or problems.problems
    for record in records:
        record.to_satrec()


@pytest.mark.parametrize("notation", SOUND)
def test_a_file_cut_off_anywhere_is_told(notation):
    content = SOUND[notation].rstrip().encode()
    for length in range(0, len(content) - 1, 7):
        problems = ProblemList(path=Path("cut"))
        records = records_of_text(decoded_text(content[:length], problems), problems)
        assert records or problems.problems
        # lines of names, keywords and values can end anywhere without a trace; closed notations and checksums cannot
        assert problems.problems or notation in ("csv", "kvn")
