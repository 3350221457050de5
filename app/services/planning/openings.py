"""When visits may begin on the days of a plan, commune by commune, and which boats sail then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from app.services.reference import Reference
from dispatch.problem import Ferry

DAY_S = 86_400
Windows = tuple[tuple[int, int], ...]


class Openings:
    """Working time that is left of some days, in seconds from the first midnight.

    ``starts_s`` are the days' midnights; ends are included: a visit begins before offices close.
    """

    def __init__(
        self, facts: Reference, days: Sequence[date], starts_s: Sequence[int], *, now_s: int
    ) -> None:
        self._facts = facts
        self._days = tuple(zip(days, starts_s, strict=True))
        self._kept: dict[str, Windows] = {}
        self.everywhere: Windows = tuple(
            (max(start + opens * 60, now_s), start + closes * 60 - 1)
            for on, start in self._days
            for opens, closes in facts.calendar.minutes_of(on)
            if now_s <= start + closes * 60 - 1
        )

    def of(self, commune_code: str) -> Windows:
        """Of a commune, which may have hours of its own on some of the days."""
        if not self._facts.has_windows(commune_code):
            return self.everywhere
        if commune_code not in self._kept:
            left: list[tuple[int, int]] = []
            for on, start in self._days:
                day = [row for row in self.everywhere if start <= row[0] < start + DAY_S]
                own = self._facts.windows_of(commune_code, on)
                left.extend(day if own is None else _common(day, own, start))
            self._kept[commune_code] = tuple(left)
        return self._kept[commune_code]


def _common(
    day: Sequence[tuple[int, int]], own: Sequence[tuple[int, int]], start: int
) -> list[tuple[int, int]]:
    """What is left of a day's openings within a commune's hours, which count from ``start``."""
    return sorted(
        (max(opens, start + from_s), min(closes, start + until_s - 1))
        for from_s, until_s in own
        for opens, closes in day
        if max(opens, start + from_s) <= min(closes, start + until_s - 1)
    )


def boats_of(facts: Reference, days: Sequence[date], starts_s: Sequence[int]) -> tuple[Ferry, ...]:
    """The boats of all the days; none of a day on which no boat sails."""
    each_day = [facts.ferries_on(on) for on in days]
    return tuple(
        replace(
            lines[0],
            sail_s=tuple(
                start + sail
                for start, boat in zip(starts_s, lines, strict=True)
                for sail in boat.sail_s
            ),
        )
        for lines in zip(*each_day, strict=True)
    )
