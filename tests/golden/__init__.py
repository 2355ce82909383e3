"""Stored summaries of small runs; `python -m tests.golden` shows what changed and writes them anew."""
