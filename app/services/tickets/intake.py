"""A request comes in: checked, stored exactly once, and placed in the same transaction."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.planning.assigning import active_assignment, lock_plan
from app.services.planning.placement import place_ticket
from app.services.planning.staff import reporter, user_of
from app.services.reference import CategoryInfo, Reference, reference
from app.services.scope import NotVisible
from app.services.texts.outbox import say
from app.services.texts.texting import short_time
from app.services.tickets.refusals import NotAllowedError
from app.services.tickets.targets import start_target
from app.sms.phones import normalise
from models.account import Role, User, Viewer
from models.lifecycle import Actor, Status
from models.numbers import written
from models.search import fold
from models.ticket import Channel, EventKind, Ticket

MAY_FILE = frozenset({Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER})
TITLE_LENGTH = 120
DESCRIPTION_LENGTH = 4000
MOST_CITIZENS = 999


@dataclass(frozen=True)
class TicketDraft:
    """What somebody sent in, under a ``key`` of their own: a repeat is the same ticket."""

    key: str
    commune_code: str
    category_code: str
    title: str = ""
    description: str = ""
    citizens_waiting: int = 0
    extra: dict[str, str] = field(default_factory=dict)
    village: str = ""
    contact_phone: str = ""
    channel: Channel = Channel.WEB

    def digest(self) -> str:
        """Tells a repeat from another body under the same key."""
        body = asdict(self)
        del body["key"], body["channel"]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Filed:
    """The stored ticket, and whether this call stored it."""

    ticket: Ticket
    is_new: bool


class DraftError(ValueError):
    """The draft cannot be filed: a sentence for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


class KeyReusedError(ValueError):
    """The key belongs to a ticket with another body."""


def open_ticket(session: Session, draft: TicketDraft, *, viewer: Viewer, now: datetime) -> Filed:
    """File the draft and find help for it.

    Raises
    ------
    NotAllowedError
        If this role files no tickets.
    NotVisible
        If a commune files for another commune.
    DraftError
        If something in the draft is missing or wrong.
    KeyReusedError
        If the same key came with another body before.
    """
    if viewer.role not in MAY_FILE:
        raise NotAllowedError("this role files no tickets")
    facts = reference(session)
    if viewer.role is Role.COMMUNE and draft.commune_code != viewer.commune_code:
        raise NotVisible(draft.commune_code)
    lock_plan(session)
    known = session.exec(
        select(Ticket).where(
            col(Ticket.created_by_id) == viewer.user_id, col(Ticket.key) == draft.key
        )
    ).first()
    if known is not None:
        if known.body_digest != draft.digest():
            raise KeyReusedError(draft.key)
        return Filed(known, is_new=False)
    checked = _check(draft, facts)
    # What follows flushes where it needs an id; a flush before every query would write the same
    # ticket five times.
    with session.no_autoflush:
        ticket = _store(session, checked, draft, facts=facts, viewer=viewer, now=now)
        place_ticket(session, ticket, now=now)
        session.flush()
        _tell_caller(session, ticket, now=now)
    return Filed(ticket, is_new=True)


@dataclass(frozen=True)
class _Checked:
    category: CategoryInfo
    title: str
    phone: str | None
    extra: dict[str, str]


def _check(draft: TicketDraft, facts: Reference) -> _Checked:
    errors: dict[str, str] = {}
    category = facts.categories.get(draft.category_code)
    if not 8 <= len(draft.key) <= 64:
        errors["key"] = _("Khóa phải dài từ 8 đến 64 ký tự.")
    if draft.commune_code not in facts.places:
        errors["commune"] = _("Hãy chọn xã, phường hoặc đặc khu trong danh sách.")
    if category is None:
        errors["category"] = _("Hãy chọn lĩnh vực cần hỗ trợ.")
    if not 0 <= draft.citizens_waiting <= MOST_CITIZENS:
        errors["citizens_waiting"] = _("Số người dân đang chờ là số từ 0 đến 999.")
    if len(draft.title) > TITLE_LENGTH:
        errors["title"] = _("Tiêu đề dài quá 120 ký tự; phần còn lại hãy ghi vào mô tả.")
    if len(draft.description) > DESCRIPTION_LENGTH:
        errors["description"] = _("Mô tả dài quá 4000 ký tự; hãy rút gọn hoặc gửi tệp.")
    if not (draft.title.strip() or draft.description.strip()):
        errors["description"] = _("Hãy viết ngắn gọn việc gì đang xảy ra.")
    phone, phone_error = _phone(draft.contact_phone)
    if phone_error:
        errors["contact_phone"] = phone_error
    if errors or category is None:
        raise DraftError(errors)
    extra = {
        key: value.strip()[:2000]
        for key, value in draft.extra.items()
        if key in category.extra_keys and value.strip()
    }
    return _Checked(category, _title(draft, category), phone, extra)


