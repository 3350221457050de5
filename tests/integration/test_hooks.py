"""The provider's webhooks: believed only when signed, taken in once; and the probes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from app.config import Settings
from app.context import KEY
from app.factory import create_app
from models.database import transaction
from models.lifecycle import Status
from models.message import InboundMessage, OutboundMessage, OutboundState
from models.ticket import Ticket
from models.workforce import Technician
from tests.door import an_app
from tests.factories import MORNING, a_technician, a_ticket, a_user

PUBLIC = "https://ungcuu.example.gov.vn"
SECRET = "the vendor's secret"
SETTINGS = {
    "demo": "",
    "sms_in": "twilio",
    "sms_out": "twilio",
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": SECRET,
    "twilio_from_number": "+84900000000",
    "public_url": PUBLIC,
}


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of a real installation with Twilio."""
    with an_app(engine, tmp_path, now=None, **SETTINGS) as app:
        yield app.test_client()


@pytest.fixture
def technician(engine: Engine) -> Technician:
    """A technician with one assigned ticket, number 1001."""
    with transaction(engine) as session:
        found = a_technician(session)
        a_ticket(session, status=Status.ASSIGNED, technician=found)
        assert found.user.phone is not None
        return found


def signed(
    client: FlaskClient, path: str, form: dict[str, str], *, secret: str = SECRET, **headers: str
) -> TestResponse:
    """A call as Twilio would send it, over the address that it was given."""
    signature = RequestValidator(secret).compute_signature(PUBLIC + path, form)
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature} | headers)


def a_text_from(technician: Technician, body: str, sid: str = "SM1") -> dict[str, str]:
    """The form of an incoming text."""
    return {"MessageSid": sid, "From": technician.user.phone or "", "Body": body}


def status_of(engine: Engine) -> Status:
    """Where the ticket stands."""
    with transaction(engine) as session:
        return session.exec(select(Ticket.status)).one()


def count(engine: Engine, table: type[InboundMessage] | type[OutboundMessage]) -> int:
    """Rows of a table."""
    with transaction(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_signed_text_does_what_it_says_and_queues_its_answer(
    client: FlaskClient, technician: Technician, engine: Engine
):
    answer = signed(client, "/hooks/twilio/sms", a_text_from(technician, "nhan 1001"))

    assert answer.status_code == 200
    assert answer.content_type.startswith("text/xml")
    assert "<Message" not in answer.text
    assert status_of(engine) is Status.ACCEPTED
    assert count(engine, OutboundMessage) == 1


def test_the_same_message_twice_has_one_effect(
    client: FlaskClient, technician: Technician, engine: Engine
):
    for _ in range(2):
        signed(client, "/hooks/twilio/sms", a_text_from(technician, "nhan 1001"))

    assert count(engine, InboundMessage) == 1
    assert count(engine, OutboundMessage) == 1


@pytest.mark.parametrize("signature", ["", "AAAA", "không phải chữ ký"])
def test_a_forged_text_changes_nothing_and_leaves_nothing_private_behind(
    client: FlaskClient, technician: Technician, engine: Engine, capfd, signature: str
):
    form = a_text_from(technician, "bi mat cua toi")
    headers = {"X-Twilio-Signature": signature.encode().decode("latin-1")} if signature else {}

    answer = client.post("/hooks/twilio/sms", data=form, headers=headers)

    logged = "".join(capfd.readouterr())
    assert answer.status_code == 403
    assert count(engine, InboundMessage) == 0
    assert "bi mat" not in logged
    assert form["From"][3:] not in logged


def test_a_signature_holds_for_its_address_and_body_alone(
    client: FlaskClient, technician: Technician, engine: Engine
):
    form = a_text_from(technician, "nhan 1001")
    signature = RequestValidator(SECRET).compute_signature(PUBLIC + "/hooks/twilio/sms", form)
    headers = {"X-Twilio-Signature": signature}

    changed = client.post(
        "/hooks/twilio/sms", data=form | {"Body": "tu choi 1001 ban"}, headers=headers
    )
    elsewhere = client.post("/hooks/twilio/sms?x=1", data=form, headers=headers)

    assert (changed.status_code, elsewhere.status_code) == (403, 403)
    assert status_of(engine) is Status.ASSIGNED


def test_the_signature_is_checked_against_our_own_address_behind_any_proxy(
    client: FlaskClient, technician: Technician, engine: Engine
):
    form = a_text_from(technician, "nhan 1001")

    answer = signed(client, "/hooks/twilio/sms?a=%C4%91&b=", form, Host="127.0.0.1:8000")

    assert answer.status_code == 200
    assert status_of(engine) is Status.ACCEPTED


def test_a_signed_call_without_a_message_is_told_so(client: FlaskClient, technician: Technician):
    assert signed(client, "/hooks/twilio/sms", {"Body": "?"}).status_code == 400
    assert signed(client, "/hooks/twilio/status", {"MessageSid": "SM1"}).status_code == 400


def test_receipts_only_climb(client: FlaskClient, technician: Technician, engine: Engine):
    with transaction(engine) as session:
        message = OutboundMessage(
            key="k",
            phone="+84900000001",
            event="assigned",
            language="vi",
            body="x",
            state=OutboundState.SENT,
            created_at=MORNING,
            due_at=MORNING,
        )
        session.add(message)
        session.flush()
        path = f"/hooks/twilio/status?outbox={message.id}"

    answers = [
        signed(client, path, {"MessageSid": "SM9", "MessageStatus": state}).status_code
        for state in ("delivered", "sent", "queued", "delivered")
    ]

    with transaction(engine) as session:
        state = session.exec(select(OutboundMessage.state)).one()
    assert answers == [200] * 4
    assert state is OutboundState.DELIVERED


def test_a_receipt_for_an_unknown_text_is_taken_and_dropped(client: FlaskClient):
    answer = signed(
        client,
        "/hooks/twilio/status?outbox=999",
        {"MessageSid": "SM9", "MessageStatus": "delivered"},
    )

    assert answer.status_code == 200


def test_without_the_provider_there_are_no_hooks(engine: Engine, tmp_path: Path):
    with an_app(engine, tmp_path) as app:
        client = app.test_client()
        answers = [client.post(f"/hooks/twilio/{name}").status_code for name in ("sms", "status")]

    assert answers == [404, 404]


def test_probes_tell_a_living_process_from_one_that_can_serve(client: FlaskClient, engine: Engine):
    with transaction(engine) as session:
        a_user(session)

    alive, ready = client.get("/healthz"), client.get("/readyz")

    assert alive.json == {"state": "alive"}
    assert (ready.status_code, ready.json) == (200, {"state": "ready", "worker": False})


def test_without_a_migrated_database_a_process_lives_but_is_not_ready(tmp_path: Path):
    app = create_app(Settings(data_dir=str(tmp_path), demo="1"))
    client = app.test_client()

    answers = client.get("/healthz").status_code, client.get("/readyz").status_code

    app.extensions[KEY].engine.dispose()
    assert answers == (200, 503)
