"""Which people might share a car: cars joined by what they would open together.

Nothing is decided here. A proposal is a formation like the one there is, but for a few people; its
``promise`` says how much value it opens and what the cars that fall away had, so that the best are
tried first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from dispatch.crews.formation import FOREVER_S, Formation, Shape
from dispatch.crews.party import CREW, Party, may_form
from dispatch.reach import Reach
from dispatch.solvers.draft import Draft
from dispatch.units import Spec, Unit

DAY_STOPS = 3  # how many of the visits that it opens a car may hope to do in one day
TAKEN_OVER = 2  # one in so many points of value of a lost car is taken over by others


@dataclass(frozen=True, slots=True)
class Block:
    """One car as it is: its people stay together when it is joined to another."""

    technicians: tuple[int, ...]
    skills: int
    seats: int
    value: int
    home_s: int  # when it is at home, so that others may get in
    is_home: bool  # nothing to be done before that


@dataclass(frozen=True, slots=True)
class Proposal:
    """These cars become one; ``times`` are the parts of the day in which that is possible."""

    blocks: tuple[Block, ...]
    promise: int
    times: tuple[tuple[int, int], ...]

    @property
    def technicians(self) -> tuple[int, ...]:
        """Who would share the car."""
        return tuple(i for block in self.blocks for i in block.technicians)


def joined(formation: Formation, proposal: Proposal, *, from_s: int, until_s: int) -> Formation:
    """The formation with these cars as one within that part of the day, and as they were else."""
    people = set(proposal.technicians)
    shapes = [shape for shape in formation if not people & set(shape.technicians)]
    shapes.append(Shape(proposal.technicians, from_s, until_s))
    for block in proposal.blocks:
        if not _can_drive(block):
            continue
        if from_s > 0:
            shapes.append(Shape(block.technicians, 0, from_s))
        if until_s < FOREVER_S:
            shapes.append(Shape(block.technicians, until_s))
    return tuple(shapes)


def parted(
    formation: Formation, shape: Shape, *, at_s: int, cars: Iterable[tuple[int, ...]]
) -> Formation:
    """The formation with one car's people in these cars from that moment on (0: all day)."""
    shapes = [other for other in formation if other is not shape]
    if at_s > 0:
        shapes.append(Shape(shape.technicians, shape.from_s, at_s))
    shapes += (Shape(people, at_s, shape.until_s) for people in cars)
    return tuple(shapes)


def _can_drive(block: Block) -> bool:
    return block.home_s < FOREVER_S


def proposals(draft: Draft, reach: Reach) -> list[Proposal]:
    """Cars that might be joined, the most promising first."""
    wanted = [spec for spec in draft.absent() if not spec.promised]
    if not wanted:
        return []
    found = [
        proposal
        for group in _groups(draft, reach)
        for blocks in _candidates(draft, group, wanted)
        for proposal in [_proposal(draft, reach, blocks, wanted)]
        if proposal is not None and proposal.promise > 0
    ]
    return sorted(found, key=lambda p: (-p.promise, p.technicians))


def _groups(draft: Draft, reach: Reach) -> list[list[Block]]:
    """The cars by home; only those that are one and the same all day."""
    groups: dict[int, list[Block]] = {}
    problem, model = draft.model.problem, draft.model
    for unit in model.units:
        alone = all(len(model.units_of(i)) == 1 for i in unit.technicians)
        if alone and unit.shape.from_s == 0 and unit.shape.until_s == FOREVER_S:
            block = _block(draft, reach, unit)
            if block is not None:
                groups.setdefault(unit.home, []).append(block)
    for trainee in problem.technicians:
        if trainee.mentor is not None and not model.units_of(trainee.id):
            stand = reach.commitments.stands(trainee.id)[0]
            if stand.place == trainee.home and reach.commitments.last_of(trainee.id) is None:
                skills = model.skills_of((trainee.id,))
                block = Block((trainee.id,), skills, trainee.seats, 0, FOREVER_S, is_home=True)
                groups.setdefault(trainee.home, []).append(block)
    return list(groups.values())


