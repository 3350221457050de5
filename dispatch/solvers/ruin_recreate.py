"""Ruin and recreate: take neighbouring stops out of a few routes, put them back better, repeat.

After Christiaens and Vanden Berghe 2020, "Slack induction by string removals" (SISR): strings of
stops near a random visit leave their routes (section 5.1), then absent visits return one by one to
the cheapest place, now and then skipping one ("blinks", section 5.2); simulated annealing decides
(section 5.3). Ours differs in three ways. Not all visits fit into a day, so a visit may stay out at
the price of its value, and a ruin may start around one that is out. Tours are values that never
change and remember where each visit fits, so only routes that changed are looked at again. Promised
stops are never taken out.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatch.solvers.draft import Draft, penalty
from dispatch.tour import Tour
from dispatch.units import NOBODY, Spec

REMOVED = 8  # visits taken out on average
STRING = 8  # the longest string
BLINK = 0.02
FIRST_TEMPERATURE_S = 20_000.0  # one point of value
LAST_TEMPERATURE_S = 200.0
CLOCK_EVERY = 16  # iterations between two looks at the clock
DEFAULT_ITERATIONS = 5_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: reported about once a second."""

    iterations: int
    elapsed_s: float
    cost: int
    served: int


Report = Callable[[Progress], None]


