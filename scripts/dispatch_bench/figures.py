"""The figures that dispatch is to reach, counted from the rows of a run: all but G7-G9.

A mean ratio is the smaller of two: the mean of the days' ratios, and the ratio of the means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from scripts.dispatch_bench.files import seed_of
from scripts.dispatch_bench.result import Result, Solved
from scripts.dispatch_bench.solve import Budgets

LARGE = 240  # tickets from which a day cannot be served whole
FIRST_SEEDS = (1, 2, 3)
# (tickets, value, travel) against nearest
AGAINST_NEAREST = ((60, 1.03, 1.00), (120, 1.04, 0.97), (240, 1.10, 1.00))
COUNTRY = 4_000


@dataclass(frozen=True)
class Figure:
    """One thing to reach: what was found, and whether it is enough."""

    name: str
    what: str
    wanted: str
    found: str
    reached: bool


@dataclass(frozen=True)
class Engines:
    """The rows of a run by engine, budget and day; several seeds of a day count as their mean."""

    result: Result

    def row(self, engine: str, budget_s: float, instance: str) -> tuple[float, float, float] | None:
        """(value, travel, wall) of one day."""
        rows = [
            row
            for row in self.result.solve
            if (row.engine, row.instance) == (engine, instance) and row.budget_s == budget_s
        ]
        return _mean_row(rows) if rows else None

    def days(self, *, of: int | None = None, least: int = 0, first: bool = False) -> list[str]:
        """The days with so many tickets; ``first``: those of the first three seeds if any are."""
        found = [
            row.instance
            for row in self.result.asked
            if row.visits >= least and (of is None or row.visits == of)
        ]
        seeded = [name for name in found if seed_of(name) in FIRST_SEEDS]
        return seeded if first and seeded else found

    def pairs(
        self, days: Sequence[str], one: tuple[str, float], other: tuple[str, float]
    ) -> list[tuple[tuple[float, float, float], tuple[float, float, float]]]:
        """Both engines' rows of every day that both have planned."""
        both = [(self.row(*one, day), self.row(*other, day)) for day in days]
        return [(a, b) for a, b in both if a is not None and b is not None]


def _mean_row(rows: Sequence[Solved]) -> tuple[float, float, float]:
    return (
        mean(row.value for row in rows),
        mean(row.travel_s for row in rows),
        mean(row.wall_s for row in rows),
    )


def mean_ratio(pairs: Iterable[tuple[float, float]], *, most: bool = False) -> float:
    """The mean of a over b, by day and in all; the worse of the two (``most``: the larger)."""
    both = [(a, b) for a, b in pairs if b]
    if not both:
        return 1.0
    each = mean(a / b for a, b in both)
    whole = sum(a for a, _ in both) / sum(b for _, b in both)
    return max(each, whole) if most else min(each, whole)


def figures(result: Result, budgets: Budgets) -> list[Figure]:
    """Every figure, in order."""
    engines = Engines(result)
    found = [_insertion(result)]
    if result.has("solve"):
        found += [_at_once(engines), *_against_vroom(engines, budgets)]
        found += _against_nearest(engines, budgets)
        found += _against_best(result, engines, budgets)
    if result.has("day"):
        found += _rolling(result)
    if result.has("crews"):
        found.append(_crews(result))
    if result.has("country"):
        found.append(_country(result))
    return [figure for figure in found if figure is not None]


def _insertion(result: Result) -> Figure | None:
    took = result.insert
    if took is None:
        return None
    return Figure(
        "G1",
        "one ticket into a full day, with reasons",
        "p50 ≤ 5 ms, p99 ≤ 50 ms",
        f"p50 {took.p50_ms:.1f} ms, p99 {took.p99_ms:.1f} ms",
        took.p50_ms <= 5 and took.p99_ms <= 50,
    )


def _at_once(engines: Engines) -> Figure | None:
    pairs = engines.pairs(engines.days(of=LARGE), ("insertion", 0), ("nearest", 0))
    if not pairs:
        return None
    ratio = mean_ratio((a[0], b[0]) for a, b in pairs)
    slowest_ms = 1_000 * max(a[2] for a, _ in pairs)
    return Figure(
        "G2",
        "240 tickets from nothing, in plain Python, reasons included",
        "≤ 100 ms, value ≥ 1.01 × nearest",
        f"{slowest_ms:.0f} ms, {ratio:.4f} ×",
        slowest_ms <= 100 and ratio >= 1.01,
    )


def _against_vroom(engines: Engines, budgets: Budgets) -> list[Figure]:
    ours, other = ("ours", budgets.ours_s[1]), ("vroom", budgets.others_s)
    large = engines.pairs(engines.days(least=LARGE), ours, other)
    every = engines.pairs(engines.days(), ours, other)
    if not every:
        return []
    found = []
    if large:
        ratio = mean_ratio((a[0], b[0]) for a, b in large)
        found.append(
            Figure(
                "G3",
                f"against VROOM alone, value, {len(large)} days of 240 and more",
                "mean ≥ 1.02 ×",
                f"{ratio:.4f} ×",
                ratio >= 1.02,
            )
        )
    worst = min(a[0] / b[0] for a, b in every if b[0])
    found.append(
        Figure("G3", f"… all {len(every)} days", "each ≥ 1.00 ×", f"{worst:.4f} ×", worst >= 1)
    )
    ties = [(a[1], b[1]) for a, b in every if a[0] == b[0]]
    if ties:
        ratio = mean_ratio(ties, most=True)
        what = f"… travel where value ties ({len(ties)} days)"
        found.append(Figure("G3", what, "≤ 1.02 ×", f"{ratio:.4f} ×", ratio <= 1.02))
    return found


