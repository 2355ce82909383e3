"""One satellite in every notation, for tests to take and to break."""

from __future__ import annotations

import json

from simulator.orbits.tle import LINE_LENGTH, checksum

NAME = "ISS (ZARYA)"
LINE_1 = "1 25544U 98067A   26074.51782528  .00012345  00000-0  22345-3 0  9992"
LINE_2 = "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.49815350563537"


def summed(line: str) -> str:
    """Return a line with its checksum put right."""
    return line[: LINE_LENGTH - 1] + str(checksum(line))


def tle(line_1: str = LINE_1, line_2: str = LINE_2, name: str | None = None) -> str:
    return "".join(f"{line}\n" for line in (name, summed(line_1), summed(line_2)) if line is not None)


OMM: dict[str, str] = {
    "OBJECT_NAME": NAME,
    "OBJECT_ID": "1998-067A",
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP4",
    "EPOCH": "2026-03-15T12:25:40.104192",
    "MEAN_MOTION": "15.49815350",
    "ECCENTRICITY": ".0006703",
    "INCLINATION": "51.6416",
    "RA_OF_ASC_NODE": "247.4627",
    "ARG_OF_PERICENTER": "130.5360",
    "MEAN_ANOMALY": "325.0288",
    "EPHEMERIS_TYPE": "0",
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": "25544",
    "ELEMENT_SET_NO": "999",
    "REV_AT_EPOCH": "56353",
    "BSTAR": ".22345e-3",
    "MEAN_MOTION_DOT": ".00012345",
    "MEAN_MOTION_DDOT": "0",
}
_METADATA = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "MEAN_ELEMENT_THEORY")
_PARAMETERS = ("EPHEMERIS_TYPE", "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO", "REV_AT_EPOCH", "BSTAR")


def omm(without: tuple[str, ...] = (), **changes: str) -> dict[str, str]:
    return {name: value for name, value in (OMM | changes).items() if name not in without}


def as_csv(*rows: dict[str, str]) -> str:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"


def as_json(*rows: dict[str, str]) -> str:
    return json.dumps(rows, indent=1)


def as_kvn(*rows: dict[str, str]) -> str:
    head = "CCSDS_OMM_VERS = 2.0\nCREATION_DATE = 2026-03-15T00:00:00\nORIGINATOR = TEST\nCOMMENT made for a test\n"
    units = {"INCLINATION": " [deg]", "MEAN_MOTION": " [rev/day]"}
    return "\n".join(head + "".join(f"{k} = {v}{units.get(k, '')}\n" for k, v in row.items()) for row in rows)


def as_xml(*rows: dict[str, str], head: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<ndm>\n' + "".join(map(_message, rows)) + "</ndm>\n"


def _message(row: dict[str, str]) -> str:
    def leaves(names: list[str]) -> str:
        return "".join(f"<{name}>{row[name].replace('&', '&amp;')}</{name}>\n" for name in names if name in row)

    parameters = [*_PARAMETERS, "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT"]
    elements = [name for name in row if name not in _METADATA and name not in parameters]
    return (
        '<omm id="CCSDS_OMM_VERS" version="2.0"><header><COMMENT/></header><body><segment>\n'
        f"<metadata>\n{leaves(list(_METADATA))}</metadata>\n<data>\n"
        f"<meanElements>\n{leaves(elements)}</meanElements>\n"
        f"<tleParameters>\n{leaves(parameters)}</tleParameters>\n</data>\n</segment></body></omm>\n"
    )


NOTATIONS = {"csv": as_csv, "json": as_json, "kvn": as_kvn, "xml": as_xml}
