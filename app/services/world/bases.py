"""Where people start: the base of a team, and the place of each technician."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.planning.placement import request_replan
from app.services.reference import reference
from app.services.scope import NotVisible
from app.services.world.log import WorldError, record, take_turn
from models.account import Role, User, Viewer
from models.roads import WorldKind
from models.workforce import Team, Technician


@dataclass(frozen=True)
class Starter:
    """A technician and where they start."""

    id: int
    name: str
    home_code: str


@dataclass(frozen=True)
class TeamBase:
    """A team, its base, and its people: those who start elsewhere first, then by name."""

    id: int
    name_vi: str
    name_en: str
    base_code: str
    people: tuple[Starter, ...]


def team_bases(session: Session) -> list[TeamBase]:
    """Every team."""
    teams = session.exec(select(Team).order_by(col(Team.id))).all()
    rows = session.exec(
        select(Technician.id, Technician.team_id, Technician.home_code, User.name)
        .join(User, col(User.id) == col(Technician.user_id))
        .where(col(User.is_active))
        .order_by(col(User.name))
    ).all()
    return [
        TeamBase(
            team.id or 0,
            team.name_vi,
            team.name_en,
            team.base_code,
            tuple(
                sorted(
                    (
                        Starter(id_ or 0, name, home)
                        for id_, of, home, name in rows
                        if of == team.id
                    ),
                    key=lambda one: (one.home_code == team.base_code, one.name),
                )
            ),
        )
        for team in teams
    ]


def set_base(
    session: Session,
    team_id: int,
    *,
    code: str,
    moves_people: bool,
    viewer: Viewer,
    now: datetime,
) -> int:
    """Move a team's base; how many start from there with it.

    ``moves_people``: whoever started at the old base starts at the new one.

    Raises
    ------
    NotVisible
        If there is no such team.
    WorldError
        If there is no such commune.
    """
    take_turn(session, viewer, Role.ADMIN)
    team = session.get(Team, team_id)
    if team is None:
        raise NotVisible(str(team_id))
    _check(session, code)
    if code == team.base_code:
        return 0
    old, moved = team.base_code, 0
    team.base_code = code
    session.add(team)
    if moves_people:
        people = session.exec(
            select(Technician).where(
                col(Technician.team_id) == team_id, col(Technician.home_code) == old
            )
        ).all()
        for person in people:
            person.home_code = code
            session.add(person)
        moved = len(people)
    record(
        session,
        WorldKind.BASE,
        now=now,
        by=viewer,
        subject=team.name_vi,
        before={"base_code": old},
        after={"base_code": code, "moved": moved},
    )
    request_replan(session, cause="base", now=now, viewer=viewer)
    return moved


def set_home(
    session: Session, technician_id: int, *, code: str, viewer: Viewer, now: datetime
) -> None:
    """Let a technician start elsewhere. Raises as `set_base` does."""
    take_turn(session, viewer, Role.ADMIN)
    person = session.get(Technician, technician_id)
    if person is None:
        raise NotVisible(str(technician_id))
    _check(session, code)
    if code == person.home_code:
        return
    old, person.home_code = person.home_code, code
    session.add(person)
    record(
        session,
        WorldKind.BASE,
        now=now,
        by=viewer,
        subject=str(technician_id),
        before={"home_code": old},
        after={"home_code": code},
    )
    request_replan(session, cause="base", now=now, viewer=viewer)


def _check(session: Session, code: str) -> None:
    if code not in reference(session).places:
        raise WorldError({"code": _("Hãy chọn một xã.")})