def _block(draft: Draft, reach: Reach, unit: Unit) -> Block | None:
    problem = draft.model.problem
    tour = draft.tours[unit.index]
    is_home = not unit.fixed and unit.place == unit.home
    firm = bool(unit.fixed) or any(spec.promised for spec in tour.specs)
    if not is_home and not firm:
        return None  # a car that may stay empty takes nobody home
    back = Party.starting(problem, unit.technicians).after(problem, unit.fixed)
    stands = back.back_home(reach.legs)
    if not stands:
        return None
    return Block(
        unit.technicians,
        unit.skills,
        max(problem.technician(i).seats for i in unit.technicians),
        sum(spec.value for spec in tour.specs),
        stands[0].free_s,
        is_home,
    )


def _candidates(
    draft: Draft, group: list[Block], wanted: list[Spec]
) -> Iterator[tuple[Block, ...]]:
    """Pairs of cars that open something; larger crews for what no pair opens."""
    needs = {spec.needs for spec in wanted}
    open_to_pairs: set[int] = set()
    for pair in combinations(group, 2):
        opened = {n for n in needs if _opens(pair, n)}
        if opened and _may_join(draft, pair):
            open_to_pairs |= opened
            yield pair
    for need in sorted(needs - open_to_pairs):
        yield from _larger(draft, group, need)


def _opens(blocks: tuple[Block, ...], needs: int) -> bool:
    """Whether these together have what none that drives by itself has without the others."""
    together = 0
    for block in blocks:
        together |= block.skills
        if not needs & ~block.skills and _can_drive(block):
            return False
    return not needs & ~together


def _larger(draft: Draft, group: list[Block], need: int) -> Iterator[tuple[Block, ...]]:
    """Three or four cars that have the skills together: for each bit those with least to lose."""
    useful = [block for block in group if block.skills & need]
    useful.sort(key=lambda block: (block.value, block.technicians))
    few: list[Block] = []
    bits = [1 << i for i in range(need.bit_length()) if need >> i & 1]
    for bit in bits:
        few += [block for block in useful if block.skills & bit][:3]
    drivers = sorted(group, key=lambda block: (-block.seats, block.value))[:2]
    pool = list(dict.fromkeys((*few, *drivers)))
    for size in (3, CREW):
        for blocks in combinations(pool, size):
            if _opens(blocks, need) and _may_join(draft, blocks):
                yield blocks


def _may_join(draft: Draft, blocks: tuple[Block, ...]) -> bool:
    """Whether these may share a car."""
    return may_form(draft.model.problem, (i for block in blocks for i in block.technicians))


def _proposal(
    draft: Draft, reach: Reach, blocks: tuple[Block, ...], wanted: list[Spec]
) -> Proposal | None:
    """What the joint car promises; None if it opens nothing in time."""
    problem = draft.model.problem
    ids = [i for block in blocks for i in block.technicians]
    stands = [reach.commitments.stands(i)[0] for i in ids]
    if len({stand.place for stand in stands}) > 1:
        return None
    party = Party.of(problem, ids, stands)
    opened = [
        spec.value for spec in wanted if _opens(blocks, spec.needs) and reach.in_time(spec, party)
    ]
    lost = sum(sorted(block.value for block in blocks)[:-1])
    promise = sum(sorted(opened)[-DAY_STOPS:]) - lost // TAKEN_OVER
    times = _times(problem.now_s, blocks, party)
    return Proposal(blocks, promise, times) if opened and times else None


def _times(now_s: int, blocks: tuple[Block, ...], party: Party) -> tuple[tuple[int, int], ...]:
    """All day, until noon and from noon on; from when all are back where somebody is out.

    Noon is when lunch may begin, or when it must: whoever changes cars then owes it in the second.
    """
    noons = sorted({min(party.lunch_opens_s, party.lunch_closes_s), party.lunch_closes_s})
    back_s = max((block.home_s for block in blocks if _can_drive(block)), default=0)
    if all(block.is_home for block in blocks):
        halves = [(0, noon) for noon in noons if noon > now_s]
        halves += [(noon, FOREVER_S) for noon in noons if noon > back_s]
        return ((0, FOREVER_S), *halves)
    later = [noon for noon in noons if noon >= back_s]
    if party.had_lunch and back_s > party.lunch_closes_s:
        later.append(back_s)
    return tuple((noon, FOREVER_S) for noon in later)
