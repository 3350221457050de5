"""Who travels together as things stand: the formation that committed work and the told plan give.

Routes of several people stand as shapes; everybody else is alone all day. Where somebody was told
two cars one after the other, the first must be home before the second sets off. A trainee who was
told nothing rides with the mentor where crews may be formed and the day of the mentor stays the
same.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.crews.formation import FOREVER_S, Formation, Shape
from dispatch.crews.party import Commitments, Party, may_share
from dispatch.horizon import PROMISE_S, plan_legs
from dispatch.plan import Plan
from dispatch.problem import Problem, Technician


@dataclass(slots=True)
class Turn:
    """One car of the told day: its people, when it goes, and what may move around it."""

    technicians: tuple[int, ...]
    begins_s: int
    departs_s: int
    back_s: int
    is_firm: bool  # committed or promised: it will not be empty
    from_s: int = 0
    until_s: int = FOREVER_S


def kept_formation(problem: Problem, told: Plan, commitments: Commitments) -> Formation:
    """The shapes of the told plan and of committed crews, everybody else alone."""
    several = any(len(route.technicians) > 1 for route in told.routes)
    several = several or any(len(people) > 1 for people in commitments.routes)
    turns = _turns(problem, told, commitments) if several else []
    shapes = _in_time(problem, turns, commitments)
    busy = {i for shape in shapes for i in shape.technicians}
    told_of = busy.union(*(route.technicians for route in told.routes if route.stops), ())
    told_of = told_of.union(*commitments.routes)
    riders = _riders(problem, told_of) if problem.crews else {}
    riding = {i for trainees in riders.values() for i in trainees}
    for technician in problem.technicians:
        if technician.id in busy or technician.id in riding:
            continue
        if technician.mentor is None:
            shapes.append(Shape((technician.id, *riders.get(technician.id, ()))))
    return tuple(shapes)


def _turns(problem: Problem, told: Plan, commitments: Commitments) -> list[Turn]:
    """The cars of everybody who shares one at some time, in order of time."""
    sharing: set[int] = set()
    for people in (*commitments.routes, *(frozenset(route.technicians) for route in told.routes)):
        if len(people) > 1:
            sharing |= people
    turns: dict[frozenset[int], Turn] = {}
    for people, work in commitments.routes.items():
        if commitments.goes_on(work) and people & sharing and may_share(problem, people):
            begins = work.works[0].start_s
            back = commitments.stands(work.technicians[0])[0].free_s
            turns[people] = Turn(work.technicians, begins, begins, back, is_firm=True)
    fixed = {work.visit for work in problem.committed}
    routes = tuple(route for route in told.routes if sharing & set(route.technicians))
    for route, legs in zip(routes, plan_legs(problem, Plan(routes)), strict=True):
        people = frozenset(route.technicians)
        ahead = [leg for leg in legs if leg.visit is not None and leg.visit not in fixed]
        ahead = [leg for leg in ahead if problem.knows_visit(leg.visit or 0)]
        if not ahead or not may_share(problem, route.technicians):
            continue
        turn = turns.get(people)
        if turn is not None and commitments.routes.get(people) is not None:
            turn.back_s = max(turn.back_s, legs[-1].ends_s)
            continue
        # A lunch at the base before the first journey belongs to this car.
        departs = ahead[0].leaves_s
        departs = departs if route.lunch_s is None else min(departs, route.lunch_s)
        firm = any(leg.start_s < problem.now_s + PROMISE_S for leg in ahead)
        turns.setdefault(
            people,
            Turn(route.technicians, ahead[0].start_s, departs, legs[-1].ends_s, is_firm=firm),
        )
    return sorted(
        turns.values(),
        key=lambda turn: (frozenset(turn.technicians) not in commitments.routes, turn.begins_s),
    )


def _in_time(problem: Problem, turns: list[Turn], commitments: Commitments) -> list[Shape]:
    """Shapes of these cars that do not overlap, and their people alone before and behind."""
    last: dict[int, Turn] = {}
    kept: list[Turn] = []
    for turn in turns:
        before = [last[i] for i in turn.technicians if i in last]
        goes_on = frozenset(turn.technicians) in commitments.routes
        if not goes_on and not _can_meet(problem, turn, last, commitments):
            continue  # they do not stand at one place any more: everybody goes on alone
        if before:
            turn.from_s = max(turn.departs_s, *(one.back_s for one in before))
            # Who changes cars hungry has to find the time for lunch behind that.
            turn.from_s = min(
                turn.from_s, *(_lunch_ends_s(problem, one, commitments) for one in before)
            )
            for one in before:
                one.until_s = min(one.until_s, turn.from_s)
        kept.append(turn)
        last.update(dict.fromkeys(turn.technicians, turn))
    shapes = [Shape(t.technicians, t.from_s, max(t.from_s, t.until_s)) for t in kept]
    return shapes + _alone_around(problem, kept)


def _lunch_ends_s(problem: Problem, turn: Turn, commitments: Commitments) -> int:
    """When the people of a car must change to another one at the latest to have lunch there."""
    party = Party.starting(problem, turn.technicians)
    fed = [commitments.stands(i)[0].had_lunch for i in turn.technicians]
    return FOREVER_S if all(fed) else party.lunch_closes_s


def _can_meet(
    problem: Problem, turn: Turn, last: dict[int, Turn], commitments: Commitments
) -> bool:
    """Whether these people will stand at one place: at home after other cars, or as they are."""
    places = set()
    for i in turn.technicians:
        technician, before = problem.technician(i), last.get(i)
        place = commitments.stands(i)[0].place
        if before is not None and not before.is_firm and place != technician.home:
            return False  # a car that may stay empty takes nobody home
        places.add(technician.home if before is not None else place)
    return len(places) == 1


def _alone_around(problem: Problem, turns: list[Turn]) -> list[Shape]:
    """Who shares a car for a part of the day only is alone in the rest of it."""
    shapes = []
    own: dict[int, list[Turn]] = {}
    for turn in turns:
        for i in turn.technicians:
            own.setdefault(i, []).append(turn)
    for i, mine in own.items():
        technician = problem.technician(i)
        if technician.mentor is not None:
            continue
        if mine[0].from_s and technician.at in (None, technician.home):
            shapes.append(Shape((i,), 0, mine[0].from_s))
        if mine[-1].until_s < FOREVER_S:
            shapes.append(Shape((i,), mine[-1].until_s))
    return shapes


def _riders(problem: Problem, told_of: set[int]) -> dict[int, list[int]]:
    """Trainees by mentor: those who were told nothing and whose hours do not bind the mentor."""
    riders: dict[int, list[int]] = {}
    for trainee in problem.technicians:
        mentor_id = trainee.mentor
        if mentor_id is None or {trainee.id, mentor_id} & told_of:
            continue
        mentor, along = problem.technician(mentor_id), riders.get(mentor_id, [])
        if mentor.mentor is None and rides_free(problem, mentor, (*along, trainee.id)):
            riders.setdefault(mentor_id, []).append(trainee.id)
    return riders


def rides_free(problem: Problem, mentor: Technician, trainees: tuple[int, ...]) -> bool:
    """Whether the trainees fit the mentor's car and change nothing about the mentor's hours."""
    ids = (mentor.id, *trainees)
    if len(ids) > mentor.seats or not may_share(problem, ids):
        return False
    alone = Party.starting(problem, (mentor.id,))
    return all(alone.with_also(Party.starting(problem, (i,))) == alone for i in trainees) and all(
        Party.starting(problem, (i,)).place == alone.place for i in trainees
    )
