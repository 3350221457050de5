"""OSRM's table service, ``/table/v1/driving``.

osrm-routed refuses more than ``--max-table-size`` squared entries ("TooBig"; 100 squared by
default) and addresses that are too long, so the table is asked for in blocks.
"""

from collections.abc import Sequence

from app.travel.asking import TIMEOUT_S, ask
from app.travel.blocks import in_blocks
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

MOST = 50


class Osrm:
    """A server of one's own; the address may carry a path in front of ``/table``."""

    name = "osrm"

    def __init__(self, address: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.address = address.rstrip("/")
        self._timeout_s = timeout_s

    def fetch(self, points: Sequence[Point]) -> Table:
        """The whole table. Raises TravelUnavailableError."""
        return checked(in_blocks(points, self._block, most=MOST), size=len(points))

    def _block(self, sources: Sequence[Point], targets: Sequence[Point]) -> tuple[Legs, Legs]:
        is_same = sources is targets
        places = list(sources) if is_same else [*sources, *targets]
        where = ";".join(f"{place.lon:.6f},{place.lat:.6f}" for place in places)
        first = 0 if is_same else len(sources)
        from_ = ";".join(str(i) for i in range(len(sources)))
        to = ";".join(str(first + i) for i in range(len(targets)))
        answer = ask(
            f"{self.address}/table/v1/driving/{where}"
            f"?sources={from_}&destinations={to}&annotations=duration,distance",
            timeout_s=self._timeout_s,
        )
        if answer.get("code") != "Ok":
            said = f"{answer.get('code')} {answer.get('message', '')}".strip()
            raise TravelUnavailableError("refused", said[:200])
        size = (len(sources), len(targets))
        return (
            _rows(answer.get("durations"), size, most=LONGEST_S),
            _rows(answer.get("distances"), size, most=FARTHEST_M),
        )


def _rows(raw: object, size: tuple[int, int], *, most: int) -> Legs:
    if not isinstance(raw, list) or len(raw) != size[0]:
        raise TravelUnavailableError("size", f"expected {size[0]} rows")
    rows: Legs = []
    for row in raw:
        if not isinstance(row, list) or len(row) != size[1]:
            raise TravelUnavailableError("size", f"expected rows of {size[1]}")
        rows.append([whole(value, most=most) for value in row])
    return rows
