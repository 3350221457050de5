"""Tickets over the API: file one, take a step, read, search."""

from flask import Response

from app.api.answers import answer, standing, ticket_out
from app.api.problems import invalid, refusal
from app.api.schemas import (
    LARGEST,
    NewAction,
    NewTicket,
    Standing,
    TicketOut,
    TicketPage,
    TicketPath,
    TicketQuery,
)
from app.api.tokens import EVERYONE, api_blueprint, api_viewer, token_requires
from app.context import engine, now
from app.i18n import _
from app.services.planning.by_hand import HardRuleBroken, RuleBroken
from app.services.scope import NotVisible, get_visible
from app.services.tickets import fieldwork, intake, ticket_data
from app.services.tickets.intake import DraftError, KeyReusedError, TicketDraft
from app.services.tickets.listing import find_tickets
from app.services.tickets.refusals import ActionRefused
from models.account import Role, Viewer
from models.database import reading, retry_on_conflict, transaction
from models.lifecycle import Status
from models.ticket import Channel

bp = api_blueprint("api_tickets")


@bp.post("/tickets", responses={200: Standing, 201: Standing})
@token_requires(Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER)
def create(body: NewTicket) -> Response:
    """File a ticket; it is assigned at once.

    The same key again answers 200 with the same ticket as it stands now and files nothing; the key
    with another body is refused with 409.
    """
    viewer = api_viewer()
    try:
        filed, ticket = retry_on_conflict(lambda: _file(body, viewer))
    except DraftError as error:
        return invalid(error.errors)
    except KeyReusedError:
        return refusal(
            409,
            title=_("Khóa đã dùng cho một phiếu khác"),
            detail=_("Hãy tạo khóa mới cho phiếu mới; phiếu cũ vẫn còn nguyên."),
        )
    return answer(standing(ticket), 201 if filed else 200)


def _file(body: NewTicket, viewer: Viewer) -> tuple[bool, ticket_data.TicketData]:
    draft = TicketDraft(
        key=body.key,
        commune_code=body.commune,
        category_code=body.category,
        title=body.title,
        description=body.description,
        citizens_waiting=body.citizens_waiting,
        channel=Channel.API,
    )
    with transaction(engine()) as session:
        filed = intake.open_ticket(session, draft, viewer=viewer, now=now())
        session.flush()
        return filed.is_new, ticket_data.load_ticket(session, filed.ticket, viewer=api_viewer())


@bp.post("/tickets/<int:number>/actions", responses={200: TicketOut})
@token_requires(Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER)
def act(path: TicketPath, body: NewAction) -> Response:
    """Take one step of the ticket's life; 409 when the version is no longer the newest."""
    viewer = api_viewer()
    try:
        ticket = retry_on_conflict(lambda: _act(path, body, viewer))
    except ActionRefused as error:
        return invalid({error.field or "action": error.message})
    except RuleBroken as error:
        return invalid({"note": str(error)})
    except HardRuleBroken as error:
        return invalid({"technician": str(error)})
    return answer(ticket_out(ticket))


def _act(path: TicketPath, body: NewAction, viewer: Viewer) -> ticket_data.TicketData:
    with transaction(engine()) as session:
        technician_id = None
        if body.technician is not None:
            technician_id = ticket_data.technician_called(session, body.technician)
            if technician_id is None:
                raise ActionRefused(
                    "technician", _("Không có kỹ thuật viên nào có tên đăng nhập này.")
                )
        ticket = fieldwork.act(
            session,
            _known(path),
            body.action,
            viewer=viewer,
            now=now(),
            expected_version=body.version,
            reason=body.reason or "",
            note=body.note or "",
            code=body.code,
            until_on=body.date,
            technician_id=technician_id,
            into=body.into,
        )
        session.flush()
        return ticket_data.load_ticket(session, ticket, viewer=api_viewer())


@bp.get("/tickets/<int:number>", responses={200: TicketOut})
@token_requires(*EVERYONE)
def show(path: TicketPath) -> Response:
    """One ticket."""
    with reading(engine()) as session:
        found = get_visible(session, _known(path), viewer=api_viewer())
        ticket = ticket_data.load_ticket(session, found, viewer=api_viewer())
    return answer(ticket_out(ticket))


@bp.get("/tickets", responses={200: TicketPage})
@token_requires(*EVERYONE)
def index(query: TicketQuery) -> Response:
    """The tickets that the token's owner may see, newest first, a page at a time."""
    statuses = _statuses(query.status)
    if isinstance(statuses, Response):
        return statuses
    if query.after and not (query.after.isdecimal() and int(query.after) <= LARGEST):
        return invalid({"after": _("Vị trí trang không hợp lệ.")})
    with reading(engine()) as session:
        page = find_tickets(
            session,
            viewer=api_viewer(),
            q=query.q,
            statuses=statuses,
            after=int(query.after) if query.after else None,
        )
        items = ticket_data.load_tickets(session, page.tickets, viewer=api_viewer())
    return answer(TicketPage(items=[ticket_out(ticket) for ticket in items], next=page.next))


def _statuses(written: str) -> list[Status] | Response:
    names = [name.strip() for name in written.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Status)]
    if unknown:
        known = ", ".join(status.value for status in Status)
        return invalid({"status": _("Phải là một trong: %(expected)s.", expected=known)})
    return [Status(name) for name in names]


def _known(path: TicketPath) -> int:
    """The number, unless it is beyond what the database can hold."""
    if not 0 < path.number <= LARGEST:
        raise NotVisible(str(path.number))
    return path.number
