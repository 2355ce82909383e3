"""Pages of docs/ against the code: snippets run, tables name what there is. `python -m tests.pages` renders anew."""
