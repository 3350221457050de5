"""The open part of a day in VROOM's own words: vehicles with breaks, jobs with windows, a matrix.

Committed work is not in it: a vehicle starts where and when that ends. VROOM serves the highest sum
of priorities first and travels little second, which is the order of our objective. What it has no
word for is left out or put roughly, for our exact schedule has the last word:

- a promise is a skill that its unit alone has, within the window that was promised, and worth more
  than any two other visits, for VROOM may leave out whatever it likes;
- an island is as far as the boat takes, its visits open with the first boat that lands and close
  with the last one that brings people back, and that way waits half the time between two boats;
- an absence that lasts until the shift ends closes the shift, another one is a break;
- calls have no place, so they are not asked.

The format: https://github.com/VROOM-Project/vroom/blob/v1.15.0/docs/API.md
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dispatch.files.fields import Json
from dispatch.legs import Legs, Sailings
from dispatch.model import Model
from dispatch.travel import NEVER_S
from dispatch.units import Spec, Unit

HIGHEST_PRIORITY = 100
BESIDE_PROMISES = 40  # the highest priority of other visits where some are promised
FAR_S = 1_000_000  # no day is that long, and VROOM's sums stay far from overflowing
PROMISES = 1_000  # skill numbers from here on stand for units
LUNCH, ABSENCE = 1, 2

Windows = list[tuple[int, int]]


def vroom_input(model: Model) -> dict[str, Json]:
    """The request for one model: vehicles by unit index, jobs by their place in ``open_ids``."""
    crossing = Crossing(model)
    asked = {
        number: (spec, crossing.windows(spec))
        for number, spec in enumerate(map(model.spec, model.open_ids()))
        if _is_worth_asking(spec)
    }
    specs = [spec for spec, windows in asked.values() if windows]
    units = [unit for unit in model.units if _opens_s(unit) <= _closes_s(unit)]
    places = sorted(
        {spec.place for spec in specs}
        | {unit.place for unit in units}
        | {unit.home for unit in units}
    )
    column = {place: i for i, place in enumerate(places)}
    scale = Scale(specs)
    return {
        "vehicles": [_vehicle(unit, column) for unit in units],
        "jobs": [
            {
                "id": number,
                "location_index": column[spec.place],
                "service": spec.duration_s,
                "skills": _skills(spec.needs, spec.told_unit if spec.promised else None),
                "priority": scale.priority(spec),
                "time_windows": [list(window) for window in windows],
            }
            for number, (spec, windows) in asked.items()
            if windows
        ],
        "matrices": {
            "car": {"durations": [[crossing.leg_s(a, b) for b in places] for a in places]}
        },
    }


def _is_worth_asking(spec: Spec) -> bool:
    return spec.place >= 0 and (spec.value > 0 or spec.promised)


class Scale:
    """VROOM's priorities: 1-100, where what is left out is weighed against what is served."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self._most = max((spec.value for spec in specs), default=1)
        promised = any(spec.promised for spec in specs)
        self._highest = BESIDE_PROMISES if promised else HIGHEST_PRIORITY

    def priority(self, spec: Spec) -> int:
        """The value itself where the scale holds it, else its share of the highest one."""
        if spec.promised:
            return HIGHEST_PRIORITY
        if self._most <= self._highest:
            return max(1, spec.value)
        return max(1, round(spec.value * self._highest / self._most))


def _skills(bits: int, unit: int | None) -> list[Json]:
    skills: list[Json] = [i for i in range(bits.bit_length()) if bits >> i & 1]
    return skills if unit is None else [*skills, PROMISES + unit]


def _vehicle(unit: Unit, column: dict[int, int]) -> dict[str, Json]:
    return {
        "id": unit.index,
        "start_index": column[unit.place],
        "end_index": column[unit.home],
        "skills": _skills(unit.skills, unit.index),
        "time_window": [_opens_s(unit), _closes_s(unit)],
        "breaks": _breaks(unit),
    }


