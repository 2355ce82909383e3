"""`python -m scenarios.cli` is `sunwise`."""

from scenarios.cli import main

main()
