"""What if: every kind of question is answered, nothing of the plan changes, nobody sees foreign."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from app.i18n import speaking
from app.services.planning.horizon import read_horizon
from app.services.studies import queue as studies
from app.services.studies.what_if_page import WhatIfView, view_of
from app.services.studies.what_if_question import FactKind, Question, Wrong, read_question
from app.services.studies.what_if_run import answer_next, compare_apart
from dispatch.objective import evaluate
from dispatch.plan import Plan, Route, Stop
from models.account import Language, Viewer
from models.database import reading, transaction
from models.lifecycle import Status
from models.message import OutboundMessage
from models.plan import Assignment, Decision, PlanRun
from models.study import Study, StudyKind, StudyState
from models.ticket import Ticket, TicketEvent
from models.workforce import Technician
from tests.door import an_app
from tests.factories import (
    CAM_THANH,
    KON_TUM,
    MORNING,
    NGHIA_LO,
    TRA_BONG,
    a_lead,
    a_team,
    a_technician,
    a_ticket,
    a_user,
    viewer,
)
from tests.pages import a_visitor, words

BUDGET_S = 0.3
KEPT = (Ticket, TicketEvent, Assignment, Decision, PlanRun, OutboundMessage, Technician)


@dataclass(frozen=True)
class Scene:
    """Two technicians of one team with a ticket each, one ticket that waits, and who asks."""

    asks: Viewer
    first: int
    second: int
    number: int


@pytest.fixture
def scene(engine: Engine) -> Scene:
    with transaction(engine) as session:
        first = a_technician(session, name="Nguyễn Văn Một")
        second = a_technician(session, name="Trần Văn Hai", skills={"hardware": 2})
        a_ticket(
            session,
            status=Status.ASSIGNED,
            technician=second,
            commune=NGHIA_LO,
            category="hardware",
        )
        waiting = a_ticket(session, commune=TRA_BONG, category="network")
        asks = viewer(session, a_lead(session))
        return Scene(asks, first.id or 0, second.id or 0, waiting.number or 0)


def asked(engine: Engine, scene: Scene, question: Question) -> WhatIfView:
    """The question's page once the worker has answered."""
    with transaction(engine) as session:
        row = question.to_json()
        study = studies.ask(session, StudyKind.WHAT_IF, row, viewer=scene.asks, now=MORNING)
        study_id = study.id or 0
    assert answer_next(engine, now=MORNING, budget_s=BUDGET_S) is not None
    return page(engine, scene, study_id)


def page(engine: Engine, scene: Scene, study_id: int) -> WhatIfView:
    with reading(engine) as session:
        study = studies.get_study(session, study_id, StudyKind.WHAT_IF, viewer=scene.asks)
        return view_of(session, study, viewer=scene.asks, now=MORNING)


def everything(engine: Engine) -> list[object]:
    """All rows of what a plan touches, as they stand."""
    with reading(engine) as session:
        counts = [session.exec(select(func.count()).select_from(table)).one() for table in KEPT]
        versions = session.exec(select(Ticket.number, Ticket.version, Ticket.chain_tip)).all()
    return [*counts, *sorted(map(tuple, versions))]


def test_one_fewer_leaves_a_ticket_with_nobody_and_nothing_is_saved(engine: Engine, scene: Scene):
    before = everything(engine)

    view = asked(engine, scene, Question(FactKind.FEWER, technician_id=scene.first))

    assert everything(engine) == before
    assert view.state is StudyState.DONE
    assert view.question == "Nếu không có Nguyễn Văn Một"
    assert [(move.number, move.after) for move in view.moves] == [(scene.number, "Chưa có người")]
    assert "1 phiếu" in view.verdict
    assert ("Nguyễn Văn Một", 1, 0) in [(row.name, row.before, row.after) for row in view.people]


@pytest.mark.parametrize(
    "kind", [FactKind.MORE, FactKind.SKILLED, FactKind.CLOSED, FactKind.BY_HAND]
)
def test_each_other_question_is_answered_too(engine: Engine, scene: Scene, kind: FactKind):
    question = {
        FactKind.MORE: Question(kind, technician_id=scene.first, commune_code=TRA_BONG),
        FactKind.SKILLED: Question(kind, scene.second, skill_code="network", level=2),
        FactKind.CLOSED: Question(kind, commune_code=CAM_THANH, other_code=TRA_BONG),
        FactKind.BY_HAND: Question(kind, scene.second, number=scene.number),
    }[kind]

    view = asked(engine, scene, question)

    assert view.state is StudyState.DONE
    assert view.verdict
    assert len(view.figures) == 5
    if kind is FactKind.BY_HAND:
        assert [move.after.split(",")[0] for move in view.moves] == ["Trần Văn Hai"]
    if kind is FactKind.MORE:
        assert "Người được thêm" in {row.name for row in view.people}


def test_the_figures_are_those_of_the_judge(engine: Engine, scene: Scene):
    with reading(engine) as session:
        problem = read_horizon(session, now=MORNING).day.problem

    found = compare_apart(problem, {"kind": "fewer", "person": scene.first}, budget_s=BUDGET_S)

    assert found is not None
    plan = Plan(
        tuple(
            Route(
                tuple(route["technicians"]),
                tuple(Stop(stop["visit"], stop["start_s"]) for stop in route["stops"]),
                route["lunch_s"],
            )
            for route in found["before"]["plan"]["routes"]
        )
    )
    cost = evaluate(problem, plan)
    assert (cost.value, cost.travel_s) == (found["before"]["value"], found["before"]["travel_s"])


