"""What a search or a filter means in SQL: the same hits on SQLite and on PostgreSQL."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, column, func, literal_column, table
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from models.catalog import Priority
from models.lifecycle import ENDED, Status
from models.numbers import check_letter
from models.search import fold_query
from models.ticket import Ticket

_NUMBER = re.compile(r"#?\s*(?P<digits>\d{1,9})\s*(?P<letter>[A-Za-z])?")
_INDEX = table("ticket_search", column("rowid"))
# More words narrow nothing and cost time.
LONGEST_SEARCH = 8


class StatusGroup(StrEnum):
    """The statuses as people look for them."""

    ACTIVE = "active"
    RESOLVED = "resolved"
    ENDED = "ended"


STATUSES = {
    StatusGroup.ACTIVE: [one for one in Status if one not in {*ENDED, Status.RESOLVED}],
    StatusGroup.RESOLVED: [Status.RESOLVED],
    StatusGroup.ENDED: [one for one in Status if one in ENDED],
}


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; everything that stands in its address but the position."""

    q: str = ""
    statuses: Sequence[Status] = ()
    category_code: str = ""
    commune_code: str = ""
    priority: Priority | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filters without the search."""
        found: list[ColumnElement[bool]] = []
        if self.statuses:
            found.append(col(Ticket.status).in_(list(self.statuses)))
        if self.category_code:
            found.append(col(Ticket.category_code) == self.category_code)
        if self.commune_code:
            found.append(col(Ticket.commune_code) == self.commune_code)
        if self.priority:
            found.append(col(Ticket.priority) == self.priority)
        return found


def number_in(q: str) -> int | None:
    """The ticket's number where the search is one: ``1042``, ``1042R``, ``#1042``."""
    match = _NUMBER.fullmatch(q.strip())
    if match is None:
        return None
    number, letter = int(match["digits"]), match["letter"]
    return number if letter is None or letter.upper() == check_letter(number) else None


def matching(
    query: SelectOfScalar[Ticket], q: str, *, after: int | None, is_sqlite: bool
) -> SelectOfScalar[Ticket]:
    """The tickets with every word of the search, newest first, beyond the position.

    The order is the index's own, so that the first page of a common word reads a few rows only.
    """
    words = fold_query(q)[:LONGEST_SEARCH]
    if words and is_sqlite:
        rowid = _INDEX.c.rowid
        query = query.join(_INDEX, rowid == col(Ticket.number)).where(
            literal_column("ticket_search").op("MATCH")(_fts5(words))
        )
        return (query.where(rowid < after) if after else query).order_by(rowid.desc())
    if words:
        vector = func.to_tsvector(literal_column("'simple'"), col(Ticket.search_text))
        query = query.where(
            vector.op("@@")(func.to_tsquery(literal_column("'simple'"), _tsquery(words)))
        )
    number = col(Ticket.number)
    return (query.where(number < after) if after else query).order_by(number.desc())


def _fts5(words: Sequence[tuple[str, ...]]) -> str:
    return " AND ".join(
        "(" + " OR ".join(f'"{reading}"*' for reading in readings) + ")" for readings in words
    )


def _tsquery(words: Sequence[tuple[str, ...]]) -> str:
    return " & ".join(
        "(" + " | ".join(f"{reading}:*" for reading in readings) + ")" for readings in words
    )
