"""One arriving ticket among 300 that are planned already: how long until it has somebody."""

from __future__ import annotations

import time
from dataclasses import replace
from statistics import quantiles

from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.solve import solve
from dispatch.solvers.insertion import insert
from scripts.dispatch_bench.files import Instance
from scripts.dispatch_bench.result import Inserted

TICKETS = 300


def inserted(instances: list[Instance], *, tickets: int = TICKETS) -> Inserted:
    """Take tickets out of the plan of the days with most of them, one at a time, and insert each.

    Reasons included: for whoever nobody can serve that is one for every technician.
    """
    most = max(instance.visits for instance in instances)
    days = [one for one in instances if one.visits == most]
    took: list[float] = []
    for day in days:
        took += _took(day.problem, tickets=-(-tickets // len(days)))
    cuts = quantiles(took, n=100, method="inclusive")
    return Inserted(round(cuts[49], 3), round(cuts[98], 3), len(took))


def _took(problem: Problem, *, tickets: int) -> list[float]:
    """Milliseconds of each insertion, spread evenly over the day's visits."""
    told = replace(solve(problem, solver="insertion"), assigned=(), unassigned=())
    chosen = problem.visits[:: max(1, len(problem.visits) // tickets)][:tickets]
    insert(problem, told, chosen[0].id)
    took = []
    for visit in chosen:
        plan = _without(told, visit.id)
        known = replace(problem, published=plan)
        started = time.perf_counter()
        insert(known, plan, visit.id)
        took.append((time.perf_counter() - started) * 1000)
    return took


def _without(plan: Plan, visit_id: int) -> Plan:
    """What people were told before the ticket came."""
    routes = (
        replace(route, stops=tuple(stop for stop in route.stops if stop.visit != visit_id))
        for route in plan.routes
    )
    return Plan(tuple(route for route in routes if route.stops))
