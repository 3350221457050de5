"""What can be asked for: skills, priorities and the categories of the form. Rows, not code."""

from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.types import JSON_TYPE, JsonDict, choice


class Priority(StrEnum):
    """Urgency of a ticket, P1 highest."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"

    @property
    def raised(self) -> "Priority":
        """One step more urgent; P1 stays."""
        return Priority(f"P{max(1, self.rank - 1)}")

    @property
    def rank(self) -> int:
        """1 for P1 … 4 for P4."""
        return int(self.value[1])


class PriorityRule(SQLModel, table=True):
    """What a priority promises, in minutes of working time, and what it is worth in planning."""

    __tablename__ = "priority_rule"

    priority: Priority = Field(sa_type=choice(Priority), primary_key=True)
    target_min: int
    value: int


class Skill(SQLModel, table=True):
    """Something a technician can do, at a level 1-3."""

    code: str = Field(primary_key=True, max_length=32)
    name_vi: str = Field(max_length=80)
    name_en: str = Field(max_length=80)


class CategoryGroup(StrEnum):
    """The big buttons of the form, in their order; the last two are small."""

    SIGNATURE = "signature"
    PROCEDURES = "procedures"
    POPULATION = "population"
    DOCUMENTS = "documents"
    NETWORK = "network"
    COMPUTERS = "computers"
    MEETINGS = "meetings"
    SECURITY = "security"
    TRAINING = "training"
    OTHER = "other"


class Category(SQLModel, table=True):
    """A kind of request: the skill it needs, how long a visit takes, whether a call can solve it.

    ``extra_fields`` is a list of ``{"key", "kind": text|textarea|number|datetime|select|date,
    "label_vi", "label_en", "example_vi", "example_en", "options"?: [{"value", "vi", "en"}]}``.
    """

    code: str = Field(primary_key=True, max_length=32)
    group: CategoryGroup = Field(sa_type=choice(CategoryGroup))
    position: int
    name_vi: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    hint_vi: str = Field(max_length=200)
    hint_en: str = Field(max_length=200)
    sms_label: str = Field(max_length=20)
    sms_label_en: str = Field(max_length=20)
    skill_code: str = Field(foreign_key="skill.code")
    skill_level: int
    visit_min: int
    is_remote: bool
    priority: Priority = Field(sa_type=choice(Priority))
    extra_fields: list[JsonDict] = Field(default_factory=list, sa_type=JSON_TYPE)
    is_active: bool = True
