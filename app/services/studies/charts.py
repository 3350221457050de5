"""Bars drawn by the server: lengths as shares of the picture's width, words beside each bar.

The page draws them as SVG with attributes alone, so that the content policy needs no exception and
the text keeps its size on a phone and on paper.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# The longest bar leaves room for its words on a narrow phone.
LONGEST = 62.0
LABEL_PX, BAR_PX, GAP_PX = 24, 24, 12


@dataclass(frozen=True)
class Bar:
    """One bar: its length in per cent of the width, where it stands, and its value in words."""

    share: float
    y: int
    words: str
    series: int


@dataclass(frozen=True)
class BarGroup:
    """The bars of one label, one for each series."""

    label: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class BarChart:
    """A picture of a few groups; ``summary`` says in words all that it shows."""

    title: str
    summary: str
    series: tuple[str, ...]
    groups: tuple[BarGroup, ...]
    height: int


def bar_chart(
    title: str,
    series: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float]]],
    *,
    words: Callable[[float], str],
) -> BarChart:
    """Bars for each row, one a series, all to one scale; ``words`` puts a value into words."""
    longest = max((value for _label, values in rows for value in values), default=0) or 1
    groups, y = [], 0
    for label, values in rows:
        top = y + (LABEL_PX if label else 0)
        bars = tuple(
            Bar(round(value / longest * LONGEST, 2), top + number * BAR_PX, words(value), number)
            for number, value in enumerate(values)
        )
        groups.append(BarGroup(label, y, bars))
        y = top + len(bars) * BAR_PX + GAP_PX
    return BarChart(
        title=title,
        summary="; ".join(_told(label, values, series, words) for label, values in rows),
        series=tuple(series),
        groups=tuple(groups),
        height=max(0, y - GAP_PX),
    )


def _told(
    label: str, values: Sequence[float], series: Sequence[str], words: Callable[[float], str]
) -> str:
    told = ", ".join(f"{name}: {words(value)}" for name, value in zip(series, values, strict=True))
    return f"{label} – {told}" if label else told
