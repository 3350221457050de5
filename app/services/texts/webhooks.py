"""Calls of SMS providers: believed only with their signature, taken in once."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session
from structlog import get_logger

from app.services.texts import inbox
from app.services.texts.outbox import record_receipt
from app.sms.provider import SmsProvider, WebhookRequest

log = get_logger()


class ForgedCallError(ValueError):
    """The call does not come from the provider that it names."""


class UnreadableCallError(ValueError):
    """The call is the provider's own, but holds nothing that we can take in."""


def verified(
    provider: SmsProvider,
    *,
    path_and_query: str,
    form: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
) -> WebhookRequest:
    """The provider's call, once its signature was checked.

    Raises
    ------
    ForgedCallError
        If the signature is missing or wrong.
    """
    request = WebhookRequest(path_and_query=path_and_query, form=form, headers=headers, body=body)
    if not provider.verify(request):
        # Neither number nor text: whoever forges calls must not fill the log with somebody's data.
        log.warning("forged call refused", provider=provider.name)
        raise ForgedCallError(provider.name)
    return request


def take_in_text(
    session: Session, provider: SmsProvider, request: WebhookRequest, *, now: datetime
) -> None:
    """Take in the text of a verified call; the answer goes out through the outbox."""
    try:
        inbound = provider.parse_inbound(request)
    except ValueError as error:
        raise UnreadableCallError(provider.name) from error
    inbox.receive(session, inbound, now=now)


def take_in_receipt(
    session: Session, provider: SmsProvider, request: WebhookRequest, *, now: datetime
) -> None:
    """Take in the receipt of a verified call; one for a text that we do not know is only logged."""
    try:
        receipt = provider.parse_receipt(request)
    except ValueError as error:
        raise UnreadableCallError(provider.name) from error
    if not record_receipt(session, receipt, now=now):
        log.warning("receipt for an unknown text", provider=provider.name)
