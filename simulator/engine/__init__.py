"""The discrete-event run: satellites, tasks and transfers as SimPy events, every joule and task accounted for."""
