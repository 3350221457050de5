"""The demo: made-up teams, technicians, one log-in for every commune, and their last days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.services.demo.history import play_scenes
from app.services.demo.loading import DATA
from app.services.people.administration import create_token
from app.services.people.importing import import_people
from models.account import User


@dataclass(frozen=True)
class DemoAccount:
    """One line of the demo's list of accounts; the only place where passwords and tokens stand."""

    username: str
    password: str
    role: str
    commune: str | None
    team: int | None
    phone: str | None
    token: str


def seed_demo(
    session: Session,
    *,
    now: datetime,
    machine_now: datetime,
    make_password: Callable[[], str],
    hash_password: Callable[[str], str],
) -> list[DemoAccount]:
    """People and tickets of the demo, in an installation that has none; its accounts."""
    imported = import_people(
        session,
        (DATA / "demo-people.csv").read_bytes(),
        make_password=make_password,
        hash_password=hash_password,
    )
    session.flush()
    play_scenes(session, now=now)
    return [
        DemoAccount(
            username=user.username,
            password=imported.passwords[user.username],
            role=user.role.value,
            commune=user.commune_code,
            team=user.team_id,
            phone=user.phone,
            token=create_token(session, user.username, name="demo", now=machine_now),
        )
        for user in session.exec(select(User).order_by(col(User.id)))
    ]
