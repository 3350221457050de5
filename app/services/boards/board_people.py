"""The people of the board: where each technician is, what they do now, and their day as bars."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row
from sqlmodel import Session, col, select

from app.i18n import _, mark
from app.services.boards.board_day import (
    Bar,
    bars_of,
    calls_of_day,
    lunch_of,
    timeline_day,
    visits_of_day,
)
from app.services.reference import reference
from models.account import User, Viewer
from models.call import CallState
from models.lifecycle import Status
from models.workforce import Leave, Technician


class TechnicianState(StrEnum):
    """What somebody does at this moment, as far as they told us."""

    ON_SITE = "on-site"
    DRIVING = "driving"
    IN_CALL = "in-call"
    FREE = "free"
    OFF = "off"


STATE_WORDS = {
    TechnicianState.ON_SITE: mark("Tại chỗ"),
    TechnicianState.DRIVING: mark("Đang đi"),
    TechnicianState.IN_CALL: mark("Đang gọi video"),
    TechnicianState.FREE: mark("Sẵn sàng"),
    TechnicianState.OFF: mark("Nghỉ"),
}


@dataclass(frozen=True)
class Line:
    """A technician on the board: place, state, and the bars of the day in order."""

    id: int
    name: str
    team_id: int
    state: TechnicianState
    place: str
    lat: float
    lon: float
    seen_at: datetime | None
    heading_for: str | None
    bars: tuple[Bar, ...]
    lunch_at: datetime | None

    @property
    def state_words(self) -> str:
        """The state in the reader's language."""
        return _(STATE_WORDS[self.state])

    @property
    def initials(self) -> str:
        """First letters of the last two words, as people are called by."""
        return "".join(word[0] for word in self.name.split()[-2:])


def lines(
    session: Session, *, viewer: Viewer, now: datetime, team_id: int | None = None
) -> list[Line]:
    """Every technician of the team, or all, with their day; four queries."""
    facts = reference(session)
    on = timeline_day(facts.calendar, now=now)
    people = _people(session, team_id)
    away = _away(session, now=now)
    rows = visits_of_day(session, on, viewer=viewer)
    calls = calls_of_day(session, on, viewer=viewer)
    names = {person.id: person.name for person in people}
    cars: dict[int, list[int]] = defaultdict(list)
    for technician_id, visits in rows.items():
        for visit in visits:
            cars[visit.ticket_number].append(technician_id)
    found = []
    for person in people:
        own = rows.get(person.id, [])
        own_calls = calls.get(person.id, [])
        at = facts.places[person.at_code or person.home_code]
        with_them = _others(cars, person.id, names)
        bars = bars_of(own, own_calls, places=facts.places, others=with_them, now=now)
        is_off = not person.is_on_duty or person.id in away
        state = _state(own, own_calls, is_off=is_off)
        heading = _heading(own) if state is TechnicianState.DRIVING else None
        found.append(
            Line(
                id=person.id,
                name=person.name,
                team_id=person.team_id,
                state=state,
                place=at.full_name,
                lat=at.lat,
                lon=at.lon,
                seen_at=person.seen_at if person.at_code else None,
                heading_for=facts.places[heading].full_name if heading else None,
                bars=bars,
                lunch_at=lunch_of(bars, on) if bars else None,
            )
        )
    return found


def _others(cars: dict[int, list[int]], person: int, names: dict[int, str]) -> dict[int, str]:
    """Who comes along with somebody, by ticket; nobody where they go alone."""
    return {
        number: ", ".join(names.get(one, "") for one in car if one != person)
        for number, car in cars.items()
        if person in car and len(car) > 1
    }


def _people(session: Session, team_id: int | None) -> Sequence[Row[tuple[object, ...]]]:
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Technician.id,
            Technician.team_id,
            Technician.is_on_duty,
            Technician.home_code,
            Technician.at_code,
            Technician.seen_at,
            User.name,
        )
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(User.is_active))
        .order_by(col(Technician.team_id), col(Technician.id))
    )
    if team_id is not None:
        query = query.where(col(Technician.team_id) == team_id)
    rows: Sequence[Row[tuple[object, ...]]] = session.execute(query).all()
    return rows


def _away(session: Session, *, now: datetime) -> set[int]:
    return set(
        session.exec(
            select(Leave.technician_id).where(col(Leave.from_at) <= now, col(Leave.until_at) > now)
        )
    )


def _heading(visits: Sequence[Row[tuple[object, ...]]]) -> str | None:
    """Commune that they are on the way to."""
    ways = (row for row in visits if row.is_active and row.status is Status.EN_ROUTE)
    return next((row.commune_code for row in ways), None)


def _state(
    visits: Sequence[Row[tuple[object, ...]]],
    calls: Sequence[Row[tuple[object, ...]]],
    *,
    is_off: bool,
) -> TechnicianState:
    held = {row.status for row in visits if row.is_active}
    if Status.ON_SITE in held:
        return TechnicianState.ON_SITE
    if Status.EN_ROUTE in held:
        return TechnicianState.DRIVING
    if any(call.state is CallState.RUNNING for call in calls):
        return TechnicianState.IN_CALL
    return TechnicianState.OFF if is_off else TechnicianState.FREE
