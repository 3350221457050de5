"""The dispatch bench as a chart: value and travel by engine and size, rolling days, a country."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import mean

from scripts.dispatch_bench.figures import Engines
from scripts.dispatch_bench.panel import Look, Panel, Point, mark, text
from scripts.dispatch_bench.report import columns
from scripts.dispatch_bench.result import Result
from scripts.dispatch_bench.solve import Budgets

WIDTH, HEIGHT = 980, 800
LEFT, RIGHT, UPPER, LOWER = 80, 570, 130, 500
PANEL = (370, 260)
GREY, SAND, RED, PINK = "#6b7280", "#b7791f", "#d55e00", "#b83280"
BLUES = ("#56b4e9", "#0072b2", "#0b3c5d")
LOOKS = {
    "nearest": Look(GREY, "square"),
    "insertion": Look(SAND, "diamond"),
    "vroom": Look(RED, "up"),
    "pyvrp": Look(PINK, "down"),
    "ours": Look(BLUES[1], "circle"),
}
SHOWN = 0.03  # of its height a panel is left free above and below


def chart(result: Result, budgets: Budgets) -> str:
    """The whole chart as an SVG document."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="Helvetica, Arial, sans-serif" role="img" '
        'aria-label="Dispatch engines compared">'
    )
    parts = [
        head,
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT - 46, 34, "Dispatch: engines side by side", size=18, weight="bold"),
    ]
    if result.has("solve"):
        parts += _legend(budgets)
        parts += _by_size(result, budgets, 0).parts
        parts += _by_size(result, budgets, 1).parts
    if result.has("day"):
        parts += _days(result).parts
    if result.has("country"):
        parts += _country(result).parts
    return "\n".join([*parts, "</svg>"]) + "\n"


def _looks(budgets: Budgets) -> list[tuple[str, str, float, Look]]:
    """(heading, engine, budget, look) of every series."""
    found = []
    for heading, engine, budget_s in columns(budgets):
        look = LOOKS[engine]
        if engine == "ours":
            look = Look(BLUES[budgets.ours_s.index(budget_s)], look.mark)
        found.append((heading, engine, budget_s, look))
    return found


def _legend(budgets: Budgets) -> list[str]:
    parts, x = [], LEFT - 40.0
    for heading, _, _, look in _looks(budgets):
        parts += [mark(x, 66, look), text(x + 10, 70, heading)]
        x += 34 + 7.2 * len(heading)
    return parts


def _by_size(result: Result, budgets: Budgets, index: int) -> Panel:
    """Value against the best known plan, or travel against nearest, by size."""
    sizes = sorted({row.visits for row in result.asked})
    share = _value_share(result) if index == 0 else _travel_share(result)
    series = [
        (look, _points(result, sizes, engine, budget_s, share))
        for _, engine, budget_s, look in _looks(budgets)
    ]
    best = any(row.best_value for row in result.asked)
    of = "the best plan known" if best else "all that is asked"
    panel = Panel(
        LEFT if index == 0 else RIGHT,
        UPPER,
        *PANEL,
        "Value served in time" if index == 0 else "Travel",
        "tickets",
        f"% of {of}" if index == 0 else "% of nearest",
        (-0.4, len(sizes) - 0.6),
        _range(y for _, points in series for _, y in points),
        [(i, str(size)) for i, size in enumerate(sizes)],
    )
    for look, points in series:
        if points:
            panel.line(points, look)
    return panel


Share = Callable[[str, tuple[float, float, float]], float | None]


def _value_share(result: Result) -> Share:
    whole = {row.instance: row.best_value or row.value for row in result.asked}
    return lambda day, row: 100 * row[0] / whole[day] if whole[day] else None


def _travel_share(result: Result) -> Share:
    engines = Engines(result)

    def share(day: str, row: tuple[float, float, float]) -> float | None:
        near = engines.row("nearest", 0, day)
        return 100 * row[1] / near[1] if near and near[1] else None

    return share


def _points(
    result: Result, sizes: Sequence[int], engine: str, budget_s: float, share: Share
) -> list[Point]:
    """The mean share of each size; a size that the engine has not planned has none."""
    engines = Engines(result)
    points = []
    for i, size in enumerate(sizes):
        rows = [(day, engines.row(engine, budget_s, day)) for day in engines.days(of=size)]
        shares = [share(day, row) for day, row in rows if row is not None]
        known = [value for value in shares if value is not None]
        if known:
            points.append((float(i), mean(known)))
    return points


def _days(result: Result) -> Panel:
    """Every day under each policy: what it is worth against how many people were changed."""
    near = {row.day: row.value for row in result.day if row.policy == "nearest"}
    points = [
        (row, (float(row.reassigned), 100 * row.value / near[row.day]))
        for row in result.day
        if near.get(row.day)
    ]
    panel = Panel(
        LEFT,
        LOWER,
        *PANEL,
        "A rolling day: value against reassignments",
        "published visits that change their technician",
        "value, % of nearest",
        (-4, 1.3 * max((x for _, (x, _) in points), default=1) + 4),
        _range(y for _, (_, y) in points),
    )
    for row, point in points:
        panel.point(point, LOOKS[row.policy])
    for policy in dict.fromkeys(row.policy for row, _ in points):
        right, middle = _beside([point for row, point in points if row.policy == policy])
        panel.words((right, middle), policy)
    return panel


def _beside(points: Sequence[Point]) -> Point:
    """To the right of these points, at their mean height."""
    return max(x for x, _ in points), mean(y for _, y in points)


def _country(result: Result) -> Panel:
    """Seconds and memory by the number of tickets."""
    rows = sorted(result.country, key=lambda row: row.visits)
    most = max(row.visits for row in rows)
    panel = Panel(
        RIGHT,
        LOWER,
        *PANEL,
        "A country by regions",
        "tickets",
        "seconds",
        (0, 1.05 * most),
        (0, 1.15 * max(row.wall_s for row in rows)),
    )
    panel.line([(row.visits, row.wall_s) for row in rows], LOOKS["ours"])
    for row in rows[-2:]:
        panel.words((row.visits, row.wall_s), f"{row.peak_mb:.0f} MB")
    return panel


def _range(values: Iterable[float]) -> tuple[float, float]:
    """An axis that holds these values with some room."""
    known = list(values) or [0.0, 1.0]
    low, high = min(known), max(known)
    room = max(0.5, SHOWN * 2 * (high - low))
    return low - room, high + room
