"""Writing an instance: a `Problem` as the JSON that `formats.problem_from_json` reads."""

from __future__ import annotations

from dispatch.files.fields import Json
from dispatch.files.plans import plan_to_json
from dispatch.problem import NOTHING_CARRIED, Problem, Technician, Visit


def problem_to_json(problem: Problem) -> dict[str, Json]:
    """The instance file of a problem, travel matrix included."""
    state: dict[str, Json] = {
        "committed": [
            {"technicians": list(work.technicians), "visit": work.visit, "start_s": work.start_s}
            for work in problem.committed
        ]
    }
    if problem.published is not None:
        state["published"] = plan_to_json(problem.published)
    return {
        "name": problem.name,
        "now_s": problem.now_s,
        "crews": problem.crews,
        "locations": [
            {
                "lat": place.lat,
                "lon": place.lon,
                "terrain": place.terrain.value,
                **({"region": place.region} if place.region else {}),
            }
            for place in problem.locations
        ],
        "travel_s": [list(row) for row in problem.travel.travel_s],
        "distance_m": [list(row) for row in problem.travel.distance_m],
        "ferries": [
            {
                "from": ferry.from_location,
                "to": ferry.to_location,
                "sail_s": list(ferry.sail_s),
                "crossing_s": ferry.crossing_s,
                "before_s": ferry.before_s,
            }
            for ferry in problem.ferries
        ],
        "technicians": [_technician(person) for person in problem.technicians],
        "visits": [_visit(visit) for visit in problem.visits],
        "state": state,
        "events": [
            {
                "kind": "absent",
                "technicians": list(absence.technicians),
                "at_s": absence.at_s,
                "until_s": absence.until_s,
            }
            for absence in problem.absences
        ],
    }


def _technician(person: Technician) -> dict[str, Json]:
    row: dict[str, Json] = {
        "id": person.id,
        "team": person.team,
        "home": person.home,
        "skills": dict(person.skills),
        "shift_s": list(person.shift_s),
        "lunch": {
            "earliest_s": person.lunch.earliest_s,
            "latest_s": person.lunch.latest_s,
            "duration_s": person.lunch.duration_s,
        },
        "seats": person.seats,
        "free_s": person.free_s,
        "had_lunch": person.had_lunch,
    }
    if person.carried != NOTHING_CARRIED:
        row["carried"] = {
            "busy_s": person.carried.busy_s,
            "highland": person.carried.highland,
            "island": person.carried.island,
        }
    for name in ("at", "person", "mentor"):
        value = getattr(person, name)
        if value is not None:
            row[name] = value
    return row


def _visit(visit: Visit) -> dict[str, Json]:
    row: dict[str, Json] = {
        "id": visit.id,
        "location": visit.location,
        "skills": dict(visit.skills),
        "priority": visit.priority,
        "start_s": [list(window) for window in visit.windows_s],
        "duration_s": visit.duration_s,
        "value": visit.value,
    }
    if visit.arrives_s is not None:
        row["arrives_s"] = visit.arrives_s
    return row
