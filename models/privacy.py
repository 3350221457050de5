"""What the law on personal data asks to be kept: the register of breaches."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class Breach(SQLModel, table=True):
    """A breach of personal data: when it was noticed and reported, what and whom it concerned.

    Law 91/2025/QH15 asks for a record of each, and for a report within 72 hours.
    """

    id: int | None = Field(default=None, primary_key=True)
    noticed_at: datetime
    reported_at: datetime | None = None
    what: str
    concerned: str
    measures: str = ""
    by_id: int | None = Field(default=None, foreign_key="user.id")
