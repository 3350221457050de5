"""The contract of every source of travel times, against a fake at the network's edge or a file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.config import Settings
from app.factory import SettingsError, travel_provider
from app.travel.provider import Point, TravelProvider, TravelUnavailableError
from app.travel.providers.file import FileTable
from app.travel.providers.osrm import Osrm
from app.travel.providers.valhalla import Valhalla
from tests.fakes.travel_api import TravelApi, a_travel_api, seconds_between

POINTS = [Point(f"{20000 + i}", 14 + 0.01 * i, 108 + 0.007 * (i % 11)) for i in range(97)]
SERVERS = {"osrm": Osrm, "valhalla": Valhalla}
FAULTS = {
    "500": "status",
    "garbled": "format",
    "short": "size",
    "narrow": "size",
    "only nulls": "empty",
    "words": "format",
    "negative": "format",
    "beyond": "format",
    "nested": "format",
    "redirect": "status",
}
Make = Callable[..., TravelProvider]


@pytest.fixture
def api() -> Iterator[TravelApi]:
    with a_travel_api() as running:
        yield running


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Make:
    """Each kind of server in turn."""
    made: Make = SERVERS[request.param]
    return made


def expected(i: int, j: int) -> int:
    a, b = POINTS[i], POINTS[j]
    return round(seconds_between((a.lat, a.lon), (b.lat, b.lon)))


def test_the_whole_table_comes_in_blocks_that_the_server_allows(server: Make, api: TravelApi):
    table = server(api.address).fetch(POINTS)

    assert table is not None
    assert len(api.asked) == 4
    assert max(len_ for pair in api.asked for len_ in pair) <= 50
    for i, j in ((0, 96), (96, 0), (3, 50), (49, 50), (60, 10)):
        assert abs((table.travel_s[i][j] or 0) - expected(i, j)) <= 1
        assert abs((table.distance_m[i][j] or 0) - 10 * expected(i, j)) <= 10


def test_an_address_with_a_path_and_a_slash_is_taken(server: Make, api: TravelApi):
    table = server(f"{api.address}/roads/").fetch(POINTS[:3])

    assert table is not None
    assert len(table.travel_s) == 3


@pytest.mark.parametrize(("fault", "code"), FAULTS.items())
def test_what_is_no_table_is_refused_with_its_reason(
    server: Make, api: TravelApi, fault: str, code: str
):
    api.fault = fault

    with pytest.raises(TravelUnavailableError) as refused:
        server(api.address).fetch(POINTS[:6])

    assert refused.value.code == code


def test_a_leg_without_a_way_is_left_open(server: Make, api: TravelApi):
    api.fault = "nulls"

    table = server(api.address).fetch(POINTS[:6])

    assert table is not None
    assert table.travel_s[0][5] is None
    assert table.unknown == 1


def test_a_refusal_tells_what_the_server_said(api: TravelApi):
    api.fault = "refused"

    with pytest.raises(TravelUnavailableError, match="TooBig"):
        Osrm(api.address).fetch(POINTS[:6])
    with pytest.raises(TravelUnavailableError, match="size"):
        Valhalla(api.address).fetch(POINTS[:6])


@pytest.mark.parametrize("fault", ["slow", "dripping"])
def test_a_server_that_takes_too_long_is_left(server: Make, api: TravelApi, fault: str):
    api.fault = fault

    with pytest.raises(TravelUnavailableError) as refused:
        server(api.address, timeout_s=0.05).fetch(POINTS[:6])

    assert refused.value.code == "timeout"


def test_a_server_that_is_not_there_is_unreachable(server: Make, api: TravelApi):
    with a_travel_api() as gone:
        address = gone.address

    with pytest.raises(TravelUnavailableError) as refused:
        server(address).fetch(POINTS[:6])

    assert refused.value.code == "unreachable"


def test_valhallas_short_form_is_read_too(api: TravelApi):
    api.is_concise = True

    table = Valhalla(api.address).fetch(POINTS[:6])

    assert abs((table.travel_s[0][5] or 0) - expected(0, 5)) <= 1
    assert abs((table.distance_m[0][5] or 0) - 10 * expected(0, 5)) <= 10


def a_file(folder: Path, text: str, name: str = "table.csv") -> FileTable:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return FileTable(str(path))


def test_a_csv_file_gives_the_legs_that_it_names(tmp_path: Path):
    rows = [
        f"{a.code},{b.code},{100 * i + j},{1000 * i + j}"
        for i, a in enumerate(POINTS[:3])
        for j, b in enumerate(POINTS[:3])
        if (i, j) != (2, 0)
    ]
    provider = a_file(tmp_path, "\ufefffrom,to,travel_s,distance_m\n" + "\n".join(rows))

    table = provider.fetch(POINTS[:3])

    assert table.travel_s == [[0, 1, 2], [100, 0, 102], [None, 201, 0]]
    assert table.distance_m[1] == [1000, 0, 1002]


def test_a_json_file_may_hold_more_places_in_another_order(tmp_path: Path):
    codes = [POINTS[2].code, "99999", POINTS[0].code]
    content = {"codes": codes, "travel_s": [[0, 9, 5], [9, 0, 9], [7, 9, 0]]}
    content["distance_m"] = [[0, 9, 50], [9, 0, 9], [70, 9, 0]]
    provider = a_file(tmp_path, json.dumps(content), "table.json")

    table = provider.fetch([POINTS[0], POINTS[2]])

    assert table.travel_s == [[0, 7], [5, 0]]
    assert table.distance_m == [[0, 70], [50, 0]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n", "format"),
        ("from,to,travel_s,distance_m\n1,2,3,4\n", "format"),
        (f"from,to,travel_s,distance_m\n{POINTS[0].code},{POINTS[1].code},fast,4\n", "format"),
        (f"from,to,travel_s,distance_m\n{POINTS[0].code},{POINTS[1].code},nan,4\n", "format"),
        ("from,to,travel_s,distance_m\n", "empty"),
        ('{"codes": ["x"]}', "format"),
        ("{", "format"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(tmp_path: Path, text: str, code: str):
    with pytest.raises(TravelUnavailableError) as refused:
        a_file(tmp_path, text).fetch(POINTS[:3])

    assert refused.value.code == code


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(TravelUnavailableError, match="No such file"):
        FileTable(str(tmp_path / "none.csv")).fetch(POINTS[:3])


@pytest.mark.parametrize("name", ["estimate", "file", "osrm", "valhalla"])
def test_the_settings_choose_the_source(name: str):
    settings = Settings(
        travel_provider=name, travel_file="table.csv", travel_url="http://127.0.0.1:5000"
    )

    assert travel_provider(settings).name == name


@pytest.mark.parametrize(
    "settings",
    [
        Settings(travel_provider="file"),
        Settings(travel_provider="osrm"),
        Settings(travel_provider="valhalla", travel_url="ftp://somewhere"),
        Settings(travel_provider="teleport"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: Settings):
    with pytest.raises(SettingsError):
        travel_provider(settings)
