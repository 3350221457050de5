"""A what-if as its page shows it: what may be asked, and the answer in words and a small table."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.i18n import _, clock_on, day, pick
from app.services.planning.reasons import names_of
from app.services.reference import Place, reference
from app.services.scope import visible_tickets
from app.services.studies.what_if_question import Question, place_name, question_words
from app.services.studies.what_if_words import FigureRow, details, figures, verdict
from dispatch.plan import ChangeKind
from models.account import Role, User, Viewer
from models.calendar import moment_of
from models.catalog import Priority
from models.numbers import written
from models.study import ENDED, Study, StudyState
from models.ticket import Ticket
from models.types import JsonDict
from models.workforce import Team, Technician

# A long list says no more than its beginning.
MOST_MOVES = 40
ORDER = (ChangeKind.DROPPED, ChangeKind.REASSIGNED, ChangeKind.SHIFTED, ChangeKind.ADDED)


@dataclass(frozen=True)
class PersonChoice:
    """A technician who may be chosen."""

    id: int
    name: str
    team: str


@dataclass(frozen=True)
class Choices:
    """What the form offers to this person."""

    people: list[PersonChoice]
    places: list[Place]
    skills: list[tuple[str, str]]
    base_code: str


@dataclass(frozen=True)
class MoveRow:
    """A ticket that is not as it would be without the change."""

    number: int
    code: str
    title: str
    place: str
    priority: Priority
    kind: ChangeKind
    before: str
    after: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody whose route differs, with the number of visits on both sides."""

    name: str
    before: int
    after: int


@dataclass(frozen=True)
class WhatIfView:
    """A question with its answer, as far as it is; ``trouble``: why there is none."""

    id: int
    state: StudyState
    question: str
    asked_at: datetime
    trouble: str = ""
    verdict: str = ""
    details: tuple[str, ...] = ()
    figures: tuple[FigureRow, ...] = ()
    moves: tuple[MoveRow, ...] = ()
    more_moves: int = 0
    people: tuple[PersonRow, ...] = ()
    days: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED


def choices(session: Session, *, viewer: Viewer) -> Choices:
    """People, places and skills for the form; a lead chooses among their own team."""
    query = (
        select(Technician, User.name, Team)
        .join(User, col(User.id) == col(Technician.user_id))
        .join(Team, col(Team.id) == col(Technician.team_id))
        .where(col(Technician.is_on_duty), col(User.is_active))
        .order_by(col(Technician.team_id), col(User.name))
    )
    if viewer.role is Role.LEAD:
        query = query.where(col(Technician.team_id) == viewer.team_id)
    rows = session.exec(query).all()
    facts = reference(session)
    return Choices(
        people=[
            PersonChoice(person.id or 0, name, pick(team.name_vi, team.name_en))
            for person, name, team in rows
        ],
        places=sorted(facts.places.values(), key=lambda place: place.name),
        skills=sorted(
            ((code, pick(*names)) for code, names in facts.skills.items()),
            key=lambda skill: skill[1],
        ),
        base_code=rows[0][2].base_code if rows else "",
    )


def view_of(session: Session, study: Study, *, viewer: Viewer, now: datetime) -> WhatIfView:
    """The question and, when it is there, its answer."""
    question = Question.from_json(study.question)
    words = question_words(session, question)
    if study.state is StudyState.DONE and study.result is not None:
        return _answered(session, study, study.result, words, viewer=viewer, now=now)
    return WhatIfView(
        id=study.id or 0,
        state=study.state,
        question=words,
        asked_at=study.asked_at,
        trouble=_trouble(study) if study.is_over else "",
    )


def _trouble(study: Study) -> str:
    if study.state is StudyState.CANCELLED:
        return _("Câu hỏi này đã được thay bằng câu hỏi mới hơn.")
    return {
        "person-gone": _("Người này hiện không trực nên không có trong kế hoạch."),
        "place-gone": _("Nơi này không còn trong danh mục."),
        "ticket-gone": _(
            "Phiếu này không nằm trong kế hoạch ba ngày tới: đã có người đang đi hoặc đang làm, "
            "đang gọi video, hoặc đã xong."
        ),
    }.get((study.result or {}).get("reason", ""), _("Không tính được trong thời gian cho phép."))


def _answered(
    session: Session,
    study: Study,
    result: JsonDict,
    words: str,
    *,
    viewer: Viewer,
    now: datetime,
) -> WhatIfView:
    moves, hidden = _moves(session, result, viewer=viewer, now=now)
    return WhatIfView(
        id=study.id or 0,
        state=study.state,
        question=words,
        asked_at=study.asked_at,
        verdict=verdict(result),
        details=tuple(details(result)),
        figures=tuple(figures(result)),
        moves=tuple(moves[:MOST_MOVES]),
        more_moves=hidden + max(0, len(moves) - MOST_MOVES),
        people=tuple(_people(session, result)),
        days=_days(result),
    )


def _people(session: Session, result: JsonDict) -> list[PersonRow]:
    names = names_of(session, [row["id"] for row in result["people"]])
    found = [
        PersonRow(names.get(row["id"], _("Người được thêm")), row["before"], row["after"])
        for row in result["people"]
    ]
    return sorted(found, key=lambda row: (-abs(row.after - row.before), row.name))


def _days(result: JsonDict) -> str:
    first, last = (moment_of(date.fromisoformat(result[name]), 0) for name in ("on", "until"))
    if first == last:
        return _("Kế hoạch ngày %(day)s", day=day(first))
    return _("Kế hoạch từ %(first)s đến %(last)s", first=day(first), last=day(last))


def _moves(
    session: Session, result: JsonDict, *, viewer: Viewer, now: datetime
) -> tuple[list[MoveRow], int]:
    """The tickets that differ, worst first, and how many more this person may not see."""
    rows = result["moves"]
    numbers = [row["number"] for row in rows]
    seen = visible_tickets(viewer).where(col(Ticket.number).in_(numbers))
    tickets = {ticket.number: ticket for ticket in session.exec(seen)}
    ids = {person for row in rows for person in (*row["before"], *row["after"])}
    names = names_of(session, sorted(ids))
    facts = reference(session)
    shown = [
        MoveRow(
            number=row["number"],
            code=written(row["number"]),
            title=ticket.title,
            place=place_name(facts, ticket.commune_code),
            priority=ticket.priority,
            kind=ChangeKind(row["kind"]),
            before=_visit_words(row["before"], row["before_at"], names, now=now),
            after=_visit_words(row["after"], row["after_at"], names, now=now),
        )
        for row in rows
        if (ticket := tickets.get(row["number"])) is not None
    ]
    shown.sort(key=lambda move: (ORDER.index(move.kind), move.priority.rank, move.number))
    return shown, len(rows) - len(shown)


def _visit_words(people: list[int], at: str | None, names: dict[int, str], *, now: datetime) -> str:
    if at is None:
        return _("Chưa có người")
    who = ", ".join(names.get(person, _("Người được thêm")) for person in people)
    return f"{who}, {clock_on(datetime.fromisoformat(at), now)}"
