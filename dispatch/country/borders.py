"""What lies between regions: visits that a neighbour could take, and who is neighbour to whom."""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.country.partition import FAR_S, Partition
from dispatch.crews.kept import kept_formation
from dispatch.crews.party import Commitments
from dispatch.legs import Legs
from dispatch.model import Model
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft

Pair = tuple[int, int]

NEAR = 4  # regions that a visit may be at the border of
OFFERED_TO = 6  # regions, the nearest ones
BORDER_S = 1_800  # so much further from the neighbour's base than from one's own
UNSERVED_TIMES = 5  # a visit that nobody has counts so often in the choice of neighbours


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


def neighbourhoods(
    partition: Partition, plan: Plan, *, together: Mapping[Pair, int], size: int
) -> list[tuple[int, ...]]:
    """Groups of regions to be solved as one: no region twice, those with most at their borders.

    ``together``: how often two regions were solved as one already; each time halves their weight,
    so that every border has its turn.
    """
    weights = {
        pair: weight >> together.get(pair, 0)
        for pair, weight in _border_weights(partition, plan).items()
    }
    near: dict[int, dict[int, int]] = {}
    for (a, b), weight in weights.items():
        near.setdefault(a, {})[b] = near.setdefault(b, {})[a] = weight
    free, found = set(near), []
    for pair in sorted(weights, key=lambda p: (-weights[p], p)):
        if not free.issuperset(pair):
            continue
        group = list(pair)
        free.difference_update(pair)
        while len(group) < size:
            pull: dict[int, int] = {}
            for member in group:
                for other, weight in near[member].items():
                    if other in free:
                        pull[other] = pull.get(other, 0) + weight
            if not pull:
                break
            best = min(pull, key=lambda i: (-pull[i], i))
            group.append(best)
            free.remove(best)
        found.append(tuple(sorted(group)))
    return found


def _border_weights(partition: Partition, plan: Plan) -> dict[Pair, int]:
    """What lies at each border: value that the neighbour could serve about as well."""
    weights: dict[Pair, int] = {}
    served = plan.placed()
    for number, visits in partition.split(plan).items():
        for visit_id in visits:
            value = partition.problem.visit(visit_id).value
            worth = value if visit_id in served else UNSERVED_TIMES * value
            row = partition.distances_s[partition.row_of[visit_id]]
            limit = min(int(row[number]) + BORDER_S, FAR_S - 1)
            for other in partition.near(visit_id, most=NEAR):
                if other != number and row[other] <= limit:
                    pair = (min(number, other), max(number, other))
                    weights[pair] = weights.get(pair, 0) + worth
    return weights
