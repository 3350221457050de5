"""Closed roads and boats as pages show them: in words, with where they lie on the map."""

from dataclasses import dataclass
from datetime import date, datetime

from app.i18n import _, label
from app.services.reference import Place, Reference
from app.services.world.state import ClosureFact, PauseFact
from dispatch.closures import is_inside
from dispatch.places import Location, Terrain
from models.calendar import local_date
from models.geography import PauseReason

# Names of communes within an area that are told; the others are counted.
NAMED = 2


@dataclass(frozen=True)
class ClosureView:
    """A closed road; ``points`` are (lat, lon): the corners of an area, or the two communes."""

    id: int
    title: str
    is_area: bool
    is_now: bool
    points: tuple[tuple[float, float], ...]
    from_at: datetime
    until_at: datetime | None
    note: str
    filed_by: str
    filed_at: datetime


@dataclass(frozen=True)
class PauseView:
    """Days without boats, with the reason in words."""

    id: int
    from_on: date
    until_on: date
    reason: PauseReason
    filed_by: str
    is_now: bool


@dataclass(frozen=True)
class RoadsView:
    """What is closed now or will be, and whether boats sail; ``stamp`` is its place in the stream.

    ``sails`` are today's boats (to the island, from it) in minutes; empty when none sail.
    """

    stamp: int
    today: date
    closures: tuple[ClosureView, ...]
    has_island: bool
    sails: tuple[tuple[int, ...], tuple[int, ...]]
    pause: PauseView | None
    pauses: tuple[PauseView, ...]

    @property
    def closed_now(self) -> int:
        """Number of closures in force."""
        return sum(row.is_now for row in self.closures)


def roads_view(facts: Reference, *, now: datetime) -> RoadsView:
    """Everything that is not over yet: in force first, then by when it begins."""
    today = local_date(now)
    closures = [
        _closure(facts, fact, now=now)
        for fact in facts.world.closures
        if fact.until_at is None or fact.until_at > now
    ]
    pauses = [_pause(fact, today) for fact in facts.world.pauses if fact.until_on >= today]
    pause = next((row for row in pauses if row.is_now), None)
    return RoadsView(
        stamp=facts.world.stamp,
        today=today,
        closures=tuple(sorted(closures, key=lambda row: (not row.is_now, row.from_at))),
        has_island=any(place.terrain is Terrain.ISLAND for place in facts.places.values()),
        sails=((), ()) if pause else (_sails(facts, True), _sails(facts, False)),
        pause=pause,
        pauses=tuple(pauses),
    )


def _closure(facts: Reference, fact: ClosureFact, *, now: datetime) -> ClosureView:
    points = fact.corners
    if fact.pair is not None:
        ends = [facts.places[code] for code in fact.pair]
        points = tuple((place.lat, place.lon) for place in ends)
        title = _("%(one)s – %(other)s", one=ends[0].full_name, other=ends[1].full_name)
    else:
        title = _area_words(facts, fact)
    return ClosureView(
        id=fact.id,
        title=title,
        is_area=fact.pair is None,
        is_now=fact.holds_at(now),
        points=points,
        from_at=fact.from_at,
        until_at=fact.until_at,
        note=fact.note,
        filed_by=fact.filed_by,
        filed_at=fact.filed_at,
    )


def _area_words(facts: Reference, fact: ClosureFact) -> str:
    area = [Location(lat=lat, lon=lon) for lat, lon in fact.corners]
    names = [place.full_name for place in facts.places.values() if is_inside(place.location, area)]
    if not names:
        return _("Vùng vẽ trên bản đồ")
    told = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        return _("Vùng %(names)s và %(more)s xã khác", names=told, more=len(names) - NAMED)
    return _("Vùng %(names)s", names=told)


def _pause(fact: PauseFact, today: date) -> PauseView:
    return PauseView(
        id=fact.id,
        from_on=fact.from_on,
        until_on=fact.until_on,
        reason=fact.reason,
        filed_by=fact.filed_by,
        is_now=fact.from_on <= today <= fact.until_on,
    )


def _sails(facts: Reference, to_island: bool) -> tuple[int, ...]:
    return tuple(sorted(row[1] for row in facts.sailings if row[0] is to_island))


def pause_words(row: PauseView) -> str:
    """``Không có tàu ngày 25/11 (Bão, biển động)``."""
    reason = label(row.reason)
    if row.from_on == row.until_on:
        return _("Không có tàu ngày %(on)s (%(reason)s)", on=_short(row.from_on), reason=reason)
    return _(
        "Không có tàu từ %(first)s đến %(last)s (%(reason)s)",
        first=_short(row.from_on),
        last=_short(row.until_on),
        reason=reason,
    )


def _short(on: date) -> str:
    return on.strftime("%d/%m")


def closed_words(facts: Reference, commune_code: str, *, at: datetime) -> list[str]:
    """What stood in the way to a commune at that moment, in sentences: roads, boats, its hours."""
    place, on = facts.places[commune_code], local_date(at)
    words = [
        _("Đường bị chặn lúc đó: %(what)s.", what=_closure(facts, fact, now=at).title)
        for fact in facts.world.closures
        if fact.holds_at(at) and _concerns(fact, place)
    ]
    pause = facts.world.pause_on(on)
    if pause is not None and place.terrain is Terrain.ISLAND:
        words.append(f"{pause_words(_pause(pause, on))}.")
    if facts.windows_of(commune_code, on) == ():
        words.append(_("Xã không tiếp nhận ngày %(on)s.", on=_short(on)))
    return words


def _concerns(fact: ClosureFact, place: Place) -> bool:
    """Whether a closure shuts the commune in, or the road that begins there."""
    if fact.pair is not None:
        return place.code in fact.pair
    area = [Location(lat=lat, lon=lon) for lat, lon in fact.corners]
    return is_inside(place.location, area)
