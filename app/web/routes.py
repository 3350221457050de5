"""The administrator's pages about ways and times: speeds, boats, hours, bases, learned factors."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.access import current_viewer, requires
from app.context import context, engine, machine_now, now
from app.i18n import _
from app.services.reference import up_to_date
from app.services.world import bases, learning, sailings, speeds, windows
from app.services.world.correction import LEAST
from app.services.world.history import decimal, percent, world_history
from app.services.world.log import WorldError
from app.services.world.roads_page import pause_words, roads_view
from app.services.world.travel_fetch import table_state
from app.services.world.windows import WindowDraft
from app.web.addresses import LARGEST_NUMBER
from app.web.roads_forms import Form, day_typed, minute_typed, speed_typed, timetable_typed
from models.account import Role
from models.database import reading, retry_on_conflict, transaction
from models.geography import PauseReason
from models.roads import FactorKind, RoadKind

bp = Blueprint("routes", __name__, url_prefix="/admin/roads")
READ = (Role.ADMIN, Role.AUDITOR)
NOTHING: Form = MultiDict()
Errors = dict[str, str]
T = TypeVar("T")


@bp.get("")
@requires(*READ)
def speeds_page() -> ResponseReturnValue:
    """Where travel times come from, and the speed of each kind of road."""
    return _speeds_page(NOTHING, {})


@bp.post("/speeds")
@requires(Role.ADMIN)
def set_speeds() -> ResponseReturnValue:
    """Use these speeds from now on, or the shipped ones again."""
    form = request.form
    try:
        if form.get("want") == "defaults":
            wanted = dict(speeds.DEFAULTS)
        else:
            wanted = {kind: speed_typed(form, kind) for kind in RoadKind}
        is_changed = _change(speeds.set_speeds, wanted)
    except WorldError as error:
        return _speeds_page(form, error.errors), 422
    words = (
        _("Đã lưu tốc độ. Kế hoạch được tính lại ngay.") if is_changed else _("Không có gì đổi.")
    )
    return _done("routes.speeds_page", words)


@bp.get("/ferry")
@requires(*READ)
def ferry_page() -> ResponseReturnValue:
    """The timetable of the boats, and the days without any."""
    return _ferry_page(NOTHING, {})


@bp.post("/ferry")
@requires(Role.ADMIN)
def set_timetable() -> ResponseReturnValue:
    """Replace the timetable."""
    form = request.form
    try:
        wanted = timetable_typed(form)
        _change(sailings.set_timetable, wanted)
    except WorldError as error:
        return _ferry_page(form, error.errors), 422
    return _done("routes.ferry_page", _("Đã lưu giờ tàu. Kế hoạch được tính lại ngay."))


@bp.get("/hours")
@requires(*READ)
def hours_page() -> ResponseReturnValue:
    """When communes can be visited."""
    return _hours_page(NOTHING, {})


@bp.post("/hours")
@requires(Role.ADMIN)
def add_window() -> ResponseReturnValue:
    """Add a rule for a commune."""
    form = request.form
    try:
        is_closed = form.get("is_closed") == "1"
        draft = WindowDraft(
            commune_code=form.get("commune", ""),
            weekdays=sum(1 << int(day) for day in set(form.getlist("weekdays")) & set("0123456")),
            from_on=day_typed(form, "from_on"),
            until_on=day_typed(form, "until_on"),
            opens_minute=None if is_closed else minute_typed(form, "opens"),
            closes_minute=None if is_closed else minute_typed(form, "closes"),
            note=form.get("note", "").strip(),
        )
        if not is_closed and draft.opens_minute is None and draft.closes_minute is None:
            raise WorldError({"opens": _("Hãy ghi giờ, hoặc chọn không tiếp nhận.")})
        _change(windows.add_window, draft)
    except WorldError as error:
        return _hours_page(form, error.errors), 422
    return _done(
        "routes.hours_page", _("Đã thêm giờ tiếp nhận của xã. Kế hoạch được tính lại ngay.")
    )


@bp.post("/hours/<int:window_id>/remove")
@requires(Role.ADMIN)
def remove_window(window_id: int) -> ResponseReturnValue:
    """Take a rule away."""
    _change(windows.remove_window, window_id)
    return _done("routes.hours_page", _("Đã bỏ. Xã theo giờ làm việc chung."))


@bp.get("/bases")
@requires(*READ)
def bases_page() -> ResponseReturnValue:
    """Where teams and people start."""
    return _bases_page(NOTHING, {})


@bp.post("/bases/<int:team_id>")
@requires(Role.ADMIN)
def set_base(team_id: int) -> ResponseReturnValue:
    """Move a team's base, with its people or without."""
    try:
        moved = _change(
            bases.set_base,
            team_id,
            code=request.form.get("code", ""),
            moves_people=request.form.get("moves_people") == "1",
        )
    except WorldError as error:
        return _bases_page(request.form, {f"base-{team_id}": error.errors["code"]}), 422
    return _done("routes.bases_page", _("Đã đổi trụ sở; %(count)s người đổi theo.", count=moved))


