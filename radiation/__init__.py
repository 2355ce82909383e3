"""Radiation along an orbit and what it does to bits in memory; knows particles and devices, not satellites."""
