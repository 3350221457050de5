"""The list of tickets, a ticket's page, and what is done on it."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from structlog import get_logger

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _, label, mark
from app.services.boards.changes import last_change_id
from app.services.calling.call_wish import ask_for_call
from app.services.reference import CategoryInfo, Place, reference
from app.services.tickets import fieldwork
from app.services.tickets.listing import find_rows
from app.services.tickets.matching import STATUSES, Filters, StatusGroup
from app.services.tickets.refusals import ActionRefused, StaleVersionError
from app.services.tickets.ticket_page import TicketPage, load_page
from app.web.action_forms import StepSent, action_forms
from app.web.addresses import LARGEST_NUMBER
from models.account import Role
from models.catalog import Priority
from models.database import reading, retry_on_conflict, transaction
from models.lifecycle import Action, Status, TransitionError

bp = Blueprint("tickets", __name__, url_prefix="/tickets")
log = get_logger()

WRITERS = (Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER)
GROUPS = {
    StatusGroup.ACTIVE: mark("Đang xử lý"),
    StatusGroup.RESOLVED: mark("Chờ xác nhận"),
    StatusGroup.ENDED: mark("Đã xong, đã hủy"),
}


@dataclass(frozen=True)
class ListView:
    """What the list's address asks for, and what its filters offer."""

    q: str
    status: str
    priority: str
    category: str
    commune: str
    after: int | None
    status_choices: list[tuple[str, str]]
    categories: list[CategoryInfo]
    places: list[Place]

    @property
    def priorities(self) -> list[Priority]:
        """Every priority."""
        return list(Priority)

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is set, besides the search."""
        return bool(self.status or self.priority or self.category or self.commune)

    @property
    def address(self) -> dict[str, str]:
        """The filters as they stand in the address, without the position."""
        named = {
            "q": self.q,
            "status": self.status,
            "priority": self.priority,
            "category": self.category,
            "commune": self.commune,
        }
        return {name: value for name, value in named.items() if value}

    def filters(self) -> Filters:
        """The same for the service; what is no known value narrows nothing."""
        return Filters(
            q=self.q,
            statuses=_statuses(self.status),
            priority=Priority(self.priority) if self.priority in set(Priority) else None,
            category_code=self.category,
            commune_code=self.commune,
        )


def _statuses(wanted: str) -> list[Status]:
    if wanted in set(StatusGroup):
        return STATUSES[StatusGroup(wanted)]
    return [Status(wanted)] if wanted in set(Status) else []


@bp.get("")
@requires(*Role)
def index() -> ResponseReturnValue:
    """One page of what this person may see, newest first."""
    viewer = current_viewer()
    asked = request.args
    after = asked.get("after", type=int)
    with reading(engine()) as session:
        facts = reference(session)
        is_own = viewer.role is Role.COMMUNE
        view = ListView(
            q=asked.get("q", "").strip()[:100],
            status=asked.get("status", ""),
            priority=asked.get("priority", ""),
            category=asked.get("category", ""),
            commune=asked.get("commune", ""),
            after=after if after and 0 < after <= LARGEST_NUMBER else None,
            status_choices=[
                *((group.value, _(words)) for group, words in GROUPS.items()),
                *((status.value, label(status)) for status in Status),
            ],
            categories=list(facts.categories.values()),
            places=[] if is_own else sorted(facts.places.values(), key=lambda one: one.name),
        )
        page = find_rows(
            session, viewer=viewer, filters=view.filters(), now=now(), after=view.after
        )
    can_file = viewer.role in WRITERS
    return render_template(
        "tickets/index.html", view=view, page=page, can_file=can_file, is_commune=is_own
    )


@bp.get("/<int:number>")
@requires(*Role)
def show(number: int) -> ResponseReturnValue:
    """The ticket; right after filing with the answer on top."""
    viewer = current_viewer()
    with reading(engine()) as session:
        page = load_page(session, number, viewer=viewer, now=now())
        change_id = last_change_id(session)
    if viewer.role is Role.ADMIN and page.phone:
        # No say over tickets: that they saw somebody's number leaves a trace.
        log.info("phone of ticket %s read by user %s", number, viewer.user_id)
    return _page(page, change_id=change_id, is_new="new" in request.args)


@bp.get("/<int:number>/live")
@requires(*Role)
def live(number: int) -> ResponseReturnValue:
    """The part of the page that changes, for a page that follows live."""
    viewer = current_viewer()
    with reading(engine()) as session:
        page = load_page(session, number, viewer=viewer, now=now())
    forms = action_forms(page.actions, role=viewer.role, code=page.code)
    return render_template("tickets/_live.html", page=page, forms=forms, viewer=viewer, seen=None)


@bp.post("/<int:number>/actions")
@requires(*WRITERS)
def act(number: int) -> ResponseReturnValue:
    """Take a step; what was refused comes back with the reason at its field."""
    viewer = current_viewer()
    sent = {name: value.strip() for name, value in request.form.items()}
    if sent.get("action") not in set(Action):
        return _refused(number, None, sent, ("action", _("Không có thao tác này.")), status=422)
    action = Action(sent["action"])
    try:
        step = StepSent.read(sent)
        with transaction(engine()) as session:
            fieldwork.act(
                session,
                number,
                action,
                viewer=viewer,
                now=now(),
                expected_version=step.version,
                reason=step.reason,
                note=step.note,
                code=step.code,
                until_on=step.until_on,
                into=step.into,
            )
    except ActionRefused as refusal:
        return _refused(number, action, sent, (refusal.field, refusal.message), status=422)
    except (StaleVersionError, TransitionError):
        return _refused(number, action, sent, None, status=409)
    return redirect(url_for("tickets.show", number=number), code=303)


@bp.post("/<int:number>/comments")
@requires(*WRITERS)
def write(number: int) -> ResponseReturnValue:
    """Add a comment or an internal note."""
    viewer = current_viewer()
    text = request.form.get("text", "")
    is_internal = request.form.get("is_internal") == "1"

    def work() -> None:
        with transaction(engine()) as session:
            fieldwork.comment(
                session, number, viewer=viewer, now=now(), text=text, is_internal=is_internal
            )

    try:
        retry_on_conflict(work)
    except ActionRefused as refusal:
        sent = {"text": text, "is_internal": "1" if is_internal else ""}
        return _refused(number, None, sent, ("text", refusal.message), status=422)
    return redirect(url_for("tickets.show", number=number, _anchor="timeline"), code=303)


@bp.post("/<int:number>/call")
@requires(Role.COMMUNE)
def wish(number: int) -> ResponseReturnValue:
    """Ask for a call; the lead opens it."""
    viewer = current_viewer()

    def work() -> None:
        with transaction(engine()) as session:
            ask_for_call(session, number, viewer=viewer, now=now())

    try:
        retry_on_conflict(work)
        flash(_("Đã ghi đề nghị gọi video. Tổ trưởng sẽ sắp xếp và báo lại tại đây."), "success")
    except ActionRefused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("tickets.show", number=number), code=303)


def _refused(
    number: int,
    action: Action | None,
    sent: dict[str, str],
    error: tuple[str, str] | None,
    *,
    status: int,
) -> ResponseReturnValue:
    """The ticket as it is now, with what was typed and why it did not work."""
    with reading(engine()) as session:
        page = load_page(session, number, viewer=current_viewer(), now=now())
        change_id = last_change_id(session)
    seen = sent.get("seen", "")
    shown = _page(
        page,
        change_id=change_id,
        failed=action,
        sent=sent,
        error=error,
        seen=int(seen) if status == 409 and seen.isdecimal() and len(seen) < 10 else None,
        is_stale=status == 409,
    )
    return shown, status


def _page(
    page: TicketPage,
    *,
    change_id: int,
    is_new: bool = False,
    failed: Action | None = None,
    sent: dict[str, str] | None = None,
    error: tuple[str, str] | None = None,
    seen: int | None = None,
    is_stale: bool = False,
) -> str:
    viewer = current_viewer()
    forms = action_forms(
        page.actions, role=viewer.role, code=page.code, failed=failed, values=sent, error=error
    )
    return render_template(
        "tickets/show.html",
        page=page,
        forms=forms,
        viewer=viewer,
        change_id=change_id,
        is_new=is_new,
        sent=sent or {},
        error=error,
        seen=seen,
        is_stale=is_stale,
    )
