"""Personal data: forgotten after 24 months, handed out and erased per person; nothing else."""

import json
import os
import stat
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.access import hash_password, password_matches
from app.context import KEY
from app.jobs import JOBS, LEASE
from app.services.checks.verification import verify
from app.services.people.accounts import token_viewer
from app.services.people.administration import AdministrationError
from app.services.privacy.retention import (
    KEPT,
    anonymise_old,
    forget_old_texts,
    remove_unowned_files,
)
from app.services.privacy.rights import ERASED_NAME, erase_person, export_person, find_person
from app.services.tickets.attachments import attach, path_of, store
from app.services.tickets.listing import find_rows
from app.services.tickets.matching import Filters
from models.account import Language, User
from models.call import CallState, Participant, Signal, SignalKind
from models.database import reading, transaction
from models.geography import RoadClosure
from models.lease import take_lease
from models.lifecycle import ENDED, Status
from models.message import InboundMessage, InboundState, Link, OutboundMessage, OutboundState
from models.plan import Assignment
from models.ticket import Attachment, EventText, Ticket
from models.workforce import Leave, TechnicianSkill
from scripts import manage
from tests.door import Caller, a_token, an_app
from tests.factories import (
    MORNING,
    NOON,
    PASSWORD,
    a_call,
    a_clerk,
    a_closure,
    a_lead,
    a_technician,
    a_ticket,
    a_user,
    viewer,
)
from tests.pages import a_visitor, words

LONG_AGO = NOON - KEPT - timedelta(days=1)
NOT_YET = NOON - KEPT + timedelta(days=1)
PHONE = "+84905000777"


def an_ended_ticket(
    session: Session,
    ended_at: datetime,
    *,
    status: Status = Status.CLOSED,
    clerk: User | None = None,
) -> Ticket:
    """A ticket full of personal data that came to its end at that moment."""
    ticket = a_ticket(
        session,
        status=status,
        created_by=clerk,
        created_at=ended_at - timedelta(hours=1),
        title="Bà Trần Thị Zừng mất thẻ",
        description="Bà Zừng ở thôn Xuân Quỳnhx gọi.",
    )
    ticket.village = "Xuân Quỳnhx"
    ticket.extra = {"serial": "Quỳnhx"}
    ticket.contact_phone = PHONE
    ticket.closed_at = ended_at
    ticket.body_digest = "a" * 64
    session.add(ticket.record("comment", now=ended_at, text="Bà Zừng nói còn hỏng"))
    session.add_all([a_text_out(ticket), a_text_in(ticket), a_link(ticket)])
    session.flush()
    return ticket


def a_text_out(ticket: Ticket | None, **fields: object) -> OutboundMessage:
    """A text that was sent."""
    values: dict[str, object] = {
        "key": uuid.uuid4().hex,
        "phone": PHONE,
        "ticket_number": ticket.number if ticket else None,
        "event": "assigned",
        "language": Language.VI,
        "body": "Gặp bà Zừng",
        "prompt": {"1": "accept"},
        "state": OutboundState.SENT,
        "created_at": LONG_AGO,
        "due_at": LONG_AGO,
    }
    return OutboundMessage(**{**values, **fields})


def a_text_in(ticket: Ticket | None, **fields: object) -> InboundMessage:
    """A text that was heard."""
    values: dict[str, object] = {
        "provider": "console",
        "provider_message_id": uuid.uuid4().hex,
        "phone": PHONE,
        "ticket_number": ticket.number if ticket else None,
        "body": "Zừng đây",
        "folded": "zung day",
        "received_at": LONG_AGO,
        "state": InboundState.ANSWERED,
    }
    return InboundMessage(**{**values, **fields})


def a_link(ticket: Ticket) -> Link:
    """A link that was sent."""
    return Link(
        token_hash=uuid.uuid4().hex,
        kind="ticket",
        ticket_number=ticket.number or 0,
        phone=PHONE,
        created_at=LONG_AGO,
        expires_at=LONG_AGO,
    )


def everything(session: Session) -> str:
    """Every word of the tables that hold personal data."""
    session.expire_all()
    tables = (Ticket, EventText, OutboundMessage, InboundMessage, Link, Attachment, Signal, User)
    rows = [row for table in tables for row in session.exec(select(table)).all()]
    return json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False)


