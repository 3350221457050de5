"""The question of a what-if: one fact that is different, read from a form and put into words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Session

from app.i18n import _, clock, pick
from app.services.planning.reasons import names_of
from app.services.reference import Reference, reference
from app.services.scope import NotVisible, get_visible
from app.services.tickets.matching import number_in
from models.account import Role, Viewer
from models.calendar import local_date, moment_of
from models.lifecycle import Status
from models.numbers import written
from models.types import JsonDict
from models.workforce import Technician

LEVELS = (1, 2, 3)
# Somebody new who is like nobody in particular can do everything, not the hardest.
USUAL_LEVEL = 2
# Somebody who does not exist, in the answer; no technician has this id.
NEWCOMER = 0
PLANNED = frozenset({Status.OPEN, Status.ASSIGNED, Status.ACCEPTED})


class FactKind(StrEnum):
    """Which fact is different."""

    FEWER = "fewer"
    MORE = "more"
    SKILLED = "skilled"
    CLOSED = "closed"
    BY_HAND = "by-hand"


@dataclass(frozen=True)
class Question:
    """One fact that is different; what its kind does not need is left empty.

    ``technician_id``: who is fewer, gains the skill or gets the ticket; for somebody more, whose
    skills they have (None: every skill). ``commune_code``: where somebody more starts, or one end
    of the closed road; ``other_code`` the other end. ``starts_at``: ISO, of the ticket by hand.
    """

    kind: FactKind
    technician_id: int | None = None
    commune_code: str = ""
    other_code: str = ""
    skill_code: str = ""
    level: int = 0
    number: int | None = None
    starts_at: str = ""

    def to_json(self) -> JsonDict:
        """As `Study.question` keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: JsonDict) -> "Question":
        """Read what ``to_json`` wrote."""
        return cls(**{**row, "kind": FactKind(row["kind"])})


def whole_typed(text: str) -> int | None:
    """A whole number as it is typed; None for anything else, and for more than a row can have."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


class Wrong(ValueError):
    """Fields of the form that are missing or wrong, each with what to do."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def read_question(
    session: Session, form: Mapping[str, str], *, viewer: Viewer, now: datetime
) -> Question:
    """The question that a form asks.

    Raises
    ------
    Wrong
        If something is missing, unknown, or foreign to this person.
    """
    wanted = form.get("kind", "")
    if wanted not in set(FactKind):
        raise Wrong({"kind": _("Chọn điều muốn thử.")})
    kind = FactKind(wanted)
    reading = _Reading(session, form, viewer, now)
    question = _READERS[kind](reading)
    if reading.errors:
        raise Wrong(reading.errors)
    return question


class _Reading:
    """One form being read; collects what is wrong with it."""

    def __init__(
        self, session: Session, form: Mapping[str, str], viewer: Viewer, now: datetime
    ) -> None:
        self.session = session
        self.form = form
        self.viewer = viewer
        self.now = now
        self.facts = reference(session)
        self.errors: dict[str, str] = {}

    def text(self, name: str) -> str:
        """A field without the spaces around it."""
        return self.form.get(name, "").strip()

    def technician(self, name: str) -> int | None:
        """A technician on duty whom this person may move about."""
        id_ = whole_typed(self.text(name))
        person = self.session.get(Technician, id_) if id_ is not None else None
        if person is None or not person.is_on_duty or self._is_foreign(person):
            self.errors[name] = _("Chọn một kỹ thuật viên.")
            return None
        return person.id

    def _is_foreign(self, person: Technician) -> bool:
        return self.viewer.role is Role.LEAD and person.team_id != self.viewer.team_id

    def commune(self, name: str) -> str:
        """A commune's code."""
        code = self.text(name)
        if code not in self.facts.places:
            self.errors[name] = _("Chọn một xã, phường hoặc đặc khu.")
        return code

    def ticket(self, name: str) -> int | None:
        """The number of a ticket in sight that may still be planned."""
        number = number_in(self.text(name))
        try:
            ticket = get_visible(self.session, number or 0, viewer=self.viewer)
        except NotVisible:
            self.errors[name] = _("Không có phiếu nào mang số này.")
            return None
        if ticket.status not in PLANNED:
            self.errors[name] = _("Phiếu này không còn xếp lịch được: đã bắt đầu hoặc đã xong.")
        return number

    def moment(self, name: str) -> str:
        """A time of today as ISO, empty where none is given."""
        text = self.text(name)
        if not text:
            return ""
        try:
            at = time.fromisoformat(text)
        except ValueError:
            self.errors[name] = _("Ghi giờ theo dạng 07:30.")
            return ""
        moment = moment_of(local_date(self.now), at.hour * 3600 + at.minute * 60)
        if moment < self.now - timedelta(minutes=1):
            self.errors[name] = _("Giờ này đã qua.")
        return moment.isoformat()


