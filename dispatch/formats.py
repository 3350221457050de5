"""Reading and writing the JSON files: instances and plans.

Whatever is wrong in a file is told with the path of the wrong field (``visits[3].priority: …``).
"""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.fields import Field, Json
from dispatch.places import Ferry, Location, Terrain
from dispatch.plan import Assigned, Code, Plan, Reason, Route, Stop, Swap, Unassigned, Verdict
from dispatch.problem import Absence, Carried, Committed, Lunch, Problem, Technician, Visit
from dispatch.travel import TravelMatrix, travel_matrix


def problem_from_json(data: Json) -> Problem:
    """Build the problem that an instance or day file describes.

    Raises
    ------
    ValueError
        With the path of the first wrong field.
    """
    root = Field(data, "")
    locations = tuple(_location(item) for item in root.get("locations").items())
    state = root.get("state") if root.has("state") else Field({}, "state")
    published = plan_of(state.get("published")) if state.has("published") else None
    events = root.optional("events")
    return Problem(
        root.get("now_s").whole(),
        locations,
        tuple(_technician(item) for item in root.get("technicians").items()),
        tuple(_visit(item) for item in root.get("visits").items()),
        _travel(root, locations, events),
        name=root.get("name").text() if root.has("name") else "",
        ferries=tuple(_ferry(item) for item in root.optional("ferries")),
        crews=root.get("crews").flag() if root.has("crews") else False,
        committed=tuple(
            Committed(
                item.get("technicians").ints(),
                item.get("visit").whole(),
                item.get("start_s").whole(),
            )
            for item in state.optional("committed")
        ),
        published=published,
        absences=tuple(_absence(e) for e in events if e.get("kind").raw == "absent"),
    )


def _location(item: Field) -> Location:
    terrain = item.get("terrain").choice(Terrain)
    region = item.get("region").text() if item.has("region") else None
    lat, lon = item.get("lat").number(), item.get("lon").number()
    return item.build(lambda: Location(lat, lon, terrain, region))


def _technician(item: Field) -> Technician:
    lunch = item.get("lunch")
    hours = [lunch.get(name).whole() for name in ("earliest_s", "latest_s", "duration_s")]
    whole = {name: item.get(name).whole() for name in ("id", "team", "home", "seats")}
    more = {
        name: item.get(name).whole() if item.has(name) else None
        for name in ("at", "person", "mentor")
    }
    skills, shift = item.get("skills").levels(), item.get("shift_s").pair()
    free = item.get("free_s").whole() if item.has("free_s") else 0
    had = item.get("had_lunch").flag() if item.has("had_lunch") else False
    carried = _carried(item.get("carried")) if item.has("carried") else Carried()
    meal = lunch.build(lambda: Lunch(hours[0], hours[1], hours[2]))
    return item.build(
        lambda: Technician(
            whole["id"],
            whole["team"],
            whole["home"],
            skills,
            shift,
            meal,
            seats=whole["seats"],
            at=more["at"],
            free_s=free,
            had_lunch=had,
            person=more["person"],
            mentor=more["mentor"],
            carried=carried,
        )
    )


def _carried(item: Field) -> Carried:
    busy_s, highland, island = (item.get(n).whole() for n in ("busy_s", "highland", "island"))
    return item.build(lambda: Carried(busy_s, highland, island))