def numbers_found(session: Session, query: str) -> list[int]:
    """What a dispatcher's search finds."""
    reader = viewer(session, a_user(session))
    page = find_rows(session, viewer=reader, filters=Filters(q=query), now=NOON)
    return [row.number for row in page.rows]


def unbroken(session: Session, folder: Path) -> bool:
    """Whether everything that must always hold does."""
    session.flush()
    session.expire_all()
    return verify(session, files_dir=folder / "files", now=NOON) == []


def erase(session: Session, who: str) -> None:
    """Erase that person."""
    erase_person(session, find_person(session, who), password_hash=hash_password("nobody knows"))
    session.expire_all()


@pytest.mark.parametrize("status", sorted(ENDED))
def test_a_ticket_that_ended_24_months_ago_loses_what_is_personal(
    session: Session, tmp_path: Path, status: Status
) -> None:
    ticket = an_ended_ticket(session, LONG_AGO, status=status)
    before = (ticket.number, ticket.status, ticket.created_at, ticket.chain_tip)

    done = anonymise_old(session, now=NOON)

    session.refresh(ticket)
    left = everything(session)
    assert done == 1
    assert ticket.title == ticket.category.name_vi
    assert [word for word in ("Zừng", "zung", "Quỳnh", "quynh", PHONE) if word in left] == []
    assert session.exec(select(Link)).all() == []
    assert (ticket.number, ticket.status, ticket.created_at, ticket.chain_tip) == before
    assert unbroken(session, tmp_path)


def test_a_second_run_finds_nothing_left_to_do(session: Session) -> None:
    ticket = an_ended_ticket(session, LONG_AGO)
    anonymise_old(session, now=NOON)
    version = ticket.version

    done = anonymise_old(session, now=NOON)

    session.refresh(ticket)
    assert (done, ticket.version) == (0, version)


def test_nothing_younger_than_24_months_and_nothing_open_is_touched(session: Session) -> None:
    an_ended_ticket(session, NOT_YET)
    still_open = an_ended_ticket(session, LONG_AGO, status=Status.WAITING)
    still_open.closed_at = None
    session.add(a_text_out(None, created_at=NOT_YET))
    session.add(a_text_in(None, received_at=NOT_YET))
    session.flush()
    before = everything(session)

    done = anonymise_old(session, now=NOON) + forget_old_texts(session, now=NOON)

    assert done == 0
    assert everything(session) == before


def test_a_search_no_longer_finds_what_was_erased_but_still_the_category(session: Session) -> None:
    old = an_ended_ticket(session, LONG_AGO)
    young = an_ended_ticket(session, NOT_YET)
    for ticket in (old, young):
        ticket.search_text = "zung mat the"
    session.flush()

    anonymise_old(session, now=NOON)

    assert numbers_found(session, "Zừng") == [young.number]
    assert numbers_found(session, old.category.name_vi) == [old.number]


def test_old_texts_of_no_ticket_are_forgotten(session: Session) -> None:
    session.add_all([a_text_out(None), a_text_in(None)])
    session.flush()

    first, second = (forget_old_texts(session, now=NOON) for _ in range(2))

    left = everything(session)
    assert (first, second) == (2, 0)
    assert PHONE not in left
    assert "Zừng" not in left


def test_old_notes_about_roads_and_absences_are_forgotten(session: Session) -> None:
    technician = a_technician(session)
    for ended_at in (LONG_AGO, NOT_YET):
        road = a_closure(session, technician.user)
        road.note, road.lifted_at = "Nhà bà Zừng sạt lở", ended_at
        leave = Leave(
            technician_id=technician.id or 0, from_at=ended_at, until_at=ended_at, note="ốm"
        )
        session.add_all([road, leave])
    session.flush()

    first, second = (forget_old_texts(session, now=NOON) for _ in range(2))

    roads = session.exec(select(RoadClosure.note).order_by(col(RoadClosure.lifted_at))).all()
    leaves = session.exec(select(Leave.note).order_by(col(Leave.until_at))).all()
    assert (first, second) == (2, 0)
    assert roads == ["", "Nhà bà Zừng sạt lở"]
    assert leaves == ["", "ốm"]


