"""What was changed about the world, newest first, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import _, label, language, pick
from app.services.reference import Reference, reference
from models.account import Language, User
from models.roads import FactorKind, RoadKind, WorldEvent, WorldKind
from models.types import JsonDict
from models.workforce import Team, Technician

SHOWN = 60


@dataclass(frozen=True)
class HistoryRow:
    """One change: when, who (empty: the clock), what, and its details in words."""

    at: datetime
    by: str
    what: str
    details: str


def world_history(session: Session) -> list[HistoryRow]:
    """The newest changes."""
    facts = reference(session)
    rows = session.exec(
        select(WorldEvent, User.name)
        .join(User, col(User.id) == col(WorldEvent.by_id), isouter=True)
        .order_by(col(WorldEvent.id).desc())
        .limit(SHOWN)
    ).all()
    people = _names_of(session, [event for event, _by in rows])
    return [
        HistoryRow(event.at, name or "", label(event.kind), _details(facts, event, people))
        for event, name in rows
    ]


def _names_of(session: Session, events: Sequence[WorldEvent]) -> dict[str, str]:
    """Names in the reader's language of the technicians and teams whom events tell of."""
    ids = {int(event.subject) for event in events if "home_code" in event.after}
    names = session.exec(
        select(Technician.id, User.name)
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(Technician.id).in_(ids))
    )
    teams = session.exec(select(Team)).all()
    return {str(id_): name for id_, name in names} | {
        team.name_vi: pick(team.name_vi, team.name_en) for team in teams
    }


def _details(facts: Reference, event: WorldEvent, people: Mapping[str, str]) -> str:
    data = event.after or event.before
    if event.kind in (WorldKind.CLOSURE_FILED, WorldKind.CLOSURE_LIFTED):
        return _closure_words(facts, data)
    if event.kind in (WorldKind.WINDOW_ADDED, WorldKind.WINDOW_REMOVED):
        return _name(facts, event.subject)
    if event.kind in (WorldKind.BOATS_PAUSED, WorldKind.BOATS_RESUMED):
        return f"{_day(data.get('from_on'))} – {_day(data.get('until_on'))}"
    if event.kind is WorldKind.BASE:
        place = str(event.after.get("base_code") or event.after.get("home_code") or "")
        return f"{people.get(event.subject, event.subject)}: {_name(facts, place)}"
    if event.kind in (WorldKind.FACTOR_APPLIED, WorldKind.FACTOR_UNDONE):
        return _factor_words(facts, event)
    if event.kind is WorldKind.TRAVEL_TABLE:
        return f"{event.subject} {data.get('why') or ''}".strip()
    return ""


def _closure_words(facts: Reference, data: JsonDict) -> str:
    if data.get("area"):
        return _("vùng %(count)s góc", count=len(data["area"]))
    ends = [_name(facts, str(data.get(name))) for name in ("from_code", "to_code")]
    return " – ".join(ends)


def _factor_words(facts: Reference, event: WorldEvent) -> str:
    kind, _sign, subject = event.subject.partition(":")
    category = facts.categories.get(subject)
    if kind == FactorKind.VISIT:
        name = pick(category.name_vi, category.name_en) if category else subject
    else:
        name = label(RoadKind(subject))
    before, after = event.before.get("permille", 1000), event.after.get("permille", 1000)
    return f"{name}: {percent(before)} → {percent(after)}"


def percent(permille: int) -> str:
    """``1105`` as ``110,5%``."""
    return f"{decimal(permille / 10)}%"


def decimal(value: float) -> str:
    """A number in the reader's notation: ``1,5``."""
    text = f"{value:g}"
    return text.replace(".", ",") if language() is Language.VI else text


def _name(facts: Reference, code: str) -> str:
    place = facts.places.get(code)
    return place.full_name if place else code


def _day(text: object) -> str:
    year, _sign, rest = str(text).partition("-")
    month, _sign, day = rest.partition("-")
    return f"{day}/{month}/{year}"
