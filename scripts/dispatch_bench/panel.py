"""One panel of a chart, in SVG: a frame, two axes with ticks and names, points and lines in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import floor, log10

INK, PALE, GRID = "#1f2937", "#6b7280", "#e5e7eb"
Point = tuple[float, float]
TICKS = 5


@dataclass(frozen=True)
class Look:
    """How a series is drawn: its colour, and a mark of its own for who cannot tell colours."""

    colour: str
    mark: str


@dataclass
class Panel:
    """A plot area at (left, top) of the chart; ``named``: the values that have a name on x."""

    left: float
    top: float
    width: float
    height: float
    title: str
    x_name: str
    y_name: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    named: Sequence[tuple[float, str]] = ()
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._frame()

    def x(self, value: float) -> float:
        """Where a value lies across the chart."""
        low, high = self.x_range
        return self.left + self.width * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Where a value lies down the chart."""
        low, high = self.y_range
        return self.top + self.height * (high - value) / (high - low)

    def line(self, points: Sequence[Point], look: Look) -> None:
        """Connect the points, and mark each."""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{look.colour}" stroke-width="1.5"/>'
        )
        for point in points:
            self.point(point, look)

    def point(self, point: Point, look: Look) -> None:
        """Mark one point."""
        self.parts.append(mark(self.x(point[0]), self.y(point[1]), look))

    def words(self, point: Point, says: str) -> None:
        """Put words beside a point, on the side that has room."""
        x, y = self.x(point[0]), self.y(point[1])
        beyond = x > self.left + 0.85 * self.width
        place, anchor = (x - 10, "end") if beyond else (x + 10, "start")
        self.parts.append(text(place, y + 4, says, size=11, anchor=anchor, colour=PALE))

    def _frame(self) -> None:
        right, bottom = self.left + self.width, self.top + self.height
        add = self.parts.append
        add(text(self.left, self.top - 14, self.title, size=14, weight="bold"))
        for value in ticks(*self.y_range):
            y = self.y(value)
            add(rule(self.left, y, right, y, GRID))
            add(text(self.left - 6, y + 4, number(value), size=11, anchor="end"))
        for value, name in self.named or [(v, number(v)) for v in ticks(*self.x_range)]:
            x = self.x(value)
            add(rule(x, bottom, x, bottom + 4, PALE))
            add(text(x, bottom + 17, name, size=11, anchor="middle"))
        add(rule(self.left, bottom, right, bottom, PALE))
        add(rule(self.left, self.top, self.left, bottom, PALE))
        middle = self.left + self.width / 2
        add(text(middle, bottom + 34, self.x_name, size=12, anchor="middle", colour=PALE))
        x, y = self.left - 46, self.top + self.height / 2
        add(
            f'<text transform="translate({x:.1f} {y:.1f}) rotate(-90)" font-size="12" '
            f'text-anchor="middle" fill="{PALE}">{escape(self.y_name)}</text>'
        )


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between these two."""
    rough = (high - low) / TICKS
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough)
    first = -(-low // step)
    found = [round(step * (first + i), 9) for i in range(4 * TICKS)]
    return [value for value in found if value <= high + step * 1e-6]


def number(value: float) -> str:
    """A tick's number, thousands apart."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 12,
    anchor: str = "start",
    weight: str = "normal",
    colour: str = INK,
) -> str:
    """Words at a place."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{colour}">{escape(words)}</text>'
    )


def rule(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """A thin line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def mark(x: float, y: float, look: Look) -> str:
    """A small filled shape."""
    fill = f'fill="{look.colour}" stroke="#ffffff"'
    if look.mark == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" {fill}/>'
    shapes = {
        "square": ((-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)),
        "diamond": ((0, -6), (6, 0), (0, 6), (-6, 0)),
        "up": ((0, -6), (5.5, 4.5), (-5.5, 4.5)),
        "down": ((0, 6), (5.5, -4.5), (-5.5, -4.5)),
    }
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[look.mark])
    return f'<polygon points="{corners}" {fill}/>'