def test_what_was_said_in_an_old_call_is_gone(session: Session) -> None:
    ticket = an_ended_ticket(session, LONG_AGO)
    _a_chat(session, ticket, user=None)

    anonymise_old(session, now=NOON)

    session.expire_all()
    assert session.exec(select(Signal)).all() == []
    assert session.exec(select(Participant.name)).all() == [""]


def _a_chat(session: Session, ticket: Ticket, *, user: User | None) -> None:
    call = a_call(session, ticket=ticket, state=CallState.ENDED)
    guest = Participant(call_id=call.id or 0, user_id=user.id if user else None, name="Xã …777")
    session.add(guest)
    session.flush()
    session.add(
        Signal(
            call_id=call.id or 0,
            at=MORNING,
            kind=SignalKind.CHAT,
            participant_id=guest.id or 0,
            from_instance="a",
            body="Tôi là Zừng",
        )
    )
    session.flush()


def test_files_go_with_their_last_ticket_and_a_shared_one_stays(
    session: Session, tmp_path: Path
) -> None:
    old, young = an_ended_ticket(session, LONG_AGO), an_ended_ticket(session, NOT_YET)
    clerk = viewer(session, a_clerk(session))
    alone = store(tmp_path, b"chi cua phieu cu", filename="a.txt")
    shared = store(tmp_path, b"cua hai phieu", filename="b.txt")
    fresh = store(tmp_path, b"chua gui", filename="c.txt")
    for ticket, file in ((old, alone), (old, shared), (young, shared)):
        attach(session, ticket, file, viewer=clerk, now=ticket.created_at)
    machine_now = datetime.now(UTC)
    for file in (alone, shared):
        stamp = (machine_now - timedelta(days=800)).timestamp()
        os.utime(path_of(tmp_path, file.sha256), (stamp, stamp))
    session.flush()

    anonymise_old(session, now=NOON)
    removed = remove_unowned_files(session, data_path=tmp_path, machine_now=machine_now)

    assert removed == 1
    assert not path_of(tmp_path, alone.sha256).exists()
    assert path_of(tmp_path, shared.sha256).exists()
    assert path_of(tmp_path, fresh.sha256).exists()
    assert unbroken(session, tmp_path)


