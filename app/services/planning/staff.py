"""People of the working groups: who leads, who can do what, who is reached how."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.services.reference import reference
from models.account import Role, User
from models.plan import Assignment, AssignmentMember
from models.ticket import Ticket
from models.workforce import Leave, Team, Technician, TechnicianSkill


def user_of(session: Session, technician_id: int) -> User:
    """The technician's user."""
    return session.exec(
        select(User)
        .join(Technician, col(Technician.user_id) == col(User.id))
        .where(col(Technician.id) == technician_id)
    ).one()


def qualified(session: Session, ticket: Ticket, *, now: datetime) -> list[Technician]:
    """Everybody on duty, and not away, who can do what the ticket's category needs, by id."""
    category = reference(session).categories[ticket.category_code]
    away = select(Leave.technician_id).where(col(Leave.from_at) <= now, col(Leave.until_at) > now)
    return list(
        session.exec(
            select(Technician)
            .join(TechnicianSkill, col(TechnicianSkill.technician_id) == col(Technician.id))
            .where(
                col(Technician.is_on_duty),
                col(TechnicianSkill.skill_code) == category.skill_code,
                col(TechnicianSkill.level) >= category.skill_level,
                col(Technician.id).not_in(away),
            )
            .order_by(col(Technician.id))
        ).all()
    )


def leads_of(session: Session, team_id: int) -> list[User]:
    """The team's leads, active ones, by id."""
    return list(
        session.exec(
            select(User)
            .where(col(User.role) == Role.LEAD, col(User.team_id) == team_id, col(User.is_active))
            .order_by(col(User.id))
        ).all()
    )


def nearest_team(session: Session, ticket: Ticket) -> Team:
    """The team that has the ticket, else the one whose base is nearest by travel time."""
    if ticket.team_id is not None:
        return session.get_one(Team, ticket.team_id)
    facts = reference(session)
    place = facts.places[ticket.commune_code].index
    teams = session.exec(select(Team).order_by(col(Team.id))).all()
    return min(
        teams, key=lambda team: facts.travel.travel_s[facts.places[team.base_code].index][place]
    )


def members_of(session: Session, assignment: Assignment) -> list[User]:
    """Everybody who travels with the assignment."""
    return list(
        session.exec(
            select(User)
            .join(Technician, col(Technician.user_id) == col(User.id))
            .join(AssignmentMember, col(AssignmentMember.technician_id) == col(Technician.id))
            .where(col(AssignmentMember.assignment_id) == assignment.id)
            .order_by(col(User.id))
        ).all()
    )


def reporter(session: Session, ticket: Ticket) -> tuple[User, str | None]:
    """Who filed the ticket, and the phone on which the commune is reached about it."""
    user = session.get_one(User, ticket.created_by_id)
    if ticket.contact_phone:
        return user, ticket.contact_phone
    return user, user.phone if user.role is Role.COMMUNE else None
