"""Networks that tasks run: bits of their weights that flipped, and what became of the answers."""
