"""The dispatch bench as a table for a terminal, and as the page that stands in `docs/bench`."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import mean

from scripts.dispatch_bench.figures import Engines, Figure, figures, mean_ratio
from scripts.dispatch_bench.held import HELD
from scripts.dispatch_bench.result import PARTS, Result, Run, Shared
from scripts.dispatch_bench.solve import Budgets

INTRODUCTION = """\
`python3 scripts/bench.py dispatch --instances DIR` plans the same days with every engine, one after
the other on one machine, and judges each plan by the rules and the objective alone: no solver is
asked about its own."""
MARKS = {True: "reached", False: "MISSED"}


def columns(budgets: Budgets) -> list[tuple[str, str, float]]:
    """(heading, engine, budget) of everybody who takes part, in order."""
    others = budgets.others_s
    found = [("nearest", "nearest", 0.0), ("insertion", "insertion", 0.0)]
    found += [(f"VROOM {others:g} s", "vroom", others), (f"PyVRP {others:g} s", "pyvrp", others)]
    return found + [(f"ours {ours:g} s", "ours", ours) for ours in budgets.ours_s]


def table(result: Result, budgets: Budgets) -> str:
    """Everything in figures, for a terminal."""
    blocks = ["\n".join(_aligned(rows)) for _, rows in _tables(result, budgets)]
    verdicts = _aligned([_verdict_head(), *map(_verdict, figures(result, budgets))])
    return "\n\n".join([*blocks, "\n".join(verdicts)])


def report(result: Result, budgets: Budgets) -> str:
    """The page for `docs/bench/dispatch.md`."""
    found = figures(result, budgets)
    missed = [figure for figure in found if not figure.reached]
    parts = [
        "# Dispatch, side by side\n",
        f"{INTRODUCTION}\n",
        _runs(result),
        "\n![Value and travel by engine and size, and the rolling day](dispatch.svg)\n",
        f"## Figures\n\n{_reached(found, missed)}\n",
        _markdown([_verdict_head(), *map(_verdict, found)]),
        "\nNo run can show the rest; tests in `tests/property` look for a day that breaks it:\n",
        _markdown(_held()),
        *(f"\n## {title}\n\n{_markdown(rows)}" for title, rows in _tables(result, budgets)),
        f"\n{_notes()}",
    ]
    return "\n".join(parts) + "\n"


def _reached(found: list[Figure], missed: list[Figure]) -> str:
    if not missed:
        return f"All {len(found)} that were measured are reached."
    names = ", ".join(dict.fromkeys(figure.name for figure in missed))
    return f"{len(found) - len(missed)} of {len(found)} are reached; missed: {names}."


def _verdict_head() -> list[str]:
    return ["", "what", "to reach", "found", ""]


def _verdict(figure: Figure) -> list[str]:
    return [figure.name, figure.what, figure.wanted, figure.found, MARKS[figure.reached]]


def _held() -> list[list[str]]:
    """The figures that tests hold."""
    rows = [["", "what", "to reach", "held by"]]
    for held in HELD:
        tests = "<br>".join(f"`{test}`" for test in held.tests)
        rows.append([held.name, held.what, held.wanted, tests])
    return rows


def _tables(result: Result, budgets: Budgets) -> Iterable[tuple[str, list[list[str]]]]:
    if result.has("solve"):
        yield "Value, mean by size", _by_size(result, budgets, 0, "{:.0f}")
        yield "Travel in hours, mean by size", _by_size(result, budgets, 1, "{:.1f}", 3_600)
        yield (
            "Seconds until the plan was there, mean by size",
            _by_size(result, budgets, 2, "{:.2f}"),
        )
        yield "Value of each day", _by_day(result, budgets)
    if result.has("day"):
        yield "Rolling days", _days(result)
    if result.has("crews"):
        yield "What sharing cars brings", _crews(result)
    if result.has("country"):
        yield "Country", _country(result)


def _by_size(
    result: Result, budgets: Budgets, index: int, form: str, unit: float = 1
) -> list[list[str]]:
    """One of (value, travel, wall), mean over the days of each size."""
    engines = Engines(result)
    chosen = columns(budgets)
    rows = [["tickets", "days", *(heading for heading, _, _ in chosen)]]
    for size in sorted({row.visits for row in result.asked}):
        days = engines.days(of=size)
        cells = []
        for _, engine, budget_s in chosen:
            found = [engines.row(engine, budget_s, day) for day in days]
            known = [row[index] for row in found if row is not None]
            cells.append(form.format(mean(known) / unit) if known else "")
        rows.append([str(size), str(len(days)), *cells])
    if index == 0:
        best = _best_by_size(result)
        rows[0].append("best known")
        for row in rows[1:]:
            row.append(best.get(row[0], ""))
    return rows


def _best_by_size(result: Result) -> dict[str, str]:
    sizes: dict[str, list[int]] = {}
    for row in result.asked:
        if row.best_value is not None:
            sizes.setdefault(str(row.visits), []).append(row.best_value)
    return {size: f"{mean(values):.0f}" for size, values in sizes.items()}


def _by_day(result: Result, budgets: Budgets) -> list[list[str]]:
    engines = Engines(result)
    chosen = columns(budgets)
    rows = [["day", "asked", *(heading for heading, _, _ in chosen), "best known"]]
    for asked in result.asked:
        found = [engines.row(engine, budget_s, asked.instance) for _, engine, budget_s in chosen]
        best = "" if asked.best_value is None else str(asked.best_value)
        cells = [f"{row[0]:.0f}" if row else "" for row in found]
        rows.append([asked.instance, str(asked.value), *cells, best])
    return rows


def _days(result: Result) -> list[list[str]]:
    rows = [["day", "policy", "value", "reassigned", "shifted", "dropped", "promises broken"]]
    for row in result.day:
        counts = (row.value, row.reassigned, row.shifted, row.dropped, row.broken_promises)
        rows.append([row.day, row.policy, *map(str, counts)])
    return rows


def _crews(result: Result) -> list[list[str]]:
    """By size, and over all days."""
    rows = [["tickets", "days", "alone", "with crews", "gain", "cars shared"]]
    for size in sorted({row.visits for row in result.crews}):
        rows.append([str(size), *_gain([row for row in result.crews if row.visits == size])])
    return [*rows, ["all", *_gain(result.crews)]]


def _gain(days: list[Shared]) -> list[str]:
    gain = mean_ratio((day.crews, day.alone) for day in days) - 1
    return [
        str(len(days)),
        f"{mean(day.alone for day in days):.0f}",
        f"{mean(day.crews for day in days):.0f}",
        f"{100 * gain:+.1f} %",
        f"{mean(day.cars for day in days):.1f}",
    ]


def _country(result: Result) -> list[list[str]]:
    rows = [["tickets", "technicians", "seconds", "ms a ticket", "MB", "value served"]]
    for row in result.country:
        each_ms = 1_000 * row.wall_s / max(1, row.visits)
        rows.append(
            [
                str(row.visits),
                str(row.technicians),
                f"{row.wall_s:.1f}",
                f"{each_ms:.1f}",
                f"{row.peak_mb:.0f}",
                f"{100 * row.share:.1f} %",
            ]
        )
    return rows


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    to_the_right = [all(_is_number(row[i]) for row in rows[1:]) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, to_the_right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _is_number(cell: str) -> bool:
    return cell == "" or cell.strip("+- %").replace(".", "", 1).isdecimal()


def _markdown(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _runs(result: Result) -> str:
    """Where, when and with what; parts that were run together are said once."""
    said: dict[Run, list[str]] = {}
    for part in PARTS:
        if result.has(part):
            said.setdefault(result.runs[part], []).append(part)
    return "\n".join(
        f"- {', '.join(parts)}: {run.on}, {run.machine}; {_versions(run)}. `{run.arguments}`"
        for run, parts in said.items()
    )


def _versions(run: Run) -> str:
    return ", ".join(f"{name} {version}" for name, version in run.versions)


def _notes() -> str:
    return """## How it is measured

- *nearest*: tickets by priority, latest start and id; each to the end of the route of the qualified
  technician with the smallest travel from their last place who can begin in time, take lunch and be
  home by the end of the shift. *insertion*: ours without a search, in plain Python.
- *VROOM* is pyvroom alone at its widest exploration on two threads; it stops by itself before its
  time is up, and more of it gives it nothing. Its routes are timed by our exact schedule, and what
  does not fit is dropped. *PyVRP* likewise, with lunch cut out of its clock.
- *ours* is what the product does: insertion, VROOM until it stops, compiled ruin-and-recreate on
  two threads, reasons for every ticket, all within the time given.
- Value counts each ticket that is begun in time; travel holds the way home.
- A rolling day: 15 minutes between two looks at the whole plan; what was done is judged, and the
  changes are counted from one publication to the next. *vroom* plans with no memory.
- Sharing cars: generated days of 40 people who all start from one of two bases; a fifth of the
  tickets ask for two skills, and a quarter of the others for a second one too. *ours* plans each
  day twice in the same time, everyone alone and with crews.
- Country: every part gets the same number of iterations, so the seconds say what the size costs;
  the memory is that of all processes together (PSS).
- A mean ratio is the smaller one of the mean of the days' ratios and the ratio of the means."""