@bp.post("/homes")
@requires(Role.ADMIN)
def set_home() -> ResponseReturnValue:
    """Let a technician start elsewhere."""
    try:
        person = request.form.get("technician", type=int)
        if person is None or not 0 < person <= LARGEST_NUMBER:
            raise WorldError({"technician": _("Hãy chọn một người.")})
        _change(bases.set_home, person, code=request.form.get("code", ""))
    except WorldError as error:
        return _bases_page(request.form, error.errors), 422
    return _done("routes.bases_page", _("Đã đổi nơi xuất phát."))


@bp.get("/factors")
@requires(*READ)
def factors_page() -> ResponseReturnValue:
    """What the field reported against what was planned."""
    with reading(engine()) as session:
        rows = learning.factor_rows(session, now=now())
        facts = up_to_date(session)
    return _page("factors", rows=rows, facts=facts, least=LEAST, percent=percent)


@bp.post("/factors")
@requires(Role.ADMIN)
def apply_factor() -> ResponseReturnValue:
    """Use what was observed from now on."""
    kind = request.form.get("kind", "")
    if kind not in set(FactorKind):
        flash(_("Hệ số này không còn được đề xuất. Hãy tải lại trang."), "error")
        return redirect(url_for("routes.factors_page"), code=303)
    factor = _change(learning.apply_factor, FactorKind(kind), request.form.get("subject", ""))
    words = _(
        "Đã áp dụng %(factor)s. Kế hoạch được tính lại ngay.", factor=percent(factor.permille)
    )
    return _done("routes.factors_page", words)


@bp.post("/factors/<int:factor_id>/undo")
@requires(Role.ADMIN)
def undo_factor(factor_id: int) -> ResponseReturnValue:
    """Take a factor out of use again."""
    _change(learning.undo_factor, factor_id)
    return _done("routes.factors_page", _("Đã bỏ hệ số. Kế hoạch được tính lại ngay."))


@bp.get("/history")
@requires(*READ)
def history_page() -> ResponseReturnValue:
    """Who changed what, newest first."""
    with reading(engine()) as session:
        rows = world_history(session)
    return _page("history", rows=rows)


def _speeds_page(form: Form, errors: Errors) -> str:
    with reading(engine()) as session:
        shown = speeds.speeds(session)
        state = table_state(session)
    provider = context().travel
    return _page(
        "speeds",
        speeds=shown,
        defaults=speeds.DEFAULTS,
        decimal=decimal,
        state=state,
        provider=provider,
        machine_now=machine_now(),
        form=form,
        errors=errors,
    )


def _ferry_page(form: Form, errors: Errors) -> str:
    with reading(engine()) as session:
        facts = up_to_date(session)
        shown = sailings.timetable(session)
    view = roads_view(facts, now=now())
    return _page(
        "ferry",
        sailings=shown,
        roads=view,
        pause_words=pause_words,
        reasons=list(PauseReason),
        can_pause=_can_edit(),
        form=form,
        errors=errors,
    )


def _hours_page(form: Form, errors: Errors) -> str:
    with reading(engine()) as session:
        facts = up_to_date(session)
    rules = sorted(facts.world.windows, key=lambda rule: facts.places[rule.commune_code].name)
    return _page("hours", rules=rules, facts=facts, places=facts.by_name, form=form, errors=errors)


def _bases_page(form: Form, errors: Errors) -> str:
    with reading(engine()) as session:
        facts = up_to_date(session)
        teams = bases.team_bases(session)
    return _page("bases", teams=teams, facts=facts, places=facts.by_name, form=form, errors=errors)


def _page(tab: str, **values: object) -> str:
    return render_template(
        f"routes/{tab}.html", tab=tab, can_edit=_can_edit(), here="routes", **values
    )


def _can_edit() -> bool:
    return current_viewer().role is Role.ADMIN


def _change(service: Callable[..., T], *args: object, **named: object) -> T:
    """What the service does, in a transaction of its own, as this person and now."""

    def once() -> T:
        with transaction(engine()) as session:
            return service(session, *args, viewer=current_viewer(), now=now(), **named)

    return retry_on_conflict(once)


def _done(page: str, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(page), code=303)
