"""The dispatch bench: where it looks, how it judges and counts, and what it writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dispatch.generate import Size, province
from dispatch.plan import Plan
from dispatch.simulate import POLICIES
from dispatch.solve import solve
from scripts import bench
from scripts.dispatch_bench.chart import chart
from scripts.dispatch_bench.country import measured
from scripts.dispatch_bench.day import played
from scripts.dispatch_bench.figures import figures, mean_ratio
from scripts.dispatch_bench.files import folders, read_instances
from scripts.dispatch_bench.held import HELD
from scripts.dispatch_bench.judge import Judge
from scripts.dispatch_bench.panel import ticks
from scripts.dispatch_bench.report import report, table
from scripts.dispatch_bench.result import (
    PARTS,
    Asked,
    Country,
    Inserted,
    Played,
    Result,
    Run,
    Shared,
    Solved,
    keep,
    kept,
    printed,
)
from scripts.dispatch_bench.solve import Budgets
from tests.dispatch_days import a_route

BUDGETS = Budgets()
PROPERTIES = Path(__file__).resolve().parent.parent / "property"
RUN = Run("a machine", "2026-11-25", (("Python", "3.11"),), "bench.py dispatch")
# Value and travel of 240 tickets by engine and budget: everything just reached.
JUST = {
    ("nearest", 0): (1_000, 100),
    ("insertion", 0): (1_010, 100),
    ("vroom", 5): (1_080, 90),
    ("pyvrp", 5): (1_000, 90),
    ("ours", 1): (1_090, 90),
    ("ours", 5): (1_104, 90),
    ("ours", 20): (1_110, 90),
}
DAYS = {
    "nearest": (1_000, 0, 0),
    "insertion": (1_100, 0, 0),
    "vroom": (1_200, 100, 10),
    "ours": (1_190, 25, 5),
}


def a_result(rows: dict[tuple[str, int], tuple[int, int]] | None = None) -> Result:
    """A run of one day of 240 tickets, one rolling day and one country."""
    solved = [
        Solved("day-n240-s1", engine, budget, value, travel, 0.05)
        for (engine, budget), (value, travel) in (rows or JUST).items()
    ]
    played = [
        Played("day-a", policy, value, reassigned, 3, dropped, 0)
        for policy, (value, reassigned, dropped) in DAYS.items()
    ]
    return Result(
        solved,
        [Asked("day-n240-s1", 240, 1_500, 1_109, 324_000)],
        Inserted(4.0, 9.0, 300),
        played,
        [
            Shared("crews-n60-s1", 60, 1_000, 1_070, 9),
            Shared("crews-n240-s1", 240, 3_000, 3_130, 2),
        ],
        [Country(100, 1.0, 90.0, 35, 0.8), Country(4_000, 40.0, 700.0, 1_400, 0.8)],
        dict.fromkeys(PARTS, RUN),
    )


def missed(result: Result) -> set[str]:
    """The figures that were not reached."""
    return {figure.name for figure in figures(result, BUDGETS) if not figure.reached}


def test_what_just_reaches_every_figure_misses_none() -> None:
    assert missed(a_result()) == set()
    assert {figure.name for figure in figures(a_result(), BUDGETS)} == {
        *("G1", "G2", "G3", "G4", "G5", "G6", "G10", "crews")
    }


@pytest.mark.parametrize(
    ("engine", "budget", "row", "names"),
    [
        ("insertion", 0, (1_009, 100), {"G2"}),
        ("ours", 5, (1_101, 90), {"G3", "G5"}),
        ("ours", 5, (1_104, 101), {"G4"}),
        ("ours", 20, (1_108, 90), {"G5"}),
        ("vroom", 5, (1_105, 90), {"G3"}),
    ],
)
def test_a_figure_is_missed_by_a_hair(
    engine: str, budget: int, row: tuple[int, int], names: set[str]
) -> None:
    assert missed(a_result(JUST | {(engine, budget): row})) == names


@pytest.mark.parametrize(
    ("policy", "change"),
    [
        ("ours", {"value": 1_149}),
        ("ours", {"reassigned": 26}),
        ("ours", {"dropped": 6}),
        ("ours", {"broken_promises": 1}),
        ("vroom", {"value": 1_300}),
    ],
)
def test_a_rolling_day_is_held_to_each_of_its_figures(policy: str, change: dict[str, int]) -> None:
    result = a_result()
    result.day = [replace(r, **change) if r.policy == policy else r for r in result.day]

    assert missed(result) == {"G6"}


def test_slow_insertions_and_countries_are_missed() -> None:
    result = a_result()
    result.insert = Inserted(5.1, 9.0, 300)
    result.country[1] = replace(result.country[1], peak_mb=1_001.0)

    assert missed(result) == {"G1", "G10"}


def test_shared_cars_that_bring_less_than_a_twentieth_are_missed() -> None:
    result = a_result()
    result.crews[1] = replace(result.crews[1], crews=3_129)

    assert missed(result) == {"crews"}


def test_a_mean_ratio_is_the_worse_of_two() -> None:
    pairs = [(100.0, 100.0), (12.0, 10.0)]

    assert mean_ratio(pairs) == pytest.approx(112 / 110)
    assert mean_ratio(pairs, most=True) == pytest.approx(1.1)


def test_json_holds_the_rows_and_nothing_else() -> None:
    rows = printed(a_result())

    assert list(rows) == ["solve", "insert", "day", "country"]
    solve_keys = {"instance", "engine", "budget_s", "value", "travel_s", "wall_s"}
    assert set(rows["solve"][0]) == solve_keys
    assert set(rows["insert"]) == {"p50_ms", "p99_ms"}
    day_keys = {"day", "policy", "value", "reassigned", "shifted", "dropped"}
    assert set(rows["day"][0]) == day_keys
    assert set(rows["country"][0]) == {"visits", "wall_s", "peak_mb"}


def test_what_was_kept_is_read_again_and_a_part_replaced(tmp_path: Path) -> None:
    path = tmp_path / "dispatch.json"
    keep(a_result(), path)
    newer = Result(insert=Inserted(1.0, 2.0, 9), runs={"insert": replace(RUN, on="2026-11-26")})

    whole = kept(path)
    whole.take("insert", newer)

    assert whole.insert == newer.insert
    others = (whole.solve, whole.day, whole.crews)
    assert others == (a_result().solve, a_result().day, a_result().crews)
    assert [run.on for run in whole.runs.values()].count("2026-11-26") == 1
    assert kept(tmp_path / "nothing.json") == Result()


def test_the_page_says_what_is_missed_and_the_chart_is_well_formed() -> None:
    result = a_result(JUST | {("ours", 5): (1_000, 90)})

    page, drawn = report(result, BUDGETS), chart(result, BUDGETS)

    assert "MISSED" in page
    assert "MISSED" in table(result, BUDGETS)
    assert "a machine" in page
    assert "| all | 2 | 2000 | 2100 | +5.0 % | 5.5 |" in page
    words = [element.text for element in ElementTree.fromstring(drawn).iter() if element.text]
    assert {"VROOM 5 s", "240", "Travel", "700 MB"} <= set(words)


def test_the_page_names_tests_that_there_are() -> None:
    page = report(a_result(), BUDGETS)

    for held in HELD:
        for test in held.tests:
            file, _, name = test.partition("::")
            assert f"def {name}(" in (PROPERTIES / file).read_text(encoding="utf-8")
            assert f"`{test}`" in page


def test_a_page_of_one_part_is_written_as_well() -> None:
    result = Result(insert=Inserted(4.0, 9.0, 300), runs={"insert": RUN})

    assert "| G1 |" in report(result, BUDGETS)
    ElementTree.fromstring(chart(result, BUDGETS))


def test_ticks_are_round_numbers_within_the_axis() -> None:
    assert ticks(93.2, 100.4) == [94, 96, 98, 100]
    assert ticks(0, 4_200) == [0, 1_000, 2_000, 3_000, 4_000]


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder with two instances, as a bench is pointed at."""
    for number, tickets in enumerate((6, 9), start=1):
        path = tmp_path / "instances" / f"small-n{tickets}-s{number}.json"
        path.parent.mkdir(exist_ok=True)
        file = province(number, Size(tickets=tickets, technicians=3))
        path.write_text(json.dumps(file), encoding="utf-8")
    (tmp_path / "reference").mkdir()
    return tmp_path


