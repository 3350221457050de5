"""When a unit does its visits: earliest starts with lunch, and where one more visit fits.

Every leg obeys "leaving earlier never means arriving later", so two labels for each stop tell
everything: the earliest start with lunch still owed (``a``) and with lunch had (``b``). From
behind, the latest starts from which the rest of the route can still be kept give, with them, an
exact answer in constant time to "does a visit fit here?", lunch included. Routes with a crossing,
an absence, a call or a ticket that is not known yet have no such labels from behind: there each
position is tried by scheduling the whole route.

A stop that the same people were told a time for is held at that time where this costs nothing
hard, so that an undisturbed route comes out with exactly the starts that were told.
"""

from __future__ import annotations

from dispatch.fitting import fit_plain
from dispatch.model import Model
from dispatch.objective import CHANGED_S, SHIFTED_S, balance_s, waiting_s
from dispatch.plan import SHIFT_S
from dispatch.timing import careful_step, earliest, latest, step
from dispatch.tour import Fit, Tour
from dispatch.travel import NEVER_S
from dispatch.units import NOBODY, Spec, Unit

Times = tuple[list[int], int | None]  # the starts, and when lunch begins


class Scheduler:
    """Builds tours and finds places in them; remembers every tour it has built."""

    MEMORY = 40_000  # tours; up to 5 kB each with what they remember

    def __init__(self, model: Model) -> None:
        self.model = model
        self._tours: dict[tuple[int, tuple[int, ...]], Tour] = {}

    def tour(self, unit: Unit, specs: tuple[Spec, ...]) -> Tour:
        """The unit's tour over the model's own specs in this order."""
        key = (unit.index, tuple([spec.id for spec in specs]))
        found = self._tours.get(key)
        if found is None:
            if len(self._tours) >= self.MEMORY:
                self._tours.clear()
            found = self._tours[key] = self.build(unit, specs)
        return found

    def build(self, unit: Unit, specs: tuple[Spec, ...]) -> Tour:
        """Schedule these stops; the tour says whether that is feasible."""
        tour = Tour(unit, specs)
        times = self._forward(tour, None)
        if times is None:
            if not specs:
                self._measure(tour)
            return tour
        tour.feasible = True
        tour.starts, tour.lunch_s = times
        self._hold(tour)
        self._measure(tour)
        if self._is_plain(tour):
            tour.exact = True
            self._backward(tour)
        return tour

    def _is_plain(self, tour: Tour) -> bool:
        unit, island = tour.unit, self.model.legs.island
        side = island[unit.home]
        if unit.away or island[unit.place] != side:
            return False
        return all(
            spec.place >= 0 and island[spec.place] == side and spec.known_s <= unit.leaves_s
            for spec in tour.specs
        )

    # -- forward -------------------------------------------------------------------------------

    def _forward(self, tour: Tour, floors: list[int] | None) -> Times | None:
        """Earliest starts, none before its floor; the labels are kept when there are no floors."""
        unit = tour.unit
        travel, island = self.model.legs.travel_s, self.model.legs.island
        if unit.had_lunch:
            a, b = NEVER_S, unit.free_s
        else:
            a, b = unit.free_s, NEVER_S
        place = unit.place
        frees_a, frees_b, origins = [a], [b], [place]
        lunches: list[int] = []  # when lunch begins if it falls on this leg, else -1
        for i, spec in enumerate(tour.specs):
            there = spec.place if spec.place >= 0 else place
            floor = floors[i] if floors else 0
            late = spec.known_s > (unit.leaves_s if i else unit.free_s)
            if late or unit.away or island[place] != island[there]:
                start_a, start_b, lunch = careful_step(
                    self.model.legs, unit, spec, place, a=a, b=b, floor=floor
                )
            else:
                start_a, start_b, lunch = step(
                    unit, spec, travel[place][there], a=a, b=b, floor=floor
                )
            if start_a >= NEVER_S and start_b >= NEVER_S:
                return None
            lunches.append(lunch)
            a = start_a + spec.duration_s if start_a < NEVER_S else NEVER_S
            b = start_b + spec.duration_s if start_b < NEVER_S else NEVER_S
            place = there
            frees_a.append(a)
            frees_b.append(b)
            origins.append(place)
        if floors is None:
            tour.free_a, tour.free_b, tour.origins = frees_a, frees_b, origins
        return self._homeward(tour, frees_a, frees_b, lunches=lunches, place=place)

    def _homeward(
        self,
        tour: Tour,
        frees_a: list[int],
        frees_b: list[int],
        *,
        lunches: list[int],
        place: int,
    ) -> Times | None:
        """Close the route at home, then walk back to see which label each stop stands on."""
        unit, legs = tour.unit, self.model.legs
        a, b = frees_a[-1], frees_b[-1]
        on_b = a >= NEVER_S or a + legs.leg(place, unit.home, leaves_s=a)[0] > min(
            unit.closes_s, unit.lunch_closes_s
        )
        lunch: int | None = None
        if on_b:
            home_b = b + legs.leg(place, unit.home, leaves_s=b)[0] if b < NEVER_S else NEVER_S
            if a < NEVER_S:
                back, begins = legs.earliest_lunch(
                    place,
                    unit.home,
                    free_s=a,
                    leaves_s=a,
                    opens_s=unit.lunch_opens_s,
                    closes_s=unit.lunch_closes_s,
                    length_s=unit.lunch_length_s,
                )
                if back <= home_b:
                    home_b, lunch, on_b = back, begins, False
            if home_b > unit.closes_s:
                return None
        starts = [0] * len(tour.specs)
        for i in range(len(starts) - 1, -1, -1):
            starts[i] = (frees_b if on_b else frees_a)[i + 1] - tour.specs[i].duration_s
            if on_b and lunches[i] >= 0:
                lunch, on_b = lunches[i], False
        return starts, lunch

    # -- what was told, what it costs, the labels from behind ----------------------------------

    def _hold(self, tour: Tour) -> None:
        """Hold stops at the start their people were told, one after the other, where that fits."""
        index = tour.unit.index
        floors: list[int] | None = None
        for i, spec in enumerate(tour.specs):
            if spec.told_unit != index or spec.told_s <= tour.starts[i]:
                continue
            trial = list(floors) if floors else [0] * len(tour.specs)
            trial[i] = spec.told_s
            times = self._forward(tour, trial)
            if times is not None:
                floors = trial
                tour.starts, tour.lunch_s = times

    def _measure(self, tour: Tour) -> None:
        """Travel, hours and cost, counted as ``objective.evaluate`` counts them."""
        unit, legs = tour.unit, self.model.legs
        travel, busy = unit.fixed_travel_s, unit.fixed_busy_s
        free, place, extra, trips = unit.free_s, unit.place, 0, unit.fixed_trips
        for spec, start in zip(tour.specs, tour.starts, strict=False):
            there = spec.place if spec.place >= 0 else place
            leg = legs.leg(place, there, leaves_s=max(free, spec.known_s))[0]
            travel += leg
            busy += leg + spec.duration_s
            if spec.place >= 0:
                trips |= legs.trip_bit[there]
            extra += waiting_s(spec.priority, waits_s=start - spec.begins_s)
            if spec.told_people != NOBODY:
                if spec.told_people != unit.people:
                    extra += CHANGED_S
                elif abs(start - spec.told_s) > SHIFT_S:
                    extra += SHIFTED_S
            free, place = start + spec.duration_s, there
        if tour.specs or unit.fixed:
            leg = legs.leg(place, unit.home, leaves_s=free)[0]
            travel, busy = travel + leg, busy + leg
        tour.travel_s, tour.busy_s = travel, busy
        tour.trips = trips
        tour.cost = travel + extra + unit.trips_s(trips)
        tour.cost += balance_s(busy, people=len(unit.technicians), carried_s=unit.carried_s)

    def _backward(self, tour: Tour) -> None:
        """The latest start of each stop from which the rest can be kept, lunch owed and had."""
        # Forward time slack, Savelsbergh 1992 (section 3), once for each of the two labels.
        unit, travel = tour.unit, self.model.legs.travel_s
        opens, closes, length = (
            unit.lunch_opens_s,
            unit.lunch_closes_s,
            unit.lunch_length_s,
        )
        n = len(tour.specs)
        late_a, late_b = [0] * (n + 1), [0] * (n + 1)
        a = late_a[n] = min(unit.closes_s, closes)
        b = late_b[n] = unit.closes_s
        there = unit.home
        for i in range(n - 1, -1, -1):
            spec = tour.specs[i]
            leg = travel[spec.place][there]
            free_a = a - leg
            if opens + length <= b:
                free_a = max(free_a, min(b - leg - length, closes))
            a = late_a[i] = latest(spec.windows, free_a - spec.duration_s)
            b = late_b[i] = latest(spec.windows, b - leg - spec.duration_s)
            there = spec.place
        tour.late_a, tour.late_b = late_a, late_b

    # -- where one more visit fits -------------------------------------------------------------

    def tour_with(self, tour: Tour, spec: Spec, position: int) -> Tour:
        """The tour with the visit put in at this position."""
        return self.tour(tour.unit, (*tour.specs[:position], spec, *tour.specs[position:]))

    def best_tour(self, tour: Tour, spec: Spec) -> Tour | None:
        """The tour with the visit where its exact cost is least; None if it fits nowhere."""
        best: Tour | None = None
        if tour.feasible and self.fit(tour, spec) is not None:
            for i in range(len(tour.specs) + 1):
                trial = self.tour_with(tour, spec, i)
                if trial.feasible and (best is None or trial.cost < best.cost):
                    best = trial
        return best

    def fit(self, tour: Tour, spec: Spec) -> Fit | None:
        """(added cost, position) of the cheapest place for a visit; None if it fits nowhere.

        Without crossings and the like the added cost counts travel, balance and the visit's own
        waiting exactly, and leaves out what later stops wait or shift: it ranks, and the tour that
        is then built has the exact cost.
        """
        if spec.id in tour.fits:
            return tour.fits[spec.id]
        found: Fit | None = None
        if tour.feasible:
            island, unit = self.model.legs.island, tour.unit
            plain = tour.exact and spec.place >= 0 and spec.known_s <= unit.leaves_s
            if plain and island[spec.place] == island[unit.home]:
                found = fit_plain(self.model.legs, tour, spec)
            else:
                found = self._fit_by_trial(tour, spec)
        tour.fits[spec.id] = found
        return found

    def _fit_by_trial(self, tour: Tour, spec: Spec) -> Fit | None:
        best: Fit | None = None
        if self._is_out_of_reach(tour.unit, spec):
            return None
        for i in range(len(tour.specs) + 1):
            trial = self.tour_with(tour, spec, i)
            if trial.feasible and (best is None or trial.cost - tour.cost < best[0]):
                best = (trial.cost - tour.cost, i)
        return best

    def _is_out_of_reach(self, unit: Unit, spec: Spec) -> bool:
        """Whether the unit could not go there and home again even fasting, with nothing else to do.

        Saves trying every position of every route for a boat that cannot be caught.
        """
        if spec.place < 0:
            return False
        legs = self.model.legs
        leaves = max(unit.free_s, spec.known_s)
        arrives = leaves + legs.leg(unit.place, spec.place, leaves_s=leaves)[0]
        ends = earliest(spec.windows, arrives) + spec.duration_s
        return ends + legs.leg(spec.place, unit.home, leaves_s=ends)[0] > unit.closes_s
