"""A whole plan by insertion with regret, in milliseconds and without any library.

After Potvin and Rousseau 1993 (regret over parallel routes) and Ropke and Pisinger 2006, section
3.2.2: of all visits the one goes next that would lose most if its best route were taken from it.
Ours goes by value first: regret decides among visits that are worth the same.

Ejection has nothing to gain here: a visit that fits nowhere did not fit before the less valuable
ones came either. It is for arrivals (``dispatch.solvers.ejection``) and for the search.
"""

from __future__ import annotations

from itertools import groupby

from dispatch.solvers.draft import Draft
from dispatch.solvers.insertion import most_valuable_first
from dispatch.units import Spec

# What it counts to have no second route: more than any detour.
ALONE_S = 6 * 3_600

Costs = dict[int, int]  # what a visit adds, by unit index


def fill(draft: Draft) -> None:
    """Insert every absent visit that fits, the most valuable first, then the hardest to place."""
    for _, group in groupby(most_valuable_first(draft.absent()), key=lambda spec: spec.value):
        _fill_equals(draft, list(group))


def _fill_equals(draft: Draft, left: list[Spec]) -> None:
    """Insert visits that are worth the same, each time the one with the largest regret."""
    costs = {spec.id: _costs(draft, spec) for spec in left}
    left = [spec for spec in left if costs[spec.id]]
    while left:
        spec = max(left, key=lambda s: _regret(costs[s.id]))
        left.remove(spec)
        if draft.insert_best(spec):
            _update(draft, costs, left, index=draft.where[spec.id])
            left = [other for other in left if costs[other.id]]


def _costs(draft: Draft, spec: Spec) -> Costs:
    fits = ((i, draft.scheduler.fit(draft.tours[i], spec)) for i in draft.takers[spec.id])
    return {index: fit[0] for index, fit in fits if fit is not None}


def _update(draft: Draft, costs: dict[int, Costs], left: list[Spec], *, index: int) -> None:
    """One tour is longer now: what fitted there may cost more, or fit no longer."""
    tour = draft.tours[index]
    for spec in left:
        known = costs[spec.id]
        if index in known:
            fit = draft.scheduler.fit(tour, spec)
            if fit is None:
                del known[index]
            else:
                known[index] = fit[0]


def _regret(costs: Costs) -> tuple[int, int]:
    """How much more the second-best route costs; of equals the cheapest to insert comes first."""
    if len(costs) == 1:
        (best,) = costs.values()
        return ALONE_S, -best
    best, second = sorted(costs.values())[:2]
    return second - best, -best
