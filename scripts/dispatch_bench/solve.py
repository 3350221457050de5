"""The same days planned by every engine, one after the other on the same machine."""

from __future__ import annotations

import gc
import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dispatch.files.plans import plan_from_json
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.schedule import Scheduler
from dispatch.solve import prepare, solve
from dispatch.solvers import nearest, vroom
from dispatch.solvers.draft import Draft, model_of
from scripts.dispatch_bench.files import Instance, read
from scripts.dispatch_bench.judge import Judge
from scripts.dispatch_bench.result import Asked, Result, Solved

Tell = Callable[[str], None]
Make = Callable[[Problem], Plan | None]
PYVRP = importlib.util.find_spec("pyvrp") is not None
if PYVRP:
    from scripts.dispatch_bench import pyvrp as bench_dispatch_pyvrp


@dataclass(frozen=True)
class Budgets:
    """Seconds: of VROOM and PyVRP, and of ours; the second one of ours is measured against them."""

    others_s: float = 5
    ours_s: tuple[float, float, float] = (1, 5, 20)


QUICK = Budgets(0.4, (0.2, 0.4, 0.6))


@dataclass(frozen=True)
class Engine:
    """One way to make a plan in a number of seconds."""

    name: str
    budget_s: float
    make: Make


def engines(budgets: Budgets, *, seed: int) -> list[Engine]:
    """Everybody who takes part, those without a budget first."""
    found = [
        Engine("nearest", 0, by_nearest),
        Engine("insertion", 0, partial(solve, solver="insertion")),
    ]
    others_s = budgets.others_s
    if not vroom.is_missing():
        found.append(Engine("vroom", others_s, partial(by_vroom, time_limit_s=others_s)))
    if PYVRP:
        pyvrp = partial(by_pyvrp, time_limit_s=others_s, seed=seed)
        found.append(Engine("pyvrp", others_s, pyvrp))
    for ours_s in budgets.ours_s:
        found.append(Engine("ours", ours_s, partial(by_us, time_limit_s=ours_s, seed=seed)))
    return found


def by_nearest(problem: Problem) -> Plan:
    """The nearest qualified technician, ticket by ticket."""
    draft = Draft(Scheduler(model_of(problem)))
    nearest.fill(draft)
    return draft.plan()


def by_vroom(problem: Problem, *, time_limit_s: float) -> Plan | None:
    """pyvroom alone at its widest exploration, on two threads."""
    draft = vroom.vroom_draft(Scheduler(model_of(problem)), time_limit_s=time_limit_s)
    return None if draft is None else draft.plan()


def by_pyvrp(problem: Problem, *, time_limit_s: float, seed: int) -> Plan:
    """PyVRP alone."""
    return bench_dispatch_pyvrp.plan(problem, time_limit_s=time_limit_s, seed=seed)


def by_us(problem: Problem, *, time_limit_s: float, seed: int) -> Plan:
    """The product's own, reasons included."""
    return solve(problem, time_limit_s=time_limit_s, seed=seed)


def planned(
    instances: list[Instance], *, budgets: Budgets, seeds: tuple[int, ...], judge: Judge, tell: Tell
) -> Result:
    """Plan every instance with every engine; with several seeds each search runs once for each."""
    result = Result()
    for name, is_missing in (("pyvroom", vroom.is_missing()), ("pyvrp", not PYVRP)):
        if is_missing:
            tell(f"{name} is not installed and takes no part")
    _warm_up(instances[0], seed=seeds[0], tell=tell)
    for instance in instances:
        for engine in _turns(budgets, seeds):
            row, errors = _measured(instance, engine, judge)
            result.solve.append(row)
            result.failed += [f"{instance.name}, {engine.name}: {error}" for error in errors]
            tell(
                f"{row.instance:<18}{row.engine:<10}{row.budget_s:>6.4g} s{row.value:>8}"
                f"{row.travel_s / 3600:>9.1f} h{row.wall_s:>9.2f} s"
            )
    return result


def _warm_up(instance: Instance, *, seed: int, tell: Tell) -> None:
    """Load what is loaded once, compiled code above all."""
    for name in prepare():
        tell(f"ours does without {name}")
    solve(instance.problem, seed=seed, iterations=10)


def _turns(budgets: Budgets, seeds: tuple[int, ...]) -> Iterator[Engine]:
    for number, seed in enumerate(seeds):
        for engine in engines(budgets, seed=seed):
            if number == 0 or engine.name in ("pyvrp", "ours"):
                yield engine


def _measured(instance: Instance, engine: Engine, judge: Judge) -> tuple[Solved, tuple[str, ...]]:
    gc.collect()
    started = time.perf_counter()
    plan = engine.make(instance.problem)
    wall_s = round(time.perf_counter() - started, 3)
    name, budget_s = engine.name, engine.budget_s
    if plan is None:
        return Solved(instance.name, name, budget_s, 0, 0, wall_s), ("it gave no plan",)
    verdict = judge.judged(instance.problem, instance.path, plan)
    row = Solved(instance.name, name, budget_s, verdict.value, verdict.travel_s, wall_s)
    return row, verdict.errors


def asked(instances: list[Instance], *, reference: Path | None, judge: Judge) -> list[Asked]:
    """What is asked on each day, and the best plan known."""
    found = []
    for instance in instances:
        value = sum(visit.value for visit in instance.problem.visits)
        row = Asked(instance.name, instance.visits, value)
        path = None if reference is None else reference / f"{instance.name}.plan.json"
        if path is not None and path.is_file():
            best = judge.judged(instance.problem, instance.path, plan_from_json(read(path)))
            if not best.errors:
                row = Asked(instance.name, instance.visits, value, best.value, best.travel_s)
        found.append(row)
    return found
