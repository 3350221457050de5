"""VROOM is missing, fails, hangs or is killed in mid-run: no process stays, and no plan is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGALRM, SIGKILL, SIGSTOP

import pytest

from dispatch.model import Model
from dispatch.plan import Plan
from dispatch.schedule import Scheduler
from dispatch.solvers.draft import Draft
from dispatch.solvers.insertion import fill
from dispatch.solvers.vroom import COMMAND, WORKER, improve, is_missing, vroom_plan
from tests.dispatch_days import a_problem, a_technician, a_visit

TASKS = Path("/proc/self/task")
pytestmark = pytest.mark.skipif(is_missing(), reason="pyvroom is not installed")


def children() -> set[int]:
    """The processes that this one has started and that still run, by whatever thread."""
    found: set[int] = set()
    for task in TASKS.iterdir():
        found |= set(map(int, (task / "children").read_text().split()))
    return found


@contextmanager
def signalled(number: int) -> Iterator[None]:
    """Send this signal to the worker that is started here, as soon as it runs."""
    before, over = children(), threading.Event()

    def send() -> None:
        while not over.is_set():
            for child in filter(is_worker, children() - before):
                os.kill(child, number)
                return
            time.sleep(0.001)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


def is_worker(pid: int) -> bool:
    """Whether the worker's own program runs there; before that it is still a copy of this one."""
    return WORKER.name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()


def a_model(visits: int = 6) -> Model:
    """Two technicians and some visits that they can do."""
    asked = [a_visit(i, location=1 + i % 3) for i in range(visits)]
    return Model(a_problem(asked, [a_technician(0), a_technician(1, home=1)]))


@pytest.mark.parametrize("number", [SIGSTOP, SIGKILL])
def test_a_worker_that_hangs_or_is_killed_leaves_no_process(number: int) -> None:
    before = children()

    with signalled(number):
        plan = vroom_plan(a_model(), time_limit_s=0.5)

    assert plan is None
    assert children() == before


def test_a_budget_too_small_to_start_in_leaves_no_process() -> None:
    before = children()

    plan = vroom_plan(a_model(200), time_limit_s=0.01)

    assert plan is None
    assert children() == before


def test_the_old_plan_stays_when_the_worker_is_stopped_in_mid_run() -> None:
    draft = Draft(Scheduler(a_model()))
    fill(draft)
    old = draft.plan()

    with signalled(SIGSTOP):
        taken = improve(draft, time_limit_s=0.5)

    assert not taken
    assert draft.plan() == old


def test_a_worker_that_nobody_kills_ends_by_itself() -> None:
    request = {"threads": 1, "exploration": 1, "limit_s": 60, "ends_after_s": 0.001, "input": {}}

    ended = subprocess.run(COMMAND, input=json.dumps(request).encode(), check=False)

    assert ended.returncode == -SIGALRM


def test_without_pyvroom_there_is_no_plan() -> None:
    no_packages = (COMMAND[0], "-S", *COMMAND[1:])

    assert vroom_plan(a_model(), time_limit_s=5, command=no_packages) is None


def test_a_worker_that_answers_nonsense_gives_no_plan() -> None:
    nonsense = (sys.executable, "-c", "print('{]')")

    assert vroom_plan(a_model(), time_limit_s=5, command=nonsense) is None


def test_a_worker_that_cannot_be_started_gives_no_plan() -> None:
    assert vroom_plan(a_model(), time_limit_s=5, command=("/nowhere/python",)) is None


def test_nothing_to_do_asks_nobody() -> None:
    assert vroom_plan(Model(a_problem()), command=("/nowhere/python",)) == Plan()
