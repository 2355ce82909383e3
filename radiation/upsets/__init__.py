"""Upsets as events: when, by which particle, and which bits of which words."""
