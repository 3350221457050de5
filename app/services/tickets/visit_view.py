"""The planned visit as a ticket's page shows it: who comes, when, and whose trip it joins."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.i18n import pick
from app.sms.phones import national
from models.account import Role, User, Viewer
from models.numbers import written
from models.plan import Assignment
from models.workforce import Team


@dataclass(frozen=True)
class Visit:
    """Who comes, and when. ``technician`` drives and is phoned, ``others`` come along.

    ``phone`` is dialled, ``phone_words`` is read. ``joins``: the ticket whose trip it joins.
    """

    technician: str
    others: tuple[str, ...]
    phone: str | None
    phone_words: str
    team: str
    starts_at: datetime
    travel_m: int
    joins: str
    added: timedelta

    @property
    def everybody(self) -> str:
        """All names as one phrase."""
        return ", ".join((self.technician, *self.others))


def visit_shown(
    assignment: Assignment | None,
    technician: User | None,
    team: Team | None,
    viewer: Viewer,
    *,
    others: list[str],
) -> Visit | None:
    """The visit, or None where nobody is to come; an auditor sees no phone."""
    if assignment is None or technician is None or team is None:
        return None
    is_shown = technician.phone is not None and viewer.role is not Role.AUDITOR
    return Visit(
        technician=technician.name,
        others=tuple(others),
        phone=technician.phone if is_shown else None,
        phone_words=national(technician.phone) if is_shown and technician.phone else "",
        team=pick(team.name_vi, team.name_en),
        starts_at=assignment.starts_at,
        travel_m=assignment.travel_m,
        joins=written(assignment.joins_number) if assignment.joins_number else "",
        added=timedelta(seconds=assignment.added_travel_s),
    )
