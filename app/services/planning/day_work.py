"""The working days' content on its way into a Problem: visits, committed work, routes, people."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.services.planning.day_rows import DAY_S, AssignmentRow, CallRow, StaffRow
from app.services.planning.openings import Openings, boats_of
from app.services.planning.ticket_facts import TicketFacts
from app.services.reference import Reference
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Committed, Ferry, Lunch, Technician, Visit
from models.calendar import local_date, moment_of, seconds_of_day
from models.catalog import Priority
from models.lifecycle import Status

LUNCH = Lunch(earliest_s=11 * 3600, latest_s=13 * 3600, duration_s=45 * 60)
# Somebody still on site, or driving past the planned arrival, is taken to need that much more.
GRACE_S = 15 * 60
# Calls share the visits' numbers; tickets have at most six digits.
CALL_NUMBERS = 10_000_000
CALL_S = 30 * 60
BEGUN = (Status.EN_ROUTE, Status.ON_SITE)
# A person's entry for a later day is their id and that much for each day.
ENTRY = 1_000_000


@dataclass(frozen=True, slots=True)
class _Told:
    """A stop as its people were told."""

    people: tuple[int, ...]
    stop: Stop


class DayWork:
    """Collects what stands on the days; ``entries`` are each person's ids in the Problem."""

    def __init__(
        self,
        facts: Reference,
        days: Sequence[date],
        *,
        now: datetime,
        staff: Mapping[int, StaffRow],
    ) -> None:
        first = days[0]
        self.facts = facts
        self.days = tuple(days)
        self.now = now
        self.staff = staff
        self.is_today = first == local_date(now)
        self.starts_s = tuple((on - first).days * DAY_S for on in days)
        self.now_s = min(seconds_of_day(now, first), DAY_S - 1) if self.is_today else 0
        self.entries = {
            person: tuple(person + index * ENTRY for index in range(len(days))) for person in staff
        }
        self.visits: list[Visit] = []
        self.committed: list[Committed] = []
        self._told: list[_Told] = []
        self._busy_until_s: dict[int, int] = {}
        self._markers: dict[int, set[str]] = defaultdict(set)
        self._midnight = moment_of(first, 0)
        self._openings = Openings(facts, days, self.starts_s, now_s=self.now_s)

    # -- what people have ----------------------------------------------------------------------

    def add_assignment(self, row: AssignmentRow, ticket: TicketFacts) -> None:
        """A ticket that is somebody's already: committed, or a stop that may move."""
        people = tuple(person for person in row.people if person in self.staff)
        if not people:
            return
        is_begun = row.status in BEGUN
        start_s = self._second(row.told_starts_at)
        if self.is_today and not is_begun:
            # Of today, and time to leave: taken to be on the way, whatever was reported.
            is_begun = start_s >= 0 and start_s - row.travel_s <= self.now_s
        if is_begun and self.is_today:
            self._commit(row, people)
        elif not is_begun and (self.add_ticket(ticket) or self._add_shut_out(ticket)):
            self._told.append(_Told(people, Stop(row.ticket_number, max(0, start_s))))

    def _commit(self, row: AssignmentRow, people: tuple[int, ...]) -> None:
        category = self.facts.categories[row.category_code]
        duration_s = category.visit_min * 60
        if row.status is Status.ON_SITE and row.arrived_at is not None:
            start_s = max(0, self._second(row.arrived_at))
            duration_s = max(duration_s, self.now_s + GRACE_S - start_s)
        else:
            planned_at = row.starts_at if row.status is Status.EN_ROUTE else row.told_starts_at
            start_s = max(0, self._second(planned_at), self.now_s)
        start_s = max(start_s, *(self._busy_until_s.get(person, 0) for person in people))
        for person in people:
            self._busy_until_s[person] = start_s + duration_s
        self.visits.append(
            Visit(
                id=row.ticket_number,
                location=self.facts.places[row.commune_code].index,
                skills={},
                priority=row.priority.rank,
                windows_s=((0, (len(self.days) + 1) * DAY_S),),
                duration_s=duration_s,
                value=self.facts.value[row.priority],
            )
        )
        today = tuple(self.entries[person][0] for person in people)
        self.committed.append(Committed(today, row.ticket_number, start_s))

    def add_call(self, call: CallRow) -> None:
        """A booked or running call keeps its host from driving; it is held where they are."""
        host = call.technician_id
        if host not in self.staff:
            return
        number = CALL_NUMBERS + call.id
        start_s = max(0, self._second(call.starts_at), self.now_s)
        if start_s < self._busy_until_s.get(host, 0):
            return  # they are on site or driving: the call waits for them, not the plan
        self._markers[host].add(f"person-{host}")
        self.visits.append(
            Visit(
                id=number,
                location=None,
                skills={f"person-{host}": 1},
                priority=1,
                windows_s=((start_s, start_s + GRACE_S),),
                duration_s=CALL_S,
                value=self.facts.value[Priority.P1],
            )
        )
        self._told.append(_Told(self._car_of(host, start_s), Stop(number, start_s)))

    def _car_of(self, person: int, second: int) -> tuple[int, ...]:
        """Who travels with somebody at that time: a call is taken on the way, whoever else is."""
        day = second // DAY_S
        with_them = [
            told
            for told in self._told
            if person in told.people and told.stop.start_s // DAY_S == day
        ]
        nearest = min(with_them, key=lambda told: abs(told.stop.start_s - second), default=None)
        return nearest.people if nearest else (person,)

    # -- what is to be placed ------------------------------------------------------------------

    def add_ticket(self, ticket: TicketFacts) -> bool:
        """A visit that may be placed; False when it has no window on these days."""
        windows = self._windows(ticket)
        if windows:
            self._add(ticket, windows)
        return bool(windows)

    def _add_shut_out(self, ticket: TicketFacts) -> bool:
        """A visit whose commune takes nobody any more: it is in the plan, so that it is dropped."""
        if not self.facts.has_windows(ticket.commune_code):
            return False
        end_s = self.starts_s[-1] + DAY_S - 1
        self._add(ticket, ((end_s, end_s),))
        return True

    def _add(self, ticket: TicketFacts, windows: tuple[tuple[int, int], ...]) -> None:
        skills = ticket.needs(self.facts)
        if ticket.pinned_to is not None:
            skills = {f"person-{ticket.pinned_to}": 1}
            self._markers[ticket.pinned_to].add(f"person-{ticket.pinned_to}")
        if ticket.not_for:
            marker = f"not-for-{ticket.number}"
            skills[marker] = 1
            for person in self.staff.keys() - self._refusing(ticket.not_for):
                self._markers[person].add(marker)
        self.visits.append(
            Visit(
                id=ticket.number,
                location=self.facts.places[ticket.commune_code].index,
                skills=skills,
                priority=ticket.priority.rank,
                windows_s=windows,
                duration_s=self.facts.categories[ticket.category_code].visit_min * 60,
                value=self.facts.value[ticket.priority],
            )
        )

    def _refusing(self, declined: frozenset[int]) -> frozenset[int]:
        """Who declined, and who shares a car with one of them: the car would bring them along."""
        together = {p for told in self._told if declined & set(told.people) for p in told.people}
        return declined | together

    def _windows(self, ticket: TicketFacts) -> tuple[tuple[int, int], ...]:
        """When it may begin: working time that is left, up to the target unless it is late."""
        open_s = self._openings.of(ticket.commune_code)
        if ticket.is_late or ticket.target_at is None or ticket.target_at < self.now:
            return open_s
        latest_s = self._second(ticket.target_at)
        if open_s and latest_s >= open_s[-1][1]:
            return open_s
        return tuple(
            (opens, min(closes, latest_s)) for opens, closes in open_s if opens <= latest_s
        )

    def _second(self, at: datetime) -> int:
        """Seconds since the first midnight; called for every row, so without zone arithmetic."""
        return int((at - self._midnight).total_seconds())

    # -- what comes out ------------------------------------------------------------------------

    def plan(self) -> Plan:
        """The routes as people were told, in order of time; committed stops first."""
        cars: dict[frozenset[int], tuple[tuple[int, ...], list[Stop], list[Stop]]] = {}
        for work in self.committed:
            people = work.technicians
            car = cars.setdefault(frozenset(people), (people, [], []))
            car[1].append(Stop(work.visit, work.start_s))
        for told in self._told:
            people = self._entries_at(told.people, told.stop.start_s)
            car = cars.setdefault(frozenset(people), (people, [], []))
            car[2].append(told.stop)
        routes = [
            Route(people, (*fixed, *sorted(stops, key=lambda stop: stop.start_s)))
            for people, fixed, stops in cars.values()
        ]
        return Plan(routes=tuple(sorted(routes, key=lambda route: route.stops[0].start_s)))

    def _entries_at(self, people: Iterable[int], second: int) -> tuple[int, ...]:
        """The entries of these people on that day; the first day's for what is over."""
        start = second // DAY_S * DAY_S
        index = self.starts_s.index(start) if start in self.starts_s else 0
        return tuple(self.entries[person][index] for person in people)

    def technicians(self) -> tuple[Technician, ...]:
        """Everybody, once for each day."""
        sharing = {p for told in self._told if len(told.people) > 1 for p in told.people}
        sharing |= {p for work in self.committed if work.technicians[1:] for p in work.technicians}
        trainees = Counter(person.mentor_id for person in self.staff.values())
        # One seat: nobody joins, and nobody is joined.
        seats = {
            person.id: person.seats
            if person.may_share or person.id in sharing
            else 1 + trainees[person.id]
            for person in self.staff.values()
        }
        return tuple(
            self._technician(person, index, seats=seats[person.id])
            for person in self.staff.values()
            for index in range(len(self.days))
        )

    def _technician(self, person: StaffRow, index: int, *, seats: int) -> Technician:
        """The technician on one of the days; after today's last word from them, from there."""
        on, start = self.days[index], self.starts_s[index]
        home = at = self.facts.places[person.home_code].index
        if index == 0 and self.is_today and person.at_code and person.seen_at is not None:
            seen_today = local_date(person.seen_at) == on
            at = self.facts.places[person.at_code].index if seen_today else home
        opens, closes = shift_s(self.facts, person, on)
        lunch = LUNCH
        if start:
            lunch = replace(
                LUNCH, earliest_s=start + LUNCH.earliest_s, latest_s=start + LUNCH.latest_s
            )
        entries = self.entries[person.id]
        return Technician(
            id=entries[index],
            team=person.team_id,
            home=home,
            skills={**person.skills, **dict.fromkeys(self._markers.get(person.id, ()), 1)},
            shift_s=(start + opens, start + closes),
            lunch=lunch,
            seats=seats,
            at=at,
            person=entries[0] if index else None,
            mentor=self.entries[person.mentor_id][index] if person.mentor_id else None,
            carried=person.carried,
        )

    def ferries(self) -> tuple[Ferry, ...]:
        """The boats of all the days."""
        return boats_of(self.facts, self.days, self.starts_s)


def person_of(entry: int) -> int:
    """The technician behind an entry of a Problem."""
    return entry % ENTRY


def shift_s(facts: Reference, person: StaffRow, on: date) -> tuple[int, int]:
    """When somebody works on that date: their own shift, else the office's hours."""
    stretches = facts.calendar.minutes_of(on)
    if not stretches:
        return (0, 0)
    opens, closes = person.shifts.get(on.weekday(), (stretches[0][0], stretches[-1][1]))
    return (opens * 60, closes * 60)
