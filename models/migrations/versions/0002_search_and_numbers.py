"""Full-text search over the folded column, and the first ticket number."""

from alembic import op

revision = "0002"
down_revision = "0001"

FIRST_NUMBER = 1001


def upgrade() -> None:
    """FTS5 kept by triggers on SQLite; a GIN index on PostgreSQL."""
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE ticket_search USING fts5("
        "search_text, content='ticket', content_rowid='number', prefix='2 3')"
    )
    op.execute(
        "CREATE TRIGGER ticket_search_insert AFTER INSERT ON ticket BEGIN "
        "INSERT INTO ticket_search(rowid, search_text) VALUES (new.number, new.search_text); END"
    )
    op.execute(
        "CREATE TRIGGER ticket_search_update AFTER UPDATE OF search_text ON ticket BEGIN "
        "INSERT INTO ticket_search(ticket_search, rowid, search_text) "
        "VALUES ('delete', old.number, old.search_text); "
        "INSERT INTO ticket_search(rowid, search_text) VALUES (new.number, new.search_text); END"
    )
    op.execute(f"INSERT INTO sqlite_sequence(name, seq) VALUES ('ticket', {FIRST_NUMBER - 1})")


def _postgresql() -> None:
    op.execute(
        "CREATE INDEX ix_ticket_search ON ticket USING gin (to_tsvector('simple', search_text))"
    )
    op.execute(f"ALTER SEQUENCE ticket_number_seq RESTART WITH {FIRST_NUMBER}")
