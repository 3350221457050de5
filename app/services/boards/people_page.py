"""The people of the teams: who is on, off, where, with what skill; and how even their weeks are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.i18n import pick
from app.services.boards.board import TeamChoice, teams
from app.services.boards.board_people import Line, lines
from app.services.planning.abilities import abilities
from app.services.planning.absence import MAY_EDIT
from app.services.planning.fairness import Load, Spread, loads, spread
from app.services.reference import reference
from models.account import Role, User, Viewer
from models.workforce import Leave, Team, Technician


@dataclass(frozen=True)
class PersonRow:
    """A technician as the page lists them; ``away_until`` while they are marked absent."""

    line: Line
    skills: tuple[str, ...]
    load: Load
    mentor: str
    away_until: datetime | None


@dataclass(frozen=True)
class TeamView:
    """A team with its people; ``may_edit``: whether this person edits its roster."""

    team: TeamChoice
    has_crews: bool
    people: list[PersonRow]
    spread: Spread
    may_edit: bool


def roster(session: Session, *, viewer: Viewer, now: datetime) -> list[TeamView]:
    """Every team that this person may see: a lead their own, all others both."""
    only = viewer.team_id if viewer.role is Role.LEAD else None
    people = lines(session, viewer=viewer, now=now, team_id=only)
    found = {load.technician_id: load for load in loads(session, now=now)}
    skills = _skills(session, [line.id for line in people])
    away = _away(session, now=now)
    mentors = _mentors(session)
    shares = dict(session.exec(select(Team.id, Team.has_crews)).all())
    views = []
    for team in teams(session):
        if only not in (None, team.id):
            continue
        own = [line for line in people if line.team_id == team.id]
        views.append(
            TeamView(
                team=team,
                has_crews=shares[team.id],
                people=[
                    PersonRow(
                        line=line,
                        skills=skills[line.id],
                        load=found[line.id],
                        mentor=mentors.get(line.id, ""),
                        away_until=away.get(line.id),
                    )
                    for line in own
                ],
                spread=spread([found[line.id] for line in own]),
                may_edit=viewer.role in MAY_EDIT,
            )
        )
    return views


def _skills(session: Session, people: list[int]) -> dict[int, tuple[str, ...]]:
    """Names of skills with their levels, by technician."""
    names = reference(session).skills
    known = abilities(session, people)
    return {
        person: tuple(
            f"{pick(*names[code])} {level}" for code, level in sorted(known[person].skills.items())
        )
        for person in people
    }


def _away(session: Session, *, now: datetime) -> dict[int, datetime]:
    rows = session.exec(
        select(Leave.technician_id, Leave.until_at)
        .where(col(Leave.from_at) <= now, col(Leave.until_at) > now)
        .order_by(col(Leave.until_at))
    )
    return dict(rows.all())


def _mentors(session: Session) -> dict[int, str]:
    """The mentor's name of every trainee."""
    mentor = aliased(Technician)
    rows = session.exec(
        select(col(Technician.id), User.name)
        .join(mentor, col(mentor.id) == col(Technician.mentor_id))
        .join(User, col(User.id) == col(mentor.user_id))
    )
    return {trainee: name for trainee, name in rows if trainee is not None}
