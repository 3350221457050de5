"""A table from a file that somebody made elsewhere: CSV or JSON.

CSV has the columns ``from,to,travel_s,distance_m`` with the codes of communes; the mainland port
is called ``port``. JSON is ``{"codes": […], "travel_s": [[…]], "distance_m": [[…]]}``. Legs that
are not in it are estimated.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from app.travel.provider import (
    FARTHEST_M,
    LONGEST_S,
    Legs,
    Point,
    Table,
    TravelUnavailableError,
    checked,
    whole,
)

LARGEST_FILE = 50_000_000
COLUMNS = {"from", "to", "travel_s", "distance_m"}


class FileTable:
    """A path of the settings, read anew each time it is fetched."""

    name = "file"

    def __init__(self, path: str) -> None:
        self.address = path

    def fetch(self, points: Sequence[Point]) -> Table:
        """The table of the file. Raises TravelUnavailableError."""
        path = Path(self.address)
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise TravelUnavailableError("format", f"more than {LARGEST_FILE} bytes")
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise TravelUnavailableError("format", "not UTF-8") from error
        except OSError as error:
            raise TravelUnavailableError("file", error.strerror or str(error)) from error
        read = _from_json if text.lstrip().startswith("{") else _from_csv
        return checked(read(text, points), size=len(points))


def _empty(size: int) -> Legs:
    return [[0 if i == j else None for j in range(size)] for i in range(size)]


def _from_csv(text: str, points: Sequence[Point]) -> Table:
    index = {place.code: at for at, place in enumerate(points)}
    travel_s, distance_m = _empty(len(points)), _empty(len(points))
    rows = csv.DictReader(text.splitlines())
    if missing := COLUMNS - set(rows.fieldnames or ()):
        raise TravelUnavailableError("format", f"missing columns: {', '.join(sorted(missing))}")
    for line, row in enumerate(rows, start=2):
        start, end = index.get(row["from"] or ""), index.get(row["to"] or "")
        if start is None or end is None:
            raise TravelUnavailableError("format", f"line {line}: unknown code")
        if start != end:
            travel_s[start][end] = _number(row["travel_s"], line, most=LONGEST_S)
            distance_m[start][end] = _number(row["distance_m"], line, most=FARTHEST_M)
    return Table(travel_s, distance_m)


def _number(text: str | None, line: int, *, most: int) -> int | None:
    if not text:
        return None
    try:
        return whole(float(text), most=most)
    except ValueError as error:
        raise TravelUnavailableError("format", f"line {line}: {text[:40]} is no number") from error


def _from_json(text: str, points: Sequence[Point]) -> Table:
    try:
        found = json.loads(text)
        codes = {str(code): at for at, code in enumerate(found["codes"])}
        order = [codes.get(place.code) for place in points]
        raw_s, raw_m = found["travel_s"], found["distance_m"]
        travel_s = _chosen(raw_s, order, most=LONGEST_S)
        distance_m = _chosen(raw_m, order, most=FARTHEST_M)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise TravelUnavailableError("format", f"{type(error).__name__}: {error}"[:200]) from error
    return Table(travel_s, distance_m)


def _chosen(raw: list[list[object]], order: Sequence[int | None], *, most: int) -> Legs:
    """The rows and columns of our places, in our order."""
    rows: Legs = []
    for i, a in enumerate(order):
        row: list[int | None] = []
        for j, b in enumerate(order):
            if i == j:
                row.append(0)
            elif a is None or b is None:
                row.append(None)
            else:
                row.append(whole(raw[a][b], most=most))
        rows.append(row)
    return rows
