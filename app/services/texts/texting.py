"""What a text to a technician is filled with, and which quick digits it owns."""

from datetime import datetime

from sqlmodel import Session

from app.services.reference import reference
from models.account import Language
from models.calendar import LOCAL
from models.lifecycle import Status
from models.plan import Assignment
from models.search import fold
from models.ticket import Ticket

# The digits a technician may answer with, by where the ticket stands.
_STEPS: dict[Status, dict[str, str]] = {
    Status.ASSIGNED: {"1": "accept", "2": "decline"},
    Status.ACCEPTED: {"2": "decline", "3": "depart", "6": "video"},
    Status.EN_ROUTE: {"2": "decline", "4": "arrive", "6": "video"},
    Status.ON_SITE: {"5": "resolve", "6": "video"},
}


def technician_prompt(status: Status) -> dict[str, str]:
    """Quick digits of a text about a ticket of this status."""
    return _STEPS.get(status, {})


def short_time(at: datetime, now: datetime | None = None) -> str:
    """``10:30`` today, else ``10:30 26/11``; without ``now`` always with the day."""
    local = at.astimezone(LOCAL)
    if now is not None and local.date() == now.astimezone(LOCAL).date():
        return local.strftime("%H:%M")
    return local.strftime("%H:%M %d/%m")


def plain_place(session: Session, ticket: Ticket) -> str:
    """Commune's name without diacritics, as texts carry it: ``Tra Bong``."""
    name = reference(session).places[ticket.commune_code].name
    return " ".join(word.capitalize() for word in fold(name).split())


def plain_name(name: str) -> str:
    """The last two words of a name without diacritics, as people are called by: ``Van Thanh``."""
    return " ".join(word.capitalize() for word in fold(name).split()[-2:])


def assignment_values(
    session: Session, ticket: Ticket, assignment: Assignment
) -> dict[str, object]:
    """Values of the texts that tell a technician about a visit."""
    category = reference(session).categories[ticket.category_code]
    return {
        "number": ticket.code,
        "category": category.sms_label,
        "category_en": category.sms_label_en,
        "commune": plain_place(session, ticket),
        "time": short_time(assignment.starts_at, assignment.assigned_at),
        "km": round(assignment.travel_m / 1000),
    }


def label_of(session: Session, ticket: Ticket, language: Language) -> str:
    """Short label of the ticket's category in that language."""
    category = reference(session).categories[ticket.category_code]
    return category.sms_label if language is Language.VI else category.sms_label_en
