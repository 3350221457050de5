"""Who is at the door: the person behind an API token."""

from datetime import datetime

from sqlmodel import Session, col, or_, select

from app.services.people.administration import token_hash
from models.account import ApiToken, User, Viewer
from models.workforce import Technician


def token_viewer(session: Session, token: str, *, now: datetime) -> Viewer | None:
    """The person whose token this is; None if it is unknown, expired, or its user switched off.

    ``now`` is machine time. One query: every call of the API comes through here.
    """
    found = session.exec(
        select(User, Technician.id)
        .join(ApiToken, col(ApiToken.user_id) == col(User.id))
        .outerjoin(Technician, col(Technician.user_id) == col(User.id))
        .where(
            col(ApiToken.token_hash) == token_hash(token),
            or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now),
            col(User.is_active),
        )
    ).first()
    if found is None:
        return None
    user, technician_id = found
    return Viewer.of(user, technician_id=technician_id)
