"""Door 2, the clock: what runs how often, under one leader.

The scheduler keeps its jobs in memory and its due times in the database: a restart or a clock step
loses nothing. `Worker` holds the lease, renews it, and starts the scheduler anew when it stands
still, all on the monotonic clock.
"""

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from structlog import get_logger

from app.context import Context
from app.services.checks.verification import verify
from app.services.planning import lateness
from app.services.planning.replanning import replan_when_due
from app.services.privacy.retention import (
    anonymise_old,
    forget_old_texts,
    is_due,
    remove_unowned_files,
)
from app.services.studies.history_run import work_on_next
from app.services.studies.what_if_run import answer_next
from app.services.texts.outbox import deliver_due
from app.services.tickets import clockwork
from app.services.world.closures import plan_begun_closures
from app.services.world.travel_fetch import fetch_travel
from models.database import reading, retry_on_conflict, transaction
from models.lease import LeaseLostError, check_epoch, give_up_lease, take_lease

log = get_logger()
LEASE = "worker"
LEASE_S = 20
RENEW_S = 5.0
# A job that has not run for that many of its periods, and at least a minute, stands still.
STANDSTILL_PERIODS = 10


@dataclass(frozen=True)
class Job:
    """Something the clock does: every so many seconds, under the lease's epoch."""

    name: str
    period_s: float
    run: Callable[[Context, int], object]


def _in_transaction(work: Callable[..., int]) -> Callable[[Context, int], int]:
    """A service of one transaction as a job: fenced, and tried again on a conflict."""

    def run(context: Context, epoch: int) -> int:
        def once() -> int:
            with transaction(context.engine) as session:
                check_epoch(session, LEASE, epoch)
                return work(session, now=context.now())

        return retry_on_conflict(once)

    return run


def _deliver(context: Context, epoch: int) -> object:
    return deliver_due(
        context.engine,
        context.sms_out,
        now=context.now(),
        secret=context.settings.secret(),
        public_url=context.settings.public_url,
        has_links=context.settings.has_links,
        fence=lambda session: check_epoch(session, LEASE, epoch),
    )


def _replan(context: Context, epoch: int) -> object:
    run = replan_when_due(context.engine, now=context.now(), epoch=epoch, lease=LEASE)
    if run is not None:
        log.info("plan run ended", cause=run.cause, wall_ms=run.wall_ms, **run.figures)
    return run


def _fetch_travel(context: Context, epoch: int) -> object:
    said = fetch_travel(
        context.engine,
        context.travel,
        now=context.now(),
        machine_now=datetime.now(UTC),
        fence=lambda session: check_epoch(session, LEASE, epoch),
    )
    if said is not None:
        log.info("travel table fetched", source=context.travel.name, why=said or "ok")
    return said


def _answer_what_if(context: Context, epoch: int) -> object:
    return answer_next(context.engine, now=context.now(), epoch=epoch, lease=LEASE)


def _play_history(context: Context, epoch: int) -> object:
    return work_on_next(context.engine, now=context.now(), epoch=epoch, lease=LEASE)


def _verify(context: Context, _epoch: int) -> object:
    with reading(context.engine) as session:
        files = Path(context.settings.data_path, "files")
        violations = verify(session, files_dir=files, now=context.now())
    for violation in violations:
        log.error("invariant broken", found=str(violation))
    return len(violations)


def _retain(context: Context, epoch: int) -> object:
    """Every batch is a transaction of its own, so that nobody waits for all of them."""
    done = {"tickets": 0, "texts": 0, "files": 0}
    with reading(context.engine) as session:
        must_write = is_due(session, now=context.now())
    works = {"tickets": anonymise_old, "texts": forget_old_texts} if must_write else {}
    for name, work in works.items():
        batch = _in_transaction(work)
        while changed := batch(context, epoch):
            done[name] += changed
    with reading(context.engine) as session:
        done["files"] = remove_unowned_files(
            session, data_path=context.settings.data_path, machine_now=datetime.now(UTC)
        )
    log.info("retention done", **done)
    return done


