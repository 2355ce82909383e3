"""Which layers of a network matter: criteria that say so beforehand, and flipped bits that say whether they are right.

Criteria need torch (`pip install sunwise[train]`); ground truth, ranking statistics and plans run without.
"""
