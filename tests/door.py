"""The whole application on a test's database, and callers with their tokens."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.config import Settings
from app.context import KEY
from app.factory import create_app
from app.services.demo.clock import set_clock
from app.services.people.administration import create_token
from models.account import User
from models.database import transaction
from models.workforce import Technician
from tests.factories import CAM_THANH, MORNING, a_province


@contextmanager
def an_app(
    engine: Engine, folder: Path, *, now: datetime | None = MORNING, **settings: str
) -> Iterator[Flask]:
    """The application on that database; ``now`` is where its clock stands, None leaves it alone."""
    with transaction(engine) as session:
        a_province(session)
        if now is not None:
            set_clock(session, now, machine_now=datetime.now(UTC))
    values = {"demo": "1"} | settings
    app = create_app(
        Settings(
            data_dir=str(folder),
            database_url=engine.url.render_as_string(hide_password=False),
            **values,
        )
    )
    try:
        yield app
    finally:
        app.extensions[KEY].engine.dispose()


def a_token(session: Session, who: User | Technician) -> str:
    """A new token of that person."""
    user = who.user if isinstance(who, Technician) else who
    return create_token(session, user.username, name="test", now=datetime.now(UTC))


@dataclass(frozen=True)
class Caller:
    """A program that calls the API with somebody's token, or with none."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET below /api/v1."""
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path: str, body: object = None, **headers: str) -> TestResponse:
        """POST of JSON below /api/v1."""
        return self.client.post(f"/api/v1{path}", json=body, headers=self._headers(headers))

    def post_raw(self, path: str, body: bytes) -> TestResponse:
        """POST of bytes that are called JSON."""
        return self.client.post(
            f"/api/v1{path}",
            data=body,
            content_type="application/json",
            headers=self._headers({}),
        )

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return named | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


def a_body(**fields: Any) -> dict[str, Any]:
    """What files a ticket of Cẩm Thành over the API."""
    return {
        "key": str(uuid.uuid4()),
        "commune": CAM_THANH,
        "category": "network",
        "title": "Mất mạng ở một cửa",
        "description": "Không máy nào vào được mạng từ sáng.",
        "citizens_waiting": 0,
    } | fields
