"""Commands of `manage.py` on log-ins: made, given a password, switched off."""

from __future__ import annotations

import argparse
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from app.access import hash_password
from app.config import Settings
from app.services.people import administration, second_factor
from models.account import Role
from models.database import connect, transaction
from models.workforce import Team
from scripts.installation import make_password


def add_user(parser: argparse.ArgumentParser) -> None:
    """``user create``, ``password``, ``deactivate`` and ``reset-totp``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("create", help="any role but technician: those come by a file")
    command.add_argument("username")
    roles = [role.value for role in Role if role is not Role.TECHNICIAN]
    command.add_argument("--role", choices=roles, required=True)
    command.add_argument("--name", required=True, help="the person's name")
    command.add_argument("--commune", metavar="CODE", help="of commune staff")
    command.add_argument("--team", metavar="NAME", help="of a lead, such as 'Tổ 1'")
    _add_password(command)
    command.set_defaults(run=_create_user)
    command = actions.add_parser("password", help="a new password; ends every session")
    command.add_argument("username")
    _add_password(command)
    command.set_defaults(run=_change_password)
    command = actions.add_parser("deactivate", help="no more log-in, no more tokens")
    command.add_argument("username")
    command.set_defaults(run=_deactivate_user)
    command = actions.add_parser("reset-totp", help="no more codes of a lost phone; ends sessions")
    command.add_argument("username")
    command.set_defaults(run=_reset_totp)


def _add_password(command: argparse.ArgumentParser) -> None:
    text = "its first line is the password; else a random one is made and shown once"
    command.add_argument("--password-file", type=Path, metavar="FILE", help=text)


def _create_user(given: argparse.Namespace) -> int:
    password = _password(given)
    with transaction(_engine()) as session:
        team_id = None
        if given.team:
            team_id = session.exec(select(Team.id).where(col(Team.name_vi) == given.team)).first()
            if team_id is None:
                raise ValueError(f"there is no team '{given.team}'")
        administration.create_user(
            session,
            username=given.username,
            name=given.name,
            role=Role(given.role),
            password_hash=hash_password(password),
            team_id=team_id,
            commune_code=given.commune,
        )
    _show(given, password)
    return 0


def _change_password(given: argparse.Namespace) -> int:
    password = _password(given)
    with transaction(_engine()) as session:
        administration.set_password(session, given.username, password_hash=hash_password(password))
    _show(given, password)
    return 0


def _password(given: argparse.Namespace) -> str:
    if given.password_file is None:
        return make_password()
    password = str(given.password_file.read_text(encoding="utf-8").split("\n")[0])
    administration.check_password(password)
    return password


def _show(given: argparse.Namespace, password: str) -> None:
    if given.password_file is None:
        print(f"Password of {given.username}: {password} (shown this once)")


def _deactivate_user(given: argparse.Namespace) -> int:
    with transaction(_engine()) as session:
        administration.deactivate_user(session, given.username)
    print(f"{given.username} is switched off.")
    return 0


def _reset_totp(given: argparse.Namespace) -> int:
    with transaction(_engine()) as session:
        second_factor.reset(session, given.username)
    print(f"{given.username} needs no code now; an administrator sets a new one up on log-in.")
    return 0


def _engine() -> Engine:
    return connect(Settings.from_env().database(), pool_size=1)
