"""The API keeps to its own description, whatever is sent to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import Engine

from models.account import Role
from models.database import transaction
from models.lifecycle import Status
from tests.door import a_token, an_app
from tests.factories import a_lead, a_ticket, a_user

OPERATIONS = (
    ("/api/v1/tickets", "GET"),
    ("/api/v1/tickets", "POST"),
    ("/api/v1/tickets/{number}", "GET"),
    ("/api/v1/tickets/{number}/actions", "POST"),
    ("/api/v1/plan", "GET"),
    ("/api/v1/closures", "GET"),
    ("/api/v1/closures", "POST"),
    ("/api/v1/closures/{closure_id}/lift", "POST"),
    ("/api/v1/messages", "GET"),
    ("/api/v1/demo/sms", "POST"),
)


@pytest.fixture
def api(sqlite_engine: Engine, tmp_path: Path) -> Iterator[tuple[Flask, dict[Role, str]]]:
    """The application with a few tickets, and the tokens of two people."""
    with transaction(sqlite_engine) as session:
        for status in (Status.OPEN, Status.ASSIGNED, Status.RESOLVED, Status.CLOSED):
            a_ticket(session, status=status)
        tokens = {
            Role.DISPATCHER: a_token(session, a_user(session, Role.DISPATCHER)),
            Role.LEAD: a_token(session, a_lead(session)),
        }
    with an_app(sqlite_engine, tmp_path) as app:
        yield app, tokens


def test_the_description_names_these_calls_and_no_others(api: tuple[Flask, dict[Role, str]]):
    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api[0])

    described = [found.ok() for found in description.get_all_operations()]

    assert {(one.path, one.method.upper()) for one in described} == set(OPERATIONS)


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.LEAD])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_sent_is_answered_as_described(
    api: tuple[Flask, dict[Role, str]], path: str, method: str, role: Role
):
    app, tokens = api
    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operation = description[path][method]
    headers = {"Authorization": f"Bearer {tokens[role]}", "Accept-Encoding": "identity"}

    @given(case=operation.as_strategy())
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def answers_as_described(case: schemathesis.Case) -> None:
        # A well-formed body may still name a category that is not there: 422 is no breach then.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    answers_as_described()
