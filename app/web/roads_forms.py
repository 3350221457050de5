"""What the forms about roads, boats and hours send, read into what the services take."""

import json
import re
import uuid
from datetime import UTC, date, datetime

from werkzeug.datastructures import MultiDict

from app.i18n import _
from app.services.world.closures import ClosureDraft
from app.services.world.log import WorldError
from app.services.world.sailings import MOST_SAILINGS, Sailing
from app.services.world.speeds import DEFAULTS, Speed
from models.calendar import LOCAL
from models.roads import RoadKind

Form = MultiDict[str, str]


def fresh_key() -> str:
    """A key for a new form."""
    return str(uuid.uuid4())


def closure_draft(form: Form) -> ClosureDraft:
    """The closure that was sent; what cannot be read is told at its field."""
    errors: dict[str, str] = {}
    corners: list[tuple[float, float]] = []
    if raw := form.get("area", "").strip():
        try:
            corners = [(float(lat), float(lon)) for lat, lon in json.loads(raw[:10_000])]
        except (ValueError, TypeError, OverflowError, RecursionError):
            errors["area"] = _("Vùng vẽ không đọc được. Hãy vẽ lại.")
    moments: dict[str, datetime | None] = {}
    for name in ("from_at", "until_at"):
        try:
            moments[name] = moment_typed(form.get(name, ""))
        except (ValueError, OverflowError):
            errors[name] = _("Ngày giờ không hợp lệ.")
    if errors:
        raise WorldError(errors)
    return ClosureDraft(
        key=form.get("key", "").strip(),
        from_code=form.get("from_code", ""),
        to_code=form.get("to_code", ""),
        corners=corners,
        from_at=moments["from_at"],
        until_at=moments["until_at"],
        note=form.get("note", ""),
    )


def moment_typed(text: str) -> datetime | None:
    """The moment of a ``datetime-local`` control, which means the province's time.

    Raises
    ------
    ValueError, OverflowError
        If it is none, or lies outside of what UTC can say.
    """
    if not text.strip():
        return None
    return datetime.fromisoformat(text.strip()).replace(tzinfo=LOCAL).astimezone(UTC)


def day_typed(form: Form, name: str) -> date | None:
    """The date of a field, None when it is empty. Raises WorldError."""
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WorldError({name: _("Ngày không hợp lệ.")}) from None


def minute_typed(form: Form, name: str) -> int | None:
    """The time of day of a field in minutes, None when it is empty. Raises WorldError."""
    text = form.get(name, "").strip()
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,2})[:hH.](\d{2})?(:\d{2})?", text)
    minute = int(found[1]) * 60 + int(found[2] or 0) if found else -1
    if not 0 <= minute <= 24 * 60 or (found and int(found[2] or 0) > 59):
        raise WorldError({name: _("Ghi giờ theo dạng 07:30.")})
    return minute


def number_typed(form: Form, name: str, *, times: float = 1) -> int:
    """A number of a field, comma or point, times a factor. Raises WorldError."""
    text = form.get(name, "").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        raise WorldError({name: _("Hãy nhập một số.")}) from None
    if not abs(value) < 10**6:
        raise WorldError({name: _("Hãy nhập một số.")})
    return round(value * times)


def speed_typed(form: Form, kind: RoadKind) -> Speed:
    """One line of the speeds. Raises WorldError."""
    # On the passes nobody parks: the two ends decide.
    parking = 0 if kind is RoadKind.PASS else number_typed(form, f"parking-{kind}", times=60)
    return Speed(
        detour_percent=number_typed(form, f"detour-{kind}", times=100),
        speed_kmh=number_typed(form, f"speed-{kind}"),
        parking_s=DEFAULTS[kind].parking_s if kind is RoadKind.PASS else parking,
    )


def timetable_typed(form: Form) -> list[Sailing]:
    """The boats that have a time; an emptied line is a boat taken away. Raises WorldError."""
    wanted = []
    for at in range(MOST_SAILINGS):
        minute = minute_typed(form, f"sails-{at}")
        if minute is not None:
            wanted.append(
                Sailing(
                    to_island=form.get(f"to-{at}") == "island",
                    sails_minute=minute,
                    crossing_min=number_typed(form, f"crossing-{at}"),
                    before_min=number_typed(form, f"before-{at}"),
                )
            )
    return wanted
