"""The library's page: its examples run, and it names everything that the files may hold."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dispatch.__main__ import COMMANDS, main
from dispatch.plan import Code, Verdict
from dispatch.rules import Rule
from dispatch.solve import SOLVERS

README = (Path(__file__).resolve().parents[2] / "dispatch" / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("sh"))
def test_every_command_of_the_page_works(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [shlex.split(line) for line in block.splitlines()]

    codes = [main(words[3:]) for words in commands]

    assert all(words[:3] == ["python", "-m", "dispatch"] for words in commands)
    assert codes == [0] * len(commands)


@pytest.mark.parametrize("block", blocks("python"))
def test_every_snippet_of_the_page_runs(block: str) -> None:
    exec(compile(block, "README.md", "exec"), {})


def test_the_page_names_every_key_of_the_files() -> None:
    room = Path(__file__).resolve().parents[2] / "dispatch" / "files"
    source = "".join((room / name).read_text("utf-8") for name in ("formats.py", "plans.py"))
    lists = re.findall(r"\.only\((.*?)\)\n", source, flags=re.DOTALL)
    keys = {key for found in lists for key in re.findall(r'"(\w+)"', found)}

    silent = {key for key in keys if f"`{key}`" not in README}

    assert len(keys) > 40
    assert silent == set()


def test_the_page_names_every_code_rule_solver_and_command() -> None:
    names = [*Code, *Verdict, *Rule, *SOLVERS]

    assert [name for name in names if f"`{name}`" not in README] == []
    assert [name for name in COMMANDS if f"`{name}" not in README] == []
