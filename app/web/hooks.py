"""What SMS providers call: texts that came in, and receipts."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from app.access import public
from app.context import context, engine, now
from app.services.texts.webhooks import (
    ForgedCallError,
    UnreadableCallError,
    take_in_receipt,
    take_in_text,
    verified,
)
from models.database import retry_on_conflict, transaction

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
TWILIO = "twilio"
# The answer goes out through the outbox, so that it is sent once and its receipt is known.
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@bp.post("/twilio/sms")
@public
def twilio_text() -> ResponseReturnValue:
    """A text that Twilio received for us; repeats of the same message change nothing."""
    return _take_in(receives=True)


@bp.post("/twilio/status")
@public
def twilio_receipt() -> ResponseReturnValue:
    """What became of a text that Twilio sent for us."""
    return _take_in(receives=False)


def _take_in(*, receives: bool) -> ResponseReturnValue:
    provider = context().sms_in if receives else context().sms_out
    if provider.name != TWILIO:
        abort(404)
    service = take_in_text if receives else take_in_receipt
    body = request.get_data(cache=True)
    try:
        call = verified(
            provider,
            path_and_query=_as_sent(),
            form=request.form.to_dict(),
            headers=dict(request.headers),
            body=body,
        )

        def work() -> None:
            with transaction(engine()) as session:
                service(session, provider, call, now=now())

        retry_on_conflict(work)
    except ForgedCallError:
        abort(403)
    except UnreadableCallError:
        abort(400)
    return Response(NOTHING_TO_SAY, content_type="text/xml")


def _as_sent() -> str:
    """Path and query exactly as they were sent: the signature covers every byte of them."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if raw and raw.startswith("/"):
        return str(raw)
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path
