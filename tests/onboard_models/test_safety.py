import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("simulator", "radiation", "schedulers", "onboard_models", "scenarios")
UNSAFE = re.compile(
    r"\b(import pickle|from pickle|cPickle|dill|joblib|allow_pickle\s*=\s*True|weights_only\s*=\s*False)\b"
)


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_reads_files_that_run_code(package):
    sources = sorted((ROOT / package).rglob("*.py"))
    assert sources
    assert [path for path in sources if UNSAFE.search(path.read_text())] == []


def test_the_search_finds_what_it_looks_for():
    for text in ("import pickle", "np.load(p, allow_pickle=True)", "torch.load(p, weights_only = False)"):
        assert UNSAFE.search(text)
