"""The steps of a ticket as forms: which button comes first, and what each one asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.i18n import _, label
from app.services.tickets.matching import number_in
from app.services.tickets.refusals import ActionRefused
from app.web.addresses import LARGEST_NUMBER
from models.account import Role
from models.lifecycle import TECHNICIAN_STEPS, Action

# Taken on the board, where the candidates stand side by side.
ON_BOARD = frozenset({Action.ASSIGN})
# In this order the first one that is allowed is the page's main button.
MAIN = {
    Role.COMMUNE: (Action.CONFIRM,),
    Role.TECHNICIAN: (
        Action.ACCEPT,
        Action.DEPART,
        Action.ARRIVE,
        Action.RESOLVE,
        Action.CONFIRM,
        Action.RESUME,
    ),
}
DESTRUCTIVE = frozenset({Action.CANCEL, Action.MERGE})


@dataclass(frozen=True)
class StepSent:
    """What a step's form brought along."""

    reason: str
    note: str
    version: int | None
    code: str | None
    until_on: date | None
    into: int | None

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> "StepSent":
        """The form's fields, typed.

        Raises
        ------
        ActionRefused
            If a date or a number is none.
        """
        return cls(
            reason=sent.get("reason", ""),
            note=sent.get("note", ""),
            version=_version(sent.get("version", "")),
            code=sent.get("code") or None,
            until_on=_date(sent.get("date", "")),
            into=_number(sent.get("into", "")),
        )


def _version(typed: str) -> int | None:
    """The version that the page showed; what is none is like one that is long past."""
    if not typed:
        return None
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise ActionRefused("date", _("Ngày chưa đúng, ví dụ: 26/11/2026.")) from error


def _number(typed: str) -> int | None:
    if not typed:
        return None
    number = number_in(typed)
    if number is None or number > LARGEST_NUMBER:
        raise ActionRefused("into", _("Số phiếu chưa đúng, ví dụ: 1042R."))
    return number


@dataclass(frozen=True)
class ActionField:
    """One thing that a step asks."""

    name: str
    label: str
    kind: str = "textarea"
    example: str = ""
    is_optional: bool = False


@dataclass(frozen=True)
class ActionForm:
    """One step: its button, and what it asks. ``values`` and ``error`` are set after a refusal."""

    action: Action
    button: str
    is_main: bool
    is_danger: bool
    fields: tuple[ActionField, ...]
    values: dict[str, str] = field(default_factory=dict)
    error: tuple[str, str] | None = None


def action_forms(
    actions: Sequence[Action],
    *,
    role: Role,
    code: str,
    failed: Action | None = None,
    values: dict[str, str] | None = None,
    error: tuple[str, str] | None = None,
) -> list[ActionForm]:
    """The forms of the steps that may be taken now, the main one first."""
    shown = [action for action in actions if action not in ON_BOARD]
    main = next((one for one in MAIN.get(role, ()) if one in shown), None)
    shown.sort(key=lambda one: (one is not main, one in DESTRUCTIVE))
    return [
        ActionForm(
            action=action,
            button=_button(action, role, code),
            is_main=action is main,
            is_danger=action in DESTRUCTIVE,
            fields=_fields(action, role),
            values=(values or {}) if action is failed else {},
            error=error if action is failed else None,
        )
        for action in shown
    ]


def _button(action: Action, role: Role, code: str) -> str:
    if action is Action.CANCEL:
        return _("Hủy phiếu %(code)s", code=code)
    if action is Action.MERGE:
        return _("Gộp phiếu %(code)s vào phiếu khác", code=code)
    if action is Action.UNASSIGN and role is Role.TECHNICIAN:
        return _("Không đi được")
    if action is Action.CONFIRM and role is Role.COMMUNE:
        return _("Đã xong, cảm ơn")
    return label(action)


def _fields(action: Action, role: Role) -> tuple[ActionField, ...]:
    is_behalf = role in (Role.LEAD, Role.DISPATCHER)
    match action:
        case Action.RESOLVE:
            return (_note(_("Đã làm gì"), _("Ví dụ: thay dây mạng, cài lại trình ký")),) + (
                (_reason(_("Vì sao làm thay kỹ thuật viên")),) if is_behalf else (_code(),)
            )
        case Action.CONFIRM if role is Role.TECHNICIAN:
            return (_code(is_optional=False),)
        case Action.CONFIRM if is_behalf:
            return (_reason(_("Vì sao xác nhận thay xã")),)
        case Action.UNASSIGN if role is Role.TECHNICIAN:
            return (_reason(_("Vì sao không đi được")),)
        case Action.WAIT:
            return (
                _reason(_("Chờ vật tư nào, bên nào")),
                ActionField("date", _("Hẹn lại ngày"), "date", is_optional=True),
            )
        case Action.REOPEN:
            return (_note(_("Còn vướng gì"), _("Ví dụ: máy in vẫn báo lỗi như cũ")),)
        case Action.SEND_BACK:
            return (_note(_("Đã thử gì, còn vướng gì")),)
        case Action.CANCEL:
            return (_note(_("Vì sao hủy"), _("Ví dụ: đã tự xử lý được"), is_optional=True),)
        case Action.MERGE:
            return (ActionField("into", _("Số phiếu giữ lại"), "number"),)
        case Action.ESCALATE:
            return (_note(_("Ghi chú cho người nhận cuộc gọi"), is_optional=True),)
        case _ if action in TECHNICIAN_STEPS and is_behalf:
            return (_reason(_("Vì sao làm thay kỹ thuật viên")),)
    return ()


def _note(words: str, example: str = "", *, is_optional: bool = False) -> ActionField:
    return ActionField("note", words, example=example, is_optional=is_optional)


def _reason(words: str) -> ActionField:
    return ActionField("reason", words)


def _code(*, is_optional: bool = True) -> ActionField:
    example = _("4 chữ số trên trang phiếu của xã")
    return ActionField("code", _("Mã xác nhận của xã"), "code", example, is_optional)
