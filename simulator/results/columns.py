"""What the schemas of tables are made of: types, and columns that carry their descriptions."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

F64: Final = pa.float64()
I32: Final = pa.int32()
I64: Final = pa.int64()
TEXT: Final = pa.string()
WORD: Final = pa.dictionary(pa.int32(), pa.string())


def table_schema(description: str, *columns: tuple[str, pa.DataType, str]) -> pa.Schema:
    """Return the schema of a table whose columns are given by name, type and description."""
    return pa.schema([column(*each) for each in columns], metadata={"description": description})


def column(name: str, kind: pa.DataType, description: str) -> pa.Field:
    """Return a column with its description."""
    return pa.field(name, kind, metadata={"description": description})
