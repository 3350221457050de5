"""The built-in estimate of `dispatch.travel`: nothing is fetched."""

from collections.abc import Sequence

from app.travel.provider import Point, Table


class Estimate:
    """The default."""

    name = "estimate"
    address = ""

    def fetch(self, points: Sequence[Point]) -> Table | None:
        """No table: the estimate is meant."""
        return None