def test_siblings_are_found_from_either_folder(shared: Path) -> None:
    for start in (shared, shared / "instances"):
        found = folders(start, reference=None, days=None)

        assert found.instances == shared / "instances"
        assert found.reference == shared / "reference"
        assert found.days is None


def test_the_judge_counts_nothing_for_a_broken_rule(shared: Path) -> None:
    instance = read_instances(shared / "instances")[0]
    good = solve(instance.problem, solver="insertion")
    bad = Plan((a_route(0, (instance.problem.visits[0].id, 1)),))
    judge = Judge(None)

    assert judge.judged(instance.problem, instance.path, good).errors == ()
    verdict = judge.judged(instance.problem, instance.path, bad)
    assert verdict.errors
    assert (verdict.value, verdict.travel_s) == (0, 0)


def test_the_checker_has_the_last_word(shared: Path, tmp_path: Path) -> None:
    instance = read_instances(shared / "instances")[0]
    plan = solve(instance.problem, solver="insertion")
    checker = tmp_path / "checker.py"
    checker.write_text('print(\'{"ok": true, "errors": [], "value": 1, "travel_h": 0}\')')

    verdict = Judge(checker).judged(instance.problem, instance.path, plan)

    assert "counts a value of 1" in verdict.errors[0]


def test_the_bench_runs_from_the_command_line(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pages"
    given = ["dispatch", "--instances", str(shared), "--quick", "--only", "solve,insert,crews"]

    code = bench.main([*given, "--out", str(out)])

    said = capsys.readouterr()
    assert code == 0, said.err
    assert "G1" in said.out
    assert {path.name for path in out.iterdir()} == {f"dispatch.{e}" for e in ("json", "md", "svg")}
    whole = kept(out / "dispatch.json")
    assert {"nearest", "insertion", "ours"} <= {row.engine for row in whole.solve}
    assert [row.visits for row in whole.crews] == [20]


def test_a_folder_without_instances_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = bench.main(["dispatch", "--instances", str(tmp_path)])

    assert code == 2
    assert "no instance" in capsys.readouterr().err


@pytest.mark.long
def test_days_are_played_under_every_policy_and_judged(tmp_path: Path) -> None:
    day = province(1, Size(tickets=5, technicians=3, arriving=4, absent=1))
    (tmp_path / "day-small-s1.json").write_text(json.dumps(day), encoding="utf-8")

    rows, failed = played(tmp_path, judge=Judge(None), seeds=(1,), tell=print, budget_s=0.3)

    assert failed == []
    assert {row.policy for row in rows} == set(POLICIES)


@pytest.mark.long
def test_a_country_is_planned_in_a_process_whose_memory_is_watched() -> None:
    rows, failed = measured((60,), seed=1, iterations=5, tell=print)

    assert failed == []
    assert rows[0].visits == 60
    assert rows[0].peak_mb > 30
