"""Neural networks that run on a satellite, and what keeps them right under upsets."""
