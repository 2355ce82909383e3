"""Solar arrays, batteries and the ledger in which every joule has a place."""
