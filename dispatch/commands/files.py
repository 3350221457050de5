"""Files at the door: whatever stands in one, the answer is a value or one sentence about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dispatch.files.fields import Field, Json
from dispatch.files.formats import problem_from_json
from dispatch.files.plans import plan_from_json
from dispatch.plan import Plan
from dispatch.problem import Problem

MOST_BYTES = 400_000_000  # a table of 4,000 x 4,000 seconds and metres


def read_json(path: Path) -> Json:
    """What a JSON file holds.

    Raises
    ------
    ValueError
        If it is no JSON, no UTF-8, far too large, nested without end, or holds NaN or Infinity.
    OSError
        If it cannot be read.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path}: more than {MOST_BYTES:,} bytes, this is no file of ours")
    strange: list[str] = []

    def constant(name: str) -> float:
        strange.append(name)
        return float(name.replace("Infinity", "inf"))

    try:
        text = path.read_bytes().decode("utf-8-sig")
        if not text.strip():
            raise ValueError("empty, a JSON object is expected")
        data: Json = json.loads(text, parse_constant=constant)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8, from byte {error.start} on") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).split(';')[0]}") from None
    except RecursionError:
        raise ValueError(f"{path}: not JSON of ours: nested without end") from None
    if strange:
        raise ValueError(
            f"{path}: {_path_of_strange(data)}: a number is expected, not {strange[0]}"
        )
    return data


def _path_of_strange(data: Json) -> str:
    """Where the first NaN or Infinity stands."""
    left = [Field(data, "")]
    while left:
        field = left.pop()
        if isinstance(field.raw, float) and not abs(field.raw) < float("inf"):
            return field.path or "file"
        if isinstance(field.raw, Mapping):
            left.extend(field.get(str(name)) for name in reversed(field.raw))
        elif isinstance(field.raw, list):
            left.extend(reversed(field.items()))
    return "file"


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name before what is found wrong in it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def read_problem(path: Path, *, closures: bool = True) -> Problem:
    """The problem of an instance or day file; ValueError names file and field."""
    data = read_json(path)
    with named(path):
        _is_not(data, "routes", "a plan")
        return problem_from_json(data, closures=closures)


def read_plan(path: Path, problem: Problem) -> Plan:
    """The plan of a file, made for this problem; ValueError names file and field."""
    data = read_json(path)
    with named(path):
        _is_not(data, "locations", "an instance")
        _is_not(data, "executed", "the log of a day")
        plan = plan_from_json(data)
        _check_known(plan, problem)
        return plan


def _is_not(data: Json, key: str, kind: str) -> None:
    if isinstance(data, Mapping) and key in data:
        raise ValueError(f"{key}: this is {kind}, which is not what is expected here")


def _check_known(plan: Plan, problem: Problem) -> None:
    for i, route in enumerate(plan.routes):
        for j, person in enumerate(route.technicians):
            if not problem.knows_technician(person):
                raise ValueError(f"routes[{i}].technicians[{j}]: {person} is no technician")
        for j, stop in enumerate(route.stops):
            if not problem.knows_visit(stop.visit):
                raise ValueError(f"routes[{i}].stops[{j}].visit: {stop.visit} is no visit")


def write_json(data: Json, path: Path | None) -> None:
    """Write in one line to a file, or to standard output where there is none."""
    text = json.dumps(data)
    if path is None:
        print(text)
    else:
        path.write_text(text + "\n", encoding="utf-8")


def check_out(path: Path | None) -> None:
    """Refuse, before any work, to write where nothing can be written; OSError says why."""
    if path is not None:
        path.open("a", encoding="utf-8").close()