def _fewer(form: _Reading) -> Question:
    return Question(FactKind.FEWER, technician_id=form.technician("fewer_technician"))


def _more(form: _Reading) -> Question:
    like = form.technician("more_like") if form.text("more_like") else None
    return Question(FactKind.MORE, technician_id=like, commune_code=form.commune("more_commune"))


def _skilled(form: _Reading) -> Question:
    skill, level = form.text("skill_code"), form.text("skill_level")
    if skill not in form.facts.skills:
        form.errors["skill_code"] = _("Chọn một kỹ năng.")
    if level not in map(str, LEVELS):
        form.errors["skill_level"] = _("Chọn bậc 1, 2 hoặc 3.")
    return Question(
        FactKind.SKILLED,
        technician_id=form.technician("skill_technician"),
        skill_code=skill,
        level=whole_typed(level) or 0,
    )


def _closed(form: _Reading) -> Question:
    one, other = form.commune("road_from"), form.commune("road_to")
    if one == other and not form.errors:
        form.errors["road_to"] = _("Chọn hai nơi khác nhau.")
    return Question(FactKind.CLOSED, commune_code=one, other_code=other)


def _by_hand(form: _Reading) -> Question:
    return Question(
        FactKind.BY_HAND,
        number=form.ticket("hand_number"),
        technician_id=form.technician("hand_technician"),
        starts_at=form.moment("hand_time"),
    )


_READERS = {
    FactKind.FEWER: _fewer,
    FactKind.MORE: _more,
    FactKind.SKILLED: _skilled,
    FactKind.CLOSED: _closed,
    FactKind.BY_HAND: _by_hand,
}


def question_words(session: Session, question: Question) -> str:
    """The question as a headline, in the reader's language."""
    facts = reference(session)
    people = [question.technician_id] if question.technician_id is not None else []
    name = names_of(session, people).get(question.technician_id or 0, "?")
    if question.kind is FactKind.FEWER:
        return _("Nếu không có %(name)s", name=name)
    if question.kind is FactKind.MORE:
        return _more_words(facts, question, name)
    if question.kind is FactKind.SKILLED:
        skill = pick(*facts.skills.get(question.skill_code, ("?", "?")))
        return _(
            "Nếu %(name)s có kỹ năng %(skill)s bậc %(level)s",
            name=name,
            skill=skill,
            level=question.level,
        )
    if question.kind is FactKind.CLOSED:
        return _(
            "Nếu đường giữa %(one)s và %(other)s bị chặn",
            one=place_name(facts, question.commune_code),
            other=place_name(facts, question.other_code),
        )
    return _by_hand_words(question, name)


def _more_words(facts: Reference, question: Question, name: str) -> str:
    place = place_name(facts, question.commune_code)
    if question.technician_id is None:
        return _("Nếu có thêm một người ở %(place)s, đủ mọi kỹ năng", place=place)
    return _("Nếu có thêm một người ở %(place)s, kỹ năng như %(name)s", place=place, name=name)


def _by_hand_words(question: Question, name: str) -> str:
    number = written(question.number or 0)
    if not question.starts_at:
        return _("Nếu giao phiếu %(number)s cho %(name)s", number=number, name=name)
    return _(
        "Nếu giao phiếu %(number)s cho %(name)s lúc %(time)s",
        number=number,
        name=name,
        time=clock(datetime.fromisoformat(question.starts_at)),
    )


def place_name(facts: Reference, code: str) -> str:
    """A commune's full name; the code itself where it is unknown."""
    place = facts.places.get(code)
    return place.full_name if place else code
