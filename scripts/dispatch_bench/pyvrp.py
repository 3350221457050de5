"""PyVRP as a yard-stick: the same day in its words, its routes timed by our exact schedule.

It knows no lunch, so lunch is cut out of the clock at the middle of its window: whatever lies
behind it comes earlier by its length. Skills are profiles, one for each technician, in which a
place that asks for more is out of reach. What does not fit when lunch is taken for real is dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from dispatch.model import Model
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft, model_of

# Of our 20,000 s a point, 5,000, 1,500 and 500 it finds most with this.
PRIZE_S = 5_000
FORBIDDEN_S = 10_000_000  # dearer than the most valuable visit


def plan(problem: Problem, *, time_limit_s: float, seed: int) -> Plan:
    """What PyVRP makes of a day of plain visits by road, alone in each car."""
    model = model_of(problem)
    specs = [model.spec(i) for i in model.open_ids()]
    data = _data(model)
    found = pyvrp.solve(data, MaxRuntime(time_limit_s), seed=seed, collect_stats=False)
    routes = []
    for route in found.best.routes():
        visits = [specs[activity.idx] for activity in route if activity.is_client()]
        stops = tuple(Stop(spec.id, spec.lo) for spec in visits)
        routes.append(Route(model.units[route.vehicle_type()].technicians, stops))
    draft = Draft(Scheduler(model))
    draft.keep(Plan(tuple(routes)))
    return draft.plan()


def _data(model: Model) -> pyvrp.ProblemData:
    clock = _Clock(model)
    specs = [model.spec(i) for i in model.open_ids()]
    depots = sorted({place for unit in model.units for place in (unit.place, unit.home)})
    travel = np.array(model.legs.travel_s, dtype=np.int64)
    tables: list[Any] = []  # pyvrp's own types ask for arrays of an older numpy's spelling
    for unit in model.units:
        barred = {spec.place for spec in specs if not model.may_serve(unit, spec)}
        open_here = {spec.place for spec in specs if model.may_serve(unit, spec)}
        table = travel.copy()
        table[:, sorted(barred - open_here)] = FORBIDDEN_S
        np.fill_diagonal(table, 0)
        tables.append(table)
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(place.lon, place.lat) for place in model.problem.locations],
        clients=[
            pyvrp.Client(
                location=spec.place,
                service_duration=spec.duration_s,
                tw_early=clock.without_lunch(max(spec.lo, spec.known_s)),
                tw_late=clock.without_lunch(spec.windows[-1][1]),
                prize=spec.value * PRIZE_S,
                required=False,
            )
            for spec in specs
        ],
        depots=[pyvrp.Depot(location=place) for place in depots],
        vehicle_types=[
            pyvrp.VehicleType(
                start_depot=depots.index(unit.place),
                end_depot=depots.index(unit.home),
                tw_early=clock.without_lunch(unit.leaves_s),
                tw_late=clock.without_lunch(unit.closes_s),
                profile=number,
            )
            for number, unit in enumerate(model.units)
        ],
        distance_matrices=tables,
        duration_matrices=tables,
    )


class _Clock:
    """The time of day with lunch cut out of it."""

    def __init__(self, model: Model) -> None:
        first = model.units[0]
        self._at_s = (first.lunch_opens_s + first.lunch_closes_s) // 2
        self._length_s = 0 if first.had_lunch else first.lunch_length_s

    def without_lunch(self, at_s: int) -> int:
        """This moment on the shorter clock."""
        return at_s - min(max(0, at_s - self._at_s), self._length_s)