def _against_nearest(engines: Engines, budgets: Budgets) -> list[Figure]:
    found = []
    for tickets, value, travel in AGAINST_NEAREST:
        days = engines.days(of=tickets, first=True)
        pairs = engines.pairs(days, ("ours", budgets.ours_s[1]), ("nearest", 0))
        if pairs:
            more = mean_ratio((a[0], b[0]) for a, b in pairs)
            way = mean_ratio(((a[1], b[1]) for a, b in pairs), most=True)
            found.append(
                Figure(
                    "G4",
                    f"against nearest, {tickets} tickets",
                    f"value ≥ {value:.2f} ×, travel ≤ {travel:.2f} ×",
                    f"{more:.4f} ×, {way:.4f} ×",
                    more >= value and way <= travel,
                )
            )
    return found


def _against_best(result: Result, engines: Engines, budgets: Budgets) -> list[Figure]:
    best = {row.instance: row.best_value for row in result.asked if row.best_value}
    found = []
    for budget_s, each, average in (
        (budgets.ours_s[1], 0.98, 0.995),
        (budgets.ours_s[2], None, 1.0),
    ):
        rows = [(engines.row("ours", budget_s, day), value) for day, value in best.items()]
        pairs = [(row[0], value) for row, value in rows if row is not None]
        if not pairs:
            continue
        least, ratio = min(a / b for a, b in pairs), mean_ratio(pairs)
        wanted = f"mean ≥ {average:.3f} ×" + ("" if each is None else f", each ≥ {each:.2f} ×")
        found.append(
            Figure(
                "G5",
                f"against the best plan known, {budget_s:g} s",
                wanted,
                f"mean {ratio:.4f} ×, least {least:.4f} ×",
                ratio >= average and (each is None or least >= each),
            )
        )
    return found


def _rolling(result: Result) -> list[Figure]:
    def of(policy: str, what: str) -> dict[str, float]:
        days = dict.fromkeys(row.day for row in result.day if row.policy == policy)
        return {
            day: mean(
                getattr(row, what) for row in result.day if (row.day, row.policy) == (day, policy)
            )
            for day in days
        }

    def both(other: str, what: str) -> list[tuple[float, float]]:
        ours, theirs = of("ours", what), of(other, what)
        return [(ours[day], theirs[day]) for day in ours if day in theirs]

    found = []
    near, free = both("nearest", "value"), both("vroom", "value")
    if near:
        ratio = mean_ratio(near)
        found.append(
            _figure("G6", "a rolling day, value", "≥ 1.15 × nearest", ratio, ratio >= 1.15)
        )
    if free:
        ratio, least = mean_ratio(free), min(a / b for a, b in free)
        wanted = "mean ≥ 0.99 ×, each ≥ 0.95 × VROOM without memory"
        text = f"mean {ratio:.4f} ×, least {least:.4f} ×"
        found.append(Figure("G6", "… value", wanted, text, ratio >= 0.99 and least >= 0.95))
        for what, most in (("reassigned", 0.25), ("dropped", 0.5)):
            a, b = map(sum, zip(*both("vroom", what), strict=True))
            text = f"{a:g} against {b:g}" + (f", {a / b:.3f} ×" if b else "")
            found.append(Figure("G6", f"… {what}", f"≤ {most} × its", text, a <= most * b))
    broken = sum(row.broken_promises for row in result.day if row.policy == "ours")
    found.append(Figure("G6", "… promises broken without need", "none", str(broken), broken == 0))
    return found


def _figure(name: str, what: str, wanted: str, ratio: float, reached: bool) -> Figure:
    return Figure(name, what, wanted, f"{ratio:.4f} ×", reached)


def _crews(result: Result) -> Figure:
    ratio = mean_ratio((row.crews, row.alone) for row in result.crews)
    what = f"sharing cars where tickets need two people, value, {len(result.crews)} days"
    return _figure("crews", what, "mean ≥ 1.05 × everyone alone", ratio, ratio >= 1.05)


def _country(result: Result) -> Figure | None:
    whole = [row for row in result.country if row.visits >= COUNTRY]
    if not whole:
        return None
    row = whole[-1]
    return Figure(
        "G10",
        f"a country of {row.visits} tickets and {row.technicians} technicians",
        "≤ 60 s, ≤ 1 GB",
        f"{row.wall_s:.1f} s, {row.peak_mb:.0f} MB",
        row.wall_s <= 60 and row.peak_mb <= 1_000,
    )
