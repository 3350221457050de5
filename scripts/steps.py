"""A step of the set-up: made once, and again when what it was made from has changed.

Standard library only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Step:
    """One thing that is made: what it depends on, whether it is there, how it is made."""

    title: str
    stamp: Path
    version: Callable[[], str]
    is_there: Callable[[], bool]
    make: Callable[[], None]

    def is_fresh(self) -> bool:
        """Whether it stands and was made from what is there now."""
        return (
            self.is_there()
            and self.stamp.is_file()
            and self.stamp.read_text(encoding="utf-8") == self.version()
        )


def digest(paths: list[Path]) -> str:
    """One hash over names and contents; a missing file counts as empty."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return total.hexdigest()
