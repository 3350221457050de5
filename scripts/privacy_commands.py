"""Commands of `manage.py` on personal data: a person's rights, and the register of breaches."""

from __future__ import annotations

import argparse
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.access import hash_password
from app.config import Settings
from app.services.demo.clock import local_moment
from app.services.people.administration import AdministrationError
from app.services.privacy.breaches import add_breach as write_breach
from app.services.privacy.breaches import breaches, mark_reported, report_due_at
from app.services.privacy.rights import erase_person, export_person, find_person
from models.calendar import LOCAL
from models.database import connect, reading, transaction
from models.privacy import Breach
from scripts.installation import write_private


def add_person(parser: argparse.ArgumentParser) -> None:
    """``person export`` and ``person erase``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("export", help="everything stored about them, as JSON")
    command.add_argument("who", metavar="USERNAME|PHONE")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="mode 600; else in the data folder"
    )
    command.set_defaults(run=_export)
    command = actions.add_parser("erase", help="takes it out for good; their tickets stay")
    command.add_argument("who", metavar="USERNAME|PHONE")
    command.add_argument("--yes", action="store_true", help="really do it")
    command.set_defaults(run=_erase)


def add_breach(parser: argparse.ArgumentParser) -> None:
    """``breach add``, ``breach list`` and ``breach reported``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("add", help="write one into the register")
    command.add_argument("--noticed", metavar="2026-11-25T08:00", required=True)
    command.add_argument("--what", required=True, help="what happened")
    command.add_argument("--concerned", required=True, help="whose data, how many people")
    command.add_argument("--measures", default="", help="what was done about it")
    command.set_defaults(run=_add)
    command = actions.add_parser("list", help="the register, and what must still be reported")
    command.set_defaults(run=_list)
    command = actions.add_parser("reported", help="the authority knows")
    command.add_argument("id", type=int)
    command.add_argument("--at", metavar="2026-11-26T08:00", required=True)
    command.set_defaults(run=_reported)


def _export(given: argparse.Namespace) -> int:
    with reading(_engine()) as session:
        found = export_person(session, find_person(session, given.who))
    # No name and no phone in the file's name: folders are listed and backed up.
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = given.out or given.data / f"person-{stamp}.json"
    write_private(path, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    print(f"Everything stored about them: {path}")
    return 0


def _erase(given: argparse.Namespace) -> int:
    if not given.yes:
        raise AdministrationError("nothing was erased; it cannot be undone, so repeat with --yes")
    password_hash = hash_password(secrets.token_urlsafe(32))
    with transaction(_engine()) as session:
        erase_person(session, find_person(session, given.who), password_hash=password_hash)
    print("Erased. Their tickets stay; backups keep what was until they expire.")
    return 0


def _add(given: argparse.Namespace) -> int:
    with transaction(_engine()) as session:
        breach = write_breach(
            session,
            noticed_at=local_moment(given.noticed),
            what=given.what,
            concerned=given.concerned,
            measures=given.measures,
            now=datetime.now(UTC),
        )
        print(f"Breach {breach.id} is in the register: {_standing(breach)}.")
    return 0


def _list(_given: argparse.Namespace) -> int:
    with reading(_engine()) as session:
        for breach in breaches(session):
            print(f"{breach.id}\tnoticed {_written(breach.noticed_at)}\t{_standing(breach)}")
            print(f"\twhat: {breach.what}\n\tconcerned: {breach.concerned}")
            if breach.measures:
                print(f"\tmeasures: {breach.measures}")
    return 0


def _reported(given: argparse.Namespace) -> int:
    with transaction(_engine()) as session:
        breach = mark_reported(session, given.id, at=local_moment(given.at), now=datetime.now(UTC))
        print(f"Breach {breach.id}: {_standing(breach)}.")
    return 0


def _standing(breach: Breach) -> str:
    """Where it stands against the 72 hours."""
    due_at = report_due_at(breach)
    if breach.reported_at is not None:
        late = " (after the 72 hours)" if breach.reported_at > due_at else ""
        return f"reported {_written(breach.reported_at)}{late}"
    if datetime.now(UTC) > due_at:
        return f"NOT REPORTED, the 72 hours ended {_written(due_at)}"
    return f"to be reported by {_written(due_at)} (72 hours)"


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%d/%m/%Y %H:%M}"


def _engine() -> Engine:
    return connect(Settings.from_env().database(), pool_size=1)
