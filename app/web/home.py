"""The first page of each role: what now?"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, now
from app.services.listing import find_rows, own_visits
from app.services.matching import STATUSES, Filters, StatusGroup
from models.account import Role, Viewer
from models.database import reading

bp = Blueprint("home", __name__)

# A commune rarely has more open at once; the rest stands in the list.
CARDS = 12


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


def _commune(viewer: Viewer) -> ResponseReturnValue:
    statuses = [*STATUSES[StatusGroup.ACTIVE], *STATUSES[StatusGroup.RESOLVED]]
    with reading(engine()) as session:
        page = find_rows(
            session, viewer=viewer, filters=Filters(statuses=statuses), now=now(), limit=CARDS
        )
    return render_template("tickets/home.html", rows=page.rows, has_more=page.next is not None)


def _technician(viewer: Viewer) -> ResponseReturnValue:
    with reading(engine()) as session:
        visits = own_visits(session, viewer=viewer, now=now())
    return render_template("tickets/today.html", visits=visits)
