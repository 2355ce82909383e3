"""Upsets as events: when, by which particle, and which bits of which words."""

from radiation.upsets.device_rates import DeviceRates, systematic_factors
from radiation.upsets.effects import effects_of
from radiation.upsets.expectations import ExpectedUpsets, expected_upsets
from radiation.upsets.expected_clusters import expected_bits_per_cluster, same_word_probability
from radiation.upsets.sampling import iter_upsets, sample_upsets
from radiation.upsets.track import Track, track_without_orbit
from radiation.upsets.upset_list import Effect, UpsetList, joined_lists

__all__ = [
    "DeviceRates",
    "Effect",
    "ExpectedUpsets",
    "Track",
    "UpsetList",
    "effects_of",
    "expected_bits_per_cluster",
    "expected_upsets",
    "iter_upsets",
    "joined_lists",
    "same_word_probability",
    "sample_upsets",
    "systematic_factors",
    "track_without_orbit",
]
