"""Many small problems solved beside each other, each in a process that speaks the files' format."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from dispatch.country.borders import whole_draft
from dispatch.explain import explain
from dispatch.files.fields import Json
from dispatch.files.formats import problem_from_json
from dispatch.files.instances import problem_to_json
from dispatch.files.plans import plan_from_json, plan_to_json
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.solve import prepare, solve


@dataclass(frozen=True, slots=True)
class Effort:
    """How a part is solved; ``time_limit_s`` and ``iterations`` as in ``dispatch.solve``."""

    solver: str
    time_limit_s: float | None
    iterations: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class Task:
    """One part as it travels to a process: plain values only."""

    instance: Json
    start: Json
    effort: Effort


def task(problem: Problem, start: Plan, effort: Effort) -> Task:
    """Pack a part, with the plan that it starts from."""
    return Task(problem_to_json(problem), plan_to_json(start), effort)


def perform(work: Task) -> Json:
    """Solve one part; this is what runs in the other process."""
    effort = work.effort
    plan = solve(
        problem_from_json(work.instance),
        solver=effort.solver,
        time_limit_s=effort.time_limit_s,
        iterations=effort.iterations,
        seed=effort.seed,
        start=plan_from_json(work.start),
    )
    return plan_to_json(plan)


def give_reasons(work: Task) -> Json:
    """The part's plan as it stands, with the reasons of every visit that is planned."""
    draft = whole_draft(problem_from_json(work.instance), plan_from_json(work.start))
    return plan_to_json(explain(draft.scheduler, draft.tours, ()))


class Crowd:
    """A few processes that solve parts; with one process it is this one."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Crowd:
        if self.processes > 1:
            # Not forked: a fork would copy threads' locks, and compiled code keeps threads.
            way = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.processes, mp_context=way, initializer=prepare)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, action: Callable[[Task], Json], tasks: Sequence[Task]) -> Iterator[Plan]:
        """The plans that an action makes of these parts, in their order.

        What a process leaves undone that dies (of memory, for one) is done in this one.
        """
        done = 0
        if self._pool is not None:
            try:
                for plan in self._pool.map(action, tasks):
                    yield plan_from_json(plan)
                    done += 1
            except BrokenExecutor:
                self._pool = None
        for work in tasks[done:]:
            yield plan_from_json(action(work))
