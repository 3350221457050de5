"""A large table in blocks that a service's limit allows, put together again."""

from collections.abc import Callable, Sequence

from app.travel.provider import Legs, Point, Table

Block = Callable[[Sequence[Point], Sequence[Point]], tuple[Legs, Legs]]


def in_blocks(points: Sequence[Point], ask: Block, *, most: int) -> Table:
    """The whole table, asked for by at most ``most`` sources and targets at a time.

    ``ask`` answers seconds and metres of one block, rows from, columns to, of the right size.
    """
    parts = [points[at : at + most] for at in range(0, len(points), most)]
    travel_s: Legs = []
    distance_m: Legs = []
    for sources in parts:
        rows_s: Legs = [[] for _ in sources]
        rows_m: Legs = [[] for _ in sources]
        for targets in parts:
            block_s, block_m = ask(sources, targets)
            for row, more in zip(rows_s, block_s, strict=True):
                row.extend(more)
            for row, more in zip(rows_m, block_m, strict=True):
                row.extend(more)
        travel_s += rows_s
        distance_m += rows_m
    return Table(travel_s, distance_m)