def _owes_lunch(unit: Unit) -> bool:
    """Whether a full day has a lunch to come; who is home before its window ends owes none."""
    return not unit.had_lunch and unit.lunch_closes_s < unit.closes_s


def _opens_s(unit: Unit) -> int:
    """When the unit can set off; lunch that must have begun by now has been eaten by then."""
    opens = unit.leaves_s
    if _owes_lunch(unit) and unit.lunch_closes_s < opens:
        opens = max(opens, max(unit.free_s, unit.lunch_opens_s) + unit.lunch_length_s)
    for at_s, until_s in unit.away:
        if at_s <= opens:
            opens = max(opens, until_s)
    return opens


def _closes_s(unit: Unit) -> int:
    ends = [at_s for at_s, until_s in unit.away if until_s >= unit.closes_s]
    return min([unit.closes_s, *ends])


def _breaks(unit: Unit) -> list[Json]:
    opens, closes = _opens_s(unit), _closes_s(unit)
    breaks: list[Json] = []
    if _owes_lunch(unit) and unit.lunch_closes_s >= unit.leaves_s and opens <= unit.lunch_closes_s:
        window: Json = [max(unit.lunch_opens_s, opens), unit.lunch_closes_s]
        breaks.append(_break(LUNCH, window, unit.lunch_length_s))
    for number, (at_s, until_s) in enumerate(unit.away):
        if opens < at_s and until_s < closes:
            breaks.append(_break(ABSENCE + number, [at_s, at_s], until_s - at_s))
    return breaks


def _break(number: int, window: Json, length_s: int) -> dict[str, Json]:
    return {"id": number, "time_windows": [window], "service": length_s}


class Crossing:
    """Legs and windows as they are on average, with the boats of the day."""

    def __init__(self, model: Model) -> None:
        self._legs: Legs = model.legs
        sides = {model.legs.island[place] for u in model.units for place in (u.place, u.home)}
        self._everybody_is_ashore = sides == {False}

    def leg_s(self, start: int, end: int) -> int:
        """Seconds from place to place, the mean wait for a boat back included.

        One sets off so as to catch the boat out; when work over there ends is not so free.
        """
        legs = self._legs
        if not legs.is_crossing(start, end):
            return min(legs.travel_s[start][end], FAR_S)
        lines = [line for line in legs.sailings if line.from_island == legs.island[start]]
        ways = [self._by_boat_s(line, start, end) for line in lines if line.sail_s]
        return min([FAR_S, *ways])

    def _by_boat_s(self, line: Sailings, start: int, end: int) -> int:
        travel = self._legs.travel_s
        gaps = sorted(b - a for a, b in pairwise(line.sail_s))
        wait = gaps[len(gaps) // 2] // 2 if gaps and line.from_island else 0  # nights are rare
        to_boat = travel[start][line.from_location] + line.before_s
        return to_boat + wait + line.crossing_s + travel[line.to_location][end]

    def windows(self, spec: Spec) -> Windows:
        """When the visit may begin: known, and between the first boat out and the last one back."""
        first, last = spec.known_s, NEVER_S
        legs = self._legs
        if legs.island[spec.place] and self._everybody_is_ashore:
            first = max(first, self._first_landing_s(spec))
            last = self._last_return_s(spec) - spec.duration_s
        return [
            (max(opens, first), min(closes, last))
            for opens, closes in spec.windows
            if max(opens, first) <= min(closes, last)
        ]

    def _first_landing_s(self, spec: Spec) -> int:
        onward = self._legs.travel_s
        return min(
            (
                sail + line.crossing_s + onward[line.to_location][spec.place]
                for line in self._legs.sailings
                if not line.from_island
                for sail in line.sail_s
                if sail >= spec.known_s
            ),
            default=NEVER_S,
        )

    def _last_return_s(self, spec: Spec) -> int:
        to_port = self._legs.travel_s[spec.place]
        return max(
            (
                line.sail_s[-1] - line.before_s - to_port[line.from_location]
                for line in self._legs.sailings
                if line.from_island and line.sail_s
            ),
            default=-1,
        )
