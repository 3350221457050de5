"""Reading and writing the JSON files: instances and plans.

Whatever is wrong in a file is told with the path of the wrong field (``visits[3].priority: …``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from dispatch.places import Ferry, Location, Terrain
from dispatch.plan import Plan, Reason, Route, Stop, Unassigned
from dispatch.problem import Absence, Committed, Lunch, Problem, Technician, Visit
from dispatch.travel import TravelMatrix, travel_matrix

Built = TypeVar("Built")
Json = object  # what json.load returns: every use below checks what it got
MISSING = object()


class Field:
    """One value of a JSON file and where it stands."""

    __slots__ = ("path", "raw")

    def __init__(self, raw: Json, path: str) -> None:
        self.raw = raw
        self.path = path

    def wrong(self, what: str) -> ValueError:
        """The error to raise about this field."""
        return ValueError(f"{self.path or 'file'}: {what}")

    def has(self, name: str) -> bool:
        """Whether the object has this key with a value."""
        return isinstance(self.raw, Mapping) and self.raw.get(name) is not None

    def get(self, name: str) -> Field:
        """The value under a key, which must be there."""
        if not isinstance(self.raw, Mapping):
            raise self.wrong("an object is expected")
        path = f"{self.path}.{name}" if self.path else name
        value = self.raw.get(name, MISSING)
        if value is MISSING:
            raise ValueError(f"{path}: missing")
        return Field(value, path)

    def items(self) -> list[Field]:
        """The values of a list."""
        if not isinstance(self.raw, Sequence) or isinstance(self.raw, str):
            raise self.wrong("a list is expected")
        return [Field(value, f"{self.path}[{i}]") for i, value in enumerate(self.raw)]

    def optional(self, name: str) -> list[Field]:
        """The values of the list under a key; none if the key is not there."""
        return self.get(name).items() if self.has(name) else []

    def int(self) -> int:
        """A whole number."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, int):
            raise self.wrong(f"a whole number is expected, not {self.raw!r}")
        return self.raw

    def float(self) -> float:
        """A number."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, (int, float)):
            raise self.wrong(f"a number is expected, not {self.raw!r}")
        return float(self.raw)

    def str(self) -> str:
        """A text."""
        if not isinstance(self.raw, str):
            raise self.wrong(f"a text is expected, not {self.raw!r}")
        return self.raw

    def bool(self) -> bool:
        """True or false."""
        if not isinstance(self.raw, bool):
            raise self.wrong(f"true or false is expected, not {self.raw!r}")
        return self.raw

    def pair(self) -> tuple[int, int]:
        """Two whole numbers."""
        values = [item.int() for item in self.items()]
        if len(values) != 2:
            raise self.wrong(f"two whole numbers are expected, not {len(values)}")
        return values[0], values[1]

    def ints(self) -> tuple[int, ...]:
        """A list of whole numbers."""
        if isinstance(self.raw, list) and all(type(value) is int for value in self.raw):
            return tuple(self.raw)
        return tuple(item.int() for item in self.items())

    def levels(self) -> dict[str, int]:
        """Levels by skill."""
        if not isinstance(self.raw, Mapping):
            raise self.wrong("an object of levels by skill is expected")
        return {str(name): self.get(str(name)).int() for name in self.raw}

    def build(self, make: Callable[[], Built]) -> Built:
        """What ``make`` builds; its complaint gets this path."""
        try:
            return make()
        except ValueError as error:
            text = str(error)
            if text.startswith(self.path):
                raise
            raise ValueError(f"{self.path}.{text}") from None


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
        root.get("now_s").int(),
        locations,
        tuple(_technician(item) for item in root.get("technicians").items()),
        tuple(_visit(item) for item in root.get("visits").items()),
        _travel(root, locations, events),
        name=root.get("name").str() if root.has("name") else "",
        ferries=tuple(_ferry(item) for item in root.optional("ferries")),
        crews=root.get("crews").bool() if root.has("crews") else False,
        committed=tuple(
            Committed(
                item.get("technicians").ints(),
                item.get("visit").int(),
                item.get("start_s").int(),
            )
            for item in state.optional("committed")
        ),
        published=published,
        absences=tuple(_absence(e) for e in events if e.get("kind").raw == "absent"),
    )


def _location(item: Field) -> Location:
    terrain = item.get("terrain")
    if terrain.raw not in tuple(Terrain):
        raise terrain.wrong(f"{terrain.raw!r} is none of {', '.join(Terrain)}")
    region = item.get("region").str() if item.has("region") else None
    lat, lon = item.get("lat").float(), item.get("lon").float()
    return item.build(lambda: Location(lat, lon, Terrain(terrain.str()), region))


def _technician(item: Field) -> Technician:
    lunch = item.get("lunch")
    hours = [lunch.get(name).int() for name in ("earliest_s", "latest_s", "duration_s")]
    whole = {name: item.get(name).int() for name in ("id", "team", "home", "seats")}
    more = {
        name: item.get(name).int() if item.has(name) else None
        for name in ("at", "person", "mentor")
    }
    skills, shift = item.get("skills").levels(), item.get("shift_s").pair()
    free = item.get("free_s").int() if item.has("free_s") else 0
    had = item.get("had_lunch").bool() if item.has("had_lunch") else False
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
        )
    )


def _visit(item: Field) -> Visit:
    start = item.get("start_s")
    first = start.items()
    several = bool(first) and isinstance(first[0].raw, list)
    windows = tuple(window.pair() for window in first) if several else (start.pair(),)
    location = item.get("location")
    place = None if location.raw is None else location.int()
    whole = {name: item.get(name).int() for name in ("id", "priority", "duration_s", "value")}
    skills = item.get("skills").levels()
    arrives = item.get("arrives_s").int() if item.has("arrives_s") else None
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
    ends = item.get("from").int(), item.get("to").int()
    sails = item.get("sail_s").ints()
    crossing, before = item.get("crossing_s").int(), item.get("before_s").int()
    return item.build(lambda: Ferry(*ends, sails, crossing, before))


def _absence(item: Field) -> Absence:
    people = item.get("technicians").ints()
    at_s, until_s = item.get("at_s").int(), item.get("until_s").int()
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
    """Build the plan at this place of a file; its reasons are not read."""
    return Plan(
        tuple(
            Route(
                route.get("technicians").ints(),
                tuple(
                    Stop(stop.get("visit").int(), stop.get("start_s").int())
                    for stop in route.get("stops").items()
                ),
                route.get("lunch_s").int() if route.has("lunch_s") else None,
            )
            for route in root.get("routes").items()
        )
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
