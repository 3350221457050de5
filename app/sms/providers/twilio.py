"""Twilio: its own client, signed webhooks only, looked up before anything is sent again."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.request_validator import RequestValidator, get_signature_algorithm

from app.sms.provider import Inbound, Message, Receipt, Retry, Sent, SentState, WebhookRequest

# https://www.twilio.com/docs/api/errors: opted out, no mobile, bad number, filtered.
NEVER = frozenset({21610, 21614, 21211, 30007})
# Wrong credentials (until somebody mends the settings), too many requests, phone switched off.
LATER = frozenset({20003, 20429, 30003})
# What the network (requests' errors are OSErrors) or a garbled answer may raise.
FAULTS = (TwilioException, OSError, ValueError, KeyError)
# Twilio dates texts by its own clock, to the second.
CLOCKS_APART = timedelta(seconds=60)
# A trial account writes this before every text.
TRIAL = r"(?:Sent from your Twilio trial account - )?"
LOOKED_THROUGH = 200
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SIGNATURE = "x-twilio-signature"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"
STATES = {
    "accepted": "queued",
    "queued": "queued",
    "sending": "queued",
    "scheduled": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}


@dataclass(frozen=True)
class TwilioSettings:
    """Account and addresses; ``api_url`` replaces the vendor's host (tests use a local fake)."""

    account_sid: str
    auth_token: str
    messaging_service_sid: str
    from_number: str
    api_url: str
    public_url: str
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if not (self.account_sid and self.auth_token):
            raise ValueError("set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
        if not (self.messaging_service_sid or self.from_number):
            raise ValueError("set TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM_NUMBER")


def _http_client(api_url: str, timeout_s: float) -> Any:  # the vendor ships no types
    """The vendor's own HTTP client, sent to another address when the settings name one.

    Loaded on first use, as the rest of the client is: it costs a process 40 MB, and the web's only
    checks signatures.
    """
    from twilio.http.http_client import TwilioHttpClient  # noqa: PLC0415 (why: above)

    address = urlsplit(api_url)

    class HttpClient(TwilioHttpClient):  # type: ignore[misc]  # the vendor ships no types
        """Asks the address of the settings instead of the vendor's host; logs nothing."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # vendor's
            if address.netloc:
                asked = urlsplit(url)
                path = address.path.rstrip("/") + asked.path
                url = urlunsplit((address.scheme, address.netloc, path, asked.query, ""))
            return super().request(method, url, *args, **kwargs)

        def log_request(self, kwargs: dict[str, Any]) -> None:  # the vendor's request, as it is
            """Nothing: the vendor would log phone numbers and texts."""

        def log_response(self, status_code: int, response: object) -> None:
            """Nothing, for the same reason."""

    client = HttpClient(timeout=timeout_s)
    if address.hostname in LOOPBACK:
        # A proxy of the environment cannot reach this machine's own addresses.
        client.session.trust_env = False
    return client


class TwilioProvider:
    """The whole of the vendor."""

    name = "twilio"

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._validator = RequestValidator(settings.auth_token)
        self._made: Any = None  # the vendor's client, made on first use

    def _client(self) -> Any:  # twilio.rest builds its resources dynamically
        if self._made is None:
            from twilio.rest import Client  # noqa: PLC0415 (why: `_http_client`)

            settings = self._settings
            self._made = Client(
                settings.account_sid,
                settings.auth_token,
                http_client=_http_client(settings.api_url, settings.timeout_s),
            )
        return self._made

    def send(self, message: Message) -> Sent:
        """Create the message; an unknown outcome is said to be unknown."""
        settings = self._settings
        public = settings.public_url.rstrip("/")
        sender = (
            {"messaging_service_sid": settings.messaging_service_sid}
            if settings.messaging_service_sid
            else {"from_": settings.from_number}
        )
        try:
            made = self._client().messages.create(
                to=message.phone,
                body=message.body,
                # The outbox id travels in the address: a receipt finds its text even when the
                # answer to this request was lost.
                status_callback=f"{public}/hooks/twilio/status?outbox={message.outbox_id}",
                **sender,
            )
        except (TwilioRestException, TwilioServiceException) as refusal:
            return _refused(int(refusal.status), refusal.code)
        except FAULTS as fault:
            # Refused connection or lost answer: from here they look alike, so it is looked up.
            return _unknown(fault)
        return Sent(SentState.QUEUED, provider_id=made.sid)

    def look_up(self, message: Message) -> Sent | None:
        """Find the text among those to that number since then; the API knows no outbox id.

        The stored body has ``{link}`` where the sent one has an address, so bodies are compared
        with that one place open.
        """
        body = re.escape(message.body).replace(r"\ \{link\}", r"(?:\ ?\S*)")
        pattern = re.compile(TRIAL + body.replace(r"\{link\}", r"\S*") + r"\s*")
        since = message.sent_after.astimezone(UTC) - CLOCKS_APART
        try:
            # Not by the API's date filter: it goes by the day of sending, and what is still
            # queued has none. The newest come first.
            rows = self._client().messages.list(to=message.phone, limit=LOOKED_THROUGH)
            found = [
                row
                for row in rows
                if _moment(row.date_created) >= since and pattern.fullmatch(row.body or "")
            ]
        except FAULTS as fault:
            return _unknown(fault)
        if not found:
            return None
        # The same text twice: one that is on its way counts more than one that failed.
        row = min(found, key=_has_failed)
        return Sent(
            SentState.FAILED if _has_failed(row) else SentState.SENT,
            provider_id=row.sid,
            code=str(row.error_code) if row.error_code else None,
        )

    def verify(self, request: WebhookRequest) -> bool:
        """Check the signature against the address the vendor was given, not the Host header."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        url = self._settings.public_url.rstrip("/") + request.path_and_query
        algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS, ""))
        return bool(
            self._validator.validate(url, dict(request.form), headers.get(SIGNATURE, ""), algorithm)
        )

    def parse_inbound(self, request: WebhookRequest) -> Inbound:
        """The text of an incoming-message webhook."""
        form = request.form
        try:
            return Inbound(self.name, form["MessageSid"], form["From"], form.get("Body", ""))
        except KeyError as missing:
            raise ValueError(f"no {missing} in the webhook") from missing

    def parse_receipt(self, request: WebhookRequest) -> Receipt:
        """The state of a status callback; the outbox id comes in the address."""
        form = request.form
        outbox = parse_qs(urlsplit(request.path_and_query).query).get("outbox", [""])[0]
        try:
            state = STATES[form["MessageStatus"]]
            return Receipt(
                outbox_id=int(outbox) if outbox.isascii() and outbox.isdigit() else None,
                provider_id=form["MessageSid"],
                state=state,
                code=form.get("ErrorCode"),
            )
        except KeyError as missing:
            raise ValueError(f"no known {missing} in the webhook") from missing

    def health(self) -> bool:
        """Whether the account answers."""
        try:
            self._client().api.accounts(self._settings.account_sid).fetch()
        except FAULTS:
            return False
        return True


def _refused(status: int, vendor_code: int | None) -> Sent:
    code = str(vendor_code or status)
    if vendor_code in NEVER:
        return Sent(SentState.FAILED, code=code, retry=Retry.NO)
    if vendor_code in LATER or status in (401, 403, 429):
        return Sent(SentState.FAILED, code=code, retry=Retry.LATER)
    if status >= 500 or status == 408:
        # The vendor may have taken the text before it failed.
        return Sent(SentState.UNKNOWN, code=code, retry=Retry.CHECK)
    return Sent(SentState.FAILED, code=code, retry=Retry.NO)


def _unknown(fault: Exception) -> Sent:
    return Sent(SentState.UNKNOWN, code=type(fault).__name__[:32], retry=Retry.CHECK)


def _has_failed(row: Any) -> bool:  # the vendor's record
    return STATES.get(str(row.status)) in ("failed", "undelivered")


def _moment(created_at: datetime | None) -> datetime:
    """When the vendor took a text; one without a date counts as new."""
    if created_at is None:
        return datetime.max.replace(tzinfo=UTC)
    return created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC)