def _visit(item: Field) -> Visit:
    start = item.get("start_s")
    first = start.items()
    several = bool(first) and isinstance(first[0].raw, list)
    windows = tuple(window.pair() for window in first) if several else (start.pair(),)
    location = item.get("location")
    place = None if location.raw is None else location.whole()
    whole = {name: item.get(name).whole() for name in ("id", "priority", "duration_s", "value")}
    skills = item.get("skills").levels()
    arrives = item.get("arrives_s").whole() if item.has("arrives_s") else None
    return item.build(
        lambda: Visit(
            whole["id"],
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
    ends = item.get("from").whole(), item.get("to").whole()
    sails = item.get("sail_s").ints()
    crossing, before = item.get("crossing_s").whole(), item.get("before_s").whole()
    return item.build(lambda: Ferry(*ends, sails, crossing, before))


def _absence(item: Field) -> Absence:
    people = item.get("technicians").ints()
    at_s, until_s = item.get("at_s").whole(), item.get("until_s").whole()
    return item.build(lambda: Absence(people, at_s, until_s))


def _travel(root: Field, locations: tuple[Location, ...], events: list[Field]) -> TravelMatrix:
    """The file's matrix, or the estimate; roads that are closed at some time stay out all day."""
    if root.has("travel_s"):
        seconds = tuple(row.ints() for row in root.get("travel_s").items())
        if root.has("distance_m"):
            metres = tuple(row.ints() for row in root.get("distance_m").items())
        else:
            metres = tuple((0,) * len(row) for row in seconds)
        matrix = TravelMatrix(seconds, metres)
    else:
        matrix = travel_matrix(locations)
    closed = []
    for event in events:
        if event.get("kind").raw == "closed":
            for pair in event.get("pairs").items():
                ends = pair.pair()
                if not all(0 <= end < len(matrix) for end in ends):
                    raise pair.wrong(f"{list(ends)} are not all locations")
                closed.append(ends)
    return matrix.without(closed) if closed else matrix


def plan_from_json(data: Json) -> Plan:
    """Build the plan that a plan file describes; ValueError names the wrong field."""
    return plan_of(Field(data, ""))


def plan_of(root: Field) -> Plan:
    """Build the plan at this place of a file, with the reasons that stand there."""
    return Plan(
        tuple(
            Route(
                route.get("technicians").ints(),
                tuple(
                    Stop(stop.get("visit").whole(), stop.get("start_s").whole())
                    for stop in route.get("stops").items()
                ),
                route.get("lunch_s").whole() if route.has("lunch_s") else None,
            )
            for route in root.get("routes").items()
        ),
        tuple(
            Assigned(item.get("visit").whole(), _reasons(item))
            for item in root.optional("assigned")
        ),
        tuple(_left_out(item) for item in root.optional("unassigned")),
    )


def _reasons(item: Field) -> tuple[Reason, ...]:
    found = []
    for reason in item.optional("reasons"):
        more = {
            name: reason.get(name).whole() if reason.has(name) else None
            for name in ("by_s", "by_m", "visit")
        }
        code = reason.get("code").choice(Code)
        found.append(Reason(reason.get("technician").whole(), code, **more))
    return tuple(found)


def _left_out(item: Field) -> Unassigned:
    swap = item.get("swap") if item.has("swap") else None
    return Unassigned(
        item.get("visit").whole(),
        item.get("verdict").choice(Verdict),
        _reasons(item),
        None if swap is None else Swap(swap.get("out").whole(), swap.get("technician").whole()),
    )


def plan_to_json(plan: Plan, *, figures: Mapping[str, int] | None = None) -> dict[str, Json]:
    """Return the plan as a plan file holds it."""
    return {
        "routes": [
            {
                "technicians": list(route.technicians),
                "lunch_s": route.lunch_s,
                "stops": [{"visit": s.visit, "start_s": s.start_s} for s in route.stops],
            }
            for route in plan.routes
        ],
        "assigned": [
            {"visit": item.visit, "reasons": [_reason_to_json(r) for r in item.reasons]}
            for item in plan.assigned
        ],
        "unassigned": [_unassigned_to_json(item) for item in plan.unassigned],
        "figures": dict(figures or {}),
    }


def _reason_to_json(reason: Reason) -> dict[str, Json]:
    found: dict[str, Json] = {"technician": reason.technician, "code": reason.code.value}
    for name, value in (("by_s", reason.by_s), ("by_m", reason.by_m), ("visit", reason.visit)):
        if value is not None:
            found[name] = value
    return found


def _unassigned_to_json(item: Unassigned) -> dict[str, Json]:
    found: dict[str, Json] = {
        "visit": item.visit,
        "verdict": item.verdict.value,
        "reasons": [_reason_to_json(reason) for reason in item.reasons],
    }
    if item.swap is not None:
        found["swap"] = {"out": item.swap.out, "technician": item.swap.technician}
    return found
