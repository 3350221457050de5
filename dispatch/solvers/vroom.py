"""VROOM behind one door: it runs in a process of its own and is killed at twice its budget.

pyvroom overruns its own time limit (1 s becomes up to 1.8 s) and cannot be interrupted from within,
so nothing of it is ever loaded here. Whatever goes wrong there (not installed, failed, killed) is
one answer here: None, and the old plan stays.

VROOM stops by itself after 0.2-2 s on days of 60-300 tickets; more time gives it nothing.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dispatch.files.fields import Json
from dispatch.model import Model
from dispatch.plan import Plan, Route, Stop
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft, model_of
from dispatch.solvers.vroom_request import vroom_input
from dispatch.units import Spec

__all__ = ["improve", "is_missing", "replan_without_memory", "vroom_plan"]

WORKER = Path(__file__).with_name("vroom_worker.py")
# -P: the worker's own folder holds a module named like the library.
COMMAND = (sys.executable, "-P", str(WORKER))
EXPLORATION = 5  # the widest; on days this small it costs a second
THREADS = 2
STARTS_IN_S = 0.15  # of a budget, for the process and its libraries
LEAST_S = 0.05
KILLED_AFTER = 2  # times the budget
# Where a search is ended by iterations VROOM ends by itself, long before this.
PATIENT_S = 60.0


def is_missing() -> bool:
    """Whether pyvroom is not installed; found out without loading it."""
    return importlib.util.find_spec("vroom") is None


def vroom_plan(
    model: Model,
    *,
    time_limit_s: float | None = None,
    threads: int = THREADS,
    command: Sequence[str] = COMMAND,
) -> Plan | None:
    """What VROOM makes of the open part of a day, from nothing.

    Parameters
    ----------
    model
        Its promises are kept; nothing else that people were told counts here.
    time_limit_s
        For everything; a process that takes twice as long is killed. None: until VROOM stops.
    command
        Starts the worker.

    Returns
    -------
    Routes of movable and promised stops with VROOM's starts, which know nothing of our rules beyond
    ``vroom_request``: ``Draft.keep`` times them exactly and drops what does not fit. None if VROOM
    is missing, failed or was killed.
    """
    budget_s = PATIENT_S if time_limit_s is None else time_limit_s
    asked = vroom_input(model)
    if not asked["jobs"] or not asked["vehicles"]:
        return _with_promises(model, {})
    request: dict[str, Json] = {
        "threads": threads,
        "exploration": EXPLORATION,
        "limit_s": max(LEAST_S, budget_s - STARTS_IN_S),
        "ends_after_s": KILLED_AFTER * budget_s,
        "input": asked,
    }
    answer = _asked(request, command=command, killed_after_s=KILLED_AFTER * budget_s)
    return None if answer is None else _with_promises(model, _routes(model, answer))


def _asked(request: Json, *, command: Sequence[str], killed_after_s: float) -> Json:
    """The worker's answer, or None; the process has ended either way."""
    try:
        ended = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=killed_after_s,
            check=True,
        )
        answer: Json = json.loads(ended.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return answer


def _routes(model: Model, answer: Json) -> dict[int, list[Stop]]:
    """The answer's stops by unit index."""
    visits = tuple(model.open_ids())
    routes: dict[int, list[Stop]] = {}
    for vehicle, stops in answer if isinstance(answer, list) else ():
        routes[vehicle] = [Stop(visits[number], start_s) for number, start_s in stops]
    return routes


def _with_promises(model: Model, routes: dict[int, list[Stop]]) -> Plan:
    """The plan of these stops, promised visits that VROOM left out put back at their time."""
    planned = {stop.visit for stops in routes.values() for stop in stops}
    for spec in map(model.spec, model.open_ids()):
        if spec.promised and spec.id not in planned:
            stops = routes.setdefault(spec.told_unit, [])
            stops.append(Stop(spec.id, spec.told_s))
            stops.sort(key=lambda stop: stop.start_s)
    return Plan(
        tuple(
            Route(model.units[index].technicians, tuple(stops)) for index, stops in routes.items()
        )
    )


def vroom_draft(scheduler: Scheduler, *, time_limit_s: float | None = None) -> Draft | None:
    """VROOM's plan with exact times, without what does not fit; None if there is none.

    Visits that VROOM cannot be asked about (calls) are inserted.
    """
    plan = vroom_plan(scheduler.model, time_limit_s=time_limit_s)
    if plan is None:
        return None
    draft = Draft(scheduler)
    draft.keep(plan)
    for spec in filter(_is_call, draft.absent()):
        draft.insert_best(spec)
    return draft


def _is_call(spec: Spec) -> bool:
    return spec.place < 0


def improve(draft: Draft, *, time_limit_s: float | None = None) -> bool:
    """Take VROOM's plan if it is the cheaper one; whether it was taken."""
    other = vroom_draft(draft.scheduler, time_limit_s=time_limit_s)
    if other is None or other.cost() >= draft.cost():
        return False
    draft.replace(other.tours)
    return True


def replan_without_memory(
    problem: Problem, told: Plan, *, time_limit_s: float | None
) -> Plan | None:
    """Plan everything movable anew, whoever was told of it; promised and committed work stays.

    The policy that a day is measured against. None where VROOM gave no plan.
    """
    draft = vroom_draft(Scheduler(model_of(problem, told)), time_limit_s=time_limit_s)
    return None if draft is None else draft.plan()
