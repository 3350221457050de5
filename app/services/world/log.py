"""Every change of the world is written down, and by that every process learns of it."""

from datetime import datetime

from sqlmodel import Session

from app.services.planning.assigning import lock_plan
from app.services.reference import forget
from app.services.tickets.refusals import NotAllowedError
from models.account import Role, Viewer
from models.roads import WorldEvent, WorldKind
from models.types import JsonDict


class WorldError(ValueError):
    """What was sent cannot be so: a message for each field, in words."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def only(viewer: Viewer, *roles: Role) -> None:
    """Refuse everybody else.

    Raises
    ------
    NotAllowedError
        If the viewer has none of these roles.
    """
    if viewer.role not in roles:
        raise NotAllowedError(f"{viewer.role} may not change this")


def take_turn(session: Session, viewer: Viewer, *roles: Role) -> None:
    """Refuse everybody else; changes wait here for each other, so that none is made twice.

    Call it before anything is read that the change depends on.

    Raises
    ------
    NotAllowedError
        If the viewer has none of these roles.
    """
    only(viewer, *roles)
    lock_plan(session)


def record(
    session: Session,
    kind: WorldKind,
    *,
    now: datetime,
    by: Viewer | None,
    subject: str = "",
    before: JsonDict | None = None,
    after: JsonDict | None = None,
) -> WorldEvent:
    """Write the change down; planning reads the world anew from then on.

    Changes and plans take turns: the events' ids are then in the order in which they count.
    """
    lock_plan(session)
    event = WorldEvent(
        at=now,
        by_id=by.user_id if by else None,
        kind=kind,
        subject=subject,
        before=before or {},
        after=after or {},
    )
    session.add(event)
    session.flush()
    forget(session)
    return event
