"""Write the tables that `radiation` ships, and direct evaluations of AP-8 that its tests compare with.

`pip install -c constraints.txt -e ".[grids]"` in an environment of its own, then `python -m grids`: two minutes. The
same versions give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grids import fields, flux_tables
from grids.ground_track import circular_ground_track

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "radiation" / "data" / "trapped_and_cutoff.npz"
REFERENCE = ROOT / "tests" / "reference" / "ap8_direct.json"
MODELS = ("min", "max")
REFERENCE_ORBITS = ((437.0, 51.6), (613.0, 97.8), (865.0, 70.0), (1_111.0, 45.0))
LISTED_ORBITS = ((420.0, 51.6), (550.0, 53.0), (550.0, 97.6), (560.0, 35.4))
REFERENCE_DAYS, REFERENCE_STEP_S = 10.0, 60.0
REFERENCE_ENERGY_MEV = (10.0, 30.0, 100.0)


def build_tables() -> dict[str, NDArray[np.generic]]:
    """Return every array that is shipped, by name."""
    arrays: dict[str, NDArray[np.generic]] = {
        "latitude_deg": fields.LATITUDE_DEG,
        "longitude_deg": fields.LONGITUDE_DEG,
        "energy_mev": flux_tables.ENERGY_MEV,
        "inverse_shell": flux_tables.INVERSE_SHELL,
    }
    for model in MODELS:
        _say(f"field of AP-8 {model.upper()}")
        arrays[f"{model}_cubics"] = fields.fit_heights(_shell_and_field(model)).astype(np.float32)
        arrays[f"{model}_end"] = flux_tables.end_of_belt(model)
        arrays[f"{model}_codes"] = flux_tables.flux_codes(model, arrays[f"{model}_end"].astype(np.float64))
    _say("present field for cutoffs")
    cubics = fields.fit_heights(lambda *place: 1.0 / fields.igrf_shell(*place))
    arrays["cutoff_cubics"] = cubics.astype(np.float32)
    return arrays


def provenance(arrays: dict[str, NDArray[np.generic]]) -> str:
    """Return origin, licences, versions, epochs, units, convention and checksum as JSON."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode() + arrays[name].tobytes())
    told = {
        "origin": "AP-8 MIN and MAX (Sawyer and Vette, NSSDC/WDC-A-R&S 76-06, 1976) by the package aep8, which wraps "
        "IRBEM; shells of the International Geomagnetic Reference Field by the package radbelt",
        "licence": "facts computed with aep8 (BSD-3-Clause, IRBEM inside LGPL-3.0-or-later) and radbelt (NASA Open "
        "Source Agreement 1.3); no code of either is included",
        "versions": {name: version(name) for name in ("aep8", "radbelt", "numpy")},
        "epochs": {"min": "1960, field of Jensen and Cain", "max": "1970, field GSFC 12/66", "cutoff": "2025, IGRF"},
        "units": {
            "*_cubics": "(1/L, B in gauss; cutoff: 1/L alone) on geodetic latitude, longitude; coefficients, lowest "
            "first, of powers of 6371.2 / (6371.2 + height in km)",
            "*_end": "B/B0 where the belt ends, by 1/L; B0 = 0.311653 gauss / L^3",
            "*_codes": "0: no flux; n: 10^((n - 1) 1e-4) protons per cm2 and s above the energy, over energy, 1/L and "
            f"{flux_tables.N_STEPS} equal steps of B/B0 from 1 to the end",
        },
        "convention": "omnidirectional integral flux, over 4 pi steradian, mission average",
        "note": "aep8 hands IRBEM radii in units of 6378.1 km where it counts 6371.2 km: flux 3 to 5 % low; kept",
        "sha256": digest.hexdigest(),
    }
    return json.dumps(told, indent=1)


def direct_means() -> list[dict[str, float | str]]:
    """Return mean fluxes along orbits, each point evaluated by aep8 itself, at the epochs of the fields."""
    t_s = np.arange(0.0, REFERENCE_DAYS * 86_400.0, REFERENCE_STEP_S)
    found: list[dict[str, float | str]] = []
    for altitude_km, inclination_deg in REFERENCE_ORBITS + LISTED_ORBITS:
        track = circular_ground_track(altitude_km, inclination_deg, t_s)
        for model in MODELS:
            _say(f"direct mean at {altitude_km:.0f} km, {inclination_deg} degrees, {model}")
            place = fields.ap8_coordinates(model, *track)
            ratio = place.field_gauss * place.shell**3 / fields.AEP8_MOMENT_GAUSS
            row: dict[str, float | str] = {
                "altitude_km": altitude_km,
                "inclination_deg": inclination_deg,
                "model": model,
            }
            for energy in REFERENCE_ENERGY_MEV:
                flux = flux_tables.direct_flux_cm2_s(model, energy, place.shell, ratio)
                row[f"above_{energy:.0f}_mev_cm2_s"] = round(float(np.nanmean(np.nan_to_num(flux))), 4)
                if energy == 30.0:
                    row["share_above_1_cm2_s"] = round(float(np.mean(flux > 1.0)), 5)
            found.append(row)
    return found


def main() -> int:
    """Write both files."""
    arrays = build_tables()
    np.savez_compressed(TABLES, provenance=np.array(provenance(arrays)), **arrays)
    _say(f"{TABLES}: {TABLES.stat().st_size:,} bytes")
    about = (
        f"Means over {REFERENCE_DAYS:.0f} days at {REFERENCE_STEP_S:.0f} s along circular orbits "
        "(grids.ground_track), AP-8 in its own field at the field's epoch, by aep8; written by `python -m grids`"
    )
    document = {"about": about, "days": REFERENCE_DAYS, "step_s": REFERENCE_STEP_S, "orbits": direct_means()}
    REFERENCE.write_text(json.dumps(document, indent=1) + "\n")
    return 0


def _shell_and_field(model: str) -> fields.Value:
    def value(*place: fields.Floats) -> fields.Floats:
        found = fields.ap8_coordinates(model, *place)
        return np.stack([1.0 / found.shell, found.field_gauss])

    return value


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