class Search:
    """One run over one draft; the best draft seen is kept."""

    def __init__(self, draft: Draft, *, seed: int) -> None:
        self.draft = draft
        self.random = random.Random(seed)
        self.cost = draft.cost()
        self.best_cost = self.cost
        self.best = list(draft.tours)
        self.ids = [i for i, spec in draft.specs.items() if draft.takers[i]]
        self.absent = {spec.id: spec for spec in draft.absent() if draft.takers[spec.id]}
        self.penalties = {i: penalty(spec) for i, spec in draft.specs.items()}
        self.takers = {i: frozenset(units) for i, units in draft.takers.items()}
        self._near: dict[int, list[int]] = {}
        self.orders = _orders(draft, self.random)

    def near(self, visit: int) -> list[int]:
        """Every visit by travel time from this one, itself first; calls come last."""
        found = self._near.get(visit)
        if found is None:
            specs, place = self.draft.specs, self.draft.specs[visit].place
            row = self.draft.model.legs.travel_s[place if place != NOBODY else 0]
            found = sorted(
                self.ids,
                key=lambda i: (i != visit, specs[i].place == NOBODY, row[specs[i].place]),
            )
            self._near[visit] = found
        return found

    def run(
        self,
        *,
        time_limit_s: float | None,
        iterations: int | None,
        started: float,
        report: Report | None = None,
    ) -> None:
        """Search until the time or the iterations are used up; the draft then holds the best."""
        if time_limit_s is None and iterations is None:
            iterations = DEFAULT_ITERATIONS
        if not self.ids:
            return
        done, share, told = 0, 0.0, started
        cooling = math.log(LAST_TEMPERATURE_S / FIRST_TEMPERATURE_S)
        while iterations is None or done < iterations:
            if done % CLOCK_EVERY == 0:
                share = done / iterations if iterations else 0.0
                if time_limit_s is not None or report is not None:
                    now = time.monotonic()
                    if time_limit_s is not None:
                        share = max(share, (now - started) / max(time_limit_s, 1e-9))
                    if report is not None and now - told >= 1:
                        told = now
                        report(self._progress(done, now - started))
                if share >= 1:
                    break
                temperature = FIRST_TEMPERATURE_S * math.exp(cooling * share)
            self.iterate(temperature)
            done += 1
        self.draft.replace(self.best)
        if report is not None:
            report(self._progress(done, time.monotonic() - started))

    def _progress(self, done: int, elapsed_s: float) -> Progress:
        served = sum(len(tour.ids) for tour in self.best)
        return Progress(done, elapsed_s, self.best_cost, served)

    def iterate(self, temperature_s: float) -> None:
        """One ruin, one recreate, and the decision."""
        before: dict[int, Tour] = {}
        removed = self._ruin(before)
        out_before = dict(self.absent)
        self._recreate(removed, before)
        tours = self.draft.tours
        delta = sum(tours[i].cost - tour.cost for i, tour in before.items())
        delta += sum(self.penalties[i] for i in self.absent if i not in out_before)
        delta -= sum(self.penalties[i] for i in out_before if i not in self.absent)
        if delta < -temperature_s * math.log(self.random.random() or 1e-12):
            self.cost += delta
            if self.cost < self.best_cost:
                self.best_cost = self.cost
                self.best = list(tours)
            return
        for index in before:
            for i in tours[index].ids:
                del self.draft.where[i]
        for index, tour in before.items():
            tours[index] = tour
            for i in tour.ids:
                self.draft.where[i] = index
        self.absent = out_before

    # -- ruin ----------------------------------------------------------------------------------

    def _ruin(self, before: dict[int, Tour]) -> list[Spec]:
        """Take strings of stops out of routes near a random visit (their section 5.1)."""
        rng, draft = self.random, self.draft
        placed, used = len(draft.where), sum(1 for tour in draft.tours if tour.ids)
        longest = min(STRING, placed / used) if used else 1.0
        most = max(1.0, 4 * REMOVED / (1 + longest) - 1)
        strings = int(rng.uniform(1, most + 1))
        removed: list[Spec] = []
        seed = self.ids[int(rng.random() * len(self.ids))]
        for visit in self.near(seed):
            index = draft.where.get(visit)
            if index is None or index in before:
                continue
            tour = draft.tours[index]
            at = tour.ids.index(visit)
            length = int(rng.uniform(1, min(len(tour.ids), longest) + 1))
            out = self._string(tour, at, length)
            if not out:
                continue
            kept = tuple(spec for spec in tour.specs if spec.id not in out)
            shorter = draft.scheduler.tour(tour.unit, kept)
            if not shorter.feasible:
                continue  # a stop may only be possible because one is near it already
            before[index] = tour
            removed += [spec for spec in tour.specs if spec.id in out]
            for i in out:
                del draft.where[i]
            draft.tours[index] = shorter
            if len(before) >= strings:
                break
        return removed

    def _string(self, tour: Tour, at: int, length: int) -> frozenset[int]:
        """Ids of ``length`` consecutive stops around one; half the time some inside are spared."""
        rng, n = self.random, len(tour.ids)
        spared = 0
        if length < n and length > 1 and rng.random() < 0.5:
            while length + spared < n and rng.random() < 0.5:
                spared += 1
        span = length + spared
        first = int(rng.uniform(max(0, at - span + 1), min(at, n - span) + 1))
        picked = list(range(first, first + span))
        if spared:
            skip = int(rng.random() * (length + 1))
            picked = picked[:skip] + picked[skip + spared :]
        return frozenset(tour.ids[i] for i in picked if not tour.specs[i].promised)

    # -- recreate ------------------------------------------------------------------------------

    def _recreate(self, removed: list[Spec], before: dict[int, Tour]) -> None:
        """Put visits back one by one, each in its cheapest place (their section 5.2).

        A visit that was out already is tried in changed routes only: in the others it did not fit.
        """
        rng, draft = self.random, self.draft
        tours, takers = draft.tours, draft.takers
        fit_in, fresh = draft.scheduler.fit, {spec.id for spec in removed}
        queue = removed + list(self.absent.values())
        order = self.orders[int(rng.random() * len(self.orders))]
        queue.sort(key=order)
        for spec in queue:
            visit = spec.id
            choices: Iterable[int] = takers[visit]
            if visit not in fresh:
                choices = filter(self.takers[visit].__contains__, list(before))
            best, chosen, position = self.penalties[visit], NOBODY, 0
            for index in choices:
                tour = tours[index]
                fit = tour.fits[visit] if visit in tour.fits else fit_in(tour, spec)
                if fit is not None and fit[0] < best and rng.random() >= BLINK:
                    best, chosen, position = fit[0], index, fit[1]
            if chosen == NOBODY:
                self.absent[visit] = spec
                continue
            self.absent.pop(visit, None)
            before.setdefault(chosen, tours[chosen])
            tours[chosen] = draft.scheduler.tour_with(tours[chosen], spec, position)
            draft.where[visit] = chosen


def _orders(draft: Draft, rng: random.Random) -> list[Callable[[Spec], float]]:
    """The orders in which visits return, each as often as it stands here."""
    base = {unit.home for unit in draft.model.units}
    travel = draft.model.legs.travel_s
    away = {
        i: min((travel[home][spec.place] for home in base), default=0) if spec.place >= 0 else 0
        for i, spec in draft.specs.items()
    }

    orders: tuple[tuple[int, Callable[[Spec], float]], ...] = (
        (3, lambda spec: rng.random()),
        (4, lambda spec: rng.random() - spec.value),
        (2, lambda spec: -spec.value / (spec.duration_s + away[spec.id] + 600)),
        (1, lambda spec: -away[spec.id]),
        (1, lambda spec: away[spec.id]),
        (1, lambda spec: spec.windows[-1][1]),
    )
    return [order for often, order in orders for _ in range(often)]


def improve(
    draft: Draft,
    *,
    seed: int,
    time_limit_s: float | None,
    iterations: int | None,
    started: float,
    report: Report | None = None,
) -> None:
    """Improve a draft in place; what comes out never costs more than what went in."""
    Search(draft, seed=seed).run(
        time_limit_s=time_limit_s, iterations=iterations, started=started, report=report
    )
