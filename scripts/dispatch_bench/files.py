"""The files that the dispatch bench plans: instances, reference plans and days."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch.files.formats import problem_from_json
from dispatch.problem import Problem


@dataclass(frozen=True)
class Instance:
    """One instance file, read."""

    name: str
    path: Path
    problem: Problem

    @property
    def visits(self) -> int:
        """How many are asked for."""
        return len(self.problem.visits)


@dataclass(frozen=True)
class Folders:
    """Where things lie; None: nowhere."""

    instances: Path
    reference: Path | None
    days: Path | None


def folders(instances: Path, *, reference: Path | None, days: Path | None) -> Folders:
    """A folder of instances, or one that holds ``instances`` beside ``reference`` and ``days``.

    What is not named is looked for there, and beside a folder of that name.
    """
    inner = instances / "instances"
    root = instances if inner.is_dir() else instances.parent
    return Folders(
        inner if inner.is_dir() else instances,
        reference or _folder(root / "reference"),
        days or _folder(root / "days"),
    )


def _folder(path: Path) -> Path | None:
    return path if path.is_dir() else None


def read_instances(folder: Path) -> list[Instance]:
    """Every instance of a folder, the small ones first.

    Raises
    ------
    ValueError
        If there is none, or one of them is wrong.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        data = read(path)
        if isinstance(data, dict) and "visits" in data and "technicians" in data:
            found.append(Instance(path.stem, path, problem_from_json(data)))
    if not found:
        raise ValueError(f"there is no instance in {folder}")
    return sorted(found, key=lambda one: (one.visits, _by_number(one.name)))


def _by_number(name: str) -> list[tuple[int, str]]:
    """So that day 2 comes before day 11."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def read(path: Path) -> Any:  # whatever JSON holds
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def seed_of(name: str) -> int | None:
    """The seed at the end of an instance's name, ``…-s12``; None if there is none."""
    found = re.search(r"-s(\d+)$", name)
    return int(found[1]) if found else None
