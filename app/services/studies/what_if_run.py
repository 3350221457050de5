"""The worker answers a what-if: reads what the planner sees, compares apart, keeps the numbers.

Nothing of the plan is written: the question's own row is all that changes.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.planning.horizon import read_horizon
from app.services.reference import Reference, reference
from app.services.studies import queue as studies
from app.services.studies.apart import run_apart
from app.services.studies.what_if_question import NEWCOMER, USUAL_LEVEL, FactKind, Question
from dispatch.files.instances import problem_to_json
from dispatch.problem import Problem
from models.calendar import moment_of, seconds_of_day
from models.database import reading
from models.lease import check_epoch
from models.study import Study, StudyKind
from models.ticket import Ticket
from models.types import JsonDict
from models.workforce import Team, Technician, TechnicianSkill

# Three searches share it; with reading, starting and writing the answer is there within 5 s. On a
# small day the iterations are used up first, and the same question has the same answer.
BUDGET_S = 2.1
ITERATIONS = 20_000
KILLED_AFTER_S = 12.0


@dataclass(frozen=True)
class Picture:
    """What the planner sees: a problem whose seconds count from the midnight of ``on``."""

    on: date
    problem: Problem


class NoAnswer(ValueError):
    """The question cannot be answered any more; carries a code for the page."""


def answer_next(
    engine: Engine,
    *,
    now: datetime,
    epoch: int = 0,
    lease: str = "worker",
    budget_s: float = BUDGET_S,
) -> Study | None:
    """Answer the next what-if that waits; None if there is none."""

    def fence(session: Session) -> None:
        if epoch:
            check_epoch(session, lease, epoch)

    study = studies.claim(engine, StudyKind.WHAT_IF, fence, epoch=epoch, now=now)
    if study is None:
        return None
    change: Callable[[Study], None]
    with studies.answering(engine, study, fence, now=now):
        try:
            question = Question.from_json(study.question)
            result = _answer(engine, question, now=now, budget_s=budget_s)
            change = partial(studies.finish, result=result, now=now)
        except NoAnswer as reason:
            change = partial(studies.fail, reason=str(reason), now=now)
        studies.record(engine, study.id or 0, fence, change=change)
    return study


def _answer(engine: Engine, question: Question, *, now: datetime, budget_s: float) -> JsonDict:
    with reading(engine) as session:
        picture = read_picture(session, now=now)
        fact = _fact_file(session, question, picture)
    found = compare_apart(picture.problem, fact, budget_s=budget_s)
    if found is None:
        raise NoAnswer("failed")
    with reading(engine) as session:
        return _result(session, picture, found) | {"begun": _begun(picture, question)}


def read_picture(session: Session, *, now: datetime) -> Picture:
    """The working days that the re-planner would solve now."""
    day = read_horizon(session, now=now).day
    return Picture(day.on, day.problem)


def compare_apart(
    problem: Problem, fact: JsonDict, *, budget_s: float = BUDGET_S
) -> JsonDict | None:
    """Both sides, compared in a process of its own; None when it failed or was killed."""
    with tempfile.TemporaryDirectory(prefix="ungcuu-what-if-") as folder:
        instance, asked, found = (Path(folder, name) for name in ("i.json", "f.json", "o.json"))
        instance.write_text(json.dumps(problem_to_json(problem)), encoding="utf-8")
        asked.write_text(json.dumps(fact), encoding="utf-8")
        arguments = ["dispatch", "what-if", str(instance), str(asked)]
        arguments += ["--time-limit", str(budget_s), "--iterations", str(ITERATIONS)]
        arguments += ["--out", str(found)]
        if not run_apart(arguments, timeout_s=KILLED_AFTER_S):
            return None
        answer: JsonDict = json.loads(found.read_text(encoding="utf-8"))
        return answer


def _fact_file(session: Session, question: Question, picture: Picture) -> JsonDict:
    """The fact as the library's file has it."""
    facts, problem = reference(session), picture.problem
    person = question.technician_id
    if person is not None and not problem.knows_technician(person):
        raise NoAnswer("person-gone")
    if question.kind is FactKind.FEWER:
        return {"kind": "fewer", "person": person}
    if question.kind is FactKind.MORE:
        return _more(session, facts, question)
    if question.kind is FactKind.SKILLED:
        skill = {"skill": question.skill_code, "level": question.level}
        return {"kind": "skilled", "person": person, **skill}
    if question.kind is FactKind.CLOSED:
        ends = [_place(facts, code) for code in (question.commune_code, question.other_code)]
        return {"kind": "closed", "pairs": [ends]}
    return _by_hand(question, picture)


def _place(facts: Reference, code: str) -> int:
    if code not in facts.places:
        raise NoAnswer("place-gone")
    return facts.places[code].index


