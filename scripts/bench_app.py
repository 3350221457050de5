"""The application as it is, with a counter of its SQL statements in front, for `bench.py` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from app.context import KEY
from scripts.bench_header import HEADER
from scripts.web import application

# What a session says about its transaction reads and writes nothing.
FRAMES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
_count: ContextVar[list[int] | None] = ContextVar("statements", default=None)


def create_bench_app() -> Flask:
    """The product's application; each answer says how many statements it took."""
    app = application()
    count_statements(app.extensions[KEY].engine)
    served = app.wsgi_app

    def counted(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:  # WSGI
        seen = [0]
        token = _count.set(seen)

        def start_counted(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # WSGI
            return start(status, [*headers, (HEADER, str(seen[0]))], *rest)

        try:
            return served(environ, start_counted)
        finally:
            _count.reset(token)

    app.wsgi_app = counted  # type: ignore[method-assign,assignment]  # Flask's own recipe
    return app


def count_statements(engine: Engine) -> None:
    """Count every statement of this engine in the request that sends it."""

    @event.listens_for(engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:  # the event's
        seen = _count.get()
        if seen is not None and not statement.lstrip().upper().startswith(FRAMES):
            seen[0] += 1
