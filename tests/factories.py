"""Plain functions that put people and tickets into a database; a test states only what matters.

Each takes the session, fills in what it was not told, flushes, and returns the row. Everything
stands on the shipped rows (communes, catalogue, calendar), which `a_province` loads; the
others call it themselves.
"""

import itertools
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache

from sqlmodel import Session, col, select

from app.access import hash_password
from app.services.demo.loading import load_rows
from app.sms.provider import Inbound
from models.account import Language, Role, User, Viewer
from models.calendar import LOCAL
from models.call import CallState, VideoCall
from models.catalog import Category, Priority
from models.geography import Commune, CommuneWindow, FerryPause, PauseReason, RoadClosure
from models.lifecycle import Action, Actor, Status
from models.plan import Assignment, AssignmentMember, Decision, Outcome
from models.roads import FactorKind, LearnedFactor
from models.search import fold
from models.ticket import Channel, EventKind, ResponseTarget, Ticket
from models.workforce import Employer, Team, Technician, TechnicianSkill, viewer_of

# A Wednesday of work; 24/11/2026, the day before, is a holiday.
TODAY = "2026-11-25"
CAM_THANH = "21025"
NGHIA_LO = "21028"
TRA_BONG = "21115"
LY_SON = "21548"
KON_TUM = "23293"
PASSWORD = "mat khau de thu"
EVERY_SKILL = {
    "digital-signature": 3,
    "public-service": 3,
    "data": 3,
    "documents": 3,
    "conferencing": 3,
    "network": 3,
    "hardware": 3,
    "security": 3,
    "training": 3,
}
_serial = itertools.count(1)
_HELD = {Status.ASSIGNED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE}
# The shortest way to each status, as a technician's ordinary day would go.
_WAYS: dict[Status, tuple[Action, ...]] = {
    Status.OPEN: (),
    Status.ASSIGNED: (Action.ASSIGN,),
    Status.ACCEPTED: (Action.ASSIGN, Action.ACCEPT),
    Status.EN_ROUTE: (Action.ASSIGN, Action.ACCEPT, Action.DEPART),
    Status.ON_SITE: (Action.ASSIGN, Action.ACCEPT, Action.ARRIVE),
    Status.VIDEO: (Action.ESCALATE,),
    Status.WAITING: (Action.ASSIGN, Action.ARRIVE, Action.WAIT),
    Status.RESOLVED: (Action.ASSIGN, Action.ARRIVE, Action.RESOLVE),
    Status.CLOSED: (Action.ASSIGN, Action.ARRIVE, Action.RESOLVE, Action.CONFIRM),
    Status.CANCELLED: (Action.CANCEL,),
    Status.MERGED: (Action.MERGE,),
}
_ACTORS = {
    Action.ASSIGN: Actor.SCHEDULER,
    Action.ESCALATE: Actor.CLOCK,
    Action.CONFIRM: Actor.COMMUNE,
    Action.CANCEL: Actor.COMMUNE,
    Action.MERGE: Actor.DISPATCHER,
}


def at(clock: str, on: str = TODAY) -> datetime:
    """``at("08:00")``: that local time of the tests' Wednesday, or of another day, in UTC."""
    local = datetime.fromisoformat(f"{on}T{clock}").replace(tzinfo=LOCAL)
    return local.astimezone(UTC)


MORNING = at("08:00")
NOON = at("12:00")


def a_province(session: Session) -> None:
    """The shipped rows: 96 communes, the catalogue, the calendar, the ferry."""
    load_rows(session)


def a_commune(session: Session, code: str = CAM_THANH) -> Commune:
    """One of the 96 communes."""
    a_province(session)
    return session.get_one(Commune, code)


def a_category(session: Session, code: str = "network") -> Category:
    """One of the shipped categories."""
    a_province(session)
    return session.get_one(Category, code)


def a_team(session: Session, name: str = "Tổ 1", *, base: str = CAM_THANH) -> Team:
    """The team of that name, made if need be."""
    a_province(session)
    team = session.exec(select(Team).where(col(Team.name_vi) == name)).first()
    if team is None:
        team = Team(name_vi=name, name_en=name.replace("Tổ", "Team"), base_code=base)
        session.add(team)
        session.flush()
    return team


def a_phone() -> str:
    """A mobile number that nobody else in the tests has."""
    return f"+8499509{next(_serial):04d}"


def a_user(
    session: Session,
    role: Role = Role.DISPATCHER,
    *,
    username: str = "",
    name: str = "Lê Thị Điều Phối",
    commune: str | None = None,
    team: Team | None = None,
    phone: str | None = None,
    language: Language = Language.VI,
    is_active: bool = True,
) -> User:
    """A log-in with the password PASSWORD and a phone of its own."""
    a_province(session)
    user = User(
        username=username or f"{role.value}{next(_serial)}",
        name=name,
        role=role,
        commune_code=commune,
        team_id=team.id if team else None,
        phone=phone or a_phone(),
        password_hash=_password_hash(),
        language=language,
        is_active=is_active,
    )
    session.add(user)
    session.flush()
    return user


