from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from simulator.records import Fate, Place
from simulator.results import TABLES, describe_tables
from simulator.results.tables import AGEING, SECTION_COLUMNS, schema_of

DOCUMENT = Path(__file__).parents[3] / "docs" / "tables.md"


def test_the_document_is_up_to_date() -> None:
    """Regenerate by writing what `describe_tables()` returns to `docs/tables.md`."""
    assert DOCUMENT.read_text() == describe_tables()


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_described_and_has_a_unit_if_it_has_a_dimension(name: str) -> None:
    for field in schema_of(name, SECTION_COLUMNS):
        assert field.metadata[b"description"], field.name
        if pa.types.is_floating(field.type):
            units = "_s|_j|_m|_rad|_bits|_bps|_share|_error|_years|depth_of_discharge|state_of_charge|_cycles"
            assert re.fullmatch(rf".*({units})|bits|illumination", field.name), field.name


def test_the_words_of_the_schema_are_those_of_the_records() -> None:
    for column, words in (("fate", Fate), ("place", Place)):
        text = TABLES["tasks"].field(column).metadata[b"description"].decode()
        assert set(re.findall(r"`(\w+)`", text)) == {word.value for word in words}


def test_lifetimes_of_own_cells_say_so_and_no_other_column_changes() -> None:
    own, assumed = schema_of("energy", (AGEING,)), schema_of("energy")
    changed = [new.name for new, old in zip(own, assumed, strict=True) if not new.equals(old, check_metadata=True)]
    assert changed == ["xu_lifetime_years", "power_law_lifetime_years"]
    assert own.equals(assumed), "names and types are the same"
    assert own.metadata == assumed.metadata
    for name in changed:
        text = own.field(name).metadata[b"description"].decode()
        assert "`power.ageing`" in text
        assert "assumed" not in text
    assert schema_of("tasks", (AGEING,)).equals(schema_of("tasks"), check_metadata=True)
