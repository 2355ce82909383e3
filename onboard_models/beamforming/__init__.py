"""Beams of a stacked metasurface: solvers that design phases and powers, and policies that learned to."""
