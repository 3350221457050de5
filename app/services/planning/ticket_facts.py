"""What the planner needs of a ticket."""

from dataclasses import dataclass
from datetime import datetime

from app.services.planning.day_rows import AssignmentRow
from app.services.reference import Reference
from models.catalog import Priority
from models.lifecycle import Status
from models.ticket import Ticket
from models.types import JsonDict


@dataclass(frozen=True)
class TicketFacts:
    """A ticket as it is to be planned. ``pinned_to`` and ``not_for`` are technician ids."""

    number: int
    priority: Priority
    commune_code: str
    category_code: str
    target_at: datetime | None
    status: Status = Status.OPEN
    is_late: bool = False
    pinned_to: int | None = None
    not_for: frozenset[int] = frozenset()
    also_needs: JsonDict | None = None

    @classmethod
    def of(cls, ticket: Ticket, *, not_for: frozenset[int] = frozenset()) -> "TicketFacts":
        """Facts of a ticket that is to be planned."""
        return cls(
            number=ticket.number or 0,
            priority=ticket.priority,
            commune_code=ticket.commune_code,
            category_code=ticket.category_code,
            target_at=ticket.target_at,
            status=ticket.status,
            not_for=not_for,
            also_needs=ticket.also_needs,
        )

    @classmethod
    def of_row(cls, row: AssignmentRow) -> "TicketFacts":
        """Facts of a ticket that somebody has."""
        return cls(
            number=row.ticket_number,
            priority=row.priority,
            commune_code=row.commune_code,
            category_code=row.category_code,
            target_at=row.target_at,
            is_late=row.target_at is None or row.told_starts_at > row.target_at,
            pinned_to=row.technician_id if row.is_by_hand else None,
            also_needs=row.also_needs,
        )

    def needs(self, facts: Reference) -> dict[str, int]:
        """Skills with their levels: the category's, and what a lead asked for beside it."""
        category = facts.categories[self.category_code]
        needs = {category.skill_code: category.skill_level}
        for skill, level in (self.also_needs or {}).items():
            needs[skill] = max(int(level), needs.get(skill, 0))
        return needs
