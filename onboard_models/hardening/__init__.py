"""Rewriting the graph of a network so that flipped bits do less harm: bounded activations, early exits."""
