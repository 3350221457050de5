"""Why nobody in a whole country has a visit: who is near is asked, for others the distance answers.

Asking somebody exactly takes a tenth of a millisecond, and a country has some hundred thousand
pairs of a visit that nobody has and a technician. Most live too far away: whoever could not begin
in a window, or would not be home in time, even on the straight road with nothing else to do, gets
that answer from one table. It is the answer that the exact question would have given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dispatch.country.estimates import IntArray, travel_block_s
from dispatch.desk import Candidate, Desk
from dispatch.explain import unassigned
from dispatch.plan import Code, Unassigned
from dispatch.problem import Problem
from dispatch.rules import first_standing
from dispatch.solvers.draft import Draft
from dispatch.timing import earliest
from dispatch.travel import NEVER_S
from dispatch.units import Spec

ASK, LATE, OVERTIME, LOW_SKILL, NO_SKILL = range(5)
CODES = {
    LATE: Code.CANNOT_REACH_BEFORE_DEADLINE,
    OVERTIME: Code.SHIFT_END,
    LOW_SKILL: Code.SKILL_LEVEL,
    NO_SKILL: Code.SKILL,
}


def refusals(problem: Problem, draft: Draft) -> tuple[Unassigned, ...]:
    """The decision about every visit in no route, with a reason for every technician."""
    absent = draft.absent()
    if not absent:
        return ()
    far, country = _Answers(problem, draft, absent), _Country(problem, draft)
    found = [country.decision(spec, far.of(row)) for row, spec in enumerate(absent)]
    return tuple(sorted(found, key=lambda item: item.visit))


class _Answers:
    """What skills and distance alone say of each technician about each of these visits."""

    def __init__(self, problem: Problem, draft: Draft, specs: list[Spec]) -> None:
        people = problem.technicians
        stands = [first_standing(problem, person) for person in people]
        self.problem = problem
        self.specs = specs
        self.free_s = np.array([stand.free_s for stand in stands])
        self.closes_s = np.array([person.shift_s[1] for person in people])
        ends = np.array([max(spec.place, 0) for spec in specs])
        self.to_s = travel_block_s(problem, np.array([s.place for s in stands]), ends)
        self.back_s = travel_block_s(problem, ends, np.array([p.home for p in people]))
        self.sea = bool(problem.ferries)
        # Whose day is not theirs alone is asked: committed work, an absence, a crew, a mentor.
        asked = {i for work in problem.committed for i in work.technicians}
        asked |= {i for absence in problem.absences for i in absence.technicians}
        asked |= {
            i for unit in draft.model.units if len(unit.technicians) > 1 for i in unit.technicians
        }
        self.asked = np.array([p.id in asked or p.mentor is not None for p in people])
        self._levels: dict[str, IntArray] = {}

    def _level(self, name: str) -> IntArray:
        """Everybody's level of one skill, 0 for none."""
        if name not in self._levels:
            people = self.problem.technicians
            self._levels[name] = np.array([person.skills.get(name, 0) for person in people])
        return self._levels[name]

    def of(self, row: int) -> list[int]:
        """ASK, or a place in ``CODES``, for every technician, about the visit of this row."""
        spec = self.specs[row]
        found = np.full(len(self.free_s), ASK)
        if spec.place >= 0 and not self.sea:
            arrives = np.maximum(self.free_s, spec.known_s) + self.to_s[:, row]
            starts = np.array([earliest(spec.windows, moment) for moment in arrives.tolist()])
            home = starts + spec.duration_s + self.back_s[row]
            found = np.where(home > self.closes_s, OVERTIME, found)
            found = np.where(starts >= NEVER_S, LATE, found)
        for name, level in self.problem.visit(spec.id).skills.items():
            # Where crews may be formed, who lacks a skill may still bring another one along.
            lacking = (self._level(name) < level) & (found != NO_SKILL)
            found = np.where(lacking, ASK if self.problem.crews else LOW_SKILL, found)
            if not self.problem.crews:
                found = np.where(self._level(name) == 0, NO_SKILL, found)
        answers: list[int] = np.where(self.asked, ASK, found).tolist()
        return answers


class _Country:
    """The questions about visits that nobody has, over one draft."""

    def __init__(self, problem: Problem, draft: Draft) -> None:
        self.problem = problem
        self.desk = Desk(draft.scheduler, lambda unit: draft.tours[unit.index])
        self.refused = {
            (person.id, code): Candidate(person.id, feasible=False, code=code)
            for person in problem.technicians
            for code in CODES.values()
        }

    def decision(self, spec: Spec, far: list[int]) -> Unassigned:
        """The verdict on one visit; ``far`` is what skills and distance say of each technician."""
        desk = self.desk
        ids = [person.id for person in self.problem.technicians]
        near = {i for i, answer in zip(ids, far, strict=True) if answer == ASK}
        able: dict[int, Candidate] = {}
        for unit in desk.model.units:
            if not near.isdisjoint(unit.technicians) and desk.model.may_serve(unit, spec):
                answer = desk.able(spec, unit.technicians[0], desk.tour_of(unit))
                if answer is not None:
                    able |= {i: replace(answer, technician=i) for i in unit.technicians}
        answers = list(able.values())
        answers += desk.refusals(
            spec.id, [i for i in ids if i in near and i not in able], somebody_can=bool(able)
        )
        answers += [
            self.refused[i, CODES[answer]]
            for i, answer in zip(ids, far, strict=True)
            if answer != ASK and i not in able
        ]
        return unassigned(self.problem, spec.id, answers)