def _more(session: Session, facts: Reference, question: Question) -> JsonDict:
    like = session.get(Technician, question.technician_id) if question.technician_id else None
    if like is None:
        skills: Mapping[str, int] = dict.fromkeys(facts.skills, USUAL_LEVEL)
        team_id = session.exec(select(Team.id).order_by(col(Team.id))).first()
    else:
        rows = select(TechnicianSkill.skill_code, TechnicianSkill.level).where(
            col(TechnicianSkill.technician_id) == like.id
        )
        skills, team_id = dict(session.exec(rows).all()), like.team_id
    home = _place(facts, question.commune_code)
    return {"kind": "more", "home": home, "skills": dict(skills), "team": team_id or 1}


def _by_hand(question: Question, picture: Picture) -> JsonDict:
    number, problem = question.number or 0, picture.problem
    if not problem.knows_visit(number) or number in {work.visit for work in problem.committed}:
        raise NoAnswer("ticket-gone")
    fact: JsonDict = {"kind": "by-hand", "visit": number, "person": question.technician_id}
    if question.starts_at:
        start = datetime.fromisoformat(question.starts_at)
        fact["start_s"] = max(problem.now_s, seconds_of_day(start, picture.on))
    return fact


def _result(session: Session, picture: Picture, found: JsonDict) -> JsonDict:
    """What is kept of a comparison: figures of both sides, the moves, who is affected."""
    numbers = [visit.id for visit in picture.problem.visits]
    targets = dict(
        session.exec(
            select(Ticket.number, Ticket.target_at).where(col(Ticket.number).in_(numbers))
        ).all()
    )
    moves = [
        {
            "number": move["visit"],
            "kind": move["kind"],
            "before": [_person(picture, person) for person in move["before"]],
            "after": [_person(picture, person) for person in move["after"]],
            "before_at": _moment(picture, move["before_s"]),
            "after_at": _moment(picture, move["after_s"]),
        }
        for move in found["moves"]
        if move["visit"] in targets
    ]
    return {
        "on": picture.on.isoformat(),
        "until": _until(picture).isoformat(),
        "before": _side(picture, found["before"], targets),
        "after": _side(picture, found["after"], targets),
        "moves": moves,
        "people": _people(picture, found),
    }


def _begun(picture: Picture, question: Question) -> int:
    """How much the person who is fewer has begun already: that is finished all the same."""
    if question.kind is not FactKind.FEWER:
        return 0
    return sum(
        question.technician_id in picture.problem.people(work.technicians)
        for work in picture.problem.committed
    )


def _people(picture: Picture, found: JsonDict) -> list[JsonDict]:
    """Whose route differs, with the visits of both sides; somebody new has the id NEWCOMER."""
    counts = {side: _visits_by_person(picture, found[side]) for side in ("before", "after")}
    people = sorted({_person(picture, technician) for technician in found["people"]})
    return [
        {"id": person, **{side: counts[side].get(person, 0) for side in counts}}
        for person in people
    ]


def _visits_by_person(picture: Picture, side: JsonDict) -> Counter[int]:
    counts: Counter[int] = Counter()
    for route in side["plan"]["routes"]:
        for person in {_person(picture, technician) for technician in route["technicians"]}:
            counts[person] += len(route["stops"])
    return counts


def _person(picture: Picture, technician: int) -> int:
    if not picture.problem.knows_technician(technician):
        return NEWCOMER
    return min(picture.problem.people((technician,)))


def _moment(picture: Picture, second: int | None) -> str | None:
    return None if second is None else moment_of(picture.on, second).isoformat()


def _until(picture: Picture) -> date:
    """The last day of the picture."""
    ends_s = max((person.shift_s[1] for person in picture.problem.technicians), default=0)
    return picture.on + timedelta(days=max(0, ends_s - 1) // 86_400)


def _side(
    picture: Picture, side: JsonDict, targets: Mapping[int | None, datetime | None]
) -> JsonDict:
    starts = {
        stop["visit"]: moment_of(picture.on, stop["start_s"])
        for route in side["plan"]["routes"]
        for stop in route["stops"]
        if stop["visit"] in targets
    }
    ends_at = moment_of(_until(picture), 86_400)
    late = [
        number
        for number, target_at in targets.items()
        if target_at is not None
        and (starts[number] > target_at if number in starts else target_at < ends_at)
    ]
    return {
        "value": side["value"],
        "travel_s": side["travel_s"],
        "distance_m": side["distance_m"],
        "asked": len(targets),
        "served": len(starts),
        "late": len(late),
        "people": len(
            {person for route in side["plan"]["routes"] for person in route["technicians"]}
        ),
    }