def test_a_ticket_that_is_no_longer_planned_gets_a_plain_refusal(engine: Engine, scene: Scene):
    with transaction(engine) as session:
        number = a_ticket(session, status=Status.CLOSED).number

    view = asked(engine, scene, Question(FactKind.BY_HAND, scene.first, number=number))

    assert view.state is StudyState.FAILED
    assert "không nằm trong kế hoạch" in view.trouble


def test_answers_are_in_the_readers_language(engine: Engine, scene: Scene):
    asked(engine, scene, Question(FactKind.FEWER, technician_id=scene.first))

    with reading(engine) as session:
        study = session.exec(select(Study)).one()
        with speaking(Language.EN):
            view = view_of(session, study, viewer=scene.asks, now=MORNING)

    assert view.verdict
    assert "Nguyễn Văn Một" in view.question


def test_a_second_question_takes_the_place_of_the_first_that_waits(engine: Engine, scene: Scene):
    first, second = (Question(FactKind.FEWER, id_) for id_ in (scene.first, scene.second))
    with transaction(engine) as session:
        for question in (first, second):
            row = question.to_json()
            studies.ask(session, StudyKind.WHAT_IF, row, viewer=scene.asks, now=MORNING)

    with reading(engine) as session:
        states = session.exec(select(Study.state).order_by(col(Study.id))).all()

    assert states == [StudyState.CANCELLED, StudyState.QUEUED]


def test_too_many_questions_at_once_are_refused(engine: Engine, scene: Scene):
    row = Question(FactKind.FEWER, technician_id=scene.first).to_json()
    with transaction(engine) as session:
        for _number in range(studies.MOST_WAITING[StudyKind.WHAT_IF]):
            other = viewer(session, a_user(session))
            studies.ask(session, StudyKind.WHAT_IF, row, viewer=other, now=MORNING)

    with pytest.raises(studies.QueueFull), transaction(engine) as session:
        studies.ask(session, StudyKind.WHAT_IF, row, viewer=scene.asks, now=MORNING)


def test_a_run_left_over_by_a_dead_worker_is_taken_up(engine: Engine, scene: Scene):
    with transaction(engine) as session:
        row = Question(FactKind.FEWER, technician_id=scene.first).to_json()
        study = studies.ask(session, StudyKind.WHAT_IF, row, viewer=scene.asks, now=MORNING)
        study.state, study.started_at = StudyState.RUNNING, MORNING

    answer_next(engine, now=MORNING, budget_s=BUDGET_S)

    with reading(engine) as session:
        assert session.exec(select(Study.state)).one() is StudyState.DONE


def refused(session: Session, scene: Scene, **form: str) -> set[str]:
    with pytest.raises(Wrong) as wrong:
        read_question(session, form, viewer=scene.asks, now=MORNING)
    return set(wrong.value.errors)


def test_a_form_says_at_each_field_what_is_missing(engine: Engine, scene: Scene):
    with reading(engine) as session:
        assert refused(session, scene) == {"kind"}
        assert refused(session, scene, kind="fewer") == {"fewer_technician"}
        assert refused(session, scene, kind="skilled", skill_level="9") == {
            "skill_technician",
            "skill_code",
            "skill_level",
        }
        same = {"road_from": KON_TUM, "road_to": KON_TUM}
        assert refused(session, scene, kind="closed", **same) == {"road_to"}
        assert refused(session, scene, kind="by-hand", hand_number="7", hand_time="25:99") == {
            "hand_number",
            "hand_technician",
            "hand_time",
        }


def test_a_lead_moves_nobody_of_another_team(engine: Engine, scene: Scene):
    with transaction(engine) as session:
        team = a_team(session, "Tổ 2", base=KON_TUM)
        foreign = a_technician(session, team=team).id

    with reading(engine) as session:
        form = {"kind": "fewer", "fewer_technician": str(foreign)}
        assert refused(session, scene, **form) == {"fewer_technician"}


@pytest.fixture
def app(engine: Engine, scene: Scene, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


def test_the_page_takes_a_question_waits_and_shows_the_answer(
    engine: Engine, scene: Scene, app: Flask
):
    with transaction(engine) as session:
        lead = a_lead(session)
    visitor = a_visitor(app, lead)
    form = words(visitor.get("/what-if?ticket=" + str(scene.number)))

    sent = visitor.post("/what-if", kind="fewer", fewer_technician=scene.first)
    waiting = visitor.follow(sent)
    answer_next(engine, now=MORNING, budget_s=BUDGET_S)
    answered = words(visitor.get(sent.headers["Location"]))

    assert "Nguyễn Văn Một" in form
    assert "Đang chờ đến lượt" in waiting
    assert "Như bây giờ" in answered
    assert "Chỉ tính thử" in answered


def test_the_page_keeps_what_was_typed_when_something_is_wrong(scene: Scene, app: Flask, engine):
    with transaction(engine) as session:
        lead = a_lead(session)
    visitor = a_visitor(app, lead)

    answer = visitor.post("/what-if", kind="by-hand", hand_number="777777", hand_time="09:15")

    assert answer.status_code == 422
    assert "Không có phiếu nào mang số này" in words(answer)
    assert 'value="777777"' in answer.get_data(as_text=True)


def test_a_question_that_goes_wrong_ends_and_is_not_tried_for_ever(engine: Engine, scene: Scene):
    with transaction(engine) as session:
        row = {"kind": "something else"}
        study = studies.ask(session, StudyKind.WHAT_IF, row, viewer=scene.asks, now=MORNING)
        study_id = study.id

    with pytest.raises(ValueError):
        answer_next(engine, now=MORNING, budget_s=BUDGET_S)

    with reading(engine) as session:
        assert session.get_one(Study, study_id).state is StudyState.FAILED
    assert answer_next(engine, now=MORNING, budget_s=BUDGET_S) is None
