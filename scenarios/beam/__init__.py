"""Beams of a stacked metasurface: cases, methods held against each other, sweeps, passes of a satellite."""
