"""What lies between regions: visits that a neighbour could take, and who is neighbour to whom."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.kept import kept_formation
from dispatch.legs import Legs
from dispatch.model import Model
from dispatch.partition import FAR_S, Partition
from dispatch.party import Commitments
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft

OFFERED_TO = 6  # regions, the nearest ones
BORDER_S = 1_800  # so much further from the neighbour's base than from one's own
UNSERVED_TIMES = 5  # a visit that nobody has counts so often in the choice of pairs


def whole_draft(problem: Problem, plan: Plan) -> Draft:
    """The country's plan as a draft, its crews as they drive in it."""
    formation = kept_formation(problem, plan, Commitments(problem, Legs(problem)))
    draft = Draft(Scheduler(Model(problem, formation=formation)))
    draft.keep(plan)
    return draft


def offer(draft: Draft, partition: Partition) -> int:
    """Offer each visit that nobody has to the regions near it; how many found a place.

    The most valuable first; each goes where it adds least, as in ``insertion.fill``.
    """
    region_of = [partition.region_of[unit.technicians[0]] for unit in draft.model.units]
    found = 0
    for spec in sorted(draft.absent(), key=lambda s: (-s.value, s.windows[-1][1], s.id)):
        near = set(partition.near(spec.id, most=OFFERED_TO))
        draft.takers[spec.id] = [i for i in draft.takers[spec.id] if region_of[i] in near]
        found += draft.insert_best(spec)
    return found


def pairs(
    partition: Partition, plan: Plan, *, done: Iterable[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Regions to be solved two by two: no region twice, those with most at their border first.

    ``done``: pairs that were solved together already.
    """
    weights: dict[tuple[int, int], int] = {}
    served = plan.placed()
    for number, visits in partition.split(plan).items():
        for visit_id in visits:
            value = partition.problem.visit(visit_id).value
            worth = value if visit_id in served else UNSERVED_TIMES * value
            row = partition.distances_s[partition.row_of[visit_id]]
            limit = min(int(row[number]) + BORDER_S, FAR_S - 1)
            for other in partition.near(visit_id, most=3):
                if other != number and row[other] <= limit:
                    pair = (min(number, other), max(number, other))
                    weights[pair] = weights.get(pair, 0) + worth
    taken: set[int] = set()
    found = []
    for pair in sorted(weights.keys() - set(done), key=lambda p: (-weights[p], p)):
        if taken.isdisjoint(pair):
            taken.update(pair)
            found.append(pair)
    return found
