"""A scratch database as after a year and a half of work, made in bulk, for `bench.py`.

The past is written row by row without the services, since twenty thousand tickets through them
would take minutes; its event chains are sealed by the models' own code, so that `manage.py verify`
holds. What is open is filed through `intake`, so that routes and assignments are the product's own.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func
from sqlmodel import Session, SQLModel, col, select

from app.access import hash_password
from app.services.demo.clock import set_clock
from app.services.demo.loading import DATA, load_rows
from app.services.people.administration import create_token
from app.services.people.importing import import_people
from app.services.reference import reference
from app.services.tickets.intake import TicketDraft, open_ticket
from models.account import Role, User
from models.calendar import local_date, moment_of
from models.catalog import Category
from models.database import reading, transaction
from models.geography import Commune
from models.lifecycle import ENDED, Status
from models.message import OutboundMessage
from models.migration import migrate
from models.plan import Assignment, Decision
from models.ticket import Ticket
from models.workforce import Technician, viewer_of
from scripts.bench_past import PastTicket, Rows, World
from scripts.bench_words import words_of

PAST = timedelta(days=540)
CLOSED_SHARE = 0.70
RESOLVED = 200
AT_ONCE = 2_000
A_DAY_OPENS_S = 7 * 3600 + 1800
A_DAY_FILES_S = 8 * 3600
# How the tickets that are neither closed nor open ended.
OTHER_ENDS = (Status.CANCELLED, Status.CANCELLED, Status.MERGED)


@dataclass(frozen=True)
class Account:
    """One log-in of the scratch database."""

    username: str
    role: Role
    commune: str | None
    token: str


def people(engine: Engine, *, at: datetime, password: str) -> list[Account]:
    """Schema, catalogue and the demo's people, all with one password; the clock at ``at``."""
    machine_now = datetime.now(UTC)
    hashed = hash_password(password)
    migrate(engine)
    with transaction(engine) as session:
        load_rows(session)
        set_clock(session, at, machine_now=machine_now)
        import_people(
            session,
            (DATA / "demo-people.csv").read_bytes(),
            make_password=lambda: password,
            hash_password=lambda _password: hashed,
        )
        return [
            Account(
                username=user.username,
                role=user.role,
                commune=user.commune_code,
                token=create_token(session, user.username, name="bench", now=machine_now),
            )
            for user in session.exec(select(User).order_by(col(User.id))).all()
        ]


def fill(engine: Engine, *, tickets: int, open_tickets: int, now: datetime, seed: int = 1) -> None:
    """Write the past up to yesterday and file what is open this morning.

    Parameters
    ----------
    engine
        A migrated database with the catalogue and the demo's people.
    tickets, open_tickets
        How many there are in the end, and how many of them are still to be worked on.
    now
        The tickets' time at which the bench will run.
    """
    dice = random.Random(seed)
    with transaction(engine) as session:
        world = _world(session)
        there = session.exec(select(func.count()).select_from(Ticket)).one()
        count = tickets - open_tickets - there
        first = (session.exec(select(func.max(Ticket.number))).one() or 1000) + 1
        closed = round(tickets * CLOSED_SHARE)
        _write_past(session, world, first, count=count, closed=closed, now=now, dice=dice)
    with transaction(engine) as session:
        _file_open(session, world, count=open_tickets, now=now, dice=dice)


def count_open(engine: Engine) -> int:
    """How many tickets are still to be worked on."""
    over = [*ENDED, Status.RESOLVED]
    with reading(engine) as session:
        query = select(func.count()).select_from(Ticket).where(col(Ticket.status).not_in(over))
        return session.exec(query).one()


def _world(session: Session) -> World:
    users = session.exec(select(User)).all()
    return World(
        communes={row.code: row for row in session.exec(select(Commune)).all()},
        categories=list(session.exec(select(Category).order_by(col(Category.position))).all()),
        staff=list(session.exec(select(Technician).order_by(col(Technician.id))).all()),
        clerks={user.commune_code: user for user in users if user.commune_code},
        lead=next(user for user in users if user.role is Role.LEAD),
        facts=reference(session),
    )


def _write_past(
    session: Session,
    world: World,
    first: int,
    *,
    count: int,
    closed: int,
    now: datetime,
    dice: random.Random,
) -> None:
    ends = _ends(count, closed=closed, dice=dice)
    start = local_date(now - PAST)
    days = world.facts.calendar.working_days(start, (PAST.days * 5) // 7 - 1)
    next_ids = _next_ids(session)
    rows = Rows(session)
    for index in range(count):
        on = days[index * len(days) // count]
        at = moment_of(on, A_DAY_OPENS_S + dice.randrange(A_DAY_FILES_S))
        number = first + index
        past = PastTicket(number, at, ends[index], world, dice, next_ids)
        past.write(rows, merged_into=number - 1 if index else None)
        if index % AT_ONCE == AT_ONCE - 1:
            rows.write()
    rows.write()


def _ends(count: int, *, closed: int, dice: random.Random) -> list[Status]:
    """How each ticket of the past ended; the last ones still wait for the commune's word."""
    resolved = min(RESOLVED, count // 20)
    closed = min(closed, count - resolved)
    ends = [Status.CLOSED] * closed
    ends += [dice.choice(OTHER_ENDS) for _ in range(count - resolved - closed)]
    dice.shuffle(ends)
    return ends + [Status.RESOLVED] * resolved


def _next_ids(session: Session) -> dict[type[SQLModel], Iterator[int]]:
    def counting(table: type[Decision] | type[Assignment] | type[OutboundMessage]) -> Iterator[int]:
        last = session.exec(select(func.max(col(table.id)))).one() or 0
        return iter(range(last + 1, 2**31))

    return {table: counting(table) for table in (Decision, Assignment, OutboundMessage)}


def _file_open(
    session: Session, world: World, *, count: int, now: datetime, dice: random.Random
) -> None:
    """File what is open through the product, over the last quarter of an hour."""
    for index in range(count):
        commune = dice.choice(list(world.communes.values()))
        category = dice.choice(world.categories)
        title, description = words_of(category, commune, dice)
        draft = TicketDraft(
            key=str(uuid.UUID(int=dice.getrandbits(128))),
            commune_code=commune.code,
            category_code=category.code,
            title=title,
            description=description,
        )
        clerk = session.merge(world.clerks[commune.code])
        at = now - timedelta(minutes=15) + timedelta(seconds=900 * index // count)
        open_ticket(session, draft, viewer=viewer_of(session, clerk), now=at)
