"""Reading the JSON files: instances and days here, plans from ``plans``.

Whatever is wrong in a file is told with the path of the wrong field (``visits[3].priority: …``);
a key that the format does not know is wrong too, because it is a known one misspelt.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from dispatch.country.estimates import estimated_travel, written_travel
from dispatch.files.fields import Field, Json
from dispatch.files.plans import plan_of
from dispatch.places import Ferry, Location, Terrain
from dispatch.problem import Absence, Carried, Committed, Lunch, Problem, Technician, Visit
from dispatch.travel import TravelMatrix

# Above so many locations the estimate is asked leg by leg: a table would take over 60 MB.
MOST_WRITTEN = 1_000


class EventKind(StrEnum):
    """What may happen in the course of a day."""

    ABSENT = "absent"
    CLOSED = "closed"
    LONGER = "longer"


def problem_from_json(data: Json, *, closures: bool = True) -> Problem:
    """Build the problem that an instance or day file describes.

    Roads that are closed at some time stay out all day; with ``closures`` False they stay open, as
    for the judge of a day that is over.

    Raises
    ------
    ValueError
        With the path of the first wrong field.
    """
    root = Field(data, "").only(
        *("name", "now_s", "locations", "travel_s", "distance_m", "ferries", "crews"),
        *("technicians", "visits", "state", "events"),
    )
    locations = tuple(_location(item) for item in root.get("locations").items())
    technicians = tuple(_technician(item) for item in root.get("technicians").items())
    visits = tuple(_visit(item) for item in root.get("visits").items())
    _check_once(root.get("technicians"), (person.id for person in technicians))
    _check_once(root.get("visits"), (visit.id for visit in visits))
    known = {person.id for person in technicians}, {visit.id for visit in visits}
    state = root.get("state") if root.has("state") else Field({}, "state")
    state.only("committed", "published")
    events = root.optional("events")
    for event in events:
        _check_event(event, known=known)
    return Problem(
        root.get("now_s").whole(),
        locations,
        technicians,
        visits,
        _travel(root, locations, events if closures else []),
        name=root.get("name").text() if root.has("name") else "",
        ferries=tuple(_ferry(item) for item in root.optional("ferries")),
        crews=root.get("crews").flag() if root.has("crews") else False,
        committed=tuple(map(_committed, state.optional("committed"))),
        published=plan_of(state.get("published")) if state.has("published") else None,
        absences=tuple(_absence(e) for e in events if e.get("kind").raw == EventKind.ABSENT),
    )


def _check_once(rows: Field, ids: Iterable[int]) -> None:
    first: dict[int, int] = {}
    for i, number in enumerate(ids):
        if first.setdefault(number, i) != i:
            place = f"{rows.path}[{first[number]}]"
            raise ValueError(f"{rows.path}[{i}].id: {number} stands there twice, first in {place}")


def _location(item: Field) -> Location:
    item.only("lat", "lon", "terrain", "region")
    terrain = item.get("terrain").choice(Terrain)
    region = item.get("region").text() if item.has("region") else None
    lat, lon = item.get("lat").number(), item.get("lon").number()
    return item.build(lambda: Location(lat, lon, terrain, region))


def _technician(item: Field) -> Technician:
    item.only(
        *("id", "team", "home", "skills", "shift_s", "lunch", "seats", "at", "free_s"),
        *("had_lunch", "person", "mentor", "carried"),
    )
    lunch = item.get("lunch").only("earliest_s", "latest_s", "duration_s")
    hours = [lunch.get(name).whole() for name in ("earliest_s", "latest_s", "duration_s")]
    names = {name: item.get(name).id() for name in ("id", "team")}
    home, seats = item.get("home").whole(), item.get("seats").whole(least=1)
    at = item.get("at").whole() if item.has("at") else None
    more = {name: item.get(name).id() if item.has(name) else None for name in ("person", "mentor")}
    skills, shift = item.get("skills").levels(), item.get("shift_s").pair()
    free = item.get("free_s").whole() if item.has("free_s") else 0
    had = item.get("had_lunch").flag() if item.has("had_lunch") else False
    carried = _carried(item.get("carried")) if item.has("carried") else Carried()
    meal = lunch.build(lambda: Lunch(hours[0], hours[1], hours[2]))
    return item.build(
        lambda: Technician(
            names["id"],
            names["team"],
            home,
            skills,
            shift,
            meal,
            seats=seats,
            at=at,
            free_s=free,
            had_lunch=had,
            person=more["person"],
            mentor=more["mentor"],
            carried=carried,
        )
    )


def _carried(item: Field) -> Carried:
    item.only("busy_s", "highland", "island")
    busy_s, highland, island = (item.get(n).whole() for n in ("busy_s", "highland", "island"))
    return item.build(lambda: Carried(busy_s, highland, island))


def _visit(item: Field) -> Visit:
    item.only(
        *("id", "location", "skills", "priority", "start_s", "duration_s", "value", "arrives_s")
    )
    start = item.get("start_s")
    first = start.items()
    several = bool(first) and isinstance(first[0].raw, list)
    windows = tuple(window.pair() for window in first) if several else (start.pair(),)
    location = item.get("location")
    place = None if location.raw is None else location.whole()
    whole = {name: item.get(name).whole() for name in ("priority", "duration_s", "value")}
    number, skills = item.get("id").id(), item.get("skills").levels()
    arrives = item.get("arrives_s").whole() if item.has("arrives_s") else None
    return item.build(
        lambda: Visit(
            number,
            place,
            skills,
            whole["priority"],
            windows,
            whole["duration_s"],
            whole["value"],
            arrives,
        )
    )


def _ferry(item: Field) -> Ferry:
    item.only("from", "to", "sail_s", "crossing_s", "before_s")
    ends = item.get("from").whole(), item.get("to").whole()
    sails = item.get("sail_s").ints()
    crossing, before = item.get("crossing_s").whole(), item.get("before_s").whole()
    return item.build(lambda: Ferry(*ends, sails, crossing, before))


def _committed(item: Field) -> Committed:
    item.only("technicians", "visit", "start_s")
    people = item.get("technicians").ids()
    return Committed(people, item.get("visit").id(), item.get("start_s").whole())


def _check_event(event: Field, *, known: tuple[set[int], set[int]]) -> None:
    """Hold an event to its kind's keys; what it names must stand in the file."""
    technicians, visits = known
    kind = event.get("kind").choice(EventKind)
    event.get("at_s").whole()
    if kind is EventKind.LONGER:
        event.only("at_s", "kind", "visit", "duration_s").get("duration_s").whole()
        if event.get("visit").id() not in visits:
            raise event.get("visit").wrong(f"{event.get('visit').raw} is no visit")
        return
    if event.get("until_s").whole() < event.get("at_s").whole():
        raise event.get("until_s").wrong("is before at_s")
    if kind is EventKind.CLOSED:
        event.only("at_s", "kind", "pairs", "until_s").get("pairs").items()
        return
    for person in event.only("at_s", "kind", "technicians", "until_s").get("technicians").items():
        if person.id() not in technicians:
            raise person.wrong(f"{person.raw} is no technician")


