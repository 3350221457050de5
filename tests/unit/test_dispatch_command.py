"""The command line: files in, files out, and what is wrong in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.__main__ import COMMANDS, main
from dispatch.phrases import Language
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


TECHNICIAN, VISIT = INSTANCE["technicians"][0], INSTANCE["visits"][0]
N_BY_N = [[0, 600], [600, 0]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"now_s": -1}, "now_s: -1 is negative"),
        ({"now_s": True}, "now_s: a whole number is expected, not true"),
        ({"now_s": 1.0}, "now_s: a whole number is expected, not 1.0"),
        ({"visits": [{**VISIT, "duration_s": -60}]}, "visits[0].duration_s: -60 is negative"),
        ({"visits": [{**VISIT, "start_s": [-1, 5]}]}, "visits[0].start_s[0]: -1 is negative"),
        ({"visits": [{**VISIT, "start_s": [9, 5]}]}, "visits[0].start_s: the window [9, 5] ends"),
        ({"visits": [VISIT, VISIT]}, "visits[1].id: 0 stands there twice, first in visits[0]"),
        ({"visits": [{**VISIT, "location": 2}]}, "visits[0].location: 2 is no location"),
        (
            {"visits": [{**VISIT, "skills": {"network": "high"}}]},
            "visits[0].skills.network: a whole number is expected, not 'high'",
        ),
        (
            {"visits": [{**VISIT, "skills": {"network": 4}}]},
            "visits[0].skills.network: 4 is more than 3",
        ),
        (
            {"technicians": [{**TECHNICIAN, "skils": {}}]},
            "technicians[0].skils: unknown key; did you mean skills?",
        ),
        ({"technicians": [{**TECHNICIAN, "mentor": 8}]}, "technicians[0].mentor: 8 is no"),
        ({"technicians": [TECHNICIAN, TECHNICIAN]}, "technicians[1].id: 0 stands there twice"),
        ({"travel_s": [[0, 600]]}, "travel_s: 2 rows are expected, one for each location, not 1"),
        ({"travel_s": [[0, 600], [600]]}, "travel_s[1]: 2 columns are expected"),
        ({"travel_s": [[0, 600], [600, 5]]}, "travel_s[1][1]: the diagonal must be 0, not 5"),
        ({"travel_s": [[0, -1], [600, 0]]}, "travel_s[0][1]: -1 is negative"),
        ({"travel_s": N_BY_N, "distance_m": [[0]]}, "distance_m: 2 rows are expected"),
        ({"distance_m": N_BY_N}, "distance_m: travel_s is missing beside it"),
        (
            {"events": [{"at_s": 1, "kind": "absent", "technicians": [5], "until_s": 9}]},
            "events[0].technicians[0]: 5 is no technician",
        ),
        ({"events": [{"at_s": 1, "kind": "late"}]}, "events[0].kind: one of absent, closed"),
        ({"routes": []}, "routes: this is a plan, which is not what is expected here"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], said: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({**INSTANCE, **changes}), encoding="utf-8")

    code = main(["solve", str(path)])

    error = capsys.readouterr().err
    assert code == 2
    assert error.startswith(f"{path}: {said}")
    assert error.count("\n") == 1


def test_a_skill_that_nobody_has_is_no_mistake(
    instance: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["solve", str(instance), "--solver", "insertion"])

    left = json.loads(capsys.readouterr().out)["unassigned"]
    assert code == 0
    assert [(item["visit"], item["verdict"]) for item in left] == [(2, "unreachable")]


def test_a_way_round_that_is_far_shorter_is_told_and_taken_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bent.json"
    places = [*INSTANCE["locations"], {"lat": 15.0, "lon": 108.6, "terrain": "plain"}]
    table = [[0, 9_000, 600], [9_000, 0, 600], [600, 600, 0]]
    bent = {**INSTANCE, "locations": places, "travel_s": table}
    path.write_text(json.dumps(bent), encoding="utf-8")

    code = main(["solve", str(path), "--solver", "insertion"])

    said = capsys.readouterr()
    assert code == 0
    assert "warning: travel_s[0][1]: 9000 s, but 1200 s by way of 2" in said.err
    assert json.loads(said.out)["figures"]["travel_s"] == 18_000


@pytest.mark.parametrize(
    ("stops", "people", "said"),
    [
        ([{"visit": 9, "start_s": 30_000}], [0], "routes[0].stops[0].visit: 9 is no visit"),
        ([], [7], "routes[0].technicians[0]: 7 is no technician"),
    ],
)
def test_a_plan_for_somebody_else_is_refused(
    instance: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    stops: list[dict[str, int]],
    people: list[int],
    said: str,
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"routes": [{"technicians": people, "stops": stops}]}))

    codes = [
        main(["check", str(instance), str(plan)]),
        main(["explain", str(instance), str(plan), "0"]),
        main(["solve", str(instance), "--start", str(plan)]),
    ]

    assert codes == [2, 2, 2]
    assert capsys.readouterr().err == 3 * f"{plan}: {said}\n"


def test_a_folder_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["solve", str(tmp_path)])

    assert code == 2
    assert capsys.readouterr().err == f"{tmp_path}: Is a directory\n"


def test_a_plan_that_cannot_be_written_is_refused_before_any_work(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nowhere" / "plan.json"

    code = main(["solve", str(instance), "--out", str(out)])

    assert code == 2
    assert capsys.readouterr().err == f"{out}: No such file or directory\n"


def test_the_same_seed_gives_the_same_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = tmp_path / "day.json"
    main(["generate", "--seed", "5", "--tickets", "40", "--technicians", "10", "--out", str(day)])

    plans = []
    for _ in range(2):
        assert main(["solve", str(day), "--iterations", "200", "--seed", "3"]) == 0
        plans.append(capsys.readouterr().out)

    assert plans[0] == plans[1]


def test_a_start_is_never_made_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day, good = tmp_path / "day.json", tmp_path / "good.json"
    main(["generate", "--seed", "5", "--tickets", "40", "--technicians", "10", "--out", str(day)])
    main(["solve", str(day), "--iterations", "300", "--out", str(good)])

    code = main(["solve", str(day), "--solver", "insertion", "--start", str(good)])

    after = json.loads(capsys.readouterr().out)["figures"]["cost"]
    assert code == 0
    assert after <= json.loads(good.read_text(encoding="utf-8"))["figures"]["cost"]


def test_a_country_is_solved_by_regions_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    land, plan = tmp_path / "land.json", tmp_path / "plan.json"
    main(["generate", "--country", "--tickets", "120", "--out", str(land)])
    effort = ["--regions", "yes", "--processes", "1", "--solver", "insertion"]

    solved = main(["solve", str(land), *effort, "--out", str(plan)])
    said = capsys.readouterr().err
    judged = main(["check", str(land), str(plan)])

    assert (solved, judged) == (0, 0)
    assert "regions 2 of 2" in said


def test_simulate_plays_a_day_whose_outcome_check_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day, log, done = (tmp_path / name for name in ("day.json", "log.json", "done.json"))
    size = ["--tickets", "12", "--technicians", "6", "--arriving", "6", "--absent", "1"]
    main(["generate", "--seed", "2", *size, "--out", str(day)])

    played = main(["simulate", str(day), "--policy", "insertion", "--out", str(log)])
    told = json.loads(log.read_text(encoding="utf-8"))
    done.write_text(json.dumps(told["executed"]), encoding="utf-8")
    capsys.readouterr()
    judged = main(["check", str(day), str(done)])

    assert (played, judged) == (0, 0)
    assert json.loads(capsys.readouterr().out)["value"] == told["figures"]["value"]


@pytest.mark.parametrize("language", list(Language))
def test_explain_names_the_chosen_one_and_gives_everybodys_reason(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: Language
) -> None:
    plan = tmp_path / "plan.json"
    main(["solve", str(instance), "--solver", "insertion", "--out", str(plan)])

    codes = [
        main(["explain", str(instance), str(plan), visit, "--language", language])
        for visit in ("0", "2")
    ]

    said = capsys.readouterr().out
    assert codes == [0, 0]
    if language is Language.EN:
        assert "technician 0: chosen; adds" in said
        assert "technician 0: lacks the skill data; has 2.7 h of work" in said
    else:
        assert "kỹ thuật viên 0: được chọn; đường đi tăng" in said
        assert "kỹ thuật viên 0: chưa có kỹ năng data; hôm đó đã có 2,7 giờ việc" in said


def test_explain_gives_codes_and_numbers_as_json(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    main(["solve", str(instance), "--solver", "insertion", "--out", str(plan)])

    main(["explain", str(instance), str(plan), "0", "--json"])

    answer = json.loads(capsys.readouterr().out)
    chosen = answer["options"][0]
    assert (answer["state"], answer["technicians"], chosen["code"]) == ("assigned", [0], "CHOSEN")
    assert chosen["levels"] == {"network": 2}
    assert chosen["arrives_s"] <= chosen["start_s"] == answer["start_s"]


def test_explain_of_a_visit_that_nobody_asked_for_is_refused(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"routes": []}', encoding="utf-8")

    code = main(["explain", str(instance), str(plan), "77"])

    assert code == 2
    assert capsys.readouterr().err == f"{instance}: visits: none has the id 77\n"


@pytest.mark.parametrize("word", ["", *COMMANDS])
def test_help_tells_the_exit_codes(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*([word] if word else []), "--help"])

    assert ended.value.code == 0
    assert "exit codes: 0 done, 1 the checked plan breaks a rule, 2 a wrong" in " ".join(
        capsys.readouterr().out.split()
    )


@pytest.mark.parametrize("wrong", [["--time-limit", "0"], ["--iterations", "-3"], ["--seed", "x"]])
def test_a_wrong_argument_ends_with_two(instance: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(instance), *wrong])

    assert ended.value.code == 2


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
