"""Networks that Sunwise ships: how they are built, trained, exported and quantised. Needs `sunwise[train]`."""