def test_pages_and_api_still_open_an_anonymised_ticket(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as session:
        dispatcher = a_user(session)
        ticket = an_ended_ticket(session, LONG_AGO)
        token = a_token(session, dispatcher)
        anonymise_old(session, now=NOON)

    with an_app(engine, tmp_path, now=NOON) as app:
        visitor = a_visitor(app, dispatcher)
        page = visitor.get(f"/tickets/{ticket.number}")
        pages = [visitor.get(path).status_code for path in ("/tickets", "/phones")]
        caller = Caller(app.test_client(), token)
        answers = [caller.get(f"/tickets/{ticket.number}"), caller.get("/messages")]

    assert page.status_code == 200
    assert "Zừng" not in words(page)
    assert pages == [200, 200]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_an_export_holds_everything_about_a_person_and_no_secret(session: Session) -> None:
    clerk = a_clerk(session, username="xa-zung", phone=PHONE)
    ticket = an_ended_ticket(session, NOT_YET, clerk=clerk)
    ticket.record("comment", now=NOON, by=clerk, text="Tôi đợi từ sáng")
    _a_chat(session, ticket, user=clerk)
    other = an_ended_ticket(session, NOT_YET)
    token = a_token(session, clerk)
    session.flush()

    found = export_person(session, find_person(session, "0905 000 777"))

    assert found["account"]["username"] == "xa-zung"
    assert [row["number"] for row in found["tickets_filed"]] == [ticket.number]
    assert found["tickets_with_this_phone"] == [ticket.number, other.number]
    assert "Tôi đợi từ sáng" in {row["text"] for row in found["events"]}
    assert {row["body"] for row in found["texts_received"]} == {"Gặp bà Zừng"}
    assert {row["body"] for row in found["texts_sent"]} == {"Zừng đây"}
    assert [row["body"] for row in found["call_chat"]] == ["Tôi là Zừng"]
    assert len(found["links"]) == 2
    written = json.dumps(found)
    assert clerk.password_hash not in written
    assert token not in written
    assert "token_hash" not in written


def test_an_export_holds_nothing_of_anybody_else(session: Session) -> None:
    clerk = a_clerk(session, username="xa-khac")
    an_ended_ticket(session, NOT_YET)
    session.add(a_text_out(None, phone="", user_id=None))
    session.flush()

    found = export_person(session, find_person(session, "xa-khac"))

    assert found.pop("account")["username"] == clerk.username
    assert found.pop("phone") == clerk.phone
    assert [name for name, rows in found.items() if rows] == []


def test_an_erased_person_is_nowhere_and_has_no_way_in(session: Session, tmp_path: Path) -> None:
    clerk = a_clerk(session, username="tran-thi-zung", name="Trần Thị Zừng", phone=PHONE)
    ticket = a_ticket(session, status=Status.CANCELLED, created_by=clerk)
    ticket.record("comment", now=NOON, by=clerk, text="Zừng đang đợi")
    session.add_all([a_text_out(ticket), a_text_in(ticket, user_id=clerk.id), a_link(ticket)])
    session.add(a_text_out(ticket, state=OutboundState.QUEUED, due_at=NOON))
    _a_chat(session, ticket, user=clerk)
    token = a_token(session, clerk)
    epoch = clerk.session_epoch

    erase(session, "tran-thi-zung")

    left = everything(session).casefold()
    assert [word for word in ("zừng", "zung", PHONE) if word in left] == []
    assert (clerk.name, clerk.phone, clerk.is_active) == (ERASED_NAME, None, False)
    assert clerk.session_epoch == epoch + 1
    assert not password_matches(clerk, PASSWORD)
    assert token_viewer(session, token, now=datetime.now(UTC)) is None
    assert OutboundState.QUEUED not in session.exec(select(OutboundMessage.state)).all()
    assert ticket.title == "Mất mạng ở một cửa"
    assert unbroken(session, tmp_path)


def test_a_phone_without_a_log_in_is_erased_alone(session: Session, tmp_path: Path) -> None:
    clerk = a_clerk(session)
    ticket = a_ticket(session, status=Status.CANCELLED, created_by=clerk)
    ticket.contact_phone = PHONE
    session.add_all([a_text_out(ticket), a_text_in(ticket), a_link(ticket)])
    kept = a_text_out(ticket, phone=clerk.phone, body="Phiếu đã nhận")
    session.add(kept)
    session.flush()

    erase(session, "0905000777")

    assert PHONE not in everything(session)
    assert (kept.phone, kept.body) == (clerk.phone, "Phiếu đã nhận")
    assert clerk.is_active
    assert unbroken(session, tmp_path)
    with pytest.raises(AdministrationError, match="nothing is stored"):
        find_person(session, "0905000777")


def test_an_erased_technician_keeps_their_assignments_without_words(session: Session) -> None:
    technician = a_technician(session, username="ktv-zung", name="Lê Zừng")
    ticket = a_ticket(session, status=Status.CLOSED, technician=technician)
    assignment = session.exec(select(Assignment)).one()
    assignment.work_done = "Zừng đã thay nguồn"
    session.flush()

    erase(session, "ktv-zung")

    assert (assignment.ticket_number, assignment.work_done) == (ticket.number, "")
    assert not technician.is_on_duty
    assert session.exec(select(TechnicianSkill)).all() == []


def test_what_somebody_wrote_about_a_closed_road_goes_with_them(session: Session) -> None:
    lead = a_lead(session)
    closure = a_closure(session, lead)
    closure.note = "Gọi tôi qua số riêng"
    session.flush()
    person = find_person(session, lead.username)
    exported = export_person(session, person)

    erase_person(session, person, password_hash="x")

    session.refresh(closure)
    assert exported["road_closures"][0]["note"] == "Gọi tôi qua số riêng"
    assert closure.note == ""


def test_nobody_is_erased_who_is_on_the_way(session: Session) -> None:
    technician = a_technician(session, username="ktv-ban")
    a_ticket(session, status=Status.EN_ROUTE, technician=technician)

    with pytest.raises(AdministrationError, match="still assigned to ticket 1001"):
        erase(session, "ktv-ban")

    assert technician.user.is_active


def test_nobody_is_erased_whose_call_is_booked(session: Session) -> None:
    host = a_user(session, username="dp-goi")
    clerk = a_clerk(session, username="xa-goi")
    ticket = a_ticket(session, status=Status.VIDEO, created_by=clerk)
    a_call(session, ticket=ticket, host=host)

    for who in ("dp-goi", "xa-goi"):
        with pytest.raises(AdministrationError, match="a call about ticket"):
            erase(session, who)


def test_a_phone_of_several_log_ins_must_be_named(session: Session) -> None:
    a_clerk(session, username="xa-mot", phone=PHONE)
    a_clerk(session, username="xa-hai", phone=PHONE)

    with pytest.raises(AdministrationError, match="xa-mot, xa-hai"):
        find_person(session, PHONE)


def test_many_tickets_are_forgotten_in_batches(session: Session) -> None:
    for _ in range(3):
        an_ended_ticket(session, LONG_AGO)

    batches = [anonymise_old(session, now=NOON, at_once=2) for _ in range(3)]

    assert batches == [2, 1, 0]


def test_the_job_goes_on_until_nothing_is_left(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as session:
        for _ in range(2):
            an_ended_ticket(session, LONG_AGO)
        session.add(a_text_in(None))
    [job] = [job for job in JOBS if job.name == "retention"]

    with an_app(engine, tmp_path, now=NOON) as app:
        with transaction(engine) as session:
            epoch = take_lease(session, LEASE, owner="a", now=datetime.now(UTC), seconds=60)
        done = job.run(app.extensions[KEY], epoch or 0)

    assert done == {"tickets": 2, "texts": 1, "files": 0}


def run(data_dir: Path, *arguments: str) -> int:
    """One command of manage.py."""
    return manage.main(["--data", str(data_dir), *arguments])


def test_an_export_is_written_for_its_owners_eyes(
    empty_installation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chi-huy.json"

    code = run(empty_installation, "person", "export", "chi-huy", "--out", str(path))

    assert code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text(encoding="utf-8"))["account"]["username"] == "chi-huy"
    assert str(path) in capsys.readouterr().out


def test_erasing_asks_for_a_yes(
    empty_installation: Path, installed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = run(empty_installation, "person", "erase", "chi-huy")
    said = capsys.readouterr().err
    done = run(empty_installation, "person", "erase", "chi-huy", "--yes")

    assert (refused, done) == (1, 0)
    assert "nothing was erased" in said
    with reading(installed) as session:
        assert session.exec(select(User.name)).all() == [ERASED_NAME]


def test_the_register_tells_until_when_a_breach_must_be_reported(
    empty_installation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = ("--what", "mất một máy tính", "--concerned", "12 người", "--measures", "khóa tài khoản")
    noticed = datetime.now(UTC) - timedelta(hours=80)
    added = run(empty_installation, "breach", "add", "--noticed", noticed.isoformat(), *lost)
    capsys.readouterr()

    run(empty_installation, "breach", "list")
    overdue = capsys.readouterr().out
    at = noticed + timedelta(hours=71)
    reported = run(empty_installation, "breach", "reported", "1", "--at", at.isoformat())
    capsys.readouterr()
    run(empty_installation, "breach", "list")

    assert (added, reported) == (0, 0)
    assert "NOT REPORTED, the 72 hours ended" in overdue
    assert "mất một máy tính" in overdue
    listed = capsys.readouterr().out
    assert "reported " in listed
    assert "after the 72 hours" not in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["person", "export", "nobody"], "no user nobody"),
        (["person", "erase", "0905000999", "--yes"], "nothing is stored"),
        (["breach", "reported", "9", "--at", "2026-01-01"], "there is no breach 9"),
        (
            ["breach", "add", "--noticed", "2999-01-01", "--what", "x", "--concerned", "y"],
            "in the future",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    empty_installation: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code = run(empty_installation, *arguments)

    assert code == 1
    assert said in capsys.readouterr().err