def a_clerk(session: Session, commune: str = CAM_THANH, **fields: str) -> User:
    """Commune staff."""
    return a_user(session, Role.COMMUNE, commune=commune, **{"name": "Phạm Thị Lệ", **fields})  # type: ignore[arg-type]  # only text fields


def a_lead(session: Session, team: Team | None = None, **fields: str) -> User:
    """The lead of a team."""
    team = team or a_team(session)
    return a_user(session, Role.LEAD, team=team, **{"name": "Phan Thanh Vân", **fields})  # type: ignore[arg-type]  # only text fields


def a_technician(
    session: Session,
    *,
    skills: Mapping[str, int] | None = None,
    home: str = CAM_THANH,
    team: Team | None = None,
    username: str = "",
    name: str = "Nguyễn Văn Thành",
    phone: str | None = None,
    employer: Employer = Employer.DEPARTMENT,
    language: Language = Language.VI,
    is_on_duty: bool = True,
) -> Technician:
    """A technician with their log-in; able to do everything unless told otherwise."""
    team = team or a_team(session)
    user = a_user(
        session,
        Role.TECHNICIAN,
        username=username or f"ktv{next(_serial)}",
        name=name,
        team=team,
        phone=phone,
        language=language,
    )
    technician = Technician(
        user=user,
        user_id=user.id or 0,
        team=team,
        team_id=team.id or 0,
        employer=employer,
        home_code=home,
        is_on_duty=is_on_duty,
    )
    session.add(technician)
    session.flush()
    for code, level in (EVERY_SKILL if skills is None else skills).items():
        skill = TechnicianSkill(technician_id=technician.id or 0, skill_code=code, level=level)
        session.add(skill)
    session.flush()
    return technician


def viewer(session: Session, who: User | Technician) -> Viewer:
    """The person as services see them."""
    return viewer_of(session, who.user if isinstance(who, Technician) else who)


def a_ticket(
    session: Session,
    *,
    status: Status = Status.OPEN,
    commune: str = CAM_THANH,
    category: str = "network",
    priority: Priority | None = None,
    title: str = "Mất mạng ở một cửa",
    description: str = "Không máy nào vào được mạng từ sáng.",
    citizens_waiting: int = 0,
    technician: Technician | None = None,
    created_by: User | None = None,
    created_at: datetime = MORNING,
    key: str = "",
) -> Ticket:
    """A ticket of any status with an event chain that leads there; nothing is said to anybody.

    Where the status needs a technician and none is given, one is made.
    """
    shipped = a_category(session, category)
    clerk = created_by or a_clerk(session, commune)
    ticket = Ticket(
        key=key or str(uuid.uuid4()),
        body_digest="0" * 64,
        channel=Channel.WEB,
        commune_code=commune,
        category_code=category,
        priority=priority or shipped.priority,
        title=title,
        description=description,
        citizens_waiting=citizens_waiting,
        created_by_id=clerk.id or 0,
        contact_phone=clerk.phone,
        created_at=created_at,
        target_at=created_at + timedelta(hours=4),
        search_text=fold(f"{title} {description}"),
    )
    session.add(ticket)
    session.flush()
    filed = ticket.record(EventKind.FILED.value, now=created_at, actor=Actor.COMMUNE, by=clerk)
    session.add_all([filed, _a_target(ticket, created_at)])
    _lead_to(session, ticket, status, technician=technician)
    session.flush()
    return ticket


def an_assignment(
    session: Session,
    ticket: Ticket,
    technician: Technician,
    *,
    assigned_at: datetime = MORNING,
    starts_at: datetime | None = None,
    is_active: bool = True,
) -> Assignment:
    """The ticket given to the technician, with the decision behind it; its status stays."""
    reasons = [{"code": "CHOSEN", "technician_id": technician.id, "by_s": 600, "by_m": 5000}]
    decision = Decision(
        ticket_number=ticket.number or 0,
        at=assigned_at,
        outcome=Outcome.ASSIGNED,
        reasons=reasons,
    )
    session.add(decision)
    session.flush()
    begins_at = starts_at or assigned_at + timedelta(hours=1)
    assignment = Assignment(
        ticket_number=ticket.number or 0,
        team_id=technician.team_id,
        technician_id=technician.id or 0,
        decision_id=decision.id or 0,
        is_active=is_active,
        assigned_at=assigned_at,
        starts_at=begins_at,
        told_starts_at=begins_at,
        ends_at=begins_at + timedelta(hours=1),
        travel_s=600,
        travel_m=5000,
        added_travel_s=600,
    )
    session.add(assignment)
    session.flush()
    session.add(
        AssignmentMember(assignment_id=assignment.id or 0, technician_id=technician.id or 0)
    )
    ticket.team_id = technician.team_id
    session.flush()
    return assignment


