"""What a lead may decide about a ticket, as the drawer offers it: the swap, and further skills."""

from dataclasses import dataclass

from sqlmodel import Session

from app.i18n import _, pick
from app.services.planning.reasons import names_of
from app.services.reference import Reference
from models.numbers import written
from models.plan import Decision, Outcome
from models.ticket import Ticket


@dataclass(frozen=True)
class SwapOffer:
    """The ticket that would have to go, and who would then take this one."""

    code: str
    name: str


def swap_offer(session: Session, decision: Decision | None) -> SwapOffer | None:
    """The swap that the newest decision names, if it names one."""
    if decision is None or decision.outcome is not Outcome.CROWDED_OUT or not decision.swap:
        return None
    person = int(decision.swap["technician_id"])
    name = names_of(session, [person]).get(person, "?")
    return SwapOffer(written(int(decision.swap["out"])), name)


def skill_choices(facts: Reference) -> list[tuple[str, str]]:
    """Every skill by code, in the reader's language."""
    return [(code, pick(*names)) for code, names in facts.skills.items()]


def also_needed(ticket: Ticket, facts: Reference) -> list[str]:
    """What a lead asked for beside the category's skill, in words."""
    return [
        _("%(skill)s bậc %(level)s", skill=pick(*facts.skills[code]), level=level)
        for code, level in sorted((ticket.also_needs or {}).items())
        if code in facts.skills
    ]
