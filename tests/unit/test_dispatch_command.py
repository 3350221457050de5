"""The command line: files in, files out, and what is wrong in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.__main__ import main
from dispatch.solve import solve
from tests.dispatch_days import a_problem, a_technician, a_visit

INSTANCE = {
    "name": "small",
    "now_s": 28_800,
    "locations": [
        {"lat": 15.12, "lon": 108.80, "terrain": "plain"},
        {"lat": 15.10, "lon": 108.70, "terrain": "plain"},
    ],
    "technicians": [
        {
            "id": 0,
            "team": 1,
            "home": 0,
            "skills": {"network": 2},
            "shift_s": [27_000, 61_200],
            "lunch": {"earliest_s": 39_600, "latest_s": 46_800, "duration_s": 2_700},
            "seats": 2,
        }
    ],
    "visits": [
        {
            "id": number,
            "location": 1,
            "skills": {skill: 1},
            "priority": 2,
            "start_s": [28_800, 61_200],
            "duration_s": 3_600,
            "value": 40,
        }
        for number, skill in enumerate(("network", "network", "data"))
    ],
}


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """The instance as a file."""
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(INSTANCE), encoding="utf-8")
    return path


def test_solve_writes_a_plan_that_check_accepts(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.json"

    solved = main(["solve", str(instance), "--iterations", "20", "--seed", "1", "--out", str(out)])
    judged = main(["check", str(instance), str(out)])

    assert (solved, judged) == (0, 0)
    assert json.loads(capsys.readouterr().out)["ok"] is True
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert plan["figures"]["value"] == 80
    assert [(u["visit"], u["verdict"]) for u in plan["unassigned"]] == [(2, "unreachable")]


def test_check_lists_broken_rules_and_exits_with_one(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    route = {"technicians": [0], "lunch_s": None, "stops": [{"visit": 2, "start_s": 28_800}]}
    plan.write_text(json.dumps({"routes": [route]}), encoding="utf-8")

    code = main(["check", str(instance), str(plan)])

    verdict = json.loads(capsys.readouterr().out)
    assert code == 1
    assert verdict["ok"] is False
    assert any("data level 1" in error for error in verdict["errors"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "an object is expected"),
        (json.dumps({**INSTANCE, "now_s": "eight"}), "now_s: a whole number is expected"),
    ],
)
def test_a_wrong_file_is_refused_with_the_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")

    code = main(["solve", str(path)])

    assert code == 2
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["check", "nowhere.json", "nothing.json"])

    assert code == 2
    assert "nowhere.json" in capsys.readouterr().err


def test_an_unknown_solver_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no solver 'magic'"):
        solve(a_problem([a_visit()], [a_technician()]), solver="magic")


def test_a_time_limit_is_kept_even_when_it_is_tiny() -> None:
    plan = solve(a_problem([a_visit()], [a_technician()]), time_limit_s=0.001)

    assert [route.technicians for route in plan.routes] == [(0,)]
