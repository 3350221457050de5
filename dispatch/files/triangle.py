"""Whether a travel table says that a way round is far shorter than the way there.

A table is taken as it stands: the estimate itself breaks the triangle by the 240 s of parking that
every leg holds, and a boat or a closed road breaks it honestly. A gross case is a mistake in the
file more often than not, so it is worth a word.
"""

from __future__ import annotations

import numpy as np

from dispatch.travel import NEVER_S, LazyRows, TravelMatrix

TIMES = 2  # a leg may take so many times the way round …
SLACK_S = 3_600  # … and this on top before anybody is told
MOST_SUMS = 50_000_000  # ways round that are tried, spread evenly: a moment's work


def detour(travel: TravelMatrix) -> str | None:
    """A sentence about the worst leg that takes far longer than a way round; None if none does."""
    n = len(travel)
    if n < 3 or isinstance(travel.travel_s, LazyRows):
        return None
    table = np.array(travel.travel_s, dtype=np.int64)
    limit = np.where(table >= NEVER_S, 0, table)  # a closed road is meant
    worst, found = 0, (0, 0, 0)
    for via in range(0, n, -(-(n**3) // MOST_SUMS)):
        excess = limit - TIMES * (table[:, via, None] + table[None, via, :]) - SLACK_S
        at = int(excess.argmax())
        if excess.flat[at] > worst:
            worst, found = int(excess.flat[at]), (at // n, at % n, via)
    if worst == 0:
        return None
    a, b, via = found
    round_s = int(table[a, via] + table[via, b])
    return (
        f"travel_s[{a}][{b}]: {table[a, b]} s, but {round_s} s by way of {via}; "
        "the table is taken as it stands"
    )
