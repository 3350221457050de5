"""The first page of each role: what now?"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, now
from app.services.boards.changes import last_change_id
from app.services.tickets.listing import open_cards, own_visits
from models.account import Role, Viewer
from models.database import reading

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(*Role)
def show() -> ResponseReturnValue:
    """Each to their own: cards, visits, board or list."""
    viewer = current_viewer()
    if viewer.role is Role.COMMUNE:
        return _commune(viewer)
    if viewer.role is Role.TECHNICIAN:
        return _technician(viewer)
    if viewer.role in (Role.LEAD, Role.DISPATCHER):
        return redirect(url_for("board.show"), code=303)
    return redirect(url_for("tickets.index"), code=303)


@bp.get("/home/live")
@requires(Role.COMMUNE, Role.TECHNICIAN)
def live() -> ResponseReturnValue:
    """The cards or visits alone, for a page that follows live."""
    viewer = current_viewer()
    with reading(engine()) as session:
        if viewer.role is Role.TECHNICIAN:
            visits = own_visits(session, viewer=viewer, now=now())
            return render_template("tickets/_visits.html", visits=visits)
        cards = open_cards(session, viewer=viewer, now=now())
    return render_template("tickets/_cards.html", rows=cards)


def _commune(viewer: Viewer) -> ResponseReturnValue:
    with reading(engine()) as session:
        cards = open_cards(session, viewer=viewer, now=now())
        change_id = last_change_id(session)
    return render_template("tickets/home.html", rows=cards, change_id=change_id)


def _technician(viewer: Viewer) -> ResponseReturnValue:
    with reading(engine()) as session:
        visits = own_visits(session, viewer=viewer, now=now())
        change_id = last_change_id(session)
    return render_template("tickets/today.html", visits=visits, change_id=change_id)