def _phone(text: str) -> tuple[str | None, str]:
    if not text.strip():
        return None, ""
    try:
        return normalise(text), ""
    except ValueError:
        return None, _("Số điện thoại chưa đúng. Ví dụ: 0912 345 678.")


def _title(draft: TicketDraft, category: CategoryInfo) -> str:
    """What was written as title, else the first words of the description, else the category."""
    if draft.title.strip():
        return draft.title.strip()
    first = next((line.strip() for line in draft.description.splitlines() if line.strip()), "")
    if len(first) > 60:
        first = first[:60].rsplit(" ", 1)[0] + "…"
    return first or category.name_vi


def _store(
    session: Session,
    checked: _Checked,
    draft: TicketDraft,
    *,
    facts: Reference,
    viewer: Viewer,
    now: datetime,
) -> Ticket:
    is_waited_for = draft.citizens_waiting > 0
    priority = checked.category.priority.raised if is_waited_for else checked.category.priority
    channel = draft.channel if viewer.role is Role.COMMUNE else Channel.ON_BEHALF
    ticket = Ticket(
        key=draft.key,
        body_digest=draft.digest(),
        channel=Channel.API if draft.channel is Channel.API else channel,
        commune_code=draft.commune_code,
        category_code=draft.category_code,
        priority=priority,
        title=checked.title,
        description=draft.description.strip(),
        extra=checked.extra,
        citizens_waiting=draft.citizens_waiting,
        village=draft.village.strip()[:120],
        contact_phone=checked.phone,
        created_by_id=viewer.user_id,
        created_at=now,
    )
    session.add(ticket)
    session.flush()
    ticket.search_text = search_text(ticket, facts)
    user = session.get_one(User, viewer.user_id)
    data = {"priority": priority.value, "citizens_waiting": draft.citizens_waiting}
    actor = Actor(viewer.role.value)
    ticket.record(EventKind.FILED.value, actor=actor, now=now, by=user, data=data)
    start_target(session, ticket, now=now)
    return ticket


def search_text(ticket: Ticket, facts: Reference) -> str:
    """Everything that a search of this ticket may name, as folded words without punctuation.

    The two databases split `vnpt.vn` or `a/b` differently; words alone give the same hits on both.
    """
    category = facts.categories[ticket.category_code]
    parts = [
        written(ticket.number or 0),
        str(ticket.number),
        ticket.title,
        ticket.description,
        facts.places[ticket.commune_code].full_name,
        category.name_vi,
        category.name_en,
        ticket.village,
        *(str(value) for value in ticket.extra.values()),
    ]
    return " ".join(re.findall("[a-z0-9]+", fold(" ".join(parts))))


def _tell_caller(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """A caller has no page that follows the ticket: they get a text with who comes and when."""
    if ticket.channel is not Channel.ON_BEHALF or ticket.status is not Status.ASSIGNED:
        return
    assignment = active_assignment(session, ticket.number or 0)
    _filer, phone = reporter(session, ticket)
    if assignment is None or phone is None:
        return
    say(
        session,
        "commune_assigned",
        key=f"commune_assigned:{assignment.id}",
        now=now,
        phone=phone,
        ticket=ticket,
        values={
            "number": ticket.code,
            "name": user_of(session, assignment.technician_id).name,
            "time": short_time(assignment.starts_at, now),
        },
    )
