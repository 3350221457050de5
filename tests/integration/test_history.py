"""A past month played again: fewer people never serve more, and the report says so plainly."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.i18n import speaking
from app.services.studies import queue as studies
from app.services.studies.history_days import day_problem
from app.services.studies.history_figures import Figures, read_figures
from app.services.studies.history_page import proposed_period
from app.services.studies.history_play import Reached, Replay
from app.services.studies.history_question import HistoryQuestion, last_month, read_history_question
from app.services.studies.history_report import report_of
from app.services.studies.history_roster import Person, changed_roster
from app.services.studies.history_run import play_next, read_month, result_of, work_on_next
from app.services.studies.what_if_question import Wrong
from models.account import Language, Role
from models.database import reading, transaction
from models.lifecycle import Status
from models.plan import Assignment
from models.study import Study, StudyKind, StudyState
from models.ticket import Ticket, TicketEvent
from scripts.manage import main
from tests.door import an_app
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
    NGHIA_LO,
    TRA_BONG,
    a_province,
    a_technician,
    a_ticket,
    a_user,
    at,
    viewer,
)
from tests.pages import a_visitor, words

# A Thursday and a Friday before the tests' Wednesday.
THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)


@pytest.fixture
def past(sqlite_engine: Engine) -> Engine:
    """Two technicians and, on one morning, more urgent tickets than one of them can reach."""
    return fill(sqlite_engine)


@pytest.fixture
def past_anywhere(engine: Engine) -> Engine:
    """The same on each database."""
    return fill(engine)


def fill(engine: Engine) -> Engine:
    with transaction(engine) as session:
        busy = [a_technician(session, home=home) for home in (CAM_THANH, TRA_BONG)]
        for number in range(6):
            a_ticket(
                session,
                status=Status.CLOSED,
                technician=busy[number % 2],
                commune=(TRA_BONG, NGHIA_LO)[number % 2],
                category="network",
                created_at=at("08:00", "2026-11-19"),
            )
        a_ticket(session, status=Status.CANCELLED, created_at=at("09:00", "2026-11-19"))
    return engine


def played(engine: Engine, question: HistoryQuestion) -> Figures:
    with reading(engine) as session:
        month = read_month(session, question)
    progress: dict[str, object] = {}
    for number in range(len(month.days)):
        progress = play_next(month, number, progress)
    return read_figures(result_of(month, progress))


def test_fewer_people_reach_fewer_in_time_and_everything_is_counted(past: Engine):
    figures = played(past, HistoryQuestion(THURSDAY, FRIDAY, people=1))

    assert (figures.days, figures.tickets) == (2, 6)
    assert figures.as_it_was.people == 2
    assert figures.as_asked.people == 1
    assert figures.as_asked.total.in_time < figures.as_it_was.total.in_time
    for side in (figures.as_it_was, figures.as_asked):
        assert side.total.asked == 6
        assert len(side.hours) == side.people
        assert side.travel_s > 0


def test_the_same_people_have_the_same_month(past: Engine):
    figures = played(past, HistoryQuestion(THURSDAY, FRIDAY, people=2))

    assert figures.as_it_was == figures.as_asked


def test_a_day_asks_for_what_its_tickets_need(past: Engine):
    with transaction(past) as session:
        ticket = session.exec(select(Ticket).where(col(Ticket.status) == Status.CLOSED)).first()
        assert ticket is not None
        ticket.also_needs = {"security": 2}
        number = ticket.number or 0
    with reading(past) as session:
        month = read_month(session, HistoryQuestion(THURSDAY, FRIDAY, people=2))

    day = day_problem(
        month.facts, month.people["as_it_was"], month.tickets, THURSDAY, late=frozenset()
    )

    assert dict(day.visit(number).skills) == {"network": 2, "security": 2}
    assert day.crews
    assert all(visit.arrives_s == 8 * 3600 for visit in day.visits)


def person(number: int, home: str, **skills: int) -> Person:
    return Person(id=number, team_id=1, home_code=home, seats=4, skills=skills)


def test_whoever_can_best_be_done_without_goes_first_and_from_the_fullest_place():
    people = [
        person(1, CAM_THANH, network=2),
        person(2, CAM_THANH, network=2),
        person(3, CAM_THANH, network=2, security=2),
        person(4, KON_TUM, network=2),
    ]

    left = changed_roster(people, HistoryQuestion(THURSDAY, FRIDAY, people=2))

    assert [one.id for one in left] == [3, 4]


def test_more_people_are_like_those_there_are():
    people = [person(1, CAM_THANH, network=2), person(2, KON_TUM, data=1)]

    more = changed_roster(people, HistoryQuestion(THURSDAY, FRIDAY, people=5))

    assert [one.home_code for one in more] == [CAM_THANH, KON_TUM, CAM_THANH, KON_TUM, CAM_THANH]
    assert len({one.id for one in more}) == 5


def test_a_second_base_takes_people_from_every_place():
    people = [person(number, (CAM_THANH, KON_TUM)[number % 2]) for number in range(8)]
    question = HistoryQuestion(THURSDAY, FRIDAY, base_code=TRA_BONG, base_people=4)

    moved = changed_roster(people, question)

    homes = [one.home_code for one in moved]
    assert homes.count(TRA_BONG) == 4
    assert homes.count(CAM_THANH) == homes.count(KON_TUM) == 2


def test_what_is_known_between_two_days_survives_the_row():
    replay = Replay({1001: Reached.CALL.value}, {1002}, 3600, 40_000, {7: 1800})

    assert Replay.from_json(replay.to_json()) == replay
    assert Replay.from_json({}) == Replay()


def test_the_worker_plays_day_by_day_and_touches_no_ticket(past_anywhere: Engine):
    question = HistoryQuestion(THURSDAY, FRIDAY, people=1)
    study_id = ask(past_anywhere, question)
    before = everything(past_anywhere)

    states = []
    while work_on_next(past_anywhere, now=MORNING) is not None:
        states.append(state_of(past_anywhere, study_id))

    assert states == [
        (StudyState.RUNNING, 1, 2),
        (StudyState.DONE, 2, 2),
    ]
    assert everything(past_anywhere) == before
    with reading(past_anywhere) as session:
        study = session.get_one(Study, study_id)
    assert study.result is not None
    assert study.progress == {}


def test_a_report_that_is_cancelled_stays_so(past: Engine):
    study_id = ask(past, HistoryQuestion(THURSDAY, FRIDAY, people=1))
    work_on_next(past, now=MORNING)
    with transaction(past) as session:
        chief = viewer(session, a_user(session, Role.ADMIN))
        studies.cancel(session.get_one(Study, study_id), viewer=chief, now=MORNING)

    after = work_on_next(past, now=MORNING)

    assert after is None
    assert state_of(past, study_id)[0] is StudyState.CANCELLED


def test_a_period_without_tickets_is_refused_in_words(past: Engine):
    study_id = ask(past, HistoryQuestion(date(2026, 3, 2), date(2026, 3, 3), people=1))

    work_on_next(past, now=MORNING)

    with reading(past) as session:
        study = session.get_one(Study, study_id)
    assert study.state is StudyState.FAILED
    assert study.result == {"reason": "no-tickets"}


def ask(engine: Engine, question: HistoryQuestion) -> int:
    with transaction(engine) as session:
        asks = viewer(session, a_user(session))
        row = question.to_json()
        return studies.ask(session, StudyKind.HISTORY, row, viewer=asks, now=MORNING).id or 0


def state_of(engine: Engine, study_id: int) -> tuple[StudyState, int, int]:
    with reading(engine) as session:
        study = session.get_one(Study, study_id)
        return study.state, study.done, study.total


def everything(engine: Engine) -> list[object]:
    with reading(engine) as session:
        tickets = session.exec(
            select(Ticket.number, Ticket.version, Ticket.chain_tip).order_by(col(Ticket.number))
        ).all()
        events = len(session.exec(select(TicketEvent.id)).all())
        assignments = len(session.exec(select(Assignment.id)).all())
    return [[tuple(row) for row in tickets], events, assignments]


def figures_of(*, people: int, late: int) -> Figures:
    """A month of 20 urgent tickets with two people, and with others of whom so many come late."""

    def side(people: int, late: int) -> dict[str, object]:
        tally = {"P1": {"in-time": 20 - late, "late": late}, "P3": {"call": 1}}
        busy_s = [14_400] * people
        travel = {"travel_s": 36_000 * people, "distance_m": 90_000 * people}
        return {"people": people, "tallies": tally, "busy_s": busy_s, **travel}

    row = {"days": 22, "tickets": 21, "as_it_was": side(2, 1), "as_asked": side(people, late)}
    return read_figures(row)


@pytest.mark.parametrize("language", list(Language))
def test_the_report_is_whole_in_both_languages(past: Engine, language: Language):
    question = HistoryQuestion(THURSDAY, FRIDAY, people=1, base_code=TRA_BONG, base_people=1)

    with reading(past) as session, speaking(language):
        report = report_of(session, question, figures_of(people=1, late=7))

    assert " 7 " in report.headline
    assert report.caution
    assert [len(chart.groups) for chart in report.charts] == [2, 1, 1, 3]
    assert all(chart.summary for chart in report.charts)
    assert report.conclusions
    assert report.assumptions


def test_the_verdict_follows_from_the_figures(past: Engine):
    question = HistoryQuestion(THURSDAY, FRIDAY, people=1)

    with reading(past) as session:
        worse, same, better = (
            report_of(session, question, figures_of(people=people, late=late))
            for people, late in ((1, 7), (1, 1), (3, 0))
        )

    assert "Thêm 6 yêu cầu không kịp hạn" in worse.conclusions[0]
    assert "vẫn như hiện có: 2 trong 21" in same.headline
    assert "chưa làm xã nào phải chờ thêm" in same.conclusions[0]
    assert "có 0 yêu cầu mức “Khẩn cấp” không kịp hạn thay vì 1" in better.headline
    assert better.conclusions[0] == "Bớt 1 yêu cầu không kịp hạn: thay đổi này có ích."


def refused(session: Session, **form: str) -> set[str]:
    with pytest.raises(Wrong) as wrong:
        read_history_question(session, form, now=MORNING)
    return set(wrong.value.errors)


def test_a_form_says_at_each_field_what_is_wrong(session: Session):
    a_province(session)
    days = {"from_on": "2026-11-19", "until_on": "2026-11-20"}

    assert refused(session) == {"from_on", "until_on"}
    assert refused(session, **days) == {"people"}
    assert refused(session, **days, people="0", base_code="1") == {"people", "base_code"}
    assert refused(session, from_on="2026-11-20", until_on="2026-11-19") == {"until_on"}
    assert refused(session, from_on="2026-11-20", until_on="2026-11-25") == {"until_on"}
    assert refused(session, from_on="2026-01-01", until_on="2026-11-20") == {"until_on"}


def test_the_month_before_is_proposed():
    assert last_month(MORNING) == (date(2026, 10, 1), date(2026, 10, 31))


def test_where_last_month_is_empty_all_that_there_is_is_proposed(past: Engine):
    with reading(past) as session:
        proposed = proposed_period(session, now=MORNING)
        later = proposed_period(session, now=at("08:00", "2026-12-02"))

    assert proposed == (THURSDAY, date(2026, 11, 24))
    assert later == (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def app(past: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(past, tmp_path) as made:
        yield made


def test_a_report_is_asked_for_followed_cancelled_and_read(past: Engine, app: Flask):
    with transaction(past) as session:
        dispatcher = a_user(session)
    visitor = a_visitor(app, dispatcher)
    empty = words(visitor.get("/reports"))
    form = {"from_on": "2026-11-19", "until_on": "2026-11-20", "people": "1"}

    cancelled = visitor.post("/reports", **form).headers["Location"]
    stopped = visitor.follow(visitor.post(f"{cancelled}/cancel"))
    asked = visitor.post("/reports", **form)
    waiting = visitor.follow(asked)
    work_on_next(past, now=MORNING)
    half = words(visitor.get(asked.headers["Location"] + "/live"))
    work_on_next(past, now=MORNING)
    read = visitor.get(asked.headers["Location"])

    assert "Chưa có báo cáo nào" in empty
    assert "đã dừng" in stopped
    assert "Đang chờ đến lượt" in waiting
    assert "Đã tính 1 trong 2 ngày làm việc" in half
    page = read.get_data(as_text=True)
    assert "không kịp hạn" in words(read)
    pictures = re.findall(r'<svg class="bars"[^>]*role="img"[^>]*aria-labelledby="([^"]+)"', page)
    assert len(pictures) == 4
    for names in pictures:
        assert all(f'id="{name}"' in page for name in names.split())
    assert " style=" not in page


def test_the_command_writes_a_report_that_needs_no_other_file(
    demo_installation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "report.html"
    period = ["--from", "2026-11-20", "--to", "2026-11-20"]
    command = ["--data", str(demo_installation), "history", *period, "--out", str(out)]

    done = main([*command, "--people", "12"])
    nothing = main([*command])

    page = out.read_text(encoding="utf-8")
    assert done == 0
    assert "Với 12 người" in page
    assert not re.search(r'(?:src|href)="(?:https?:|/)', page)
    assert nothing == 1
    assert "Ghi số người" in capsys.readouterr().err
