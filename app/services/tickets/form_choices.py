"""What the form offers: the groups as big buttons, their categories, and the extra fields."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.i18n import _, label, mark, pick
from app.sms.phones import national
from models.account import User, Viewer
from models.calendar import LOCAL
from models.catalog import Category, CategoryGroup
from models.ticket import Ticket
from models.types import JsonDict

# Words for a button that stands for several categories; the others take their category's own.
HINTS = {
    CategoryGroup.SIGNATURE: mark("Cấp mới, thay đổi thông tin, mở khóa thiết bị"),
    CategoryGroup.PROCEDURES: mark("Phần mềm một cửa, Cổng dịch vụ công, biểu mẫu"),
}
ICONS = {
    CategoryGroup.SIGNATURE: "signature",
    CategoryGroup.PROCEDURES: "building-community",
    CategoryGroup.POPULATION: "id",
    CategoryGroup.DOCUMENTS: "file-text",
    CategoryGroup.NETWORK: "network",
    CategoryGroup.COMPUTERS: "device-desktop",
    CategoryGroup.MEETINGS: "video",
    CategoryGroup.SECURITY: "shield-lock",
    CategoryGroup.TRAINING: "school",
    CategoryGroup.OTHER: "dots",
}
SMALL = frozenset({CategoryGroup.TRAINING, CategoryGroup.OTHER})


@dataclass(frozen=True)
class ExtraField:
    """A field that only one category asks for; ``options`` are (value, words)."""

    name: str
    key: str
    kind: str
    label: str
    example: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CategoryChoice:
    """A category as the form offers it."""

    code: str
    name: str
    hint: str
    extra_fields: tuple[ExtraField, ...]


@dataclass(frozen=True)
class GroupChoice:
    """A button of the form; with several categories it asks once more."""

    group: CategoryGroup
    name: str
    hint: str
    icon: str
    is_small: bool
    categories: tuple[CategoryChoice, ...]


def form_groups(session: Session) -> list[GroupChoice]:
    """The groups in their order, with what is active in them, in the reader's language."""
    rows = session.exec(
        select(Category).where(col(Category.is_active)).order_by(col(Category.position))
    ).all()
    found = []
    for group in CategoryGroup:
        choices = tuple(_choice(row) for row in rows if row.group is group)
        if choices:
            found.append(_group(group, choices))
    return found


def own_phone(session: Session, viewer: Viewer) -> str | None:
    """The person's own phone, so that the form need not ask for it."""
    phone = session.exec(select(User.phone).where(col(User.id) == viewer.user_id)).first()
    return national(phone) if phone else None


def extra_fields(category: Category) -> tuple[ExtraField, ...]:
    """The category's own fields, in the reader's language."""
    return tuple(_field(category.code, row) for row in category.extra_fields)


def _group(group: CategoryGroup, choices: tuple[CategoryChoice, ...]) -> GroupChoice:
    hint = _(HINTS[group]) if len(choices) > 1 and group in HINTS else choices[0].hint
    return GroupChoice(
        group=group,
        name=label(group),
        hint=hint,
        icon=ICONS[group],
        is_small=group in SMALL,
        categories=choices,
    )


def _choice(row: Category) -> CategoryChoice:
    return CategoryChoice(
        code=row.code,
        name=pick(row.name_vi, row.name_en),
        hint=pick(row.hint_vi, row.hint_en),
        extra_fields=extra_fields(row),
    )


def _field(category_code: str, row: JsonDict) -> ExtraField:
    return ExtraField(
        name=f"extra-{category_code}-{row['key']}",
        key=str(row["key"]),
        kind=str(row["kind"]),
        label=pick(row["label_vi"], row["label_en"]),
        example=pick(row.get("example_vi", ""), row.get("example_en", "")),
        options=tuple(
            (str(one["value"]), pick(one["vi"], one["en"])) for one in row.get("options", ())
        ),
    )


def answered_fields(ticket: Ticket) -> list[tuple[str, str]]:
    """What the category's own fields were filled with: (label, words)."""
    shown = []
    for one in extra_fields(ticket.category):
        value = str(ticket.extra.get(one.key, ""))
        if not value:
            continue
        if one.kind == "select":
            value = dict(one.options).get(value, value)
        elif one.kind in ("datetime", "date"):
            value = _date_words(value, with_time=one.kind == "datetime")
        shown.append((one.label, value))
    return shown


def _date_words(value: str, *, with_time: bool) -> str:
    """What a date field sent, as dates are written here; anything else as it is."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    local = moment.astimezone(LOCAL) if moment.tzinfo else moment
    return local.strftime("%d/%m/%Y %H:%M" if with_time else "%d/%m/%Y")
