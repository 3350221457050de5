"""Reading and writing the JSON of a plan: routes, reasons, figures."""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.files.fields import MOST, Field, Json
from dispatch.plan import Assigned, Code, Plan, Reason, Route, Stop, Swap, Unassigned, Verdict

REASON_FIGURES = ("by_s", "by_m", "arrives_s", "level", "busy_s")


def plan_from_json(data: Json) -> Plan:
    """Build the plan that a plan file describes; ValueError names the wrong field."""
    return plan_of(Field(data, ""))


def plan_of(root: Field) -> Plan:
    """Build the plan at this place of a file, with the reasons that stand there."""
    root.only("routes", "assigned", "unassigned", "figures")
    return Plan(
        tuple(map(_route, root.get("routes").items())),
        tuple(map(_assigned, root.optional("assigned"))),
        tuple(map(_left_out, root.optional("unassigned"))),
    )


def _route(item: Field) -> Route:
    item.only("technicians", "lunch_s", "stops")
    stops = [stop.only("visit", "start_s") for stop in item.get("stops").items()]
    return Route(
        tuple(person.id() for person in item.get("technicians").items()),
        tuple(Stop(stop.get("visit").id(), stop.get("start_s").whole()) for stop in stops),
        item.get("lunch_s").whole() if item.has("lunch_s") else None,
    )


def _assigned(item: Field) -> Assigned:
    item.only("visit", "reasons")
    return Assigned(item.get("visit").id(), _reasons(item))


def _reasons(item: Field) -> tuple[Reason, ...]:
    found = []
    for reason in item.optional("reasons"):
        reason.only("technician", "code", "visit", *REASON_FIGURES)
        # Somebody else may be the nearer one: what is added can be less than the chosen one's.
        by_s, by_m, arrives_s, level, busy_s = (
            reason.get(name).whole(least=-MOST) if reason.has(name) else None
            for name in REASON_FIGURES
        )
        found.append(
            Reason(
                reason.get("technician").id(),
                reason.get("code").choice(Code),
                by_s,
                by_m,
                reason.get("visit").id() if reason.has("visit") else None,
                arrives_s=arrives_s,
                level=level,
                busy_s=busy_s,
            )
        )
    return tuple(found)


def _left_out(item: Field) -> Unassigned:
    item.only("visit", "verdict", "reasons", "swap")
    swap = item.get("swap").only("out", "technician") if item.has("swap") else None
    return Unassigned(
        item.get("visit").id(),
        item.get("verdict").choice(Verdict),
        _reasons(item),
        None if swap is None else Swap(swap.get("out").id(), swap.get("technician").id()),
    )


def plan_to_json(plan: Plan, *, figures: Mapping[str, int] | None = None) -> dict[str, Json]:
    """Return the plan as a plan file holds it."""
    return {
        "routes": [
            {
                "technicians": list(route.technicians),
                "lunch_s": route.lunch_s,
                "stops": [{"visit": s.visit, "start_s": s.start_s} for s in route.stops],
            }
            for route in plan.routes
        ],
        "assigned": [
            {"visit": item.visit, "reasons": [_reason_to_json(r) for r in item.reasons]}
            for item in plan.assigned
        ],
        "unassigned": [_unassigned_to_json(item) for item in plan.unassigned],
        "figures": dict(figures or {}),
    }


def _reason_to_json(reason: Reason) -> dict[str, Json]:
    found: dict[str, Json] = {"technician": reason.technician, "code": reason.code.value}
    for name in (*REASON_FIGURES, "visit"):
        value: int | None = getattr(reason, name)
        if value is not None:
            found[name] = value
    return found


def _unassigned_to_json(item: Unassigned) -> dict[str, Json]:
    found: dict[str, Json] = {
        "visit": item.visit,
        "verdict": item.verdict.value,
        "reasons": [_reason_to_json(reason) for reason in item.reasons],
    }
    if item.swap is not None:
        found["swap"] = {"out": item.swap.out, "technician": item.swap.technician}
    return found