def _absence(item: Field) -> Absence:
    people = item.get("technicians").ids()
    at_s, until_s = item.get("at_s").whole(), item.get("until_s").whole()
    return item.build(lambda: Absence(people, at_s, until_s))


def _travel(root: Field, locations: tuple[Location, ...], events: list[Field]) -> TravelMatrix:
    """The file's matrix, or the estimate; roads that are closed at some time stay out all day."""
    if root.has("travel_s"):
        seconds = _table(root.get("travel_s"), len(locations))
        if root.has("distance_m"):
            metres = _table(root.get("distance_m"), len(locations))
        else:
            metres = tuple((0,) * len(row) for row in seconds)
        matrix = TravelMatrix(seconds, metres)
    elif root.has("distance_m"):
        raise root.get("distance_m").wrong("travel_s is missing beside it")
    elif len(locations) > MOST_WRITTEN:
        matrix = estimated_travel(locations)
    else:
        matrix = written_travel(locations)
    closed = []
    for event in events:
        if event.get("kind").raw == EventKind.CLOSED:
            for pair in event.get("pairs").items():
                ends = pair.pair()
                if not all(0 <= end < len(matrix) for end in ends):
                    raise pair.wrong(f"{list(ends)} are not all locations")
                closed.append(ends)
    return matrix.without(closed) if closed else matrix


def _table(field: Field, n: int) -> tuple[tuple[int, ...], ...]:
    """A square table with one row and one column for each location."""
    rows = field.items()
    if len(rows) != n:
        raise field.wrong(f"{n} rows are expected, one for each location, not {len(rows)}")
    table = []
    for i, row in enumerate(rows):
        values = row.ints()
        if len(values) != n:
            raise row.wrong(f"{n} columns are expected, one for each location, not {len(values)}")
        if values[i] != 0:
            raise ValueError(f"{row.path}[{i}]: the diagonal must be 0, not {values[i]}")
        table.append(values)
    return tuple(table)
