"""Build step of the shipped radiation tables: `python -m grids`; needs the extra `grids`, never used at run time."""
