"""What must always hold is found broken, one tampered row at a time; and nothing else is."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.services.checks.chain_check import chain_violations
from app.services.checks.verification import verify
from app.services.checks.violation import Violation
from models.account import Language
from models.lifecycle import Status
from models.message import InboundMessage, OutboundMessage, OutboundState
from models.plan import Decision, Outcome, PlanRun
from models.ticket import Attachment, EventText, Ticket, TicketEvent
from tests.factories import MORNING, NOON, a_technician, a_ticket, an_assignment

EVERY_STATUS = sorted(set(Status) - {Status.VIDEO})


def found(session: Session, tmp_path: Path) -> list[Violation]:
    """What verify says at noon."""
    session.flush()
    return verify(session, files_dir=tmp_path, now=NOON)


def decided(session: Session, ticket: Ticket) -> Ticket:
    """The ticket with a planner's word about it."""
    number = ticket.number or 0
    session.add(Decision(ticket_number=number, at=MORNING, outcome=Outcome.CROWDED_OUT))
    session.flush()
    return ticket


def a_message(key: str = "k1", **fields: object) -> OutboundMessage:
    """A text that was sent long ago."""
    values: dict[str, object] = {
        "key": key,
        "phone": "+84905000101",
        "event": "assigned",
        "language": Language.VI,
        "body": "1001N",
        "state": OutboundState.SENT,
        "created_at": MORNING,
        "due_at": MORNING,
        "provider": "console",
        "provider_id": f"console-{key}",
    }
    return OutboundMessage(**{**values, **fields})


def test_a_day_of_ordinary_work_has_no_violation(session: Session, tmp_path: Path) -> None:
    for status in EVERY_STATUS:
        decided(session, a_ticket(session, status=status))
    session.add(a_message())

    assert found(session, tmp_path) == []


def test_a_ticket_that_was_never_filed_breaks_i1(session: Session, tmp_path: Path) -> None:
    ticket = a_ticket(session, status=Status.CANCELLED)
    event = session.exec(select(TicketEvent).where(col(TicketEvent.sequence) == 1)).one()
    event.kind = "comment"

    broken = found(session, tmp_path)

    assert ("I1", ticket.number) in {(row.invariant, row.ticket) for row in broken}


def test_a_ticket_in_nobodys_hands_that_should_be_breaks_i2(
    session: Session, tmp_path: Path
) -> None:
    ticket = a_ticket(session, status=Status.ACCEPTED)
    session.execute(text("UPDATE assignment SET is_active = false"))

    [violation] = found(session, tmp_path)

    assert (violation.invariant, violation.ticket) == ("I2", ticket.number)
    assert "no active assignment" in violation.message


def test_an_assignment_that_outlives_its_ticket_breaks_i2(session: Session, tmp_path: Path) -> None:
    ticket = a_ticket(session, status=Status.CANCELLED)
    an_assignment(session, ticket, a_technician(session))

    [violation] = found(session, tmp_path)

    assert (violation.invariant, violation.ticket) == ("I2", ticket.number)


def test_an_assignment_without_its_technician_as_member_breaks_i2(
    session: Session, tmp_path: Path
) -> None:
    a_ticket(session, status=Status.ACCEPTED)
    session.execute(text("DELETE FROM assignment_member"))

    [violation] = found(session, tmp_path)

    assert violation.invariant == "I2"


def test_a_text_that_the_provider_accepted_twice_breaks_i3(
    session: Session, tmp_path: Path
) -> None:
    session.add_all([a_message("k1", provider_id="SM1"), a_message("k2", provider_id="SM1")])

    [violation] = found(session, tmp_path)

    assert violation.invariant == "I3"


@pytest.mark.parametrize("state", [OutboundState.QUEUED, OutboundState.SENDING])
def test_a_text_that_nobody_sends_breaks_i4(
    session: Session, tmp_path: Path, state: OutboundState
) -> None:
    session.add(a_message(state=state, due_at=NOON - timedelta(minutes=20)))

    [violation] = found(session, tmp_path)

    assert violation.invariant == "I4"


def test_a_text_that_is_not_due_yet_is_not_stuck(session: Session, tmp_path: Path) -> None:
    session.add(a_message(state=OutboundState.QUEUED, due_at=NOON + timedelta(hours=9)))

    assert found(session, tmp_path) == []


