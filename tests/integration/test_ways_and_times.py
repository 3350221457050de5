"""What an administrator sets about ways and times, and what plans make of it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.services.planning.placement import place_ticket
from app.services.planning.replanning import replan_when_due
from app.services.reference import forget, reference, up_to_date
from app.services.scope import NotVisible
from app.services.tickets.refusals import NotAllowedError
from app.services.world import bases, learning, sailings, speeds, windows
from app.services.world.log import WorldError
from app.services.world.sailings import Sailing
from app.services.world.speeds import DEFAULTS, Speed
from app.services.world.travel_fetch import fetch_travel, table_state
from app.services.world.windows import WindowDraft
from app.travel.provider import Point, Table, TravelUnavailableError
from models.account import Role, Viewer
from models.calendar import local_date
from models.catalog import Priority
from models.database import reading, transaction
from models.geography import PauseReason
from models.lifecycle import Status
from models.plan import Assignment, PlanRun
from models.roads import FactorKind, RoadKind, WorldEvent, WorldKind
from models.ticket import Ticket
from models.workforce import Technician
from tests.door import an_app
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    LY_SON,
    MORNING,
    NGHIA_LO,
    NOON,
    TRA_BONG,
    a_lead,
    a_province,
    a_team,
    a_technician,
    a_ticket,
    a_user,
    a_window,
    at,
    viewer,
)
from tests.pages import a_visitor, words

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def admin(session: Session) -> Iterator[Viewer]:
    yield viewer(session, a_user(session, Role.ADMIN))
    forget(session)


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


def leg_s(session: Session, one: str, other: str) -> int:
    facts = up_to_date(session)
    return facts.travel.travel_s[facts.places[one].index][facts.places[other].index]


def asked(session: Session) -> list[str]:
    """Causes of the plans that wait to be made."""
    return [run.cause for run in session.exec(select(PlanRun)) if run.started_at is None]


# Boats ----------------------------------------------------------------------------------------


def pause(session: Session, by: Viewer, *, days: int = 1) -> int:
    last = WEDNESDAY + timedelta(days=days - 1)
    row = sailings.pause_boats(
        session, from_on=WEDNESDAY, until_on=last, reason=PauseReason.STORM, viewer=by, now=MORNING
    )
    return row.id or 0


def test_on_a_day_without_boats_a_ticket_of_the_island_is_a_call_at_once(session: Session):
    a_technician(session)
    lead = viewer(session, a_lead(session))
    held = a_ticket(session, commune=LY_SON, category="one-stop")
    place_ticket(session, held, now=MORNING)
    assert held.status is Status.ASSIGNED
    waiting = a_ticket(session, commune=LY_SON, category="one-stop", title="Chưa ai nhận")

    pause(session, lead, days=2)

    assert held.status is Status.VIDEO
    assert waiting.status is Status.VIDEO
    assert asked(session) == ["boats"]


def test_who_is_on_the_island_goes_on_there(session: Session):
    technician = a_technician(session)
    technician.at_code = LY_SON
    ticket = a_ticket(session, commune=LY_SON, status=Status.ACCEPTED, technician=technician)

    pause(session, viewer(session, a_lead(session)))

    assert ticket.status is Status.ACCEPTED


def test_boats_that_sail_again_take_people_over(session: Session):
    a_technician(session)
    lead = viewer(session, a_lead(session))
    number = pause(session, lead)
    assert all(not boat.sail_s for boat in up_to_date(session).ferries_on(WEDNESDAY))

    sailings.resume_boats(session, number, viewer=lead, now=MORNING)

    assert all(boat.sail_s for boat in up_to_date(session).ferries_on(WEDNESDAY))
    assert up_to_date(session).ferries_on(WEDNESDAY) == reference(session).ferries


def test_the_same_days_are_paused_once_and_past_or_endless_ones_never(session: Session):
    lead = viewer(session, a_lead(session))

    assert pause(session, lead) == pause(session, lead)
    for first, last in ((-2, -1), (1, 0), (0, 90)):
        with pytest.raises(WorldError):
            sailings.pause_boats(
                session,
                from_on=WEDNESDAY + timedelta(days=first),
                until_on=WEDNESDAY + timedelta(days=last),
                reason=PauseReason.OTHER,
                viewer=lead,
                now=MORNING,
            )


def test_a_technician_pauses_no_boats(session: Session):
    technician = viewer(session, a_technician(session))

    with pytest.raises(NotAllowedError):
        pause(session, technician)


def test_a_timetable_without_boats_makes_the_sea_no_road(session: Session, admin: Viewer):
    sailings.set_timetable(session, [], viewer=admin, now=MORNING)

    boats = up_to_date(session).ferries

    assert len(boats) == 2
    assert all(boat.sail_s == () for boat in boats)


def test_boats_of_different_speed_are_lines_of_their_own(session: Session, admin: Viewer):
    wanted = [Sailing(True, 480, 35, 20), Sailing(True, 600, 90, 30), Sailing(False, 900, 35, 20)]

    sailings.set_timetable(session, wanted, viewer=admin, now=MORNING)

    lines = [(boat.crossing_s, boat.sail_s) for boat in up_to_date(session).ferries]
    assert lines == [(2100, (28800,)), (5400, (36000,)), (2100, (54000,))]
    with pytest.raises(WorldError):
        sailings.set_timetable(session, [Sailing(True, 480, 0, 0)], viewer=admin, now=MORNING)


# Hours of communes ----------------------------------------------------------------------------


def test_a_visit_begins_within_the_communes_own_hours(session: Session):
    a_technician(session)
    a_window(session, TRA_BONG, minutes=(13 * 60, 14 * 60))
    forget(session)
    ticket = a_ticket(session, commune=TRA_BONG, priority=Priority.P4)
    ticket.target_at = at("17:00", "2026-11-27")

    place_ticket(session, ticket, now=MORNING)

    assignment = session.exec(select(Assignment)).one()
    assert at("13:30") <= assignment.starts_at < at("14:00")


def test_a_closed_commune_is_visited_on_another_day(session: Session, admin: Viewer):
    a_technician(session)
    draft = WindowDraft(TRA_BONG, 127, from_on=WEDNESDAY, until_on=WEDNESDAY, note="Lễ hội")
    windows.add_window(session, draft, viewer=admin, now=MORNING)
    ticket = a_ticket(session, commune=TRA_BONG, priority=Priority.P4)
    ticket.target_at = at("17:00", "2026-11-27")

    place_ticket(session, ticket, now=MORNING)

    assert local_date(session.exec(select(Assignment)).one().starts_at) == date(2026, 11, 26)
    assert asked(session) == ["hours"]


def test_a_visit_that_no_day_takes_any_more_is_freed(engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
        ticket = a_ticket(session, commune=TRA_BONG, status=Status.ACCEPTED, technician=technician)
        held = session.exec(select(Assignment)).one()
        held.starts_at = held.told_starts_at = at("14:00")
        number = ticket.number
        a_window(session, TRA_BONG, minutes=None)
        forget(session)

    replan_when_due(engine, now=MORNING)

    with reading(engine) as session:
        active = session.exec(select(Assignment).where(col(Assignment.is_active))).all()
        assert session.exec(select(Ticket.status).where(Ticket.number == number)).one() != (
            Status.ACCEPTED
        )
    assert active == []


def test_rules_with_dates_replace_the_weekly_ones_and_several_add_up(
    session: Session, admin: Viewer
):
    for draft in (
        WindowDraft(TRA_BONG, 0b0000100, opens_minute=480, closes_minute=540),
        WindowDraft(TRA_BONG, 0b0000100, opens_minute=600, closes_minute=660),
        WindowDraft(TRA_BONG, 127, from_on=date(2026, 12, 2), until_on=date(2026, 12, 2)),
    ):
        windows.add_window(session, draft, viewer=admin, now=MORNING)
    facts = up_to_date(session)

    assert facts.windows_of(TRA_BONG, WEDNESDAY) == ((28800, 32400), (36000, 39600))
    assert facts.windows_of(TRA_BONG, date(2026, 11, 26)) is None
    assert facts.windows_of(TRA_BONG, date(2026, 12, 2)) == ()
    assert facts.windows_of(KON_TUM, WEDNESDAY) is None


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (WindowDraft("nowhere", 1), "commune"),
        (WindowDraft(TRA_BONG, 0), "weekdays"),
        (WindowDraft(TRA_BONG, 1, opens_minute=600), "closes"),
        (WindowDraft(TRA_BONG, 1, opens_minute=600, closes_minute=600), "closes"),
        (WindowDraft(TRA_BONG, 1, from_on=WEDNESDAY, until_on=date(2026, 1, 1)), "until_on"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_at_its_field(
    session: Session, admin: Viewer, draft: WindowDraft, field: str
):
    with pytest.raises(WorldError) as refused:
        windows.add_window(session, draft, viewer=admin, now=MORNING)

    assert list(refused.value.errors) == [field]


# Speeds and bases -----------------------------------------------------------------------------


def test_a_slower_road_makes_its_legs_longer_until_the_speed_is_set_back(
    session: Session, admin: Viewer
):
    before = leg_s(session, CAM_THANH, TRA_BONG)
    plain = leg_s(session, CAM_THANH, NGHIA_LO)
    slow = {RoadKind.MOUNTAIN: Speed(150, 18, 240)}

    assert speeds.set_speeds(session, slow, viewer=admin, now=MORNING)
    slower, same = leg_s(session, CAM_THANH, TRA_BONG), leg_s(session, CAM_THANH, NGHIA_LO)
    speeds.set_speeds(session, DEFAULTS, viewer=admin, now=MORNING)

    assert slower == pytest.approx(2 * (before - 240) + 240, abs=2)
    assert same == plain
    assert leg_s(session, CAM_THANH, TRA_BONG) == before
    assert not speeds.set_speeds(session, DEFAULTS, viewer=admin, now=MORNING)


def test_a_speed_that_cannot_be_is_refused_at_its_field(session: Session, admin: Viewer):
    with pytest.raises(WorldError) as refused:
        speeds.set_speeds(session, {RoadKind.PLAIN: Speed(90, 450, 240)}, viewer=admin, now=MORNING)

    assert set(refused.value.errors) == {"detour-plain", "speed-plain"}


def test_a_base_moves_with_those_who_start_there(session: Session, admin: Viewer):
    team = a_team(session)
    there, elsewhere = a_technician(session), a_technician(session, home=TRA_BONG)

    moved = bases.set_base(
        session, team.id or 0, code=KON_TUM, moves_people=True, viewer=admin, now=MORNING
    )

    assert moved == 1
    assert (there.home_code, elsewhere.home_code) == (KON_TUM, TRA_BONG)
    assert [len(row.people) for row in bases.team_bases(session)] == [2]


def test_people_of_both_bases_start_where_they_live(session: Session, admin: Viewer):
    coast = a_technician(session)
    highland = a_technician(session, team=a_team(session, "Tổ 2", base=KON_TUM), home=KON_TUM)
    ticket = a_ticket(session, commune=KON_TUM)
    place_ticket(session, ticket, now=MORNING)
    bases.set_home(session, coast.id or 0, code=TRA_BONG, viewer=admin, now=MORNING)
    other = a_ticket(session, commune=TRA_BONG)

    place_ticket(session, other, now=MORNING)

    by_ticket = {row.ticket_number: row for row in session.exec(select(Assignment))}
    assert by_ticket[ticket.number or 0].technician_id == highland.id
    assert by_ticket[other.number or 0].technician_id == coast.id
    assert by_ticket[other.number or 0].travel_m == 0


# Learned factors ------------------------------------------------------------------------------


def visits_done(
    session: Session, technician: Technician, actual_min: Sequence[int], *, commune: str = TRA_BONG
) -> None:
    """Visits of 90 planned minutes after 60 of driving; both took what the numbers say."""
    for minutes in actual_min:
        ticket = a_ticket(session, commune=commune, status=Status.RESOLVED, technician=technician)
        visit = session.exec(
            select(Assignment).where(Assignment.ticket_number == ticket.number)
        ).one()
        visit.travel_s = 3600
        visit.ends_at = visit.starts_at + timedelta(minutes=90)
        visit.departed_at = at("08:10")
        visit.arrived_at = visit.departed_at + timedelta(minutes=minutes)
        visit.finished_at = visit.arrived_at + timedelta(minutes=minutes * 1.5)
        session.add(visit)
    session.flush()


def row_of(session: Session, kind: FactorKind, subject: str) -> learning.FactorRow:
    rows = learning.factor_rows(session, now=at("18:00"))
    return next(row for row in rows if (row.kind, row.subject) == (kind, subject))


def test_nine_visits_propose_nothing_and_ten_do(session: Session, admin: Viewer):
    technician = a_technician(session)
    visits_done(session, technician, [72] * 9)
    few = row_of(session, FactorKind.TRAVEL, "mountain")
    visits_done(session, technician, [72])

    enough = row_of(session, FactorKind.TRAVEL, "mountain")

    assert (few.observed, few.proposed_permille) == (9, None)
    assert (enough.observed, enough.proposed_permille) == (10, 1200)
    assert row_of(session, FactorKind.VISIT, "network").proposed_permille == 1200
    assert row_of(session, FactorKind.TRAVEL, "plain").observed == 0


def test_nothing_applies_before_the_administrator_says_so_and_undoing_takes_it_back(
    session: Session, admin: Viewer
):
    visits_done(session, a_technician(session), [72] * 12)
    leg, minutes = leg_s(session, CAM_THANH, TRA_BONG), up_to_date(session).categories["network"]

    travel = learning.apply_factor(
        session, FactorKind.TRAVEL, "mountain", viewer=admin, now=at("18:00")
    )
    visit = learning.apply_factor(
        session, FactorKind.VISIT, "network", viewer=admin, now=at("18:00")
    )
    applied = leg_s(session, CAM_THANH, TRA_BONG)
    longer = up_to_date(session).categories["network"].visit_min
    for factor in (travel, visit):
        learning.undo_factor(session, factor.id or 0, viewer=admin, now=at("18:05"))

    assert applied == pytest.approx(1.2 * leg, abs=1)
    assert longer == round(1.2 * minutes.visit_min)
    assert leg_s(session, CAM_THANH, TRA_BONG) == leg
    assert up_to_date(session).categories["network"].visit_min == minutes.visit_min
    kinds = [event.kind for event in session.exec(select(WorldEvent))]
    assert kinds == [WorldKind.FACTOR_APPLIED] * 2 + [WorldKind.FACTOR_UNDONE] * 2


def test_what_was_decided_upon_is_not_counted_again(session: Session, admin: Viewer):
    visits_done(session, a_technician(session), [72] * 12)
    learning.apply_factor(session, FactorKind.TRAVEL, "mountain", viewer=admin, now=at("18:00"))

    row = row_of(session, FactorKind.TRAVEL, "mountain")

    assert (row.now_permille, row.observed, row.proposed_permille) == (1200, 0, None)
    with pytest.raises(NotVisible):
        learning.apply_factor(session, FactorKind.TRAVEL, "mountain", viewer=admin, now=NOON)


def test_the_way_to_the_island_teaches_nothing_about_roads(session: Session, admin: Viewer):
    visits_done(session, a_technician(session), [72] * 12, commune=LY_SON)

    assert row_of(session, FactorKind.TRAVEL, "plain").observed == 0


# The travel table -----------------------------------------------------------------------------


class GivenTable:
    """A provider at the edge: what it is told to answer."""

    name = "osrm"
    address = "http://roads.invalid"

    def __init__(self, leg: int | None = 1000) -> None:
        self.leg = leg
        self.asked = 0
        self.trouble = ""

    def fetch(self, points: Sequence[Point]) -> Table:
        self.asked += 1
        if self.trouble:
            raise TravelUnavailableError(self.trouble, "said so")
        n = len(points)
        legs = [[0 if i == j else self.leg for j in range(n)] for i in range(n)]
        legs[0][1] = None
        return Table(legs, legs)


def fetch(engine: Engine, provider: GivenTable, clock: str) -> str | None:
    return fetch_travel(engine, provider, now=at(clock), machine_now=at(clock))


@pytest.fixture
def province(engine: Engine) -> Engine:
    with transaction(engine) as session:
        a_province(session)
        forget(session)
    return engine


def test_a_fetched_table_is_used_with_parking_and_unknown_legs_are_estimated(province: Engine):
    with reading(province) as session:
        estimate = up_to_date(session).travel.travel_s[0][1]

    assert fetch(province, GivenTable(), "08:00") == ""

    with reading(province) as session:
        travel = up_to_date(session).travel.travel_s
        assert asked(session) == ["travel_table"]
    assert travel[0][1] == estimate
    assert travel[1][0] == 1240
    assert travel[0][0] == 0


def test_a_fresh_table_is_kept_for_a_day(province: Engine):
    provider = GivenTable()

    said = [fetch(province, provider, clock) for clock in ("08:00", "08:01", "20:00")]

    assert said == ["", None, None]
    assert provider.asked == 1


def test_a_failure_is_told_the_old_table_stays_and_it_is_tried_again(province: Engine):
    provider = GivenTable()
    fetch(province, provider, "00:00")
    provider.trouble = "timeout"
    fetch_travel(province, provider, now=NOON, machine_now=at("00:01", "2026-11-26"))

    with reading(province) as session:
        state = table_state(session)
        travel = up_to_date(session).travel.travel_s
    assert state is not None
    assert (state.why, state.fits) == ("timeout: said so", True)
    assert travel[1][0] == 1240
    again = fetch_travel(province, provider, now=NOON, machine_now=at("00:05", "2026-11-26"))
    later = fetch_travel(province, provider, now=NOON, machine_now=at("00:16", "2026-11-26"))
    assert (again, later) == (None, "timeout: said so")


def test_without_any_table_the_estimate_serves(province: Engine):
    with reading(province) as session:
        estimate = up_to_date(session).travel
    provider = GivenTable()
    provider.trouble = "unreachable"

    assert fetch(province, provider, "08:00") == "unreachable: said so"

    with reading(province) as session:
        assert up_to_date(session).travel == estimate


def test_going_back_to_the_estimate_forgets_the_table(province: Engine):
    class Built(GivenTable):
        name, address = "estimate", ""

        def fetch(self, points: Sequence[Point]) -> None:  # type: ignore[override]  # no table
            return None

    with reading(province) as session:
        estimate = up_to_date(session).travel
    fetch(province, GivenTable(), "08:00")

    said = [fetch(province, Built(), clock) for clock in ("08:01", "08:02")]

    assert said == ["", None]
    with reading(province) as session:
        assert up_to_date(session).travel == estimate


# The pages ------------------------------------------------------------------------------------


PAGES = ("", "/ferry", "/hours", "/bases", "/factors", "/history")


@pytest.mark.parametrize("part", PAGES)
def test_an_auditor_reads_every_page_and_finds_nothing_to_press(
    app: Flask, engine: Engine, part: str
):
    with transaction(engine) as session:
        a_technician(session)
        a_window(session)
        auditor = a_user(session, Role.AUDITOR)

    answer = a_visitor(app, auditor).get(f"/admin/roads{part}")

    assert answer.status_code == 200
    assert 'action="/admin/roads' not in answer.get_data(as_text=True)


def test_an_administrator_sets_speeds_boats_hours_and_bases_by_forms(app: Flask, engine: Engine):
    with transaction(engine) as session:
        technician = a_technician(session)
        person, team = technician.id, technician.team_id
        user = a_user(session, Role.ADMIN)
    visitor = a_visitor(app, user)
    given = {f"{name}-{kind}": value for kind in RoadKind for name, value in SPEED_FORM.items()}

    saved = visitor.follow(visitor.post("/admin/roads/speeds", **given))
    boats = {"to-0": "island", "sails-0": "7h30", "crossing-0": "35", "before-0": "20"}
    sails = visitor.follow(visitor.post("/admin/roads/ferry", **boats))
    rule = {"commune": TRA_BONG, "weekdays": ["1"], "opens": "08:00", "closes": "11:00"}
    hours = visitor.follow(visitor.post("/admin/roads/hours", **rule))
    moved = visitor.follow(
        visitor.post(f"/admin/roads/bases/{team}", code=KON_TUM, moves_people="1")
    )
    home = visitor.follow(visitor.post("/admin/roads/homes", technician=person, code=TRA_BONG))

    assert "Đã lưu tốc độ" in saved
    assert "Đã lưu giờ tàu" in sails
    assert "Tiếp nhận từ 08:00 đến 11:00 · Thứ Ba" in hours
    assert "1 người đổi theo" in moved
    assert "Đã đổi nơi xuất phát" in home
    history = words(visitor.get("/admin/roads/history"))
    for what in ("Đổi tốc độ đường", "Đổi giờ tàu", "Thêm giờ tiếp nhận", "Đổi nơi xuất phát"):
        assert what in history


SPEED_FORM = {"detour": "1,3", "speed": "40", "parking": "5"}


def test_a_form_with_mistakes_keeps_what_was_typed(app: Flask, engine: Engine):
    with transaction(engine) as session:
        user = a_user(session, Role.ADMIN)
    visitor = a_visitor(app, user)

    speed = visitor.post("/admin/roads/speeds", **{"detour-plain": "nhanh"})
    hours = visitor.post("/admin/roads/hours", commune=TRA_BONG, opens="25:99", note="Họp xã")
    boats = visitor.post("/admin/roads/ferry", **{"sails-0": "08:00", "crossing-0": "x"})

    assert [answer.status_code for answer in (speed, hours, boats)] == [422, 422, 422]
    assert 'value="nhanh"' in speed.get_data(as_text=True)
    assert "Ghi giờ theo dạng 07:30." in words(hours)
    assert 'value="Họp xã"' in hours.get_data(as_text=True)
    assert "Hãy nhập một số." in words(boats)


def test_factors_are_applied_and_undone_by_their_buttons(app: Flask, engine: Engine):
    with transaction(engine) as session:
        visits_done(session, a_technician(session), [72] * 12)
        user = a_user(session, Role.ADMIN)
    visitor = a_visitor(app, user)
    assert "120%" in words(visitor.get("/admin/roads/factors"))

    done = visitor.follow(visitor.post("/admin/roads/factors", kind="travel", subject="mountain"))
    page = visitor.get("/admin/roads/factors").get_data(as_text=True)
    number = page.split('action="/admin/roads/factors/')[1].split("/")[0]
    undone = visitor.follow(visitor.post(f"/admin/roads/factors/{number}/undo"))

    assert "Đã áp dụng 120%" in done
    assert "Đã bỏ hệ số" in undone


def test_a_provider_that_fails_is_told_to_the_administrator(engine: Engine, tmp_path: Path):
    settings = {"travel_provider": "file", "travel_file": str(tmp_path / "none.csv")}
    with an_app(engine, tmp_path, **settings) as app:
        with transaction(engine) as session:
            user = a_user(session, Role.ADMIN)
        visitor = a_visitor(app, user)
        before = words(visitor.get("/admin/roads"))
        context = app.extensions["ungcuu"]
        fetch_travel(engine, context.travel, now=MORNING, machine_now=MORNING)

        after = words(visitor.get("/admin/roads"))

    assert "Đang chờ lấy bảng" in before
    assert "Không lấy được bảng từ file" in after
    assert "Đang dùng ước tính có sẵn" in after
    assert "No such file" in after
