"""Print what changed against the stored summaries, and store the new ones."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.golden.runs import CASES, STORED, stored, summary_of


def main() -> None:
    old = stored() if STORED.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        new = {case: summary_of(case, Path(folder)) for case in CASES}
    for case, summary in new.items():
        for key, value in summary.items():
            before = old.get(case, {}).get(key)
            if before != value:
                sys.stdout.write(f"{case}: {key}: {before} -> {value}\n")
    STORED.write_text(json.dumps(new, indent=1, sort_keys=True) + "\n")


main()
