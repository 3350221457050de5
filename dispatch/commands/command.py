"""What every command has, and the exit codes that all of them share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    BROKEN = 1  # check: the plan breaks a rule
    WRONG_INPUT = 2  # a wrong file or argument


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the command line.

    ``add_to`` gives a parser the command's arguments; ``run`` does the work and returns the exit
    code, or raises ValueError or OSError for a wrong file.
    """

    name: str
    summary: str
    add_to: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def seconds(text: str) -> float:
    """A time limit of the command line: above zero, and a number."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above zero, not {text}")
    return value


def count(text: str) -> int:
    """How many of something, on the command line: one at least."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {text}")
    return value
