"""Filing a ticket: one page, three steps, nothing lost and nothing filed twice."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import current_viewer, requires
from app.context import engine, now
from app.i18n import _, mark
from app.services.reference import reference
from app.services.scope import is_visible
from app.services.tickets.attachments import StoredFile, attach
from app.services.tickets.form_choices import GroupChoice, form_groups, own_phone
from app.services.tickets.intake import DraftError, KeyReusedError, open_ticket
from app.web import uploads
from app.web.filing_form import FilingForm
from models.account import Role, Viewer
from models.database import reading, retry_on_conflict, transaction
from models.numbers import written

bp = Blueprint("filing", __name__)

FILERS = (Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER)
# A few photos of a phone; each file has its own limit.
REQUEST_LIMIT = 45 * 1024 * 1024
# What the form calls the fields of a draft, and what people call them.
LABELS = {
    "commune": mark("Xã, phường, đặc khu"),
    "category": mark("Cần hỗ trợ việc gì"),
    "description": mark("Việc đang xảy ra"),
    "citizens_waiting": mark("Số người đang chờ"),
    "village": mark("Thôn, tổ dân phố"),
    "contact_phone": mark("Số điện thoại để gọi"),
}


@bp.url_value_preprocessor
def allow_photos(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Runs before anything reads the form: several photos may come at once."""
    request.max_content_length = REQUEST_LIMIT


@bp.get("/tickets/new")
@requires(*FILERS)
def new() -> ResponseReturnValue:
    """The form, with what the system already knows."""
    viewer = current_viewer()
    with reading(engine()) as session:
        phone = own_phone(session, viewer) if viewer.role is Role.COMMUNE else None
    return _page(viewer, FilingForm.fresh(phone=phone), errors={})


@bp.post("/tickets/new")
@requires(*FILERS)
def create() -> ResponseReturnValue:
    """File the ticket; a repeat lands on the same one."""
    viewer = current_viewer()
    form = FilingForm.read(request.form)
    received = uploads.receive(request.files.getlist("files"))
    files = [*uploads.kept(form.key), *received.stored]
    try:
        number = _file(form, files, viewer)
    except DraftError as refusal:
        if "key" in refusal.errors:
            form.renew_key()
        uploads.keep(form.key, files)
        uploads.tell_refused(received.refused)
        return _page(viewer, form, errors=refusal.errors), 422
    except KeyReusedError:
        form.renew_key()
        uploads.keep(form.key, files)
        flash(
            _("Biểu mẫu này đã gửi một phiếu khác. Nếu đây là yêu cầu mới, hãy bấm gửi lần nữa."),
            "error",
        )
        return _page(viewer, form, errors={}), 409
    uploads.forget()
    uploads.tell_refused(received.refused)
    with reading(engine()) as session:
        follows = is_visible(session, number, viewer=viewer)
    if not follows:
        # Filed for a commune by a technician to whom it was not given.
        code = written(number)
        flash(_("Đã gửi phiếu %(code)s; xã theo dõi được trên trang của mình.", code=code))
        return redirect(url_for("home.show"), code=303)
    return redirect(url_for("tickets.show", number=number, new=1), code=303)


def _file(form: FilingForm, files: list[StoredFile], viewer: Viewer) -> int:
    def work() -> int:
        with transaction(engine()) as session:
            at = now()
            draft = form.draft(form_groups(session), viewer)
            filed = open_ticket(session, draft, viewer=viewer, now=at)
            if filed.is_new:
                for stored in files:
                    attach(session, filed.ticket, stored, viewer=viewer, now=at)
            return filed.ticket.number or 0

    return retry_on_conflict(work)


def _page(viewer: Viewer, form: FilingForm, *, errors: dict[str, str]) -> str:
    with reading(engine()) as session:
        groups: list[GroupChoice] = form_groups(session)
        places = list(reference(session).places.values())
    return render_template(
        "tickets/new.html",
        form=form,
        errors=errors,
        labels={name: _(text) for name, text in LABELS.items()},
        groups=groups,
        kept=uploads.kept(form.key),
        places=[] if viewer.role is Role.COMMUNE else sorted(places, key=lambda one: one.name),
    )
