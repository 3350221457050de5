"""Files of tickets: sent in, and handed out through the scope."""

from flask import Blueprint, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from structlog import get_logger

from app.access import current_viewer, requires
from app.context import engine, now, settings
from app.i18n import _
from app.services.scope import get_visible
from app.services.tickets.attachments import attach, attachment_of, path_of
from app.services.tickets.refusals import NotAllowedError
from app.services.tickets.ticket_page import can_write
from app.web import uploads
from models.account import Role
from models.database import reading, retry_on_conflict, transaction

bp = Blueprint("files", __name__, url_prefix="/tickets/<int:number>/files")
log = get_logger()

REQUEST_LIMIT = 45 * 1024 * 1024
SANDBOX = "default-src 'none'; sandbox"
# Who reads everything leaves a trace of what they took.
LOGGED = frozenset({Role.ADMIN, Role.AUDITOR})


@bp.url_value_preprocessor
def allow_photos(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Runs before anything reads the form: several photos may come at once."""
    request.max_content_length = REQUEST_LIMIT


@bp.post("")
@requires(Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER)
def add(number: int) -> ResponseReturnValue:
    """Add files to a ticket."""
    viewer = current_viewer()
    with reading(engine()) as session:
        if not can_write(get_visible(session, number, viewer=viewer), viewer):
            raise NotAllowedError("the ticket is closed")
    received = uploads.receive(request.files.getlist("files"))

    def work() -> None:
        with transaction(engine()) as session:
            ticket = get_visible(session, number, viewer=viewer)
            for stored in received.stored:
                attach(session, ticket, stored, viewer=viewer, now=now())

    if received.stored:
        retry_on_conflict(work)
    uploads.tell_refused(received.refused)
    if not received.stored and not received.refused:
        flash(_("Hãy chọn tệp trước khi gửi."), "error")
    return redirect(url_for("tickets.show", number=number, _anchor="files-title"), code=303)


@bp.get("/<int:file_id>")
@requires(*Role)
def download(number: int, file_id: int) -> ResponseReturnValue:
    """Hand a file out, never to be shown within a page of ours."""
    viewer = current_viewer()
    with reading(engine()) as session:
        found = attachment_of(session, get_visible(session, number, viewer=viewer), file_id)
    if found is None:
        abort(404)
    path = path_of(settings().data_path, found.sha256)
    if not path.is_file():
        log.error("file %s of ticket %s is missing on the disk", file_id, number)
        abort(404)
    if viewer.role in LOGGED:
        log.info("file %s of ticket %s read by user %s", file_id, number, viewer.user_id)
    response = send_file(
        path, mimetype=found.media_type, as_attachment=True, download_name=found.filename
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response
