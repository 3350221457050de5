"""One unit's stops in order, scheduled: the value that solvers pass around."""

from __future__ import annotations

from dispatch.legs import Legs
from dispatch.plan import Route, Stop
from dispatch.units import Spec, Unit

Fit = tuple[int, int]  # added cost, position


class Tour:
    """What is asked about a unit's stops again and again; ``Scheduler.build`` fills it in.

    Never changed once built, so it can be shared between plans and kept; ``fits`` remembers where
    each visit would go best. ``free_a`` and ``free_b`` are when the unit is free before each leg
    with lunch owed and had, ``origins`` where; ``late_a`` and ``late_b`` the latest starts from
    behind, there only if ``exact``. ``trips``: the terrains of its stops, as ``Legs.trip_bit``.
    """

    __slots__ = (
        "busy_s",
        "cost",
        "exact",
        "feasible",
        "fits",
        "free_a",
        "free_b",
        "ids",
        "late_a",
        "late_b",
        "lunch_s",
        "origins",
        "specs",
        "starts",
        "travel_s",
        "trips",
        "unit",
    )

    def __init__(self, unit: Unit, specs: tuple[Spec, ...]) -> None:
        self.unit = unit
        self.specs = specs
        self.ids = tuple(spec.id for spec in specs)
        self.fits: dict[int, Fit | None] = {}
        self.feasible = False
        self.exact = False
        self.starts: list[int] = []
        self.lunch_s: int | None = None
        self.free_a: list[int] = []
        self.free_b: list[int] = []
        self.origins: list[int] = []
        self.late_a: list[int] = []
        self.late_b: list[int] = []
        self.travel_s = self.busy_s = self.cost = self.trips = 0

    def route(self) -> Route:
        """The route as people read it: committed stops first, exactly as they were."""
        stops = [Stop(work.visit, work.start_s) for work in self.unit.fixed]
        stops += [Stop(spec.id, start) for spec, start in zip(self.specs, self.starts, strict=True)]
        return Route(self.unit.technicians, tuple(stops), self.lunch_s)

    def metres(self, legs: Legs) -> int:
        """How far the unit drives, committed work and the way home included."""
        unit = self.unit
        free, place, total = unit.free_s, unit.place, unit.fixed_m
        for spec, start in zip(self.specs, self.starts, strict=False):
            there = spec.place if spec.place >= 0 else place
            total += legs.leg(place, there, leaves_s=max(free, spec.known_s))[1]
            free, place = start + spec.duration_s, there
        if self.specs or unit.fixed:
            total += legs.leg(place, unit.home, leaves_s=free)[1]
        return total
