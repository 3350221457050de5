"""A whole country: decomposed by team and region, solved in parallel, its borders improved after.

First each region by itself; then what nobody has is offered across the borders by insertion, and
regions with much at their common borders are solved again, six as one, from the plan as it stands
(after Taillard 1993, who decomposes large routing problems by place and solves the parts in
parallel). No step makes the plan worse. At the end every visit gets its reasons: an assigned one
from its own region, one that nobody has from every technician of the country.

Without a time limit the same seed gives the same plan, however many processes there are.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from dispatch.country.borders import neighbourhoods, offer, whole_draft
from dispatch.country.far_reasons import refusals
from dispatch.country.partition import Partition, part, routes_of
from dispatch.country.parts import Crowd, Effort, Task, give_reasons, perform, task
from dispatch.files.fields import Json
from dispatch.plan import Assigned, Plan
from dispatch.problem import Problem
from dispatch.solve import SOLVERS, solve

MOST_TEAMS, MOST_VISITS = 10, 600  # above these a problem is solved by regions
ROUNDS = 3  # times that neighbours are solved together
NEIGHBOURS = 6  # regions that are solved as one then: two or three provinces' worth
SOLVER = "compiled"  # parts are small: what VROOM would add costs more than it brings
REGIONS_SHARE = 0.3  # of the time; then come the borders, and at last the reasons
LEAST_S = 0.05  # whatever time is left, every part gets so much
PACKING_S = 0.1  # a part is packed, read and given its reasons; measured again at every step
# The reasons of a country take about so many times as long as its first offer across borders.
REASONS_TIMES = 5
REASONS_SHARE = 0.12  # and no less than this


@dataclass(frozen=True, slots=True)
class RegionProgress:
    """How far the country is: parts of a step that are solved."""

    step: str
    done: int
    parts: int
    elapsed_s: float
    served: int


Report = Callable[[RegionProgress], None]


def is_large(problem: Problem) -> bool:
    """Whether a problem is better solved by regions: many teams, or many visits of several."""
    teams = len({technician.team for technician in problem.technicians})
    return teams > MOST_TEAMS or (teams > 1 and len(problem.visits) > MOST_VISITS)


def solve_regions(
    problem: Problem,
    *,
    solver: str = SOLVER,
    time_limit_s: float | None = None,
    iterations: int | None = None,
    seed: int = 1,
    start: Plan | None = None,
    processes: int = 2,
    progress: Report | None = None,
) -> Plan:
    """Plan a day of many teams.

    Parameters
    ----------
    solver
        A name in ``SOLVERS``, for each region and each pair of neighbours.
    time_limit_s
        Seconds for everything, reasons included; the parts share it evenly.
    iterations
        For each part.
    start
        A plan to start from; the published one unless given.
    processes
        How many parts are solved beside each other, each in a process of its own; 1: in this one.

    Raises
    ------
    ValueError
        If there is no such solver, or the time limit is not above zero.
    """
    if solver not in SOLVERS:
        raise ValueError(f"there is no solver {solver!r}, only {', '.join(SOLVERS)}")
    if time_limit_s is not None and time_limit_s <= 0:
        raise ValueError(f"the time limit must be above zero, not {time_limit_s}")
    effort = Effort(solver, time_limit_s, iterations, seed)
    if not problem.technicians or not problem.visits:
        return solve(problem, solver="insertion", start=start)
    with Crowd(processes) as crowd:
        country = _Country(problem, crowd, effort, progress)
        return country.solved(start or problem.published or Plan())


class _Country:
    """One run: the plan as it stands, and the steps that improve it."""

    def __init__(
        self, problem: Problem, crowd: Crowd, effort: Effort, progress: Report | None
    ) -> None:
        self.problem = problem
        self.crowd = crowd
        self.effort = effort
        self.progress = progress
        self.started = time.monotonic()
        self.partition = Partition(problem)
        self.plan = Plan()
        self.packing_s = PACKING_S

    def solved(self, start: Plan) -> Plan:
        """All steps, one after the other."""
        known = self.partition.region_of
        told = (r for r in start.routes if r.technicians and known.keys() >= set(r.technicians))
        self.plan = Plan(tuple(told))
        numbers = [region.number for region in self.partition.regions]
        limit_s = self.effort.time_limit_s
        until_s = None if limit_s is None else self.started + REGIONS_SHARE * limit_s
        self._solve("regions", [(i,) for i in numbers], until_s=until_s)
        before_s = time.monotonic()
        self._offer()
        offered_s = time.monotonic() - before_s
        together: Counter[tuple[int, int]] = Counter()
        for i in range(ROUNDS):
            chosen = neighbourhoods(self.partition, self.plan, together=together, size=NEIGHBOURS)
            if limit_s is not None:
                rest_s = max(REASONS_SHARE * limit_s, REASONS_TIMES * offered_s)
                now_s = time.monotonic()
                left_s = self.started + limit_s - rest_s - now_s
                until_s = now_s + left_s / (ROUNDS - i) - offered_s
            self._solve("borders", chosen, until_s=until_s)
            self._offer()
            together.update(pair for group in chosen for pair in combinations(group, 2))
        return self._explained(numbers)

    def _solve(
        self, step: str, groups: Sequence[tuple[int, ...]], *, until_s: float | None
    ) -> None:
        """Solve each group of regions as one problem, from the plan as it stands."""
        began_s, effort = time.monotonic(), self._effort(len(groups), until_s=until_s)
        found = self._parts(step, groups, effort=effort, action=perform)
        if effort.time_limit_s is not None and groups:
            each_s = (time.monotonic() - began_s) * self.crowd.processes / len(groups)
            self.packing_s = max(PACKING_S, each_s - effort.time_limit_s)
        solved = {i for group in groups for i in group}
        region_of = self.partition.region_of
        kept = [r for r in self.plan.routes if region_of[r.technicians[0]] not in solved]
        self.plan = Plan((*kept, *(route for plan in found for route in plan.routes)))

    def _parts(
        self,
        step: str,
        groups: Sequence[tuple[int, ...]],
        *,
        effort: Effort,
        action: Callable[[Task], Json],
    ) -> list[Plan]:
        visits = self.partition.split(self.plan)
        tasks = []
        for number, group in enumerate(groups):
            people = self._people(group)
            small = part(self.problem, people, (i for j in group for i in visits[j]))
            each = Effort(
                effort.solver, effort.time_limit_s, effort.iterations, effort.seed + number
            )
            tasks.append(task(small, routes_of(self.plan, people), each))
        found = []
        for plan in self.crowd.each(action, tasks):
            found.append(plan)
            self._tell(step, found, of=len(tasks))
        return found

    def _effort(self, parts: int, *, until_s: float | None) -> Effort:
        whole = self.effort
        if until_s is None:
            return whole
        left_s = until_s - time.monotonic()
        each = left_s * self.crowd.processes / max(1, parts) - self.packing_s
        return Effort(whole.solver, max(LEAST_S, each), whole.iterations, whole.seed)

    def _people(self, group: Iterable[int]) -> frozenset[int]:
        regions = self.partition.regions
        return frozenset().union(*(regions[i].technicians for i in group))

    def _offer(self) -> None:
        draft = whole_draft(self.problem, self.plan)
        if offer(draft, self.partition):
            self.plan = draft.plan()

    def _explained(self, numbers: Sequence[int]) -> Plan:
        """The plan with the reasons of every visit."""
        groups = [(i,) for i in numbers]
        found = self._parts("reasons", groups, effort=self.effort, action=give_reasons)
        routes = tuple(route for plan in found for route in plan.routes)
        assigned: list[Assigned] = [item for plan in found for item in plan.assigned]
        draft = whole_draft(self.problem, Plan(routes))
        return Plan(
            routes,
            tuple(sorted(assigned, key=lambda item: item.visit)),
            refusals(self.problem, draft),
        )

    def _tell(self, step: str, found: list[Plan], *, of: int) -> None:
        if self.progress is not None:
            served = sum(len(route.stops) for plan in found for route in plan.routes)
            elapsed_s = time.monotonic() - self.started
            self.progress(RegionProgress(step, len(found), of, elapsed_s, served))
