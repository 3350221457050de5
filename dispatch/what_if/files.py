"""The files of a what-if: the fact that is different, and the comparison that comes out."""

from __future__ import annotations

from dispatch.files.fields import Field, Json
from dispatch.files.plans import plan_to_json
from dispatch.problem import LEVELS, Problem
from dispatch.what_if.comparison import Comparison, Move, Side
from dispatch.what_if.facts import ByHand, Closed, Fact, Fewer, More, Skilled, another_person

KINDS = ("fewer", "more", "skilled", "closed", "by-hand")


def fact_from_json(data: Json, problem: Problem) -> Fact:
    """Read ``{"kind": "fewer", "person": 7}`` and the like; ValueError names the wrong field.

    ``fewer``: person. ``more``: home (a location), skills, team. ``skilled``: person, skill, level.
    ``closed``: pairs of locations. ``by-hand``: visit, person, start_s?.
    """
    root = Field(data, "")
    kind = root.get("kind").text()
    if kind == "fewer":
        return Fewer(root.get("person").whole())
    if kind == "more":
        return _more(root, problem)
    if kind == "skilled":
        person, skill = root.get("person").whole(), root.get("skill").text()
        level = root.get("level")
        return level.build(lambda: Skilled(person, skill, level.whole()))
    if kind == "closed":
        return Closed(tuple(pair.pair() for pair in root.get("pairs").items()))
    if kind == "by-hand":
        start_s = root.get("start_s").whole() if root.has("start_s") else None
        return ByHand(root.get("visit").whole(), root.get("person").whole(), start_s)
    raise root.get("kind").wrong(f"{kind!r} is none of {', '.join(KINDS)}")


def _more(root: Field, problem: Problem) -> More:
    home = root.get("home").whole()
    if not 0 <= home < len(problem.locations):
        raise root.get("home").wrong(f"{home} is no location")
    skills = root.get("skills").levels(highest=LEVELS)
    return More(another_person(problem, home=home, skills=skills, team=root.get("team").whole()))


def comparison_to_json(found: Comparison) -> dict[str, Json]:
    """The comparison as a file holds it; both plans without their reasons."""
    return {
        "before": _side_to_json(found.before),
        "after": _side_to_json(found.after),
        "moves": [_move_to_json(move) for move in found.moves],
        "people": list(found.people),
    }


def _side_to_json(side: Side) -> dict[str, Json]:
    cost = side.cost
    return {
        "value": cost.value,
        "served": cost.served,
        "asked": side.asked,
        "travel_s": cost.travel_s,
        "distance_m": cost.distance_m,
        "plan": {"routes": plan_to_json(side.plan)["routes"]},
    }


def _move_to_json(move: Move) -> dict[str, Json]:
    return {
        "visit": move.visit,
        "kind": move.kind.value,
        "before": list(move.before),
        "after": list(move.after),
        "before_s": move.before_s,
        "after_s": move.after_s,
    }
