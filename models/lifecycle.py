"""The ticket's life: which action leads from which status to which, and by whom. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    VIDEO = "video"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


class Action(StrEnum):
    """What can be done to a ticket's status."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    ACCEPT = "accept"
    DEPART = "depart"
    ARRIVE = "arrive"
    ESCALATE = "escalate"
    SEND_BACK = "send_back"
    WAIT = "wait"
    RESUME = "resume"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    CANCEL = "cancel"
    MERGE = "merge"


class Actor(StrEnum):
    """In which capacity somebody acts: a role, or one of the two machines."""

    SCHEDULER = "scheduler"
    CLOCK = "clock"
    COMMUNE = "commune"
    TECHNICIAN = "technician"
    LEAD = "lead"
    DISPATCHER = "dispatcher"


class TransitionError(ValueError):
    """The ticket's life does not allow this action now, or not by this actor."""

    def __init__(self, status: Status, action: Action, actor: Actor) -> None:
        super().__init__(f"{actor} cannot {action} a ticket that is {status}")
        self.status = status
        self.action = action
        self.actor = actor


@dataclass(frozen=True)
class Transition:
    """Where an action leads from one status, and who may take it.

    ``targets`` has more than one entry only for ``resume``, where the caller chooses.
    """

    targets: tuple[Status, ...]
    actors: frozenset[Actor]


def _rows(
    action: Action, sources: str, targets: str, actors: str
) -> dict[tuple[Action, Status], Transition]:
    transition = Transition(
        tuple(Status(name) for name in targets.split()),
        frozenset(Actor(name) for name in actors.split()),
    )
    return {(action, Status(source)): transition for source in sources.split()}


TRANSITIONS: dict[tuple[Action, Status], Transition] = {
    **_rows(Action.ASSIGN, "open", "assigned", "scheduler lead dispatcher"),
    **_rows(Action.UNASSIGN, "assigned accepted", "open", "scheduler technician lead dispatcher"),
    **_rows(Action.UNASSIGN, "en_route", "open", "technician lead dispatcher"),
    **_rows(Action.ACCEPT, "assigned", "accepted", "technician lead"),
    **_rows(Action.DEPART, "assigned accepted", "en_route", "technician lead"),
    **_rows(Action.ARRIVE, "assigned accepted en_route", "on_site", "technician lead"),
    **_rows(Action.ESCALATE, "open assigned accepted", "video", "clock technician lead dispatcher"),
    **_rows(Action.ESCALATE, "en_route on_site", "video", "technician lead dispatcher"),
    **_rows(Action.SEND_BACK, "video", "open", "technician lead"),
    **_rows(Action.WAIT, "on_site video", "waiting", "technician lead"),
    **_rows(Action.RESUME, "waiting", "open video", "clock technician lead"),
    **_rows(Action.RESOLVE, "on_site video waiting", "resolved", "technician lead dispatcher"),
    **_rows(Action.CONFIRM, "resolved", "closed", "commune technician lead dispatcher clock"),
    **_rows(Action.REOPEN, "resolved closed", "open", "commune lead dispatcher"),
    **_rows(
        Action.CANCEL,
        "open assigned accepted en_route waiting video",
        "cancelled",
        "commune lead dispatcher",
    ),
    **_rows(Action.MERGE, "open assigned accepted en_route waiting", "merged", "lead dispatcher"),
}

# Whatever comes back to open from here gets a new full target; unassigned, it keeps its old one.
RENEWS_TARGET = frozenset({Status.VIDEO, Status.WAITING, Status.RESOLVED, Status.CLOSED})
ENDED = frozenset({Status.CLOSED, Status.CANCELLED, Status.MERGED})
# Help has not begun: the target is still to be met.
BEFORE_HELP = frozenset({Status.OPEN, Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE})
# A technician's own steps: somebody else takes them only on their behalf and with a reason.
TECHNICIAN_STEPS = frozenset({Action.ACCEPT, Action.DEPART, Action.ARRIVE, Action.RESOLVE})


def next_status(
    status: Status, action: Action, actor: Actor, *, resumed_as: Status | None = None
) -> Status:
    """Status after the action.

    Parameters
    ----------
    resumed_as
        For ``resume`` alone: OPEN for a visit (the default) or VIDEO for a call.

    Raises
    ------
    TransitionError
        If the ticket's life has no such step, or not for this actor.
    """
    transition = TRANSITIONS.get((action, status))
    if transition is None or actor not in transition.actors:
        raise TransitionError(status, action, actor)
    target = resumed_as or transition.targets[0]
    if target not in transition.targets:
        raise TransitionError(status, action, actor)
    return target


def actions_from(status: Status, actor: Actor) -> list[Action]:
    """Actions that the actor may take on a ticket of this status, in the order of the life."""
    return [
        action
        for (action, source), transition in TRANSITIONS.items()
        if source is status and actor in transition.actors
    ]