def test_a_text_from_outside_that_nobody_reads_breaks_i4(session: Session, tmp_path: Path) -> None:
    session.add(
        InboundMessage(
            provider="console",
            provider_message_id="m1",
            phone="+84905000101",
            body="xong",
            folded="xong",
            received_at=MORNING,
        )
    )

    [violation] = found(session, tmp_path)

    assert violation.invariant == "I4"


@pytest.mark.parametrize("status", [Status.OPEN, Status.VIDEO])
def test_a_ticket_that_nobody_thought_about_breaks_i4(
    session: Session, tmp_path: Path, status: Status
) -> None:
    ticket = a_ticket(session, status=status)

    [violation] = found(session, tmp_path)

    assert (violation.invariant, violation.ticket) == ("I4", ticket.number)


def test_a_plan_that_was_never_made_breaks_i4(session: Session, tmp_path: Path) -> None:
    session.add(PlanRun(asked_at=MORNING, cause="resolve"))

    [violation] = found(session, tmp_path)

    assert violation.invariant == "I4"


TAMPERINGS: dict[str, tuple[Callable[[Session], None], str]] = {
    "an event is changed": (
        lambda session: _set(
            session, "UPDATE ticket_event SET kind = 'comment' WHERE sequence = 3"
        ),
        "event 3 was changed",
    ),
    "an event is dated back": (
        lambda session: _set(
            session, "UPDATE ticket_event SET at = '2026-01-01 00:00:00+00:00' WHERE sequence = 2"
        ),
        "event 2 was changed",
    ),
    "an event is taken out": (
        lambda session: _set(session, "DELETE FROM ticket_event WHERE sequence = 3"),
        "event 3 is missing",
    ),
    "the last event is cut off": (
        lambda session: _set(session, "DELETE FROM ticket_event WHERE sequence = 5"),
        "its last events are missing",
    ),
    "all events are gone": (
        lambda session: _set(session, "DELETE FROM ticket_event"),
        "its last events are missing",
    ),
    "the status is changed by hand": (
        lambda session: _set(session, "UPDATE ticket SET status = 'resolved'"),
        "its events lead to closed",
    ),
}


def _set(session: Session, statement: str) -> None:
    session.execute(text(statement))


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_broken_chain_is_found_and_named(session: Session, tmp_path: Path, name: str) -> None:
    ticket = a_ticket(session, status=Status.CLOSED)
    tamper, said = TAMPERINGS[name]
    session.expire_all()

    tamper(session)

    broken = [row for row in found(session, tmp_path) if row.invariant == "I5"]
    assert [row.ticket for row in broken] == [ticket.number]
    assert said in broken[0].message


def test_a_changed_text_is_found_and_an_erased_one_is_fine(
    session: Session, tmp_path: Path
) -> None:
    ticket = a_ticket(session, status=Status.CANCELLED)
    session.add(ticket.record("comment", now=NOON, text="Gọi số 0905 000 101"))
    session.flush()
    words = session.exec(select(EventText)).one()

    words.body = "Gọi số khác"
    changed = found(session, tmp_path)
    words.body = words.salt = ""
    erased = found(session, tmp_path)

    assert [row.invariant for row in changed] == ["I5"]
    assert erased == []


@pytest.mark.parametrize(
    ("stored", "said"),
    [(None, "is missing"), (b"cut", "does not match its hash"), (b"whole", None)],
)
def test_a_file_is_whole_or_it_breaks_i6(
    session: Session, tmp_path: Path, stored: bytes | None, said: str | None
) -> None:
    digest = hashlib.sha256(b"whole").hexdigest()
    ticket = a_ticket(session, status=Status.CANCELLED)
    session.add(
        Attachment(
            ticket_number=ticket.number or 0,
            sha256=digest,
            original_sha256=digest,
            filename="a.txt",
            media_type="text/plain",
            size=5,
            uploaded_by_id=ticket.created_by_id,
            uploaded_at=MORNING,
        )
    )
    if stored is not None:
        (tmp_path / digest[:2]).mkdir()
        (tmp_path / digest[:2] / digest).write_bytes(stored)

    broken = found(session, tmp_path)

    assert [row.invariant for row in broken] == (["I6"] if said else [])
    assert all(said is not None and said in row.message for row in broken)


def test_more_tickets_than_one_batch_are_all_checked(session: Session) -> None:
    tickets = [a_ticket(session, status=Status.CANCELLED) for _ in range(5)]
    _set(session, "UPDATE ticket SET chain_tip = 'x'")

    broken = list(chain_violations(session, at_once=2))

    assert [row.ticket for row in broken] == [ticket.number for ticket in tickets]
