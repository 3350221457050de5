"""The figures of a plan, as ``solve`` and ``check`` write them."""

from __future__ import annotations

from dispatch.objective import Cost
from dispatch.plan import Plan
from dispatch.problem import Problem


def figures(problem: Problem, plan: Plan, cost: Cost) -> dict[str, int]:
    """Value, travel and changes of a plan, in points, seconds and metres."""
    return {
        "value": cost.value,
        "value_asked": sum(visit.value for visit in problem.visits),
        "served": cost.served,
        "visits": len(problem.visits),
        "travel_s": cost.travel_s,
        "distance_m": cost.distance_m,
        "changed": cost.changed,
        "dropped": cost.dropped,
        "shifted": cost.shifted,
        "technicians_used": len({i for route in plan.routes for i in route.technicians}),
        "cost": cost.total,
    }
