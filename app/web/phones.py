"""The demo's phones: every text that was sent, and an answer as the phone's owner."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import requires
from app.context import engine, now, settings
from app.services.texts import phones
from models.account import Role
from models.database import reading, retry_on_conflict, transaction

bp = Blueprint("phones", __name__, url_prefix="/phones")


@bp.before_request
def only_in_a_demo() -> None:
    """Real phones answer by themselves."""
    if not settings().is_demo:
        abort(404)


@bp.get("")
@requires(*Role)
def index() -> ResponseReturnValue:
    """Every phone; the one with the newest text is open."""
    with reading(engine()) as session:
        found = phones.phones(session)
    chosen = found[0] if found and found[0].last_at else None
    return _page(found, chosen.number if chosen else "")


@bp.get("/<number>")
@requires(*Role)
def show(number: str) -> ResponseReturnValue:
    """One phone's conversation."""
    with reading(engine()) as session:
        found = phones.phones(session)
    return _page(found, number)


@bp.get("/<number>/live")
@requires(*Role)
def live(number: str) -> ResponseReturnValue:
    """The conversation alone, for the page that follows it."""
    with reading(engine()) as session:
        texts = phones.conversation(session, number)
    return render_template("phones/_conversation.html", number=number, texts=texts)


@bp.post("/<number>")
@requires(*Role)
def answer(number: str) -> ResponseReturnValue:
    """Send a text as the phone's owner."""
    body = request.form.get("body", "")

    def work() -> None:
        with transaction(engine()) as session:
            phones.answer(session, number, body, now=now())

    if body.strip():
        with reading(engine()) as session:
            if number not in {one.number for one in phones.phones(session)}:
                abort(404)
        retry_on_conflict(work)
    return redirect(url_for("phones.show", number=number), code=303)


@bp.post("/<number>/open/<int:text_id>")
@requires(*Role)
def open_link(number: str, text_id: int) -> ResponseReturnValue:
    """Follow the link of a text, as its owner would by a tap."""

    def work() -> str | None:
        with transaction(engine()) as session:
            return phones.link_of(session, number, text_id, now=now(), secret=settings().secret())

    path = retry_on_conflict(work)
    if path is None:
        abort(404)
    return redirect(path, code=303)


def _page(found: list[phones.Phone], number: str) -> str:
    chosen = next((one for one in found if one.number == number), None)
    if number and chosen is None:
        abort(404)
    with reading(engine()) as session:
        texts = phones.conversation(session, number) if chosen else []
    return render_template("phones/index.html", phones=found, chosen=chosen, texts=texts)
