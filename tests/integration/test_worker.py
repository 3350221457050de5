"""One worker leads; a stale one writes nothing (F5)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.config import Settings
from app.context import Context
from app.jobs import JOBS, LEASE, LEASE_S, Worker
from app.services.planning.replanning import replan_when_due
from app.sms.providers.console import ConsoleProvider
from app.travel.providers.estimate import Estimate
from app.video.providers.webrtc import WebRtc
from models.database import reading, transaction
from models.lease import Lease, LeaseLostError, check_epoch, give_up_lease, take_lease
from tests.factories import MORNING, a_province

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


def take(engine: Engine, owner: str, *, seconds_later: int = 0) -> int | None:
    with transaction(engine) as session:
        now = NOW + timedelta(seconds=seconds_later)
        return take_lease(session, LEASE, owner=owner, now=now, seconds=LEASE_S)


def test_the_second_worker_waits_for_the_first(engine: Engine):
    first = take(engine, "a")

    second = take(engine, "b", seconds_later=5)

    assert first == 1
    assert second is None


def test_a_lease_that_ran_out_passes_on_with_a_higher_epoch(engine: Engine):
    take(engine, "a")

    second = take(engine, "b", seconds_later=LEASE_S + 1)

    assert second == 2
    assert take(engine, "a", seconds_later=LEASE_S + 2) is None


def test_renewing_keeps_the_epoch(engine: Engine):
    assert take(engine, "a") == take(engine, "a", seconds_later=5) == 1


def test_a_lease_given_up_passes_on_at_once(engine: Engine):
    take(engine, "a")
    with transaction(engine) as session:
        give_up_lease(session, LEASE, owner="a", now=NOW)

    assert take(engine, "b") == 2


def test_the_epoch_fences_a_worker_that_was_paused(engine: Engine):
    old = take(engine, "a")
    take(engine, "b", seconds_later=LEASE_S + 1)

    with pytest.raises(LeaseLostError), transaction(engine) as session:
        check_epoch(session, LEASE, old or 0)


def test_a_stale_worker_records_no_plan(engine: Engine):
    with transaction(engine) as session:
        a_province(session)
    old = take(engine, "a")
    take(engine, "b", seconds_later=LEASE_S + 1)

    with pytest.raises(LeaseLostError):
        replan_when_due(engine, now=MORNING, epoch=old, lease=LEASE)


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    with transaction(engine) as session:
        a_province(session)
    return Context(
        settings=Settings(data_dir=str(tmp_path)),
        engine=engine,
        sms_out=ConsoleProvider(),
        sms_in=ConsoleProvider(),
        video=WebRtc(),
        travel=Estimate(),
    )


def test_of_two_workers_one_leads_and_the_other_takes_over_when_it_stops(context: Context):
    first, second = Worker(context, owner="a"), Worker(context, owner="b")
    first.tick()
    second.tick()
    with reading(context.engine) as session:
        leader = session.get_one(Lease, LEASE).owner

    first.stop()
    first.run()
    second.tick()

    with reading(context.engine) as session:
        lease = session.get_one(Lease, LEASE)
    second.stop()
    second.run()
    assert leader == "a"
    assert (lease.owner, lease.epoch) == ("b", 2)


def test_names_of_jobs_are_unique_and_in_the_readme():
    readme = Path(__file__).resolve().parents[2].joinpath("README.md").read_text(encoding="utf-8")

    names = [job.name for job in JOBS]

    assert len(set(names)) == len(names)
    assert [name for name in names if f"`{name}`" not in readme] == []
