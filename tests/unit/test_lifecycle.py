"""The ticket's life: the whole matrix action × status × actor, against ARCHITECTURE §3."""

import itertools

import pytest

from models.lifecycle import (
    ENDED,
    RENEWS_TARGET,
    TRANSITIONS,
    Action,
    Actor,
    Status,
    TransitionError,
    actions_from,
    next_status,
)

# The table once more, written down from the document and not from the code:
# action: (from, to, by); "clock*" acts from fewer statuses, see below.
DOCUMENT = {
    "assign": ("open", "assigned", "scheduler lead dispatcher"),
    "unassign": ("assigned accepted en_route", "open", "scheduler technician lead dispatcher"),
    "accept": ("assigned", "accepted", "technician lead"),
    "depart": ("assigned accepted", "en_route", "technician lead"),
    "arrive": ("assigned accepted en_route", "on_site", "technician lead"),
    "escalate": (
        "open assigned accepted en_route on_site",
        "video",
        "clock technician lead dispatcher",
    ),
    "send_back": ("video", "open", "technician lead"),
    "wait": ("on_site video", "waiting", "technician lead"),
    "resume": ("waiting", "open", "clock technician lead"),
    "resolve": ("on_site video waiting", "resolved", "technician lead dispatcher"),
    "confirm": ("resolved", "closed", "commune technician lead dispatcher clock"),
    "reopen": ("resolved closed", "open", "commune lead dispatcher"),
    "cancel": (
        "open assigned accepted en_route waiting video",
        "cancelled",
        "commune lead dispatcher",
    ),
    "merge": ("open assigned accepted en_route waiting", "merged", "lead dispatcher"),
}
# By the document the scheduler never unassigns from en_route, and the clock escalates neither there
# nor on site.
NOT_BY_MACHINE = {
    ("unassign", "en_route", "scheduler"),
    ("escalate", "en_route", "clock"),
    ("escalate", "on_site", "clock"),
}
MATRIX = list(itertools.product(Action, Status, Actor))


def documented(action: Action, status: Status, actor: Actor) -> Status | None:
    """Where the document says this step leads; None where it is not allowed."""
    sources, target, actors = DOCUMENT[action.value]
    if status.value not in sources.split() or actor.value not in actors.split():
        return None
    if (action.value, status.value, actor.value) in NOT_BY_MACHINE:
        return None
    return Status(target)


@pytest.mark.parametrize(
    ("action", "status", "actor"), MATRIX, ids=[" ".join(cell) for cell in MATRIX]
)
def test_a_step_leads_where_the_document_says_or_is_refused(
    action: Action, status: Status, actor: Actor
) -> None:
    expected = documented(action, status, actor)

    if expected is None:
        with pytest.raises(TransitionError) as refused:
            next_status(status, action, actor)
        assert (refused.value.status, refused.value.action) == (status, action)
    else:
        assert next_status(status, action, actor) is expected


def test_every_action_of_the_code_is_in_the_document() -> None:
    assert {action.value for action in Action} == set(DOCUMENT)


def test_a_refusal_says_who_cannot_do_what_and_why() -> None:
    with pytest.raises(TransitionError, match="technician cannot resolve a ticket that is open"):
        next_status(Status.OPEN, Action.RESOLVE, Actor.TECHNICIAN)


def test_a_waiting_ticket_resumes_as_a_visit_or_as_a_call() -> None:
    visit = next_status(Status.WAITING, Action.RESUME, Actor.TECHNICIAN)
    call = next_status(Status.WAITING, Action.RESUME, Actor.TECHNICIAN, resumed_as=Status.VIDEO)

    assert (visit, call) == (Status.OPEN, Status.VIDEO)


@pytest.mark.parametrize("target", sorted(set(Status) - {Status.OPEN, Status.VIDEO}))
def test_a_waiting_ticket_resumes_as_nothing_else(target: Status) -> None:
    with pytest.raises(TransitionError):
        next_status(Status.WAITING, Action.RESUME, Actor.TECHNICIAN, resumed_as=target)


def test_no_other_action_lets_the_caller_choose_where_it_leads() -> None:
    with pytest.raises(TransitionError):
        next_status(Status.OPEN, Action.ASSIGN, Actor.LEAD, resumed_as=Status.CLOSED)


def test_a_cancelled_or_merged_ticket_has_no_way_on() -> None:
    ways = [status for (_action, status) in TRANSITIONS if status in ENDED]

    assert set(ways) == {Status.CLOSED}


def test_every_status_can_be_reached_from_open() -> None:
    reached = {Status.OPEN}
    for _ in Status:
        reached |= {
            target
            for (_action, source), step in TRANSITIONS.items()
            if source in reached
            for target in step.targets
        }

    assert reached == set(Status)


def test_what_comes_back_from_help_gets_a_new_target() -> None:
    sources = {
        status
        for (action, status), step in TRANSITIONS.items()
        if Status.OPEN in step.targets and action is not Action.UNASSIGN
    }

    assert sources == RENEWS_TARGET


def test_allowed_actions_are_those_that_lead_somewhere() -> None:
    for status, actor in itertools.product(Status, Actor):
        expected = [action for action in Action if documented(action, status, actor)]

        assert sorted(actions_from(status, actor)) == sorted(expected)
