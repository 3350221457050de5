"""Whatever stands in a file, the command answers with a plan or with one sentence about it."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import math
import re
import tempfile
from pathlib import Path
from typing import Any  # what a JSON file holds, spoilt at will

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.__main__ import main
from dispatch.generate import Size, province

SIZE = Size(tickets=5, technicians=3, skills=2, ferries=True, crews=True, absent=1, longer=1)
STRANGE = (
    *(None, True, False, -1, 0, 1, 4, 99, 2**31, 10**9, 10**9 + 1, 10**30, 10**4000),
    *(-0.5, 1.5, math.nan, math.inf, -math.inf, 1e308),
    *("", "s0", "plain", "\ud800", "a\nb", "x" * 10_000),
    *([], {}, [[]], [-1], [0, 0], [61_200, 27_000], [None], {"s0": 0}, {"s9": 3}, {"": {}}),
)


def an_instance() -> dict[str, Any]:
    """A small day with every part that the format knows."""
    file = copy.deepcopy(province(1, SIZE))
    first, second = file["visits"][0]["id"], file["visits"][1]["id"]
    file["technicians"][0] |= {"at": 0, "free_s": 27_000, "had_lunch": False}
    file["technicians"][1] |= {"carried": {"busy_s": 600, "highland": 1, "island": 0}}
    file["technicians"][2] |= {"mentor": file["technicians"][1]["id"]}
    file["visits"][2] |= {"arrives_s": 30_000, "start_s": [[30_000, 40_000], [50_000, 61_200]]}
    file["events"].append({"at_s": 30_000, "kind": "closed", "pairs": [[0, 1]], "until_s": 40_000})
    told = {"technicians": [0], "lunch_s": None, "stops": [{"visit": second, "start_s": 50_000}]}
    file["state"] = {
        "committed": [{"technicians": [0], "visit": first, "start_s": 28_800}],
        "published": {"routes": [told]},
    }
    n = len(file["locations"])
    file["travel_s"] = [
        [0 if i == j else 1_200 + 60 * abs(i - j) for j in range(n)] for i in range(n)
    ]
    file["distance_m"] = [[abs(i - j) * 1_000 for j in range(n)] for i in range(n)]
    return file


def a_plan() -> dict[str, Any]:
    """A plan for that day with every part that the format knows."""
    reason = {"technician": 0, "code": "CHOSEN", "by_s": 60, "by_m": -1_000}
    left = {"visit": 2, "verdict": "crowded_out", "reasons": [reason | {"code": "ROUTE_FULL"}]}
    route = {"technicians": [0], "lunch_s": 40_000, "stops": [{"visit": 1, "start_s": 50_000}]}
    return {
        "routes": [route],
        "assigned": [{"visit": 1, "reasons": [reason]}],
        "unassigned": [left | {"swap": {"out": 1, "technician": 0}}],
        "figures": {"value": 1},
    }


@st.composite
def spoilt(draw: st.DrawFn, data: Any) -> Any:
    """The same file with one thing in it changed, lost, added or told twice."""
    data = copy.deepcopy(data)
    at = data
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return data
        key = draw(st.sampled_from(keys))
        deeper = isinstance(at[key], dict | list) and len(at[key]) > 0
        if not deeper or draw(st.integers(0, 3)) == 0:
            break
        at = at[key]
    how = draw(st.sampled_from(("change", "change", "change", "lose", "add", "twice")))
    if how == "change":
        at[key] = draw(st.sampled_from(STRANGE))
    elif how == "lose":
        del at[key]
    elif isinstance(at, dict):
        at[draw(st.sampled_from(("skils", "", "a\nb", "\ud800", "start")))] = at[key]
    else:
        at.append(copy.deepcopy(at[key]))
    return data


def run(*arguments: str) -> tuple[int, str]:
    """The exit code, and what was said on the error stream."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main(arguments)
    return code, said.getvalue()


def says_one_line_about(path: Path, said: str) -> bool:
    """Whether exactly one line was said, and it names the file."""
    return said.startswith(str(path)) and said.count("\n") == 1 and len(said) < 1_000


few = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@few
@given(data=spoilt(an_instance()))
def test_a_spoilt_instance_is_solved_or_refused_in_one_line(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "day.json")
        path.write_text(json.dumps(data), encoding="utf-8")

        code, said = run("solve", str(path), "--solver", "insertion")

    assert code in (0, 2)
    assert code == 0 or says_one_line_about(path, said)


@few
@given(data=spoilt(a_plan()))
def test_a_spoilt_plan_is_judged_or_refused_in_one_line(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        instance, path = Path(folder, "day.json"), Path(folder, "plan.json")
        instance.write_text(json.dumps(an_instance()), encoding="utf-8")
        path.write_text(json.dumps(data), encoding="utf-8")

        code, said = run("check", str(instance), str(path))

    assert code in (0, 1, 2)
    assert code != 2 or says_one_line_about(path, said)


@few
@given(data=spoilt(an_instance()))
def test_a_spoilt_day_is_played_or_refused_in_one_line(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "day.json")
        path.write_text(json.dumps(data), encoding="utf-8")

        code, said = run("simulate", str(path), "--policy", "nearest")

    assert code in (0, 2)
    assert code == 0 or says_one_line_about(path, said)


@few
@given(data=spoilt({"kind": "by-hand", "visit": 2, "person": 1, "start_s": 50_000}))
def test_a_spoilt_fact_is_compared_or_refused_in_one_line(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        instance, path = Path(folder, "day.json"), Path(folder, "fact.json")
        instance.write_text(json.dumps(an_instance()), encoding="utf-8")
        path.write_text(json.dumps(data), encoding="utf-8")

        code, said = run("what-if", str(instance), str(path), "--solver", "insertion")

    said = re.sub(r"^missing: .*\n", "", said)  # of the machine, not of the file
    assert code in (0, 2)
    assert code == 0 or says_one_line_about(path, said)


@few
@given(data=st.one_of(st.binary(max_size=60), st.text(alphabet='{}[]",:1-e. ', max_size=60)))
def test_anything_at_all_is_refused_in_one_line(data: bytes | str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "day.json")
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

        code, said = run("check", str(path), str(path))

    assert code == 2
    assert says_one_line_about(path, said)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty, a JSON object is expected"),
        (b" " * 10_000_000, "empty, a JSON object is expected"),
        (b"[" * 1_000_000, "nested without end"),
        (b'{"a":' * 1_000_000, "nested without end"),
        (b"[" * 400 + b"]" * 400, "an object is expected"),
        (b'{"name": "\xff"}', "not UTF-8, from byte 10 on"),
        (b"9" * 100_000, "Exceeds the limit"),
        (b'{"locations": [{"lat": NaN}]}', "locations[0].lat: a number is expected, not NaN"),
    ],
    ids=["empty", "10 MB of nothing", "lists", "objects", "deep", "latin-1", "digits", "NaN"],
)
def test_files_of_nothing_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "day.json"
    path.write_bytes(content)

    code, said = run("solve", str(path))

    assert code == 2
    assert message in said
    assert says_one_line_about(path, said)
