"""``bench.py dispatch``: every engine on the same days, one run, one table, one page, one chart."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from dispatch.simulate import BUDGET_S
from scripts.bench_measure import machine
from scripts.dispatch_bench.chart import chart
from scripts.dispatch_bench.country import ITERATIONS
from scripts.dispatch_bench.country import TICKETS as COUNTRY_TICKETS
from scripts.dispatch_bench.country import measured as country
from scripts.dispatch_bench.crews import DAYS, SIZES, Effort, shared
from scripts.dispatch_bench.day import played
from scripts.dispatch_bench.figures import figures
from scripts.dispatch_bench.files import Folders, Instance, folders, read_instances
from scripts.dispatch_bench.insert import TICKETS, inserted
from scripts.dispatch_bench.judge import Judge
from scripts.dispatch_bench.report import report, table
from scripts.dispatch_bench.result import PARTS, Result, Run, keep, kept, printed
from scripts.dispatch_bench.solve import QUICK, Budgets, asked, planned

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "bench"
LIBRARIES = ("numba", "pyvroom", "pyvrp", "numpy")
# What --quick leaves: enough to see that everything works, too little to tell who is better.
QUICK_SIZES, QUICK_REVIEW_S, QUICK_TICKETS = 2, 0.3, 20
QUICK_COUNTRY, QUICK_ITERATIONS = (100, 200), 20
QUICK_DAYS = 1
QUICK_CREWS = (20,)


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    add = parser.add_argument
    add("--instances", type=Path, required=True, metavar="DIR", help="instances, or their parent")
    add("--reference", type=Path, metavar="DIR", help="best plans known; else looked for beside")
    add("--days", type=Path, metavar="DIR", help="days with arrivals; else looked for beside")
    add("--checker", type=Path, metavar="FILE", help="a program that judges each plan as well")
    add("--seeds", type=_seeds, default=(1,), metavar="1,2", help="seeds of the searches")
    add("--only", type=_parts, default=PARTS, metavar="PART,…", help=f"of {', '.join(PARTS)}")
    add("--quick", action="store_true", help="few days, little time; no page without --out")
    add("--out", type=Path, metavar="DIR", help="where page and chart go; else docs/bench")
    add("--json", action="store_true", help="print JSON, write no page")


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _parts(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    for part in chosen:
        if part not in PARTS:
            raise argparse.ArgumentTypeError(f"there is no part {part!r}, only {', '.join(PARTS)}")
    return chosen


def run(given: argparse.Namespace) -> int:
    """Measure what was asked for; 1 if a plan broke a rule, 2 if there is nothing to plan."""
    where = folders(given.instances, reference=given.reference, days=given.days)
    try:
        instances = read_instances(where.instances)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    budgets = QUICK if given.quick else Budgets()
    result = Measuring(given, where, instances, budgets).result()
    for failure in result.failed:
        print(f"! {failure}", file=sys.stderr)
    if given.json:
        print(json.dumps(printed(result), ensure_ascii=False, indent=1))
    else:
        _write(result, budgets, given.out or (None if given.quick else PAGES))
    return 1 if result.failed else 0


def _write(result: Result, budgets: Budgets, out: Path | None) -> None:
    """Put the parts of this run to those of earlier ones, and write page and chart anew."""
    if out is None:
        print(f"\n{table(result, budgets)}")
        return
    out.mkdir(parents=True, exist_ok=True)
    whole = kept(out / "dispatch.json")
    for part in result.runs:
        whole.take(part, result)
    print(f"\n{table(whole, budgets)}")
    keep(whole, out / "dispatch.json")
    (out / "dispatch.md").write_text(report(whole, budgets), encoding="utf-8")
    (out / "dispatch.svg").write_text(chart(whole, budgets), encoding="utf-8")
    missed = sum(1 for figure in figures(whole, budgets) if not figure.reached)
    print(f"\nWritten to {out / 'dispatch.md'}; figures missed: {missed}")


class Measuring:
    """One run of the bench."""

    def __init__(
        self,
        given: argparse.Namespace,
        where: Folders,
        instances: list[Instance],
        budgets: Budgets,
    ) -> None:
        self.given = given
        self.where = where
        self.instances = _few(instances) if given.quick else instances
        self.budgets = budgets
        self.judge = Judge(given.checker)
        self.seeds: tuple[int, ...] = given.seeds

    def result(self) -> Result:
        """Every part that was asked for, one after the other."""
        found = Result()
        parts = {
            "solve": self._solve,
            "insert": self._insert,
            "day": self._day,
            "crews": self._crews,
            "country": self._country,
        }
        for part in PARTS:
            if part in self.given.only:
                tell(f"{part} …")
                if parts[part](found):
                    found.runs[part] = self._run()
        return found

    def _solve(self, found: Result) -> bool:
        made = planned(
            self.instances, budgets=self.budgets, seeds=self.seeds, judge=self.judge, tell=tell
        )
        found.solve, found.failed = made.solve, found.failed + made.failed
        found.asked = asked(self.instances, reference=self.where.reference, judge=self.judge)
        return True

    def _insert(self, found: Result) -> bool:
        found.insert = inserted(
            self.instances, tickets=QUICK_TICKETS if self.given.quick else TICKETS
        )
        tell(f"p50 {found.insert.p50_ms} ms, p99 {found.insert.p99_ms} ms")
        return True

    def _day(self, found: Result) -> bool:
        if self.where.days is None:
            tell("there are no days")
            return False
        quick = self.given.quick
        found.day, failed = played(
            self.where.days,
            judge=self.judge,
            seeds=self.seeds,
            tell=tell,
            budget_s=QUICK_REVIEW_S if quick else BUDGET_S,
            most=QUICK_DAYS if quick else None,
        )
        found.failed += failed
        return True

    def _crews(self, found: Result) -> bool:
        quick, seed = self.given.quick, self.seeds[0]
        found.crews, failed = shared(
            QUICK_CREWS if quick else SIZES,
            DAYS[:QUICK_DAYS] if quick else DAYS,
            effort=Effort(seed, iterations=QUICK_ITERATIONS)
            if quick
            else Effort(seed, time_limit_s=self.budgets.ours_s[1]),
            judge=self.judge,
            tell=tell,
        )
        found.failed += failed
        return True

    def _country(self, found: Result) -> bool:
        quick = self.given.quick
        found.country, failed = country(
            QUICK_COUNTRY if quick else COUNTRY_TICKETS,
            seed=self.seeds[0],
            iterations=QUICK_ITERATIONS if quick else ITERATIONS,
            tell=tell,
        )
        found.failed += failed
        return bool(found.country)

    def _run(self) -> Run:
        return Run(machine(), datetime.now(UTC).date().isoformat(), _versions(), self._arguments())

    def _arguments(self) -> str:
        words = ["bench.py dispatch"]
        words += ["--quick"] if self.given.quick else []
        words += [f"--seeds {','.join(map(str, self.seeds))}"]
        words += [f"--checker {self.given.checker.name}"] if self.given.checker else []
        return " ".join(words)


def _few(instances: list[Instance]) -> list[Instance]:
    """The first day of each of the smallest sizes."""
    sizes = sorted({one.visits for one in instances})[:QUICK_SIZES]
    return [next(one for one in instances if one.visits == size) for size in sizes]


def _versions() -> tuple[tuple[str, str], ...]:
    found = [("Python", python_version())]
    for name in LIBRARIES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "missing"))
    return tuple(found)


def tell(words: str) -> None:
    """Say how far the run is; standard output is for the result."""
    print(words, file=sys.stderr, flush=True)