def a_call(
    session: Session,
    *,
    ticket: Ticket | None = None,
    host: User | Technician | None = None,
    starts_at: datetime = MORNING,
    state: CallState = CallState.BOOKED,
) -> VideoCall:
    """A call, booked unless told otherwise, about a ticket that went over to video."""
    host = host or a_technician(session)
    user = host.user if isinstance(host, Technician) else host
    ticket = ticket or a_ticket(session, status=Status.VIDEO, category="signature-unlock")
    ticket.team_id = ticket.team_id or user.team_id
    call = VideoCall(
        ticket_number=ticket.number or 0,
        room=f"room {next(_serial)}",
        reason="unreachable",
        state=state,
        technician_id=host.id if isinstance(host, Technician) else None,
        host_id=user.id or 0,
        created_at=ticket.created_at,
        starts_at=starts_at,
    )
    session.add(call)
    session.flush()
    return call


def a_closure(
    session: Session,
    by: User,
    *,
    pair: tuple[str, str] = (CAM_THANH, TRA_BONG),
    from_at: datetime = MORNING,
    until_at: datetime | None = None,
) -> RoadClosure:
    """A road between two communes that somebody closed; nobody re-plans for it."""
    closure = RoadClosure(
        key=uuid.uuid4().hex,
        from_code=pair[0],
        to_code=pair[1],
        from_at=from_at,
        until_at=until_at,
        filed_by_id=by.id or 0,
        filed_at=from_at,
        planned_at=from_at,
    )
    session.add(closure)
    session.flush()
    return closure


def a_pause(session: Session, by: User, *, on: str = TODAY) -> FerryPause:
    """A day without boats; nobody re-plans for it."""
    day = date.fromisoformat(on)
    pause = FerryPause(
        from_on=day,
        until_on=day,
        reason=PauseReason.STORM,
        filed_by_id=by.id or 0,
        filed_at=MORNING,
    )
    session.add(pause)
    session.flush()
    return pause


def a_window(
    session: Session, code: str = TRA_BONG, *, minutes: tuple[int, int] | None = (480, 660)
) -> CommuneWindow:
    """Hours of a commune on every day; None: closed."""
    window = CommuneWindow(
        commune_code=code,
        weekdays=127,
        opens_minute=minutes[0] if minutes else None,
        closes_minute=minutes[1] if minutes else None,
    )
    session.add(window)
    session.flush()
    return window


def a_factor(
    session: Session,
    by: User,
    *,
    kind: FactorKind = FactorKind.VISIT,
    subject: str = "network",
    permille: int = 1200,
    at: datetime = MORNING,
) -> LearnedFactor:
    """A learned factor in use."""
    factor = LearnedFactor(
        kind=kind,
        subject=subject,
        permille=permille,
        observations=12,
        low_permille=permille - 100,
        high_permille=permille + 100,
        applied_at=at,
        applied_by_id=by.id or 0,
    )
    session.add(factor)
    session.flush()
    return factor


def a_text(body: str, *, sender: User | Technician | str, message_id: str = "") -> Inbound:
    """A text from somebody's phone, as the console provider hands it in."""
    user = sender.user if isinstance(sender, Technician) else sender
    phone = user if isinstance(user, str) else user.phone or ""
    return Inbound("console", message_id or uuid.uuid4().hex, phone, body)


def _a_target(ticket: Ticket, started_at: datetime) -> ResponseTarget:
    return ResponseTarget(
        ticket_number=ticket.number or 0,
        priority=ticket.priority,
        starts_at=started_at,
        target_at=ticket.target_at or started_at,
    )


def _lead_to(
    session: Session, ticket: Ticket, status: Status, *, technician: Technician | None
) -> None:
    """Take every step to the status, a minute apart."""
    now = ticket.created_at
    for action in _WAYS[status]:
        now += timedelta(minutes=1)
        if action is Action.ASSIGN:
            technician = technician or a_technician(session)
            assignment = an_assignment(session, ticket, technician, assigned_at=now)
            assignment.is_active = status in _HELD
        session.add(ticket.apply(action, _ACTORS.get(action, Actor.TECHNICIAN), now=now))
    ticket.resolved_at = now if status in {Status.RESOLVED, Status.CLOSED} else None
    ticket.closed_at = now if status is Status.CLOSED else None
    if status not in {Status.OPEN, *_HELD}:
        ticket.target_at = None


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)
