from pathlib import Path

from scenarios.campaigns.tables import SINGLE_BITS, TRIALS
from tests.scenarios.cli.test_inject import ROW

PAGE = (Path(__file__).parents[3] / "docs" / "inject.md").read_text(encoding="utf-8")


def test_the_page_explains_every_column_and_key():
    names = {*TRIALS.names, *SINGLE_BITS.names, *ROW}
    assert sorted(name for name in names if f"`{name}`" not in PAGE) == []
