"""Column types shared by the tables: closed sets stored by value, and JSON."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Enum
from sqlalchemy.dialects.postgresql import JSONB

# PostgreSQL indexes and compares jsonb; SQLite keeps text.
JSON_TYPE = JSON().with_variant(JSONB(), "postgresql")

# What a form or a decision wrote; the shape is documented at each column.
JsonDict = dict[str, Any]


def choice(values: type[StrEnum]) -> Enum:
    """Column type of a closed set: stored by value, checked by the mapper, no database enum."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=False,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )
