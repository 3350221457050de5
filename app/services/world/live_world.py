"""Changes of the world as events of the live stream: the board draws its roads anew."""

from sqlmodel import Session, col, select

from app.services.boards.subscription import Source, StreamEvent, Subscriber
from app.services.scope import NotVisible
from app.services.world.state import stamp_of
from models.account import Role
from models.roads import WorldEvent, WorldKind

KIND = "world"
AT_MOST = 20


def _start(session: Session, subscriber: Subscriber) -> int:
    if subscriber.viewer is None or subscriber.viewer.role is Role.COMMUNE:
        raise NotVisible(KIND)
    return stamp_of(session)


def _read(session: Session, _subscriber: Subscriber, cursor: int) -> tuple[list[StreamEvent], int]:
    newer = (
        select(WorldEvent.id, WorldEvent.kind)
        .where(col(WorldEvent.id) > cursor)
        .order_by(col(WorldEvent.id))
        .limit(AT_MOST)
    )
    rows = session.exec(newer).all()
    events = [StreamEvent(KIND, {"id": id_, "kind": WorldKind(kind).value}) for id_, kind in rows]
    return events, max([cursor, *(id_ for id_, _kind in rows if id_ is not None)])


WORLD = Source(KIND, _start, _read)