JOBS: tuple[Job, ...] = (
    Job("outbox", 0.5, _deliver),
    Job("replan", 1, _replan),
    Job("healing", 15, _in_transaction(lateness.heal)),
    Job("what-if", 1, _answer_what_if),
    Job("history", 2, _play_history),
    Job("roads", 20, _in_transaction(plan_begun_closures)),
    Job("travel-table", 60, _fetch_travel),
    Job("escalation", 10, _in_transaction(clockwork.escalate_overdue)),
    Job("placement", 60, _in_transaction(clockwork.place_waiting)),
    Job("long-visits", 300, _in_transaction(clockwork.tell_long_visits)),
    Job("reminders", 60, _in_transaction(clockwork.remind_silent)),
    Job("resume", 60, _in_transaction(clockwork.resume_waiting)),
    Job("auto-confirm", 300, _in_transaction(clockwork.confirm_silent)),
    Job("verify", 3600, _verify),
    Job("retention", 6 * 3600, _retain),
)


class Worker:
    """One process that may lead. Of several only the holder of the lease does anything."""

    def __init__(self, context: Context, *, owner: str = "") -> None:
        self._context = context
        self.owner = owner or f"{socket.gethostname()}:{os.getpid()}"
        self._epoch: int | None = None
        self._scheduler: BackgroundScheduler | None = None
        self._ran_at: dict[str, float] = {}
        self._stop = threading.Event()

    def run(self) -> None:
        """Lead whenever the lease is ours, until `stop` is called."""
        while not self._stop.is_set():
            self.tick()
            self._stop.wait(RENEW_S)
        # The lease is given up only when nothing runs under it any more.
        self._halt(wait=True)
        with transaction(self._context.engine) as session:
            give_up_lease(session, LEASE, owner=self.owner, now=datetime.now(UTC))

    def stop(self) -> None:
        """Ask `run` to end; safe in a signal handler."""
        self._stop.set()

    def tick(self) -> None:
        """Renew or take the lease; start, stop or restart the scheduler accordingly."""
        epoch = self._take()
        if epoch is None or epoch != self._epoch:
            self._halt()
        if epoch is not None and (self._scheduler is None or self._stands_still()):
            self._halt()
            self._start(epoch)

    def _take(self) -> int | None:
        def once() -> int | None:
            with transaction(self._context.engine) as session:
                return take_lease(
                    session, LEASE, owner=self.owner, now=datetime.now(UTC), seconds=LEASE_S
                )

        try:
            return retry_on_conflict(once)
        except Exception as error:  # whatever the database does, the next tick tries again
            log.warning("lease not renewed", error=type(error).__name__)
            return None

    def _start(self, epoch: int) -> None:
        self._epoch = epoch
        self._ran_at = {job.name: time.monotonic() for job in JOBS}
        scheduler = BackgroundScheduler(timezone=UTC)
        for job in JOBS:
            scheduler.add_job(
                self._run,
                "interval",
                seconds=job.period_s,
                args=(job, epoch),
                id=job.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC),
            )
        scheduler.start()
        self._scheduler = scheduler
        log.info("worker leads", owner=self.owner, epoch=epoch)

    def _halt(self, *, wait: bool = False) -> None:
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=wait)
            log.info("worker no longer leads", owner=self.owner)
        self._scheduler = None
        self._epoch = None

    def _stands_still(self) -> bool:
        """A step of the machine's clock can stop every job: their due times lie far ahead then."""
        now = time.monotonic()
        return any(
            now - self._ran_at[job.name] > max(60.0, STANDSTILL_PERIODS * job.period_s)
            for job in JOBS
        )

    def _run(self, job: Job, epoch: int) -> None:
        try:
            job.run(self._context, epoch)
        except LeaseLostError:
            log.warning("lease lost", job=job.name)
        except Exception as error:  # a job's fault ends this run only; the next one tries again
            log.exception("job failed", job=job.name, error=type(error).__name__)
        finally:
            self._ran_at[job.name] = time.monotonic()
