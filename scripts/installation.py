"""One installation's data: schema, rows that ship, and the demo or the first administrator."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.access import hash_password
from app.config import Settings
from app.services.demo.clock import is_demo, local_moment, set_clock, start_in_office_hours
from app.services.demo.loading import load_rows
from app.services.demo.people import DemoAccount, seed_demo
from app.services.people.administration import check_password, create_user
from models.account import Role, User
from models.database import connect, transaction
from models.migration import migrate

ACCOUNTS = "demo-accounts.json"


def prepare(*, demo: bool, at: str | None, admin: tuple[str, str] | None) -> None:
    """Bring the installation that the environment names to where web and worker can start.

    Parameters
    ----------
    demo
        Whether it holds demo data; a demo and real work never share a database.
    at
        Local time at which the demo's clock starts; else it starts by itself in office hours.
    admin
        Name and password of an empty installation's first administrator.

    Raises
    ------
    ValueError
        If it cannot be prepared; the message is the one sentence to show.
    """
    if admin is not None:
        check_password(admin[1])
    settings = Settings.from_env()
    settings.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = connect(settings.database(), pool_size=1)
    try:
        migrate(engine)
        with transaction(engine) as session:
            load_rows(session)
            _check_kind(session, demo=demo)
            if not demo:
                _ensure_admin(session, admin)
        if demo:
            start_demo(engine, settings.data_path, at=at)
    finally:
        engine.dispose()


def start_demo(engine: Engine, data_path: Path, *, at: str | None) -> None:
    """Set the demo's clock, and make its people and tickets if there are none yet."""
    machine_now = datetime.now(UTC)
    with transaction(engine) as session:
        if at is not None:
            set_clock(session, local_moment(at), machine_now=machine_now)
            now = local_moment(at)
        else:
            now = start_in_office_hours(session, machine_now=machine_now)
        if session.exec(select(User.id).limit(1)).first() is not None:
            return
        print("Set-up: demo data …", flush=True)
        accounts = seed_demo(
            session,
            now=now,
            machine_now=machine_now,
            make_password=make_password,
            hash_password=hash_password,
        )
        # Before the commit: a log-in whose password nobody has would be worse than a stale file.
        write_accounts(data_path / ACCOUNTS, accounts)
    print("Set-up: demo data ready", flush=True)


def _check_kind(session: Session, *, demo: bool) -> None:
    if not demo and is_demo(session):
        raise ValueError(
            "this database holds a demo, whose made-up phones must never be sent a text; "
            "choose another folder with --data, or leave out --empty."
        )
    has_users = session.exec(select(User.id).limit(1)).first() is not None
    if demo and has_users and not is_demo(session):
        raise ValueError(
            "this database holds a real installation; start it with --empty, "
            "or choose another folder for the demo with --data."
        )


def _ensure_admin(session: Session, admin: tuple[str, str] | None) -> None:
    query = select(User.username).where(col(User.role) == Role.ADMIN, col(User.is_active))
    admins = set(session.exec(query))
    if admin is None:
        if not admins:
            raise ValueError(
                "there is no administrator yet: name the first one with --admin USERNAME."
            )
        return
    name, password = admin
    if name not in admins:
        create_user(
            session,
            username=name,
            name=name,
            role=Role.ADMIN,
            password_hash=hash_password(password),
        )


def make_password() -> str:
    """A random password of 12 characters, easy to read out: no letters that look alike."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(12))


def write_accounts(path: Path, accounts: list[DemoAccount]) -> None:
    """The demo's log-ins, readable by the owner alone."""
    write_private(path, json.dumps([asdict(row) for row in accounts], ensure_ascii=False, indent=1))


def write_private(path: Path, content: str) -> None:
    """Write a file of mode 600; one that was there before is replaced, not opened."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
