"""Short scripts that teach: run a scenario, compare schedulers, write a scheduler of one's own."""
