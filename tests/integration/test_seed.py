"""What ships, and the demo: its people, its last days, its clock."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from app.services.checks.verification import verify
from app.services.demo.clock import demo_now, set_clock, start_in_office_hours
from app.services.demo.loading import DATA, load_rows
from app.services.demo.people import seed_demo
from app.services.people.accounts import token_viewer
from models.account import ApiToken, User
from models.calendar import Holiday, WorkingHours
from models.catalog import Category, CategoryGroup, Priority, PriorityRule, Skill
from models.geography import Commune, CommuneKind, FerrySailing, Terrain
from models.lifecycle import Status
from models.message import OutboundMessage, OutboundState
from models.search import fold
from models.ticket import Ticket
from models.workforce import Team, Technician, TechnicianSkill
from tests.factories import MORNING, at

NATIONAL_DAY = date(2026, 9, 2)
HOURS = ["2026-11-25T08:00", "2026-11-25T13:35", "2026-11-30T16:55"]


def test_the_96_communes_are_there_with_kind_terrain_and_former_names(session: Session) -> None:
    load_rows(session)

    communes = session.exec(select(Commune)).all()
    kinds = Counter(commune.kind for commune in communes)
    assert kinds == {CommuneKind.COMMUNE: 86, CommuneKind.WARD: 9, CommuneKind.ZONE: 1}
    assert all(commune.folded == fold(commune.name) for commune in communes)
    assert all(commune.predecessors and commune.former_district for commune in communes)
    [island] = [commune for commune in communes if commune.terrain is Terrain.ISLAND]
    assert (island.code, island.full_name) == ("21548", "Đặc khu Lý Sơn")


def test_every_commune_has_its_border(session: Session) -> None:
    load_rows(session)
    borders = json.loads((DATA / "communes.geojson").read_text(encoding="utf-8"))

    codes = {feature["properties"]["code"] for feature in borders["features"]}

    assert codes == set(session.exec(select(Commune.code)).all())


def test_the_catalogue_is_that_of_the_product(session: Session) -> None:
    load_rows(session)

    categories = session.exec(select(Category).order_by(col(Category.position))).all()
    assert [category.code for category in categories if not category.is_remote] == [
        "network",
        "hardware",
        "conference",
        "security",
        "training",
        "other",
    ]
    assert len(categories) == 14
    assert {category.group for category in categories} == set(CategoryGroup)
    unlock = session.get_one(Category, "signature-unlock")
    assert (unlock.skill_code, unlock.skill_level, unlock.visit_min) == ("digital-signature", 1, 20)
    assert (unlock.is_remote, unlock.priority) == (True, Priority.P2)


def test_labels_for_texts_are_short_and_plain(session: Session) -> None:
    load_rows(session)

    for category in session.exec(select(Category)):
        for label in (category.sms_label, category.sms_label_en):
            assert label.isascii()
            assert 0 < len(label) <= 20


def test_targets_hours_holidays_and_boats_are_those_of_the_product(session: Session) -> None:
    load_rows(session)

    rules = session.exec(select(PriorityRule.target_min).order_by(col(PriorityRule.target_min)))
    assert list(rules) == [240, 480, 1440, 4320]
    assert len(session.exec(select(WorkingHours)).all()) == 10
    assert session.get_one(Holiday, NATIONAL_DAY).name_vi == "Quốc khánh"
    sailings = session.exec(select(FerrySailing.sails_minute).where(col(FerrySailing.to_island)))
    assert sorted(sailings) == [450, 600, 840]


def test_loading_again_keeps_what_an_administrator_changed(session: Session) -> None:
    load_rows(session)
    session.get_one(Category, "network").visit_min = 75
    session.delete(session.get_one(Holiday, NATIONAL_DAY))
    session.flush()

    filled = load_rows(session)

    assert filled == []
    assert session.get_one(Category, "network").visit_min == 75
    assert session.get(Holiday, NATIONAL_DAY) is None


def test_the_demo_has_its_people(demo: Session) -> None:
    roles = Counter(role.value for role in demo.exec(select(User.role)))
    assert roles == {
        "commune": 96,
        "technician": 40,
        "lead": 2,
        "dispatcher": 1,
        "admin": 1,
        "auditor": 1,
    }
    teams = demo.exec(select(Team).order_by(col(Team.id))).all()
    assert [(team.name_vi, team.base_code) for team in teams] == [
        ("Tổ 1", "21025"),
        ("Tổ 2", "23293"),
    ]
    sizes = Counter(demo.exec(select(Technician.team_id)).all())
    assert sorted(sizes.values()) == [20, 20]


def test_every_category_has_three_people_in_each_team(demo: Session) -> None:
    for category in demo.exec(select(Category)):
        able = Counter(
            demo.exec(
                select(Technician.team_id)
                .join(TechnicianSkill)
                .where(
                    col(TechnicianSkill.skill_code) == category.skill_code,
                    col(TechnicianSkill.level) >= category.skill_level,
                )
            ).all()
        )
        assert len(able) == 2, category.code
        assert min(able.values()) >= 3, category.code


def test_every_skill_is_somebodys_and_nobody_lives_on_the_island(demo: Session) -> None:
    held = set(demo.exec(select(TechnicianSkill.skill_code)).all())
    homes = set(demo.exec(select(Technician.home_code)).all())
    assert held == set(demo.exec(select(Skill.code)).all())
    assert "21548" not in homes


def test_every_phone_of_the_demo_belongs_to_one_person(demo: Session) -> None:
    phones = demo.exec(select(User.phone)).all()

    assert None not in phones
    assert len(set(phones)) == len(phones)


def test_every_token_opens_the_api_for_its_person_and_is_stored_as_a_hash(
    demo: Session, demo_template: Path
) -> None:
    rows = json.loads((demo_template / "demo-accounts.json").read_text(encoding="utf-8"))

    viewers = [token_viewer(demo, row["token"], now=datetime.now(UTC)) for row in rows]

    assert [viewer.username for viewer in viewers if viewer] == [row["username"] for row in rows]
    stored = set(demo.exec(select(ApiToken.token_hash)).all())
    assert not stored & {row["token"] for row in rows}


@pytest.mark.parametrize("moment", HOURS)
def test_the_demo_shows_every_status_at_any_hour_and_verifies(
    session: Session, moment: str, tmp_path: Path
) -> None:
    now = at(moment[11:], moment[:10])
    load_rows(session)

    seed_demo(
        session,
        now=now,
        machine_now=datetime.now(UTC),
        make_password=lambda: "mat khau",
        hash_password=lambda password: f"hash of {password}",
    )

    statuses = Counter(session.exec(select(Ticket.status)).all())
    assert set(statuses) == set(Status)
    assert 35 <= sum(statuses.values()) <= 50
    assert verify(session, files_dir=tmp_path, now=now) == []


def test_nothing_of_the_demo_lies_in_the_future_or_is_still_to_be_sent(demo: Session) -> None:
    assert demo.exec(select(func.max(Ticket.created_at))).one() < MORNING
    states = set(demo.exec(select(OutboundMessage.state)).all())
    assert states == {OutboundState.SENT}


def test_most_technicians_of_the_demo_are_free(demo: Session) -> None:
    busy = demo.exec(
        select(func.count())
        .select_from(Ticket)
        .where(col(Ticket.status).in_([Status.EN_ROUTE, Status.ON_SITE, Status.VIDEO]))
    ).one()
    assert busy <= 10


@pytest.mark.parametrize(
    ("machine", "clock"),
    [
        (at("09:15"), at("09:15")),
        (at("05:00"), at("08:00")),
        (at("12:00"), at("08:00", "2026-11-26")),
        (at("22:00"), at("08:00", "2026-11-26")),
        (at("10:00", "2026-11-28"), at("08:00", "2026-11-30")),
        (at("10:00", "2026-11-24"), at("08:00", "2026-11-25")),
    ],
)
def test_the_clock_of_a_demo_starts_in_office_hours(
    session: Session, machine: datetime, clock: datetime
) -> None:
    load_rows(session)

    started = start_in_office_hours(session, machine_now=machine)

    assert started == clock
    assert demo_now(session, machine_now=machine) == clock


def test_a_clock_that_runs_in_office_hours_goes_on(session: Session) -> None:
    load_rows(session)
    night = at("23:00")
    start_in_office_hours(session, machine_now=night)

    later = start_in_office_hours(session, machine_now=night + timedelta(hours=2))

    assert later == at("10:00", "2026-11-26")


def test_the_clock_can_be_set_and_runs_on(session: Session) -> None:
    set_clock(session, at("13:45"), machine_now=at("03:00"))

    assert demo_now(session, machine_now=at("03:10")) == at("13:55")
