"""What the faults' tests stand on: a fake Twilio, and real processes on the test's database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.fakes.twilio_api import TwilioApi, running_twilio
from tests.faults.processes import Processes, processes_on


@pytest.fixture
def twilio() -> Iterator[TwilioApi]:
    """A fake vendor over HTTP."""
    with running_twilio() as api:
        yield api


@pytest.fixture
def processes(engine: Engine, tmp_path: Path, twilio: TwilioApi) -> Iterator[Processes]:
    """Starts the service's processes on `engine`; all are ended before the fake is."""
    with processes_on(engine, tmp_path) as started:
        yield started
