"""Look after an installation: ``python3 scripts/manage.py --help``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from scripts.bootstrap import PYTHON, VENV

if __name__ == "__main__" and PYTHON.exists() and Path(sys.prefix).resolve() != VENV:
    # Started with the machine's own Python: go on with the one that has the packages.
    command = [str(PYTHON), "-P", "-m", "scripts.manage", *sys.argv[1:]]
    os.execve(command[0], command, {**os.environ, "PYTHONPATH": str(ROOT)})

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.access import hash_password, password_matches
from app.config import Settings
from app.services.checks.verification import verify
from app.services.demo.clock import demo_now
from app.services.people import administration
from app.services.people.importing import Imported, import_people
from app.services.tickets.attachments import FOLDER
from models.database import connect, reading, transaction
from models.migration import migrate
from scripts import history_command, privacy_commands, translations, user_commands
from scripts.installation import make_password, prepare, write_private


def main(arguments: list[str]) -> int:
    """Run one command; 0 when it did what was asked, 1 with a sentence when not."""
    given = _parser().parse_args(arguments)
    os.environ["APP_DATA_DIR"] = str(given.data.resolve())
    try:
        return int(given.run(given))
    except (ValueError, OSError) as error:
        print(f"{error}", file=sys.stderr)
    except DBAPIError as error:
        print(
            f"the database cannot be used ({error.orig}); was it made by 'manage.py migrate'?",
            file=sys.stderr,
        )
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py", description="Look after an installation.")
    data = Path(os.environ.get("APP_DATA_DIR") or ROOT / "var")
    parser.add_argument("--data", type=Path, default=data, metavar="DIR", help="the data folder")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("migrate", help="bring the database to the newest schema")
    command.set_defaults(run=_migrate)

    command = commands.add_parser("seed", help="communes, catalogue, calendar; the demo on request")
    command.add_argument("--demo", action="store_true", help="also made-up people and tickets")
    command.add_argument("--at", metavar="2026-11-25T08:00", help="where the demo's clock starts")
    command.add_argument("--admin", metavar="USERNAME", help="first administrator, without --demo")
    command.set_defaults(run=_seed)

    people = commands.add_parser("people", help="teams, technicians and log-ins from a file")
    command = people.add_subparsers(required=True, metavar="ACTION").add_parser("import")
    command.add_argument("file", type=Path, metavar="FILE.csv")
    command.add_argument("--dry-run", action="store_true", help="say what would change, only")
    command.add_argument("--passwords", type=Path, metavar="FILE", help="where new passwords go")
    command.set_defaults(run=_import_people)

    user_commands.add_user(commands.add_parser("user", help="log-ins"))
    _add_token_commands(commands.add_parser("token", help="tokens of the API"))

    privacy_commands.add_person(commands.add_parser("person", help="what is stored about somebody"))
    privacy_commands.add_breach(commands.add_parser("breach", help="register of data breaches"))

    history_command.add_history(
        commands.add_parser("history", help="a past period with other people or bases, as a report")
    )

    command = commands.add_parser("verify", help="check what must always hold; 1 if it does not")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_verify)

    command = commands.add_parser("translations", help="bring the English catalogue up to the code")
    command.set_defaults(run=_translations)
    return parser


def _add_token_commands(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("create", help="shows the token once")
    command.add_argument("username")
    command.add_argument("--name", required=True, help="what it is for")
    command.add_argument("--days", type=int, help="how long it lasts; else until it is revoked")
    command.set_defaults(run=_create_token)
    command = actions.add_parser("revoke")
    command.add_argument("id", type=int)
    command.set_defaults(run=_revoke_token)
    command = actions.add_parser("list")
    command.add_argument("username", nargs="?")
    command.set_defaults(run=_list_tokens)


def _migrate(_given: argparse.Namespace) -> int:
    settings = Settings.from_env()
    settings.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = connect(settings.database(), pool_size=1)
    migrate(engine)
    print("The database has the newest schema.")
    return 0


def _seed(given: argparse.Namespace) -> int:
    admin = None
    if given.admin:
        admin = (given.admin, make_password())
    prepare(demo=given.demo, at=given.at, admin=admin)
    if admin:
        with reading(_engine()) as session:
            user = administration.get_user(session, admin[0])
        if password_matches(user, admin[1]):
            print(f"Administrator {admin[0]}, password {admin[1]} (shown this once).")
    print("Everything that ships is in the database.")
    return 0


def _import_people(given: argparse.Namespace) -> int:
    content = given.file.read_bytes()
    with Session(_engine(), expire_on_commit=False) as session:
        if given.dry_run:
            done = import_people(session, content, make_password=str, hash_password=str)
            session.rollback()
        else:
            done = import_people(
                session, content, make_password=make_password, hash_password=hash_password
            )
            # Before the commit: nobody could log in with a password that was never written down.
            _write_passwords(given, done)
            session.commit()
    for change in done.changes:
        print(change)
    verb = "would change" if given.dry_run else "changed"
    print(f"{len(done.changes)} {verb}, {done.unchanged} stay as they are.")
    return 0


def _write_passwords(given: argparse.Namespace, done: Imported) -> None:
    if not done.passwords:
        return
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = given.passwords or given.data / f"new-passwords-{stamp}.csv"
    lines = [f"{username},{password}\n" for username, password in done.passwords.items()]
    write_private(path, "username,password\n" + "".join(lines))
    print(f"New passwords: {path}")


def _create_token(given: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=given.days) if given.days else None
    with transaction(_engine()) as session:
        token = administration.create_token(
            session, given.username, name=given.name, now=now, expires_at=expires_at
        )
    print(token)
    return 0


def _revoke_token(given: argparse.Namespace) -> int:
    with transaction(_engine()) as session:
        administration.revoke_token(session, given.id)
    print(f"Token {given.id} is revoked.")
    return 0


def _list_tokens(given: argparse.Namespace) -> int:
    with reading(_engine()) as session:
        for token, user in administration.tokens_of(session, given.username):
            until = f"until {token.expires_at:%d/%m/%Y}" if token.expires_at else "no end"
            print(
                f"{token.id}\t{user.username}\t{token.name}\t{token.created_at:%d/%m/%Y}\t{until}"
            )
    return 0


def _verify(given: argparse.Namespace) -> int:
    files_dir = Settings.from_env().data_path / FOLDER
    with reading(_engine()) as session:
        now = demo_now(session, machine_now=datetime.now(UTC))
        found = verify(session, files_dir=files_dir, now=now)
    if given.json:
        print(json.dumps([vars(row) for row in found], ensure_ascii=False, indent=1))
    else:
        for row in found:
            print(f"{row.invariant}: {row.message}")
        print(f"{len(found)} violations." if found else "I1 to I6 hold.")
    return 1 if found else 0


def _translations(given: argparse.Namespace) -> int:
    missing, gone = translations.update()
    for sentence in missing:
        print(f"lacks its English: {sentence}")
    for sentence in gone:
        print(f"nobody says it any more, taken out: {sentence}")
    print(f"{translations.ENGLISH.relative_to(ROOT)} is up to date.")
    return 1 if missing else 0


def _engine() -> Engine:
    return connect(Settings.from_env().database(), pool_size=1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
