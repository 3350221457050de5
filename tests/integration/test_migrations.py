"""The migrations lead to exactly what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine
from sqlmodel import SQLModel, text

from models import (
    account,
    calendar,
    call,
    catalog,
    lease,
    message,
    plan,
    privacy,
    roads,
    study,
    ticket,
    workforce,
)
from models.database import reading, transaction
from models.migration import migrate
from tests.factories import a_ticket

TABLES = (
    account,
    calendar,
    call,
    catalog,
    lease,
    message,
    plan,
    privacy,
    roads,
    study,
    ticket,
    workforce,
)
# Full-text search is the database's own and stands in no model.
SEARCH = "ticket_search"


def test_the_migrated_schema_is_that_of_the_models(engine: Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, _type, _parents: (
                    not str(name).startswith(SEARCH) and name != "ix_ticket_search"
                )
            },
        )
        differences = compare_metadata(context, SQLModel.metadata)

    assert differences == []


def test_migrating_again_changes_nothing(engine: Engine):
    with reading(engine) as session:
        before = session.exec(text("SELECT version_num FROM alembic_version")).all()  # type: ignore[call-overload]  # no overload for text

    migrate(engine)

    with reading(engine) as session:
        after = session.exec(text("SELECT version_num FROM alembic_version")).all()  # type: ignore[call-overload]  # no overload for text
    assert before == after


def test_the_first_ticket_is_number_1001(engine: Engine):
    with transaction(engine) as session:
        number = a_ticket(session).number

    assert number == 1001
