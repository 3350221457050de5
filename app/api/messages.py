"""Texts over the API: what was sent and received, and, in a demo, a phone that sends one."""

from flask import Response, abort

from app.api.answers import answer, message_page
from app.api.problems import invalid
from app.api.schemas import MessagePage, MessageQuery, NewText, TextAnswer
from app.api.tokens import EVERYONE, api_blueprint, api_viewer, token_requires
from app.context import engine, now, settings
from app.i18n import _
from app.services.texts import inbox
from app.services.texts.messages import (
    ForeignPhoneError,
    UnknownTextError,
    readable_body,
    texts_for,
    typed_text,
)
from models.database import reading, retry_on_conflict, transaction

bp = api_blueprint("api_messages")


@bp.get("/messages", responses={200: MessagePage})
@token_requires(*EVERYONE)
def index(query: MessageQuery) -> Response:
    """Texts that the token's owner may read, oldest first; of one phone with `phone`."""
    try:
        with reading(engine()) as session:
            page = texts_for(
                session, viewer=api_viewer(), phone=query.phone.strip(), after=query.after
            )
    except ForeignPhoneError:
        abort(404)
    except UnknownTextError:
        return invalid({"after": _("Không có tin nhắn nào mang mã này.")})
    return answer(message_page(page))


@bp.post("/demo/sms", responses={200: TextAnswer})
@token_requires(*EVERYONE)
def send(body: NewText) -> Response:
    """Send a text as the owner of any phone of the demo, and read the answer; 404 elsewhere."""
    if not settings().is_demo:
        abort(404)
    inbound = typed_text(body.sender, body.body)

    def take_in() -> str | None:
        with transaction(engine()) as session:
            said = inbox.receive(session, inbound, now=now())
            return readable_body(said) if said is not None else None

    return answer(TextAnswer(answer=retry_on_conflict(take_in)))
