"""Alembic's environment: every table of `models`, on the connection that `migrate()` hands over."""

from alembic import context
from sqlmodel import SQLModel

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

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
