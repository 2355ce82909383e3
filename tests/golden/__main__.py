"""Print what changed against the stored summaries, and store the new ones.

`python -m tests.golden` does the small runs, `--library` all scenarios that ship; names after either choose among them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.golden.runs import CASES, LIBRARY, STORED, STORED_LIBRARY, stored, summary_of


def main(arguments: list[str]) -> None:
    is_library = arguments[:1] == ["--library"]
    file, cases = (STORED_LIBRARY, LIBRARY) if is_library else (STORED, CASES)
    chosen = arguments[is_library:] or list(cases)
    summaries = {case: summary for case, summary in stored(file).items() if case in cases}
    for case in chosen:
        with tempfile.TemporaryDirectory() as folder:
            summary = summary_of(cases[case], Path(folder))
        for key, value in summary.items():
            before = summaries.get(case, {}).get(key)
            if before != value:
                sys.stdout.write(f"{case}: {key}: {before} -> {value}\n")
        summaries[case] = summary
        file.write_text(json.dumps(summaries, indent=1, sort_keys=True) + "\n")


main(sys.argv[1:])
