"""Crews: people who share a car because that opens tickets which nobody has alone.

After the idea of Kovacs, Parragh, Doerner and Hartl 2012 (service technician routing with team
building): teams are formed before routing and judged by the routes they make possible. Pairings are
ranked by what they open less what the lost car had (``pairings``), tried by moving only the visits
concerned, and accepted only if the full plan is better by the objective after the same short search
that the plan without them gets. A crew may last all day, until noon or from noon on; one that was
told stays unless parting is better and nothing in it is promised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dispatch.crews.formation import FOREVER_S, Formation
from dispatch.crews.pairings import Proposal, joined, parted, proposals
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.reach import Reach
from dispatch.schedule import Scheduler
from dispatch.solvers import insertion, ruin_recreate
from dispatch.solvers.draft import Draft, model_of

SEARCH_ITERATIONS = 150  # of the short search that confirms: 0.06 s in plain Python
AT_ONCE = 20  # pairings that are tried before the plan is searched again
DEFAULT_TRIALS = 80  # formations that are tried where no time limit is given

Improve = Callable[[Draft], None]


@dataclass(frozen=True, slots=True)
class Formed:
    """The formation that was found, and the plan that spoke for it: a start for the search."""

    formation: Formation
    plan: Plan


def form_crews(
    problem: Problem,
    *,
    start: Plan | None = None,
    improve: Improve | None = None,
    time_limit_s: float | None = None,
    trials: int | None = None,
) -> Formed:
    """Decide who travels together.

    Parameters
    ----------
    problem
        Where its ``crews`` is false, everybody stays in the car that they were told.
    start
        A plan to start from; the published one unless given. Its crews are kept at first.
    improve
        The short search, in place; must be deterministic where the caller wants the same plan for
        the same seed. Ruin and recreate in plain Python unless given.
    time_limit_s, trials
        Stop after so many seconds, or so many formations; whichever comes first.

    Returns
    -------
    A formation whose plan costs no more than the one without its changes.
    """
    if time_limit_s is None and trials is None:
        trials = DEFAULT_TRIALS
    forming = Forming(problem, start=start, improve=improve or _search)
    forming.ends = None if time_limit_s is None else time.monotonic() + time_limit_s
    forming.trials = trials
    if problem.crews:
        forming.run()
    return Formed(forming.best.model.formation, forming.best.plan())


def _search(draft: Draft) -> None:
    ruin_recreate.improve(
        draft, seed=1, time_limit_s=None, iterations=SEARCH_ITERATIONS, started=0.0
    )


class Forming:
    """One run: ``best`` is the draft with the formation that is accepted so far."""

    def __init__(
        self,
        problem: Problem,
        *,
        start: Plan | None,
        improve: Improve,
    ) -> None:
        self.problem = problem
        self.improve = improve
        self.ends: float | None = None
        self.trials: int | None = None
        self.tried: set[Formation] = set()
        plan = start or problem.published or Plan()
        kept = model_of(problem, plan).formation
        self.best = self._draft(kept, plan)
        insertion.fill(self.best)
        self.best_cost = self.best.cost()

    def run(self) -> None:
        """Join and part cars as long as the full plan gets better."""
        self.improve(self.best)
        insertion.fill(self.best)
        self.best_cost = self.best.cost()
        while not self._is_over():
            if not (self._accept(self._joined()) or self._accept(self._apart())):
                return

    def _is_over(self) -> bool:
        if self.trials is not None and len(self.tried) >= self.trials:
            return True
        return self.ends is not None and time.monotonic() >= self.ends

    def _draft(self, formation: Formation, plan: Plan) -> Draft:
        """A plan's stops in another formation; who changes cars gives theirs to whom they suit.

        What stood in no route already is offered to the new cars only: nobody else could take it.
        """
        draft = Draft(Scheduler(model_of(self.problem, formation=formation)))
        draft.keep(plan)
        planned = plan.placed()
        old = {frozenset(route.technicians) for route in plan.routes}
        new = {u.index for u in draft.model.units if frozenset(u.technicians) not in old}
        for spec in insertion.most_valuable_first(draft.absent()):
            draft.insert_best(spec, among=None if spec.id in planned else new)
        return draft

    def _keeps_promises(self, draft: Draft) -> bool:
        """Whether what was promised is still promised, and planned, as in the draft before."""
        now, before = draft.model, self.best.model
        return all(
            now.spec(i).promised and i in draft.where
            for i in self.best.where
            if before.spec(i).promised
        )

    def _accept(self, drafts: Iterable[Draft]) -> bool:
        """Take the first of these drafts that is better after the short search."""
        for draft in drafts:
            self.improve(draft)
            insertion.fill(draft)
            cost = draft.cost()
            if cost < self.best_cost:
                self.best, self.best_cost = draft, cost
                return True
            if self._is_over():
                break
        return False

    # -- joining -------------------------------------------------------------------------------

    def _joined(self) -> Iterator[Draft]:
        """Drafts with cars joined: as many as seem to pay, then each of the best by itself."""
        single: list[tuple[int, int, Draft]] = []
        together, cost, taken = self.best, self.best_cost, set[int]()
        for number, proposal in enumerate(self._promising()):
            if self._is_over():
                break
            if taken & set(proposal.technicians):
                continue
            found = self._best_of(
                together,
                (
                    joined(together.model.formation, proposal, from_s=a, until_s=b)
                    for a, b in proposal.times
                ),
            )
            if found is None:
                continue
            found_cost = found.cost()
            if together is self.best:
                single.append((found_cost, number, found))
            if found_cost < cost:
                together, cost = found, found_cost
                taken |= set(proposal.technicians)
        if together is not self.best:
            yield together
        # What seems a little worse at once may be better after the search.
        single.sort(key=lambda one: one[:2])
        yield from (draft for _, _, draft in single[:2] if draft is not together)

    def _promising(self) -> list[Proposal]:
        return proposals(self.best, Reach(self.best.model))[:AT_ONCE]

    def _best_of(self, draft: Draft, formations: Iterable[Formation]) -> Draft | None:
        """The cheapest draft of these formations around a draft's stops; none twice."""
        best: Draft | None = None
        plan = draft.plan()
        for formation in formations:
            if formation in self.tried:
                continue
            self.tried.add(formation)
            trial = self._draft(formation, plan)
            if self._keeps_promises(trial) and (best is None or trial.cost() < best.cost()):
                best = trial
            if self._is_over():
                break
        return best

    # -- parting -------------------------------------------------------------------------------

    def _apart(self) -> Iterator[Draft]:
        """Drafts with one crew parted, at once or at noon, where no promise holds it together."""
        for unit in self.best.model.units:
            cars = self._own_cars(unit.technicians)
            if len(cars) < 2 or unit.shape.until_s < FOREVER_S:
                continue
            first = max(unit.free_s, self.problem.now_s, unit.shape.from_s)
            noons = (min(unit.lunch_opens_s, unit.lunch_closes_s), unit.lunch_closes_s)
            times = [noon for noon in noons if noon > first]
            if unit.shape.from_s == 0 and not unit.fixed and unit.place == unit.home:
                times.append(0)
            formation = self.best.model.formation
            shape = next(s for s in formation if set(s.technicians) == set(unit.technicians))
            found = self._best_of(
                self.best, (parted(formation, shape, at_s=t, cars=cars) for t in sorted(set(times)))
            )
            if found is not None and found.cost() < self.best_cost:
                yield found

    def _own_cars(self, technicians: tuple[int, ...]) -> list[tuple[int, ...]]:
        """How these people drive when they part: trainees with their mentor, if there is a seat."""
        riders: dict[int | None, list[int]] = {}
        for i in technicians:
            riders.setdefault(self.problem.technician(i).mentor, []).append(i)
        cars = ((i, *riders.get(i, ())) for i in riders.get(None, ()))
        return [car[: self.problem.technician(car[0]).seats] for car in cars]
