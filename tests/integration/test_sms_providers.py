"""What every SMS provider must do; twilio by its real client against a fake over HTTP."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlmodel import Session
from twilio.request_validator import HMAC_SHA256, RequestValidator

from app.services.texts.outbox import record_receipt
from app.sms.provider import Message, Retry, SentState, SmsProvider, WebhookRequest
from app.sms.providers.console import ConsoleProvider
from app.sms.providers.twilio import TwilioProvider, TwilioSettings
from models.account import Language
from models.message import OutboundMessage, OutboundState
from tests.fakes.twilio_api import ACCOUNT, TOKEN, Fault, TwilioApi, running_twilio

PHONE = "+84912345678"
PUBLIC = "https://ungcuu.example.gov.vn"
STATUS_PATH = "/hooks/twilio/status?outbox=7"
SMS_PATH = "/hooks/twilio/sms"


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with running_twilio() as api:
        yield api


def twilio_settings(api: TwilioApi) -> TwilioSettings:
    return TwilioSettings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        messaging_service_sid="",
        from_number="+15550001111",
        api_url=api.url,
        public_url=PUBLIC,
        timeout_s=2.0,
    )


def a_console(api: TwilioApi) -> SmsProvider:
    return ConsoleProvider()


def a_twilio(api: TwilioApi) -> SmsProvider:
    return TwilioProvider(twilio_settings(api))


def a_message(api: TwilioApi, *, outbox_id: int = 7, body: str = "1042R Mang. 1 nhan") -> Message:
    return Message(outbox_id, PHONE, body, sent_after=api.now)


def signed(path: str, form: dict[str, str], *, token: str = TOKEN) -> WebhookRequest:
    signature = RequestValidator(token).compute_signature(PUBLIC + path, form)
    return WebhookRequest(path, form, {"X-Twilio-Signature": signature})


every_provider = pytest.mark.parametrize("make", [a_console, a_twilio])


@every_provider
def test_text_is_taken_and_gets_an_id(api: TwilioApi, make: Callable[..., SmsProvider]) -> None:
    sent = make(api).send(a_message(api))

    assert sent.state in (SentState.QUEUED, SentState.SENT)
    assert sent.provider_id
    assert sent.retry is Retry.NO


@every_provider
def test_two_texts_get_two_ids(api: TwilioApi, make: Callable[..., SmsProvider]) -> None:
    provider = make(api)

    first = provider.send(a_message(api, outbox_id=1))
    second = provider.send(a_message(api, outbox_id=2))

    assert first.provider_id != second.provider_id


@every_provider
def test_nothing_is_found_of_a_text_never_sent(
    api: TwilioApi, make: Callable[..., SmsProvider]
) -> None:
    assert make(api).look_up(a_message(api)) is None


@every_provider
def test_provider_says_that_it_is_well(api: TwilioApi, make: Callable[..., SmsProvider]) -> None:
    assert make(api).health()


@every_provider
def test_unsigned_call_is_not_believed(api: TwilioApi, make: Callable[..., SmsProvider]) -> None:
    assert not make(api).verify(WebhookRequest(SMS_PATH, {"Body": "STOP"}))


@every_provider
def test_call_without_a_text_is_a_value_error(
    api: TwilioApi, make: Callable[..., SmsProvider]
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        make(api).parse_inbound(WebhookRequest(SMS_PATH, {}))
    with pytest.raises(ValueError, match=r".+"):
        make(api).parse_receipt(WebhookRequest(STATUS_PATH, {}))


def test_console_takes_the_same_text_once(api: TwilioApi) -> None:
    console = ConsoleProvider()

    first, again = console.send(a_message(api)), console.send(a_message(api))

    assert first == again


def test_twilio_sends_from_its_number_and_names_the_outbox_id(api: TwilioApi) -> None:
    a_twilio(api).send(a_message(api))

    (text,) = api.texts
    assert (text.to, text.body, text.sender) == (PHONE, "1042R Mang. 1 nhan", "+15550001111")
    assert text.status_callback == PUBLIC + STATUS_PATH


def test_twilio_sends_through_the_messaging_service_where_one_is_set(api: TwilioApi) -> None:
    settings = replace(twilio_settings(api), messaging_service_sid="MG" + "1" * 32)

    TwilioProvider(settings).send(a_message(api))

    assert api.texts[0].sender == "MG" + "1" * 32


@pytest.mark.parametrize("code", [21610, 21614, 21211])
def test_refusal_for_good_is_never_tried_again(api: TwilioApi, code: int) -> None:
    api.fails(Fault(status=400, code=code))

    sent = a_twilio(api).send(a_message(api))

    assert (sent.state, sent.code, sent.retry) == (SentState.FAILED, str(code), Retry.NO)


@pytest.mark.parametrize(
    ("status", "code"), [(429, 20429), (429, None), (400, 30003), (401, 20003)]
)
def test_refusal_for_now_is_tried_later(api: TwilioApi, status: int, code: int | None) -> None:
    api.fails(Fault(status=status, code=code))

    sent = a_twilio(api).send(a_message(api))

    assert (sent.state, sent.retry) == (SentState.FAILED, Retry.LATER)
    assert api.texts == []


def test_refusal_in_the_newer_form_of_errors_is_read_too(api: TwilioApi) -> None:
    problem = {"type": "about:blank", "title": "Opted out", "status": 400, "code": 21610}
    api.fails(Fault(status=400, body=json.dumps(problem)))

    sent = a_twilio(api).send(a_message(api))

    assert (sent.state, sent.code, sent.retry) == (SentState.FAILED, "21610", Retry.NO)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, takes=True),
        Fault(status=503, takes=True, body="<html>unavailable</html>"),
        Fault(takes=True),
        Fault(status=201, takes=True, body="<html>log in first</html>"),
    ],
    ids=["error 500", "page 503", "answer lost", "garbled answer"],
)
def test_unknown_outcome_is_looked_up_and_found(api: TwilioApi, fault: Fault) -> None:
    provider, message = a_twilio(api), a_message(api)
    api.fails(fault)

    sent = provider.send(message)
    found = provider.look_up(message)

    assert (sent.state, sent.retry) == (SentState.UNKNOWN, Retry.CHECK)
    assert found is not None
    assert (found.state, found.provider_id) == (SentState.SENT, api.texts[0].sid)
    assert len(api.texts) == 1


def test_time_out_is_an_unknown_outcome(api: TwilioApi) -> None:
    api.fails(Fault(takes=True, hangs=True))
    provider = TwilioProvider(replace(twilio_settings(api), timeout_s=0.2))

    sent = provider.send(a_message(api))

    assert (sent.state, sent.retry) == (SentState.UNKNOWN, Retry.CHECK)


def test_unreachable_provider_is_an_unknown_outcome_and_not_well(api: TwilioApi) -> None:
    settings = replace(twilio_settings(api), api_url="http://127.0.0.1:9")
    provider = TwilioProvider(settings)

    sent = provider.send(a_message(api))

    assert (sent.state, sent.retry) == (SentState.UNKNOWN, Retry.CHECK)
    assert not provider.health()


def test_failed_look_up_is_no_leave_to_send_again(api: TwilioApi) -> None:
    api.fails(Fault(status=500))

    found = a_twilio(api).look_up(a_message(api))

    assert found is not None
    assert (found.state, found.retry) == (SentState.UNKNOWN, Retry.CHECK)


def test_look_up_finds_the_text_whose_link_was_made_at_sending(api: TwilioApi) -> None:
    provider = a_twilio(api)
    stored = a_message(api, body="1042R Mang. 1 nhan, 2 tu choi. {link}")
    for body in (
        "1042R Mang. 1 nhan, 2 tu choi. https://u.vn/t/9fK2",
        "1042R Mang. 1 nhan, 2 tu choi.",
    ):
        api.texts.clear()
        provider.send(replace(stored, body=body))

        assert provider.look_up(stored) is not None


def test_look_up_ignores_equal_texts_of_earlier_and_other_ones(api: TwilioApi) -> None:
    provider = a_twilio(api)
    provider.send(a_message(api))
    provider.send(a_message(api, body="another text"))
    later = replace(a_message(api), sent_after=api.now + timedelta(hours=1))

    assert provider.look_up(later) is None


def test_look_up_tells_that_a_text_has_failed(api: TwilioApi) -> None:
    provider = a_twilio(api)
    provider.send(a_message(api))
    api.texts[0].status, api.texts[0].error_code = "undelivered", 30003

    found = provider.look_up(a_message(api))

    assert found is not None
    assert (found.state, found.code) == (SentState.FAILED, "30003")


def test_neither_phone_nor_text_is_logged(api: TwilioApi, caplog: pytest.LogCaptureFixture) -> None:
    provider = a_twilio(api)

    with caplog.at_level(logging.DEBUG):
        provider.send(a_message(api))
        provider.look_up(a_message(api))

    logged = " ".join(record.getMessage() for record in caplog.records if "twilio" in record.name)
    assert PHONE not in logged
    assert "1042R" not in logged


def test_signature_covers_the_public_address_whatever_a_proxy_says(api: TwilioApi) -> None:
    call = signed(SMS_PATH, {"MessageSid": "SM1", "From": PHONE, "Body": "xong 1042"})
    behind_proxy = replace(
        call,
        headers={
            "x-twilio-signature": call.headers["X-Twilio-Signature"],
            "Host": "127.0.0.1:8000",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http",
        },
    )

    assert a_twilio(api).verify(call)
    assert a_twilio(api).verify(behind_proxy)


def test_signature_with_the_newer_hash_is_checked_by_it(api: TwilioApi) -> None:
    form = {"MessageSid": "SM1", "From": PHONE, "Body": "1"}
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + SMS_PATH, form, HMAC_SHA256)
    headers = {
        "X-Twilio-Signature": signature,
        "X-Twilio-Webhooks-Signature-Settings": "key=one,algorithm=HMAC_SHA256",
    }

    assert a_twilio(api).verify(WebhookRequest(SMS_PATH, form, headers))


@pytest.mark.parametrize(
    "change",
    [
        lambda call: replace(call, form={**call.form, "Body": "xong 1043"}),
        lambda call: replace(call, form={**call.form, "Extra": "1"}),
        lambda call: replace(call, path_and_query=SMS_PATH + "?outbox=8"),
        lambda call: replace(call, headers={}),
        lambda call: replace(call, headers={"X-Twilio-Signature": "AAAA"}),
        lambda call: signed(SMS_PATH, dict(call.form), token="another token"),
    ],
    ids=["body", "field", "query", "unsigned", "junk", "token"],
)
def test_forged_call_is_not_believed(
    api: TwilioApi, change: Callable[[WebhookRequest], WebhookRequest]
) -> None:
    call = signed(SMS_PATH, {"MessageSid": "SM1", "From": PHONE, "Body": "xong 1042"})

    assert not a_twilio(api).verify(change(call))


def test_text_that_came_in_is_read_with_its_id(api: TwilioApi) -> None:
    call = signed(SMS_PATH, {"MessageSid": "SM1", "From": PHONE, "Body": "đã xong 1042"})

    inbound = a_twilio(api).parse_inbound(call)

    assert (inbound.provider, inbound.provider_message_id) == ("twilio", "SM1")
    assert (inbound.phone, inbound.body) == (PHONE, "đã xong 1042")


def test_receipt_finds_its_text_by_the_address(api: TwilioApi) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}

    receipt = a_twilio(api).parse_receipt(signed(STATUS_PATH, form))

    assert (receipt.outbox_id, receipt.provider_id) == (7, "SM1")
    assert (receipt.state, receipt.code) == ("undelivered", "30003")


def test_receipt_without_an_outbox_id_keeps_the_vendors(api: TwilioApi) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}

    receipt = a_twilio(api).parse_receipt(signed("/hooks/twilio/status", form))

    assert receipt.outbox_id is None


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_receipts_doubled_and_out_of_order_only_climb(
    session: Session, api: TwilioApi, order: tuple[str, ...]
) -> None:
    row = an_outbound_text()
    session.add(row)
    session.flush()
    path = f"/hooks/twilio/status?outbox={row.id}"

    for state in (*order, *order):
        call = signed(path, {"MessageSid": "SM1", "MessageStatus": state})
        record_receipt(session, a_twilio(api).parse_receipt(call), now=api.now)

    assert row.state is OutboundState.DELIVERED


def an_outbound_text() -> OutboundMessage:
    at = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    return OutboundMessage(
        key="a-text",
        phone=PHONE,
        event="assigned",
        language=Language.VI,
        body="1042R",
        created_at=at,
        due_at=at,
        state=OutboundState.SENT,
    )
