"""What the short links of texts open: one tap into a call, or one ticket to read."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from app.access import public
from app.context import engine, now
from app.services.scope import NotVisible, get_visible
from app.services.tickets.links import Death, LinkDead, LinkKind, open_link
from app.services.tickets.ticket_data import load_ticket
from app.services.tickets.ticket_page import phone_to_call
from app.web.calls import OPENED
from models.account import Role, User
from models.call import VideoCall
from models.database import reading
from models.lifecycle import Status
from models.ticket import Ticket
from models.workforce import viewer_of

bp = Blueprint("links", __name__)
# The session is a cookie: it holds no more than the newest links.
KEPT = 8
# What to answer by text to go on, in the words of the SMS commands.
ANSWERS = {
    (Role.TECHNICIAN, Status.ASSIGNED): ("NHAN", "TU CHOI"),
    (Role.TECHNICIAN, Status.ACCEPTED): ("DI",),
    (Role.TECHNICIAN, Status.EN_ROUTE): ("DEN",),
    (Role.TECHNICIAN, Status.ON_SITE): ("XONG", "VIDEO"),
    (Role.COMMUNE, Status.RESOLVED): ("DUNG", "CHUA"),
}


@bp.get("/c/<token>")
@public
def call(token: str) -> ResponseReturnValue:
    """Ask for one tap: the preview that a messenger makes of a link must not join a call."""
    try:
        with reading(engine()) as database:
            link = open_link(database, token, kind=LinkKind.CALL, now=now())
            booked = database.get_one(VideoCall, link.call_id)
            return render_template("links/call.html", call=booked, ticket=booked.ticket)
    except LinkDead as dead:
        return _closed(dead)


@bp.post("/c/<token>")
@public
def enter_call(token: str) -> ResponseReturnValue:
    """Remember the link in the session and go on without it in the address bar."""
    try:
        with reading(engine()) as database:
            link = open_link(database, token, kind=LinkKind.CALL, now=now())
    except LinkDead as dead:
        return _closed(dead)
    others = [held for held in session.get(OPENED, []) if held != link.id]
    session[OPENED] = [*others, link.id][-KEPT:]
    return redirect(url_for("calls.show", call_id=link.call_id, via=link.id), code=303)


@bp.get("/t/<token>")
@public
def ticket(token: str) -> ResponseReturnValue:
    """One ticket to read, for the person to whom the text went."""
    try:
        with reading(engine()) as database:
            link = open_link(database, token, kind=LinkKind.TICKET, now=now())
            user = database.get(User, link.user_id) if link.user_id else None
            reader = viewer_of(database, user) if user and user.is_active else None
            if link.user_id and reader is None:
                raise LinkDead(Death.ENDED)
            shown = (
                get_visible(database, link.ticket_number, viewer=reader)
                if reader
                else database.get_one(Ticket, link.ticket_number)
            )
            # A phone without an account is the commune's own.
            role = reader.role if reader else Role.COMMUNE
            is_staff = role is not Role.COMMUNE
            phone, words = (
                phone_to_call(shown, reader, now()) if reader and is_staff else (None, "")
            )
            return render_template(
                "links/ticket.html",
                ticket=shown,
                plan=load_ticket(database, shown, viewer=reader).assignment,
                phone=phone,
                phone_words=words,
                is_technician=role is Role.TECHNICIAN,
                answers=ANSWERS.get((role, shown.status), ()),
            )
    except NotVisible:
        # Given to somebody else since: the link of before shows nothing.
        return _closed(LinkDead(Death.ENDED))
    except LinkDead as dead:
        return _closed(dead)


def _closed(dead: LinkDead) -> ResponseReturnValue:
    page = render_template("links/closed.html", reason=dead.reason, opens_at=dead.opens_at)
    return page, 404 if dead.reason is Death.UNKNOWN else 410
