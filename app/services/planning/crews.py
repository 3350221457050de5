"""Who travels together: the people of a car beside its driver, by ticket."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.account import User
from models.plan import Assignment, AssignmentMember
from models.workforce import Technician


@dataclass(frozen=True)
class Companion:
    """Somebody who comes along."""

    technician_id: int
    username: str
    name: str
    phone: str | None


def companions(
    session: Session, numbers: Sequence[int] | None = None
) -> dict[int, tuple[Companion, ...]]:
    """Who comes along to these tickets, or to all, beside the driver: one query.

    A ticket to which one person goes alone is not in the answer.
    """
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Assignment.ticket_number,
            AssignmentMember.technician_id,
            User.username,
            User.name,
            User.phone,
        )
        .join(AssignmentMember, col(AssignmentMember.assignment_id) == col(Assignment.id))
        .join(Technician, col(Technician.id) == col(AssignmentMember.technician_id))
        .join(User, col(User.id) == col(Technician.user_id))
        .where(
            col(Assignment.is_active),
            col(AssignmentMember.technician_id) != col(Assignment.technician_id),
        )
        .order_by(col(AssignmentMember.technician_id))
    )
    if numbers is not None:
        query = query.where(col(Assignment.ticket_number).in_(numbers))
    found: dict[int, list[Companion]] = defaultdict(list)
    for number, *person in session.execute(query):
        found[number].append(Companion(*person))
    return {number: tuple(people) for number, people in found.items()}


def names_beside_driver() -> ScalarSelect[str]:
    """Names of who comes along, as one column of a query that has `Assignment`; NULL for nobody."""
    rider = aliased(User)
    return (
        select(func.aggregate_strings(col(rider.name), ", "))
        .select_from(AssignmentMember)
        .join(Technician, col(Technician.id) == col(AssignmentMember.technician_id))
        .join(rider, col(rider.id) == col(Technician.user_id))
        .where(
            col(AssignmentMember.assignment_id) == col(Assignment.id),
            col(AssignmentMember.technician_id) != col(Assignment.technician_id),
        )
        .correlate(Assignment)
        .scalar_subquery()
    )
