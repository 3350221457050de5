"""Learned factors: what the field reported corrects the estimates, once an administrator agrees.

An observation is a visit of the last half year whose journey or stay was reported at both ends.
It is compared with what was planned then, so a factor in use is part of that; only what happened
since the last decision about a subject counts, and a new factor multiplies the one in use.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.services.planning.placement import request_replan
from app.services.reference import reference
from app.services.scope import NotVisible
from app.services.world.correction import CLIP_PERMILLE, Correction, correction
from app.services.world.log import only, record, take_turn
from app.services.world.state import active_factors
from models.account import Role, Viewer
from models.geography import Terrain
from models.plan import Assignment
from models.roads import FactorKind, LearnedFactor, WorldKind
from models.ticket import Ticket

BACK = timedelta(days=180)
MOST_VISITS = 20_000
# A leg that short is mostly parking; a stay that short is mostly a slip of the thumb.
LEAST_S = 300
# The boats decide how long the way to an island takes, not the road.
TERRAINS = (Terrain.PLAIN, Terrain.MOUNTAIN)

Subject = tuple[FactorKind, str]


@dataclass(frozen=True)
class FactorRow:
    """A subject as the administrator's table shows it; factors are per mille.

    ``found`` is what was observed since the last decision, ``proposed`` the factor it leads to.
    ``factor_id`` is the one in use, if any. ``base_min`` is a category's own minutes.
    """

    kind: FactorKind
    subject: str
    now_permille: int
    observed: int
    found: Correction | None
    proposed_permille: int | None
    factor_id: int | None
    base_min: int | None = None


def factor_rows(session: Session, *, now: datetime) -> list[FactorRow]:
    """Every terrain and every category, with what was observed and what is proposed."""
    facts = reference(session)
    pairs = _observations(session, now=now)
    active = active_factors(session)
    bases = {info.code: info.visit_min for info in facts.categories.values()}
    subjects: list[Subject] = [(FactorKind.TRAVEL, terrain.value) for terrain in TERRAINS]
    subjects += [(FactorKind.VISIT, code) for code in facts.categories]
    rows = []
    for kind, subject in subjects:
        used = active.get((kind, subject))
        seen = pairs.get((kind, subject), [])
        found = correction(seen)
        present = used.permille if used else 1000
        rows.append(
            FactorRow(
                kind=kind,
                subject=subject,
                now_permille=present,
                observed=len(seen),
                found=found,
                proposed_permille=_proposed(present, found),
                factor_id=used.id if used else None,
                base_min=bases.get(subject) if kind is FactorKind.VISIT else None,
            )
        )
    return rows


def _proposed(present: int, found: Correction | None) -> int | None:
    if found is None:
        return None
    product = round(present * found.permille / 1000)
    return min(max(product, CLIP_PERMILLE[0]), CLIP_PERMILLE[1])


def apply_factor(
    session: Session, kind: FactorKind, subject: str, *, viewer: Viewer, now: datetime
) -> LearnedFactor:
    """Use what was observed from now on.

    Raises
    ------
    NotVisible
        If nothing is proposed for that subject (any more).
    """
    only(viewer, Role.ADMIN)
    row = next(
        (
            one
            for one in factor_rows(session, now=now)
            if (one.kind, one.subject) == (kind, subject) and one.proposed_permille is not None
        ),
        None,
    )
    if row is None or row.found is None or row.proposed_permille is None:
        raise NotVisible(subject)
    factor = LearnedFactor(
        kind=kind,
        subject=subject,
        permille=row.proposed_permille,
        observations=row.found.observations,
        low_permille=row.found.low_permille,
        high_permille=row.found.high_permille,
        applied_at=now,
        applied_by_id=viewer.user_id,
    )
    session.add(factor)
    session.flush()
    record(
        session,
        WorldKind.FACTOR_APPLIED,
        now=now,
        by=viewer,
        subject=f"{kind.value}:{subject}",
        before={"permille": row.now_permille},
        after={"permille": factor.permille, "observations": factor.observations},
    )
    request_replan(session, cause="factors", now=now, viewer=viewer)
    return factor


def undo_factor(session: Session, factor_id: int, *, viewer: Viewer, now: datetime) -> None:
    """Take a factor out of use: the one before it counts again. Twice does nothing.

    Raises
    ------
    NotVisible
        If there is no such factor.
    """
    take_turn(session, viewer, Role.ADMIN)
    factor = session.get(LearnedFactor, factor_id)
    if factor is None:
        raise NotVisible(str(factor_id))
    if factor.undone_at is not None:
        return
    factor.undone_at, factor.undone_by_id = now, viewer.user_id
    session.add(factor)
    session.flush()
    left = active_factors(session).get((factor.kind, factor.subject))
    record(
        session,
        WorldKind.FACTOR_UNDONE,
        now=now,
        by=viewer,
        subject=f"{factor.kind.value}:{factor.subject}",
        before={"permille": factor.permille},
        after={"permille": left.permille if left else 1000},
    )
    request_replan(session, cause="factors", now=now, viewer=viewer)


def _observations(session: Session, *, now: datetime) -> dict[Subject, list[tuple[float, float]]]:
    """(planned, actual) seconds by subject, since the last decision about each."""
    since = _last_decisions(session)
    places = reference(session).places
    found: dict[Subject, list[tuple[float, float]]] = defaultdict(list)
    # Columns alone: whole rows of half a year would fill the process.
    rows = session.execute(
        select(  # type: ignore[call-overload]  # sqlmodel types at most four columns
            Assignment.assigned_at,
            Assignment.travel_s,
            Assignment.departed_at,
            Assignment.arrived_at,
            Assignment.finished_at,
            Assignment.starts_at,
            Assignment.ends_at,
            Ticket.commune_code,
            Ticket.category_code,
        )
        .join(Ticket, col(Ticket.number) == col(Assignment.ticket_number))
        .where(col(Assignment.arrived_at).is_not(None), col(Assignment.arrived_at) > now - BACK)
        .order_by(col(Assignment.id).desc())
        .limit(MOST_VISITS)
    )
    for visit in rows:
        place = places.get(visit.commune_code)
        if place is not None and place.terrain.value in TERRAINS:
            travel = (FactorKind.TRAVEL, place.terrain.value)
            if visit.assigned_at > since.get(travel, now - BACK):
                found[travel] += _pair(visit.travel_s, visit.departed_at, visit.arrived_at)
        stay = (FactorKind.VISIT, visit.category_code)
        if visit.assigned_at > since.get(stay, now - BACK):
            planned_s = (visit.ends_at - visit.starts_at).total_seconds()
            found[stay] += _pair(planned_s, visit.arrived_at, visit.finished_at)
    return found


def _pair(
    planned_s: float, start: datetime | None, end: datetime | None
) -> Iterable[tuple[float, float]]:
    if start is None or end is None or planned_s < LEAST_S:
        return []
    actual_s = (end - start).total_seconds()
    # Set off and arrived in the same minute: reported together, afterwards.
    return [(planned_s, actual_s)] if actual_s >= 60 else []


def _last_decisions(session: Session) -> dict[Subject, datetime]:
    rows = session.exec(
        select(
            LearnedFactor.kind,
            LearnedFactor.subject,
            LearnedFactor.applied_at,
            LearnedFactor.undone_at,
        )
    )
    last: dict[Subject, datetime] = {}
    for kind, subject, applied_at, undone_at in rows:
        key = (FactorKind(kind), subject)
        moment = max(applied_at, undone_at or applied_at)
        last[key] = max(moment, last.get(key, moment))
    return last
