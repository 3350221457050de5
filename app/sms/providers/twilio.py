"""Twilio: its own client, signed webhooks only, looked up before anything is sent again."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from requests import RequestException, Timeout
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator

from app.sms.provider import Inbound, Message, Receipt, Retry, Sent, SentState, WebhookRequest

# https://www.twilio.com/docs/api/errors: opted out, no mobile, bad number, filtered.
NEVER = frozenset({21610, 21614, 21211, 30007})
# Too many requests; the phone is switched off.
LATER = frozenset({20429, 30003})
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


class _HttpClient(TwilioHttpClient):
    """The vendor's own HTTP client, sent to another host when the settings name one."""

    def __init__(self, api_url: str, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s)
        self._api_url = api_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # vendor's
        if self._api_url:
            host = urlsplit(self._api_url)
            asked = urlsplit(url)
            url = urlunsplit((host.scheme, host.netloc, asked.path, asked.query, ""))
        return super().request(method, url, *args, **kwargs)


class TwilioProvider:
    """The whole of the vendor."""

    name = "twilio"

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._validator = RequestValidator(settings.auth_token)
        self._made: Any = None  # the vendor's client, made on first use

    def _client(self) -> Any:  # twilio.rest builds its resources dynamically
        if self._made is None:
            # Imported on first use: it costs 40 MB, and the web process only checks signatures.
            from twilio.rest import Client  # noqa: PLC0415 (why: above)

            settings = self._settings
            self._made = Client(
                settings.account_sid,
                settings.auth_token,
                http_client=_HttpClient(settings.api_url, settings.timeout_s),
            )
        return self._made

    def send(self, message: Message) -> Sent:
        """Create the message; an unknown outcome is said to be unknown."""
        settings = self._settings
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
                status_callback=f"{settings.public_url}/hooks/twilio/status?outbox={message.outbox_id}",
                **sender,
            )
        except TwilioRestException as refusal:
            return _refused(refusal)
        except Timeout:
            return Sent(SentState.UNKNOWN, code="timeout", retry=Retry.CHECK)
        except (RequestException, TwilioException, OSError) as fault:
            return Sent(SentState.UNKNOWN, code=type(fault).__name__[:32], retry=Retry.CHECK)
        return Sent(SentState.QUEUED, provider_id=made.sid)

    def look_up(self, message: Message) -> Sent | None:
        """Find the text among those to that number since then; the API knows no outbox id.

        The stored body has ``{link}`` where the sent one has an address, so bodies are compared
        with that one place open.
        """
        pattern = re.compile(re.escape(message.body).replace(re.escape("{link}"), r"\S*") + r"\s*")
        try:
            found = self._client().messages.list(
                to=message.phone, date_sent_after=message.sent_after, limit=50
            )
        except (TwilioException, RequestException, OSError) as fault:
            return Sent(SentState.UNKNOWN, code=type(fault).__name__[:32], retry=Retry.CHECK)
        for row in found:
            if pattern.fullmatch(row.body or ""):
                state = STATES.get(str(row.status), "sent")
                failed = state in ("failed", "undelivered")
                return Sent(
                    SentState.FAILED if failed else SentState.SENT,
                    provider_id=row.sid,
                    code=str(row.error_code) if row.error_code else None,
                )
        return None

    def verify(self, request: WebhookRequest) -> bool:
        """Check the signature against the address the vendor was given, not the Host header."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        signature = headers.get("x-twilio-signature", "")
        url = self._settings.public_url + request.path_and_query
        return bool(self._validator.validate(url, dict(request.form), signature))

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
                outbox_id=int(outbox) if outbox.isdigit() else None,
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
        except (TwilioException, RequestException, OSError):
            return False
        return True


def _refused(refusal: TwilioRestException) -> Sent:
    code = str(refusal.code or refusal.status)
    if refusal.code in LATER or refusal.status == 429:
        return Sent(SentState.FAILED, code=code, retry=Retry.LATER)
    if refusal.status >= 500:
        # The vendor may have taken the text before it failed.
        return Sent(SentState.UNKNOWN, code=code, retry=Retry.CHECK)
    return Sent(SentState.FAILED, code=code, retry=Retry.NO)
