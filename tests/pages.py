"""A person at the pages: logs in through the form, carries the CSRF token, counts the queries."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from app.context import KEY
from models.account import User
from tests.factories import PASSWORD

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")


class Visitor:
    """A browser without scripts; every page it gets gives it the token for its next form."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self._token = ""

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        response = self.client.get(path)
        self._remember(response)
        return response

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send a form; files are tuples of stream and name, or lists of them."""
        if not self._token:
            self.get("/log-in")
        data = {"csrf_token": self._token, **fields}
        response = self.client.post(path, data=data, content_type="multipart/form-data")
        self._remember(response)
        return response

    def log_in(self, username: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Log in through the form."""
        response = self.post("/log-in", username=username, password=password, **fields)
        self._token = ""
        return response

    def follow(self, response: TestResponse) -> str:
        """The page that an answer leads to, as text."""
        assert response.status_code == 303, words(response)
        return words(self.get(response.headers["Location"]))

    def _remember(self, response: TestResponse) -> None:
        if response.mimetype == "text/html":
            found = _TOKEN.search(response.get_data(as_text=True))
            self._token = found[1] if found else self._token


def a_visitor(app: Flask, user: User) -> Visitor:
    """That person, logged in."""
    visitor = Visitor(app)
    assert visitor.log_in(user.username).status_code == 303
    visitor.get("/tickets")
    return visitor


def words(response: TestResponse) -> str:
    """What a person reads on the page."""
    return " ".join(unescape(_TAG.sub(" ", response.get_data(as_text=True))).split())


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """The statements that the application sends to its database meanwhile."""
    statements: list[str] = []
    engine: Engine = app.extensions[KEY].engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
