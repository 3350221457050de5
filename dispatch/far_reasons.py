"""Why nobody in a whole country has a visit: who is near is asked, for others the distance answers.

Asking somebody exactly takes a tenth of a millisecond, and a country has some hundred thousand
pairs of a visit that nobody has and a technician. Most live too far away: whoever could not begin
in a window, or would not be home in time, even on the straight road with nothing else to do, gets
that answer from one table. It is the answer that the exact question would have given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dispatch.desk import Candidate, Desk
from dispatch.estimates import IntArray, travel_block_s
from dispatch.explain import unassigned
from dispatch.plan import Code, Unassigned
from dispatch.problem import Problem
from dispatch.rules import first_standing
from dispatch.solvers.draft import Draft
from dispatch.timing import earliest
from dispatch.travel import NEVER_S
from dispatch.units import Spec

ASK, LATE, OVERTIME = 0, 1, 2  # what the distance says of a technician
FAR = {LATE: Code.CANNOT_REACH_BEFORE_DEADLINE, OVERTIME: Code.SHIFT_END}


def refusals(problem: Problem, draft: Draft) -> tuple[Unassigned, ...]:
    """The decision about every visit in no route, with a reason for every technician."""
    absent = draft.absent()
    if not absent:
        return ()
    desk = Desk(draft.scheduler, lambda unit: draft.tours[unit.index])
    far = _Distances(problem, absent)
    found = [_refused(problem, desk, spec, far.answers(row)) for row, spec in enumerate(absent)]
    return tuple(sorted(found, key=lambda item: item.visit))


class _Distances:
    """Lower bounds on the road: when each technician could be at each of these visits, and home."""

    def __init__(self, problem: Problem, specs: list[Spec]) -> None:
        people = problem.technicians
        stands = [first_standing(problem, person) for person in people]
        self.specs = specs
        self.ids = [person.id for person in people]
        self.free_s = np.array([stand.free_s for stand in stands])
        self.closes_s = np.array([person.shift_s[1] for person in people])
        ends = np.array([max(spec.place, 0) for spec in specs])
        self.to_s = travel_block_s(problem, np.array([s.place for s in stands]), ends)
        self.back_s = travel_block_s(problem, ends, np.array([p.home for p in people]))
        # Whose day is not simply theirs is asked: committed work, an absence, boats, a crew.
        asked = {i for work in problem.committed for i in work.technicians}
        asked |= {i for absence in problem.absences for i in absence.technicians}
        self.asked = np.array([person.id in asked for person in people])
        self.sea = bool(problem.ferries)

    def answers(self, row: int) -> IntArray:
        """ASK, LATE or OVERTIME for every technician, about the visit of this row."""
        spec = self.specs[row]
        if spec.place < 0 or self.sea:
            return np.full(len(self.ids), ASK)
        arrives = np.maximum(self.free_s, spec.known_s) + self.to_s[:, row]
        starts = np.array([earliest(spec.windows, int(moment)) for moment in arrives])
        home = starts + spec.duration_s + self.back_s[row]
        found = np.where(home > self.closes_s, OVERTIME, ASK)
        found = np.where(starts >= NEVER_S, LATE, found)
        return np.where(self.asked, ASK, found)


def _refused(problem: Problem, desk: Desk, spec: Spec, far: IntArray) -> Unassigned:
    model, bare = desk.model, desk.model.bare_spec(spec.id)
    distance = dict(zip((person.id for person in problem.technicians), far.tolist(), strict=True))
    able: dict[int, Candidate] = {}
    for unit in model.units:
        near = any(distance[i] == ASK for i in unit.technicians)
        if near and model.may_serve(unit, spec):
            answer = desk.able(spec, unit.technicians[0], desk.tour_of(unit))
            if answer is not None:
                able |= {i: replace(answer, technician=i) for i in unit.technicians}
    asked, answers = [], list(able.values())
    for person in problem.technicians:
        if person.id in able:
            continue
        code = FAR.get(distance[person.id])
        lacking = bare.needs & ~model.skills_of((person.id,))
        if code is None or lacking:
            asked.append(person.id)
        else:
            answers.append(Candidate(person.id, feasible=False, code=code))
    answers += desk.refusals(spec.id, asked, somebody_can=bool(able))
    return unassigned(problem, spec.id, answers)
