"""The set-up goes on without the packages that have no wheel for a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.engines import compile_search, install, is_compiled


class NoWheelError(Exception):
    """pip found nothing for this machine."""


class Pip:
    """Stands for pip on a machine for which some packages have no wheel."""

    def __init__(self, *without: str) -> None:
        self.without = without
        self.calls: list[list[str]] = []

    def __call__(self, arguments: list[str]) -> None:
        self.calls.append(arguments)
        if any(line.startswith(self.without) for line in arguments if self.without):
            raise NoWheelError


@pytest.fixture
def lists(tmp_path: Path) -> list[Path]:
    """The two lists as they stand in the project."""
    run, dev = tmp_path / "requirements.txt", tmp_path / "requirements-dev.txt"
    run.write_text("flask==3.1.3\npsycopg[binary]==3.3.9\nnumba==0.68.1\npyvroom==1.15.2\n")
    dev.write_text("-r requirements.txt\npytest==9.2.0\n")
    return [run, dev]


def test_what_is_needed_comes_first_and_the_rest_as_wheels(lists: list[Path]) -> None:
    pip = Pip()

    install(lists, pip, failed=NoWheelError)

    assert pip.calls == [
        ["flask==3.1.3", "psycopg[binary]==3.3.9", "pytest==9.2.0"],
        ["--only-binary", ":all:", "numba==0.68.1", "pyvroom==1.15.2"],
    ]


def test_one_that_has_no_wheel_is_named_and_the_other_is_installed(
    lists: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pip = Pip("pyvroom")

    install(lists, pip, failed=NoWheelError)

    assert ["--only-binary", ":all:", "numba==0.68.1"] in pip.calls
    said = capsys.readouterr().out
    assert "pyvroom==1.15.2 cannot be installed here" in said
    assert "numba" not in said


def test_what_is_needed_must_be_there(lists: list[Path]) -> None:
    with pytest.raises(NoWheelError):
        install(lists, Pip("flask"), failed=NoWheelError)


def test_a_search_that_cannot_be_compiled_stops_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    compile_search(Pip("-m"), failed=NoWheelError)

    assert "not compiled here" in capsys.readouterr().out


def test_without_numba_there_is_nothing_to_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    assert is_compiled(tmp_path)

    (tmp_path / "lib" / "python3.11" / "site-packages" / "numba").mkdir(parents=True)
    assert not is_compiled(tmp_path)

    (tmp_path / "cache" / "kernels-0").mkdir(parents=True)
    (tmp_path / "cache" / "kernels-0" / "warm").touch()
    assert is_compiled(tmp_path)
