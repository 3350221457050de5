"""Who works in a replayed month: the people as they are, and as the question would have them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session, col, select

from app.services.studies.history_question import HistoryQuestion
from models.account import User
from models.workforce import Leave, Technician, TechnicianSkill

# Ids of people who do not exist; technicians' own stay far below.
NEW_PEOPLE = 10_000_000


@dataclass(frozen=True)
class Person:
    """A technician of the month; ``leaves`` are (from, until)."""

    id: int
    team_id: int
    home_code: str
    seats: int
    skills: dict[str, int] = field(default_factory=dict)
    leaves: tuple[tuple[datetime, datetime], ...] = ()


def read_roster(session: Session) -> list[Person]:
    """Everybody who goes out now, with every leave that is known; trainees go with others."""
    skills: dict[int, dict[str, int]] = defaultdict(dict)
    levels = select(
        TechnicianSkill.technician_id, TechnicianSkill.skill_code, TechnicianSkill.level
    )
    for technician_id, code, level in session.exec(levels):
        skills[technician_id][code] = level
    leaves: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for leave in session.exec(select(Leave)):
        leaves[leave.technician_id].append((leave.from_at, leave.until_at))
    people = session.exec(
        select(Technician)
        .join(User, col(User.id) == col(Technician.user_id))
        .where(
            col(User.is_active),
            col(Technician.is_on_duty),
            col(Technician.mentor_id).is_(None),
        )
        .order_by(col(Technician.id))
    )
    return [
        Person(
            id=row.id or 0,
            team_id=row.team_id,
            home_code=row.home_code,
            seats=row.seats,
            skills=skills[row.id or 0],
            leaves=tuple(leaves[row.id or 0]),
        )
        for row in people
    ]


def changed_roster(people: Sequence[Person], question: HistoryQuestion) -> list[Person]:
    """The people whom the question asks for; always the same for the same question."""
    wanted = len(people) if question.people is None else question.people
    chosen = _thinned(people, wanted) if wanted < len(people) else _grown(people, wanted)
    return _moved(chosen, question.base_code, question.base_people)


def _thinned(people: Sequence[Person], wanted: int) -> list[Person]:
    """Fewer people: each time from the place with most, whoever can best be done without.

    Best done without: their rarest skill is the one that most others have too. So no skill goes
    before it has to.
    """
    left = list(people)
    while len(left) > wanted:
        homes = Counter(person.home_code for person in left)
        most = max(homes.values())
        having = Counter(skill for person in left for skill in person.skills.items())
        out = max(
            (person for person in left if homes[person.home_code] == most),
            key=lambda person: (
                min((having[s] for s in person.skills.items()), default=0),
                person.id,
            ),
        )
        left.remove(out)
    return left


def _grown(people: Sequence[Person], wanted: int) -> list[Person]:
    """More people: each like one of those there are, taken in turn; nobody new is on leave."""
    copies = (
        [
            replace(people[number % len(people)], id=NEW_PEOPLE + number, leaves=())
            for number in range(max(0, wanted - len(people)))
        ]
        if people
        else []
    )
    return [*people, *copies]


def _moved(people: list[Person], base_code: str, count: int) -> list[Person]:
    """So many of them start from another base: from every place alike, so that skills mix."""
    if not base_code or not people:
        return people
    ordered = sorted(people, key=lambda person: (person.home_code, person.id))
    count = min(count, len(ordered))
    moving = {ordered[number * len(ordered) // count].id for number in range(count)}
    return [
        replace(person, home_code=base_code) if person.id in moving else person for person in people
    ]
