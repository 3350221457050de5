"""A new plan against what people were told: changes that gain nothing are taken back.

A search moves visits about without caring whether each move was of use. Here the routes that
differ from what was told are looked at in groups that visits have moved between: first each group
as a whole, then each pair of its routes, then each visit and each order of stops by itself. What
costs no more as it was told goes back. Nothing else moves, so the cost never grows and no rule is
broken that was kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.solvers.draft import Draft, penalty
from dispatch.tour import Tour
from dispatch.units import NOBODY, Spec

Ranking = tuple[int, int]  # cost, visits that are not as they were told


def settle(draft: Draft) -> None:
    """Take back, in place, what was changed for nothing since the told plan of its model."""
    if not draft.model.told.routes:
        return
    told = Draft(draft.scheduler)
    told.keep(draft.model.told)
    bench = Bench(draft, told)
    for group in _groups(draft, told):
        bench.take_back(group)
    bench.undo_exchanges()
    bench.undo_moves()


def _groups(draft: Draft, told: Draft) -> list[list[int]]:
    """The units whose stops differ, together where a visit went from one to another."""
    leader = list(range(len(draft.tours)))

    def find(index: int) -> int:
        while leader[index] != index:
            index = leader[index]
        return index

    for visit, index in told.where.items():
        now = draft.where.get(visit)
        if now is not None:
            leader[find(now)] = find(index)
    groups: dict[int, list[int]] = {}
    for index, (new, old) in enumerate(zip(draft.tours, told.tours, strict=True)):
        if new.ids != old.ids:
            groups.setdefault(find(index), []).append(index)
    return [groups[first] for first in sorted(groups)]


class Bench:
    """The draft under repair, and the told plan as far as it can still be kept."""

    def __init__(self, draft: Draft, told: Draft) -> None:
        self.draft = draft
        self.told = told

    def take_back(self, group: Iterable[int]) -> None:
        """Give these units what they were told, if that costs no more."""
        self._try([self.told.tours[index] for index in group])

    def undo_exchanges(self) -> None:
        """Give visits back that two units took from each other."""
        moved = self._moved()
        pairs = {
            tuple(sorted((self.told.where[one.id], self.draft.where[one.id]))) for one in moved
        }
        for first, second in sorted(pairs):
            units = {first, second}
            ids = {spec.id: spec for i in units for spec in self.draft.tours[i].specs}
            home = {
                i: self.told.where[i] if self.told.where.get(i) in units else self.draft.where[i]
                for i in ids
            }
            self._rebuild({u: [s for s in ids.values() if home[s.id] == u] for u in units})

    def undo_moves(self) -> None:
        """Give single visits back, and single routes their told order."""
        for spec in self._moved():
            now, before = self.draft.where[spec.id], self.told.where[spec.id]
            kept = [s for s in self.draft.tours[now].specs if s is not spec]
            self._rebuild({now: kept, before: [*self.draft.tours[before].specs, spec]})
        for tour in list(self.draft.tours):
            order = [i for i in self.told.tours[tour.unit.index].ids if i in tour.ids]
            if order != [i for i in tour.ids if i in order]:
                self._rebuild({tour.unit.index: list(tour.specs)})

    def _moved(self) -> list[Spec]:
        """The visits that stand in another unit's route than they were told."""
        where = self.draft.where
        return [
            self.draft.specs[visit]
            for visit, index in self.told.where.items()
            if where.get(visit, index) != index
        ]

    def _rebuild(self, stops: dict[int, list[Spec]]) -> None:
        """Try units with these stops: those told to them in that order, others where they fit."""
        built = [self._built(index, specs) for index, specs in stops.items()]
        tours = [tour for tour in built if tour is not None]
        if len(tours) == len(built):
            self._try(tours)

    def _built(self, index: int, specs: list[Spec]) -> Tour | None:
        scheduler, told = self.draft.scheduler, self.told.tours[index]
        asked = {spec.id for spec in specs}
        own = tuple(spec for spec in told.specs if spec.id in asked)
        tour: Tour | None = scheduler.tour(told.unit, own)
        for spec in specs:
            if tour is None or not (tour.feasible or not tour.specs):
                return None
            if spec not in own:
                tour = scheduler.best_tour(tour, spec)
        return tour if tour is not None and tour.feasible else None

    def _try(self, tours: list[Tour]) -> None:
        """Take these tours if that ranks better; visits that had a place must keep one."""
        before = [self.draft.tours[tour.unit.index] for tour in tours]
        if self._rank(tours, besides=before) < self._rank(before, besides=tours):
            for tour in tours:
                self.draft.put(self.draft.scheduler.tour(tour.unit, ()))
            for tour in tours:
                self.draft.put(tour)

    def _rank(self, tours: list[Tour], *, besides: list[Tour]) -> Ranking:
        """What these tours cost, and what the visits of the others cost that are left out."""
        inside = {spec.id for tour in tours for spec in tour.specs}
        outside = [spec for tour in besides for spec in tour.specs if spec.id not in inside]
        cost = sum(tour.cost for tour in tours) + sum(map(penalty, outside))
        return cost, sum(map(_changes, tours)) + sum(s.told_people != NOBODY for s in outside)


def _changes(tour: Tour) -> int:
    """How many stops are not at their told people and their told start."""
    return sum(
        spec.told_people != tour.unit.people or spec.told_s != start
        for spec, start in zip(tour.specs, tour.starts, strict=True)
    )
