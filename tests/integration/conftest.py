"""Installations: folders as `run.py` and `manage.py` make them, with and without the demo."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from models.database import connect, reading
from scripts.installation import prepare

DATABASE = "ungcuu.sqlite3"
ADMIN = ("chi-huy", "mot mat khau dai")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that the environment names; nothing is in it yet."""
    folder = tmp_path / "data"
    monkeypatch.setenv("APP_DATA_DIR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


@pytest.fixture
def installed(data_dir: Path) -> Iterator[Engine]:
    """The database in that folder."""
    engine = connect(f"sqlite:///{data_dir / DATABASE}")
    yield engine
    engine.dispose()


@pytest.fixture
def empty_installation(data_dir: Path) -> Path:
    """What ships, and one administrator."""
    prepare(demo=False, at=None, admin=ADMIN)
    return data_dir


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo whose clock began at 2026-11-25 08:00, to read or to copy."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("APP_DATA_DIR", str(folder))
        environment.delenv("DATABASE_URL", raising=False)
        prepare(demo=True, at="2026-11-25T08:00", admin=None)
    return folder


@pytest.fixture
def demo_installation(data_dir: Path, demo_template: Path) -> Path:
    """A demo of one's own."""
    shutil.copytree(demo_template, data_dir)
    return data_dir


@pytest.fixture
def demo(demo_template: Path) -> Iterator[Session]:
    """A look at the demo; nothing can be written."""
    engine = connect(f"sqlite:///{demo_template / DATABASE}")
    with reading(engine) as session:
        yield session
    engine.dispose()
