"""What the dispatch bench found, as rows; the same rows are kept so that parts can be run apart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PARTS = ("solve", "insert", "day", "crews", "country")


@dataclass(frozen=True)
class Solved:
    """One day planned by one engine. ``budget_s`` 0: it ends by itself."""

    instance: str
    engine: str
    budget_s: float
    value: int
    travel_s: int
    wall_s: float


@dataclass(frozen=True)
class Asked:
    """A day as it was asked: its visits, its total value, and the best plan known, if any."""

    instance: str
    visits: int
    value: int
    best_value: int | None = None
    best_travel_s: int | None = None


@dataclass(frozen=True)
class Inserted:
    """How long one arriving ticket takes, reasons included."""

    p50_ms: float
    p99_ms: float
    tickets: int


@dataclass(frozen=True)
class Played:
    """One day played under one policy."""

    day: str
    policy: str
    value: int
    reassigned: int
    shifted: int
    dropped: int
    broken_promises: int


@dataclass(frozen=True)
class Shared:
    """One day planned twice: its value alone and with crews, and how many cars were shared."""

    day: str
    visits: int
    alone: int
    crews: int
    cars: int


@dataclass(frozen=True)
class Country:
    """One country planned by regions; the memory is that of all its processes together."""

    visits: int
    wall_s: float
    peak_mb: float
    technicians: int
    share: float


@dataclass(frozen=True)
class Run:
    """Where and when a part was measured, and with what."""

    machine: str
    on: str
    versions: tuple[tuple[str, str], ...]
    arguments: str


@dataclass
class Result:
    """Everything that was found; ``runs`` by part. ``failed`` is said once and not kept."""

    solve: list[Solved] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    insert: Inserted | None = None
    day: list[Played] = field(default_factory=list)
    crews: list[Shared] = field(default_factory=list)
    country: list[Country] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def take(self, part: str, other: Result) -> None:
        """Take one part of another run instead of this one's."""
        names = ("solve", "asked") if part == "solve" else (part,)
        for name in names:
            setattr(self, name, getattr(other, name))
        self.runs[part] = other.runs[part]

    def has(self, part: str) -> bool:
        """Whether this part was measured."""
        return part in self.runs


def printed(result: Result) -> dict[str, Any]:
    """The rows as ``--json`` prints them; what sharing cars brings is for the page alone."""
    return {
        "solve": [asdict(row) for row in result.solve],
        "insert": {}
        if result.insert is None
        else {"p50_ms": result.insert.p50_ms, "p99_ms": result.insert.p99_ms},
        "day": [_without(row, "broken_promises") for row in result.day],
        "country": [_without(row, "technicians", "share") for row in result.country],
    }


def _without(row: Played | Country, *names: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name not in names}


def keep(result: Result, path: Path) -> None:
    """Write everything that a later run may need."""
    kept = {name: value for name, value in asdict(result).items() if name != "failed"}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def kept(path: Path) -> Result:
    """What an earlier run has kept; nothing where there was none."""
    if not path.is_file():
        return Result()
    data = json.loads(path.read_text(encoding="utf-8"))
    return Result(
        [Solved(**row) for row in data["solve"]],
        [Asked(**row) for row in data["asked"]],
        None if data["insert"] is None else Inserted(**data["insert"]),
        [Played(**row) for row in data["day"]],
        [Shared(**row) for row in data.get("crews", [])],  # a page may be older than this part
        [Country(**row) for row in data["country"]],
        {part: _run(row) for part, row in data["runs"].items()},
    )


def _run(row: dict[str, Any]) -> Run:
    versions = tuple((str(name), str(version)) for name, version in row["versions"])
    return Run(row["machine"], row["on"], versions, row["arguments"])
