"""The world: orbits, sunlight, power, links, tasks and the discrete-event engine."""
