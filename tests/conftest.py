"""What every test stands on: both databases, and no way to the outside network."""

import ipaddress
import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session

from models.database import connect
from models.migration import migrate


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that `scripts/test.py` passes on."""
    parser.addoption("--fast", action="store_true", help="no browser, SQLite only")
    parser.addoption("--long", action="store_true", help="also what is marked long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    left_out = {"browser", "postgres"} if config.getoption("--fast") else set()
    if not config.getoption("--long"):
        left_out.add("long")
    kept = []
    for item in items:
        parts = item.path.parent.parts
        if "browser" in parts:
            item.add_marker("browser")
        if "browser" in parts or "faults" in parts:
            item.add_marker("alone")
        if not any(item.get_closest_marker(name) for name in left_out):
            kept.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Only this machine can be reached: a test that would call out fails at once."""
    connect_socket, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:  # its shape depends on family
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_outside(address[0])
        connect_socket(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:  # passed on as given
        if host:
            _refuse_outside(host.decode() if isinstance(host, bytes) else host)
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def _refuse_outside(host: str) -> None:
    if host == "localhost":
        return
    try:
        is_outside = not (address := ipaddress.ip_address(host)).is_loopback
        is_outside = is_outside and not address.is_unspecified
    except ValueError:
        is_outside = True
    if is_outside:
        raise AssertionError(f"a test tried to reach {host}; the outside network is closed")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A migrated, empty database of one's own, on SQLite and then on PostgreSQL."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    return made


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction on `engine`, rolled back at the end."""
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    migrated = connect(f"sqlite:///{path}")
    migrate(migrated)
    migrated.dispose()
    return path


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A migrated, empty SQLite database."""
    path = tmp_path / "test.sqlite3"
    shutil.copyfile(sqlite_template, path)
    made = connect(f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Name of a migrated PostgreSQL database, to copy."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        pytest.skip("no TEST_DATABASE_URL; scripts/test.py starts a PostgreSQL")
    name = f"ungcuu_template_{uuid.uuid4().hex[:8]}"
    _on_server(f"CREATE DATABASE {name}")
    migrated = connect(_database_url(name))
    migrate(migrated)
    migrated.dispose()
    yield name
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_engine(postgres_template: str) -> Iterator[Engine]:
    """A migrated, empty PostgreSQL database."""
    name = f"ungcuu_{uuid.uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    made = connect(_database_url(name))
    yield made
    made.dispose()
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _database_url(name: str) -> str:
    url = make_url(os.environ["TEST_DATABASE_URL"]).set(database=name)
    return url.render_as_string(hide_password=False)


def _on_server(statement: str) -> None:
    server = connect(os.environ["TEST_DATABASE_URL"], pool_size=1)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    server.dispose()
