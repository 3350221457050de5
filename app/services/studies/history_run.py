"""The worker plays a past month twice, a day at a time: as it was, and as the question has it.

What is found is kept after each day, so that a worker that dies loses one day, and somebody who has
waited long enough may cancel between two.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session

from app.services.reference import Reference, reference
from app.services.studies import queue as studies
from app.services.studies.history_days import PastTicket, days_of, read_tickets
from app.services.studies.history_figures import side_row
from app.services.studies.history_play import Replay, play_day
from app.services.studies.history_question import HistoryQuestion
from app.services.studies.history_roster import Person, changed_roster, read_roster
from models.database import reading
from models.lease import check_epoch
from models.study import Study, StudyKind
from models.types import JsonDict

AS_IT_WAS, AS_ASKED = "as_it_was", "as_asked"


@dataclass(frozen=True)
class Month:
    """Everything that a replay needs, read once for each day."""

    facts: Reference
    days: list[date]
    tickets: list[PastTicket]
    people: dict[str, list[Person]]


def read_month(session: Session, question: HistoryQuestion) -> Month:
    """The period's tickets and both rosters."""
    facts, people = reference(session), read_roster(session)
    return Month(
        facts=facts,
        days=days_of(facts, question),
        tickets=read_tickets(session, question),
        people={AS_IT_WAS: people, AS_ASKED: changed_roster(people, question)},
    )


def play_next(month: Month, done: int, progress: JsonDict) -> JsonDict:
    """Play the next day both ways at once; what was found so far, with that day in it."""
    replays = {name: Replay.from_json(progress.get(name, {})) for name in month.people}
    on = month.days[done]
    with ThreadPoolExecutor(max_workers=len(replays)) as both:
        played = [
            both.submit(play_day, month.facts, month.people[name], month.tickets, on, replay)
            for name, replay in replays.items()
        ]
        for one in played:
            one.result()
    return {name: replay.to_json() for name, replay in replays.items()}


def result_of(month: Month, progress: JsonDict) -> JsonDict:
    """What is kept of a month that was played to its end."""
    return {
        "days": len(month.days),
        "tickets": len(month.tickets),
        **{
            name: side_row(
                Replay.from_json(progress.get(name, {})),
                month.tickets,
                [person.id for person in people],
                days=len(month.days),
            )
            for name, people in month.people.items()
        },
    }


def work_on_next(
    engine: Engine, *, now: datetime, epoch: int = 0, lease: str = "worker"
) -> Study | None:
    """Play one day of the report that is being made; None if there is none to make."""

    def fence(session: Session) -> None:
        if epoch:
            check_epoch(session, lease, epoch)

    study = studies.claim(engine, StudyKind.HISTORY, fence, epoch=epoch, now=now)
    if study is None:
        return None
    with studies.answering(engine, study, fence, now=now):
        change = _step(engine, study, now=now)
        studies.record(engine, study.id or 0, fence, change=change)
    return study


def _step(engine: Engine, study: Study, *, now: datetime) -> Callable[[Study], None]:
    """Play the next day; what is to be written down then."""
    with reading(engine) as session:
        month = read_month(session, HistoryQuestion.from_json(study.question))
    if not month.people[AS_IT_WAS]:
        return partial(studies.fail, reason="no-people", now=now)
    total = len(month.days)
    if not month.tickets or study.done >= total:
        return partial(studies.fail, reason="no-tickets", now=now)
    done, progress = study.done + 1, play_next(month, study.done, study.progress)

    def keep(row: Study) -> None:
        row.done, row.total, row.progress = done, total, progress
        if done == total:
            studies.finish(row, result_of(month, progress), now=now)

    return keep
