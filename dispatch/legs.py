"""One leg of a journey: by road at any time, over the sea by the next boat that can be caught.

Earliest departure means earliest arrival on every leg (nobody overtakes by leaving later); all
timing in this library rests on that.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.places import Terrain
from dispatch.problem import Problem
from dispatch.travel import NEVER_S


@dataclass(frozen=True, slots=True)
class Sailings:
    """One boat's line as a leg sees it: its ports, departures, and which side it leaves from."""

    from_location: int
    to_location: int
    from_island: bool
    sail_s: tuple[int, ...]
    crossing_s: int
    before_s: int


class Legs:
    """Travel between the locations of a problem, boats included."""

    __slots__ = ("distance_m", "island", "sailings", "travel_s", "trip_bit")

    def __init__(self, problem: Problem) -> None:
        self.travel_s = problem.travel.travel_s
        self.distance_m = problem.travel.distance_m
        # The terrain of each place as a bit; home's own terrain costs no trip (see objective).
        terrains = list(Terrain)
        self.trip_bit = [1 << terrains.index(place.terrain) for place in problem.locations]
        # Without a timetable the matrix is taken as it stands, across the sea as well.
        self.island = [bool(problem.ferries) and place.is_island for place in problem.locations]
        self.sailings = tuple(
            Sailings(
                ferry.from_location,
                ferry.to_location,
                problem.locations[ferry.from_location].is_island,
                ferry.sail_s,
                ferry.crossing_s,
                ferry.before_s,
            )
            for ferry in problem.ferries
        )

    def is_crossing(self, start: int, end: int) -> bool:
        """Whether this leg goes over the sea by a boat of the timetable."""
        return self.island[start] != self.island[end]

    def leg(self, start: int, end: int, *, leaves_s: int) -> tuple[int, int]:
        """(seconds, metres) for somebody who sets off at ``leaves_s``, waits for boats included.

        NEVER_S seconds where no boat of that day can be caught.
        """
        if not self.is_crossing(start, end):
            return self.travel_s[start][end], self.distance_m[start][end]
        best = (NEVER_S, 0)
        for line in self.sailings:
            if line.from_island != self.island[start]:
                continue
            at_port = leaves_s + self.travel_s[start][line.from_location] + line.before_s
            sails = next((sail for sail in line.sail_s if sail >= at_port), None)
            if sails is not None:
                onward_s = self.travel_s[line.to_location][end]
                metres = (
                    self.distance_m[start][line.from_location]
                    + self.distance_m[line.to_location][end]
                )
                best = min(best, (sails + line.crossing_s + onward_s - leaves_s, metres))
        return best

    def after_lunch(
        self, start: int, end: int, *, leaves_s: int, lunch_s: int, length_s: int
    ) -> int:
        """When one arrives who takes lunch at ``lunch_s`` on this leg.

        A drive may be broken for lunch; a crossing may not: lunch falls before or after it.
        """
        leg_s, _ = self.leg(start, end, leaves_s=leaves_s)
        ends = lunch_s + length_s
        if not self.is_crossing(start, end):
            return max(leaves_s + leg_s + max(0, ends - max(leaves_s, lunch_s)), ends)
        if lunch_s < leaves_s + leg_s:
            leaves = max(leaves_s, ends)
            return leaves + self.leg(start, end, leaves_s=leaves)[0]
        return ends

    def earliest_lunch(
        self,
        start: int,
        end: int,
        *,
        free_s: int,
        leaves_s: int,
        opens_s: int,
        closes_s: int,
        length_s: int,
    ) -> tuple[int, int]:
        """(arrival, lunch) that arrives first with lunch on this leg; (NEVER_S, 0) if none can."""
        best = (NEVER_S, 0)
        choices = [max(free_s, opens_s)]
        if self.is_crossing(start, end):
            ashore = leaves_s + self.leg(start, end, leaves_s=leaves_s)[0]
            choices.append(max(ashore, opens_s))
        for lunch in choices:
            if lunch <= closes_s:
                arrives = self.after_lunch(
                    start,
                    end,
                    leaves_s=leaves_s,
                    lunch_s=lunch,
                    length_s=length_s,
                )
                best = min(best, (arrives, lunch))
        return best
