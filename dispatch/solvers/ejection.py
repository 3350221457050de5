"""Ejection: a visit that fits nowhere takes the place of one less valuable.

After Ropke and Pisinger 2006 (section 3, a request bank under pressure) in its smallest form: one
movable visit leaves a route, the new one takes its place, and the one that left goes where it adds
least; if it fits nowhere it is dropped, at its full charge. Done only if the objective gains.
"""

from __future__ import annotations

from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft, model_of, penalty
from dispatch.tour import Tour
from dispatch.units import Spec

CLOSEST = 12  # exchanges that look best by themselves, for which the rest is worked out


def admit(problem: Problem, plan: Plan, visit_id: int) -> Plan | None:
    """The told plan with the visit in place of a less valuable one; None if that does not pay.

    Promised and committed visits stay. The plan comes without reasons.

    Raises
    ------
    ValueError
        If the visit is not in the problem, is committed or stands in the plan.
    """
    if not problem.knows_visit(visit_id) or visit_id in plan.placed():
        raise ValueError(f"visit {visit_id} is not in the problem, or in the plan already")
    draft = Draft(Scheduler(model_of(problem, plan)))
    draft.keep(plan)
    spec = draft.specs[visit_id]
    start = list(draft.tours)
    before = best_cost = draft.cost()
    best: list[Tour] | None = None
    for _, _, out, changed in _exchanges(draft, spec)[:CLOSEST]:
        draft.put(changed)
        draft.insert_best(out)
        if draft.cost() < best_cost:
            best, best_cost = list(draft.tours), draft.cost()
        draft.replace(list(start))
    if best is None or best_cost >= before:
        return None
    draft.replace(best)
    return draft.plan()


def _exchanges(draft: Draft, spec: Spec) -> list[tuple[int, int, Spec, Tour]]:
    """(cost, id of who leaves, who leaves, the tour with the visit instead), the cheapest first."""
    found = []
    scheduler = draft.scheduler
    for index in draft.takers[spec.id]:
        tour = draft.tours[index]
        for out in tour.specs:
            if out.promised or out.value >= spec.value:
                continue
            rest = scheduler.tour(tour.unit, tuple(s for s in tour.specs if s is not out))
            fit = scheduler.fit(rest, spec)
            if fit is not None:
                changed = scheduler.tour_with(rest, spec, fit[1])
                found.append((changed.cost - tour.cost + penalty(out), out.id, out, changed))
    return sorted(found, key=lambda exchange: exchange[:2])
