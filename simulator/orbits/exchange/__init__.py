"""Orbits to and from other tools: ephemerides (OEM, CSV of states) and mean elements (TLE, OMM)."""
