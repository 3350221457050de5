"""Working days out of a seed: a province's, with whatever may happen in its course.

Nothing is taken from a real place: two bases, one on the coast and one in the highland beyond the
passes, sites around them, an island off the coast. People, skills, priorities, targets and
durations have the proportions of the days this library is measured on. The same seed and size give
the same file.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from dispatch.files.fields import Json

NOW_S, OPENS_S, CLOSES_S = 27_000, 27_000, 61_200  # half past seven to five
LUNCH = {"earliest_s": 39_600, "latest_s": 46_800, "duration_s": 2_700}
MINUTE_S, HOUR_S = 60, 3_600
# (priority, how often, value, value if it can wait for tomorrow, target after so many hours)
PRIORITIES = (
    (1, 10, 100, 100, (1.2, 3.0)),
    (2, 22, 40, 40, (1.2, 9.5)),
    (3, 43, 15, 15, None),
    (4, 25, 5, 2, None),
)
CAN_WAIT = 0.7  # of P4
DURATIONS_S = (1_800, 2_700, 2_700, 3_600, 3_600, 4_500, 5_400, 7_200)
LEVELS_ASKED = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3)
SKILLS_HELD = (1, 2, 2, 2, 3, 3, 4)

Row = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything a province's day has.

    ``tickets`` are known in the morning, ``arriving`` come in the course of the day. ``absent``
    people drop out, ``closed`` roads shut and ``longer`` visits take more time than was thought.
    """

    tickets: int = 120
    technicians: int = 40
    skills: int = 8
    crews: bool = False
    ferries: bool = False
    arriving: int = 0
    absent: int = 0
    closed: int = 0
    longer: int = 0

    def __post_init__(self) -> None:
        for name in ("tickets", "arriving", "absent", "closed", "longer"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is negative")
        for name in ("technicians", "skills"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is less than 1")
        if self.absent > self.technicians:
            raise ValueError(f"absent: {self.absent} of {self.technicians} technicians")
        if self.longer > self.tickets:
            raise ValueError(f"longer: {self.longer} of {self.tickets} tickets")


class Places:
    """The locations of a file in the making; a place that stands there already is used again."""

    def __init__(self) -> None:
        self.rows: list[Json] = []
        self.points: list[tuple[float, float]] = []
        self._index: dict[tuple[float, float], int] = {}

    def add(self, lat: float, lon: float, terrain: str, region: str | None = None) -> int:
        """The index of this place."""
        key = (round(lat, 5), round(lon, 5))
        if key not in self._index:
            self._index[key] = len(self.rows)
            self.points.append(key)
            row: Row = {"lat": key[0], "lon": key[1], "terrain": terrain}
            self.rows.append(row | ({"region": region} if region else {}))
        return self._index[key]


def province(seed: int, size: Size) -> Row:
    """An instance file of one day of a province; a day file where something happens in it."""
    rng, places = random.Random(seed), Places()
    coast = places.add(15.12, 108.80, "plain", "coast")
    highland = places.add(14.35, 108.00, "mountain", "highland")
    file: Row = {"name": f"province-{size.tickets}-{seed}", "now_s": NOW_S}
    ferries = _ferries(places) if size.ferries else []
    technicians = []
    for i in range(size.technicians):
        team = 1 if rng.random() < 0.52 else 2
        home = coast if team == 1 else highland
        if rng.random() < 0.5:
            home = _site(rng, places, near_coast=team == 1, spread=0.4)
        technicians.append(a_technician(rng, i, team=team, home=home, skills=size.skills))
    visits = []
    for i in range(size.tickets + size.arriving):
        if size.ferries and rng.random() < 0.04:
            place = places.add(15.38 + rng.uniform(-0.01, 0.01), 109.12, "island", "coast")
        else:
            place = _site(rng, places, near_coast=rng.random() < 0.7, spread=1.0)
        arrives = None if i < size.tickets else round(rng.uniform(NOW_S, CLOSES_S - 2 * HOUR_S))
        visits.append(a_visit(rng, i, place=place, skills=size.skills, arrives_s=arrives))
    file |= {"locations": places.rows, "technicians": technicians, "visits": visits}
    file |= {"crews": True} if size.crews else {}
    file |= {"ferries": ferries} if ferries else {}
    events = _events(rng, size, places=len(places.rows))
    return file | ({"events": events} if events else {})


def a_technician(rng: random.Random, number: int, *, team: int, home: int, skills: int) -> Row:
    """Somebody with one to four skills, most on shift from half past seven."""
    names = rng.sample(range(skills), min(skills, rng.choice(SKILLS_HELD)))
    opens = rng.choice((OPENS_S,) * 8 + (28_800, 32_400))
    return {
        "id": number,
        "team": team,
        "home": home,
        "skills": {f"s{i}": rng.randint(1, 3) for i in names},
        "shift_s": [opens, CLOSES_S],
        "lunch": dict(LUNCH),
        "seats": rng.choice((2, 2, 2, 2, 4)),
    }


def a_visit(
    rng: random.Random, number: int, *, place: int, skills: int, arrives_s: int | None
) -> Row:
    """A ticket with one skill, sometimes two; urgent ones have a target of a few hours."""
    often = [row[1] for row in PRIORITIES]
    priority, _, value, waits, target = rng.choices(PRIORITIES, weights=often)[0]
    known = NOW_S if arrives_s is None else arrives_s
    closes = CLOSES_S
    if target is not None:
        closes = min(CLOSES_S, known + round(rng.uniform(*target) * HOUR_S))
    names = rng.sample(range(skills), min(skills, 2 if rng.random() < 0.2 else 1))
    row: Row = {
        "id": number,
        "location": place,
        "skills": {f"s{i}": rng.choice(LEVELS_ASKED) for i in names},
        "priority": priority,
        "start_s": [known, closes],
        "duration_s": rng.choice(DURATIONS_S),
        "value": waits if rng.random() < CAN_WAIT else value,
    }
    return row if arrives_s is None else row | {"arrives_s": arrives_s}


def _site(rng: random.Random, places: Places, *, near_coast: bool, spread: float) -> int:
    """A place near one of the bases: the plain along the coast, hills behind it, the highland."""
    if near_coast:
        lon = 108.80 + rng.uniform(-0.35, 0.08) * spread
        lat = 15.12 + rng.uniform(-0.40, 0.20) * spread
        return places.add(lat, lon, "mountain" if lon < 108.55 else "plain", "coast")
    lat = 14.35 + rng.gauss(0, 0.24) * spread
    lon = 108.00 + rng.gauss(0, 0.16) * spread
    return places.add(lat, lon, "mountain", "highland")


def _ferries(places: Places) -> list[Json]:
    """A boat each way, three times a day."""
    port = places.add(15.21, 108.93, "plain", "coast")
    landing = places.add(15.37, 109.10, "island", "coast")
    times: Row = {"crossing_s": 35 * MINUTE_S, "before_s": 20 * MINUTE_S}
    out: Row = {"from": port, "to": landing, "sail_s": [28_800, 36_000, 50_400]}
    back: Row = {"from": landing, "to": port, "sail_s": [34_200, 43_200, 54_000]}
    return [out | times, back | times]


def _events(rng: random.Random, size: Size, *, places: int) -> list[Json]:
    """What goes wrong, in order of time."""
    found: list[tuple[int, Row]] = []
    for person in rng.sample(range(size.technicians), size.absent):
        at = round(rng.uniform(OPENS_S, CLOSES_S - 3 * HOUR_S))
        found.append((at, {"kind": "absent", "technicians": [person], "until_s": CLOSES_S}))
    for _ in range(size.closed):
        at = round(rng.uniform(OPENS_S, CLOSES_S - 3 * HOUR_S))
        pairs = [rng.sample(range(places), 2) for _ in range(min(places, 8))]
        until = min(CLOSES_S, at + round(rng.uniform(1, 5) * HOUR_S))
        found.append((at, {"kind": "closed", "pairs": pairs, "until_s": until}))
    for visit in rng.sample(range(size.tickets), size.longer):
        at = round(rng.uniform(OPENS_S, CLOSES_S - 3 * HOUR_S))
        long_s = rng.choice((3, 4)) * HOUR_S
        found.append((at, {"kind": "longer", "visit": visit, "duration_s": long_s}))
    found.sort(key=lambda item: item[0])
    return [{"at_s": at} | event for at, event in found]
