"""A whole country's day out of a seed: provinces along a coast, communes around their towns.

34 provinces with 3,321 communes and 70 teams of 20 unless told otherwise, the shape and density of
a long country between mountains and sea; no real place is in it. The file holds coordinates alone:
a table of travel would have 23 million entries.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from dispatch.generate import NOW_S, Places, Row, a_technician, a_visit

NORTH_LAT, SOUTH_LAT = 22.6, 9.2
SKILLS = 10


@dataclass(frozen=True, slots=True)
class CountrySize:
    """How much of everything a country's day has."""

    tickets: int = 4_000
    technicians: int = 1_400
    teams: int = 70
    provinces: int = 34
    communes: int = 3_321

    def __post_init__(self) -> None:
        if self.tickets < 0:
            raise ValueError(f"tickets: {self.tickets} is negative")
        if not 1 <= self.provinces <= self.communes:
            raise ValueError(f"provinces: {self.provinces} for {self.communes} communes")
        if not self.provinces <= self.teams <= self.technicians:
            raise ValueError(
                f"teams: {self.teams} for {self.provinces} provinces "
                f"and {self.technicians} technicians"
            )

    @classmethod
    def with_tickets(cls, tickets: int) -> CountrySize:
        """A country in which as much is asked of everybody as in the whole one."""
        part = tickets / cls().tickets
        provinces = max(1, round(cls().provinces * part))
        teams = max(provinces, round(cls().teams * part))
        communes = max(provinces, round(cls().communes * part))
        return cls(tickets, max(teams, round(cls().technicians * part)), teams, provinces, communes)


@dataclass(frozen=True, slots=True)
class Province:
    """The places of one province: where its teams start, and what is visited."""

    bases: tuple[int, ...]
    communes: tuple[int, ...]


def country(seed: int, size: CountrySize) -> Row:
    """An instance file of one day of a country, without a travel table."""
    rng, places = random.Random(seed), Places()
    provinces = [_province(rng, places, i, size) for i in range(size.provinces)]
    bases = [(base, land) for land in provinces for base in land.bases]
    technicians = []
    for i in range(size.technicians):
        team = i * size.teams // size.technicians
        base, land = bases[team]
        home = base if rng.random() < 0.5 else _near(rng, places, base, land)
        technicians.append(a_technician(rng, i, team=team + 1, home=home, skills=SKILLS))
    visits = []
    for i in range(size.tickets):
        place = rng.choice(rng.choice(provinces).communes)
        visits.append(a_visit(rng, i, place=place, skills=SKILLS, arrives_s=None))
    return {
        "name": f"country-{size.tickets}-{seed}",
        "now_s": NOW_S,
        "locations": places.rows,
        "technicians": technicians,
        "visits": visits,
    }


def _province(rng: random.Random, places: Places, number: int, size: CountrySize) -> Province:
    """Its town on the spine of the country, a base there and one or two further off."""
    # A smaller country is a piece of the whole one, no thinner than it.
    share = (number + 0.5) / max(size.provinces, CountrySize().provinces)
    lat = NORTH_LAT + (SOUTH_LAT - NORTH_LAT) * share
    # Broad in the north and the south, a narrow coast between them, where the land bends eastward.
    breadth = 0.5 + 2.0 * abs(2 * share - 1) ** 2
    coast = 106.2 + 2.6 * math.sin(math.pi * share) ** 2
    lon = coast - rng.uniform(0.2, breadth)
    hills = lon - 0.15 - 0.4 * rng.random()  # the land west of here is mountain

    def site(spread: float) -> int:
        away, angle = spread * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
        east = lon + away * math.cos(angle)
        north = lat + away * math.sin(angle)
        return places.add(north, east, "mountain" if east < hills else "plain")

    teams = (number + 1) * size.teams // size.provinces - number * size.teams // size.provinces
    communes = (number + 1) * size.communes // size.provinces
    communes -= number * size.communes // size.provinces
    bases = (places.add(lat, lon, "plain"), *(site(0.4) for _ in range(teams - 1)))
    return Province(bases, tuple(site(0.55) for _ in range(communes)))


def _near(rng: random.Random, places: Places, base: int, land: Province) -> int:
    """A commune of the province close to the base: the nearest of four."""
    return min(rng.choices(land.communes, k=4), key=lambda place: _apart(places, base, place))


def _apart(places: Places, a: int, b: int) -> float:
    (north, east), (lat, lon) = places.points[a], places.points[b]
    return math.hypot(north - lat, (east - lon) * math.cos(math.radians(lat)))
