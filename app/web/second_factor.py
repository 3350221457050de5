"""The second factor: its pages between password and first page, and the lead's switch."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access import (
    account_of,
    authenticator_address,
    current_viewer,
    must_have_second_factor,
    proposed_secret,
    public,
    requires,
    step_of_code,
)
from app.context import engine, machine_now
from app.i18n import _
from app.services.people import second_factor, throttling
from app.services.tickets.qr_code import qr_code
from app.web.sessions import HalfWay, begin_session, half_way, seed, too_many_tries
from models.account import Role, User
from models.database import reading, retry_on_conflict, transaction

bp = Blueprint("second_factor", __name__)


@bp.get("/log-in/code")
@public
def ask() -> ResponseReturnValue:
    """Ask for the code of whoever's password was right."""
    state = half_way(now=machine_now())
    user = _user_of(state)
    if user is None:
        return _from_the_start()
    if user.totp_secret is None:
        return redirect(url_for("second_factor.propose"), code=303)
    return _code_page(user)


@bp.post("/log-in/code")
@public
def enter() -> ResponseReturnValue:
    """Log in with the code, in a new session."""
    state = half_way(now=machine_now())
    user = _user_of(state)
    if user is None or state is None or user.totp_secret is None:
        return _from_the_start()
    entered, error, status = _with_code(user, second_factor.take_step)
    if entered is None:
        return _code_page(user, error=error), status
    _begin_session_of(entered)
    return redirect(state.target, code=303)


@bp.get("/log-in/set-up")
@public
def propose() -> ResponseReturnValue:
    """Show a secret to whoever may not come in without one."""
    user = _user_of(half_way(now=machine_now()))
    if user is None or user.totp_secret is not None:
        return _from_the_start()
    return _proposal(user, is_first=True)


@bp.post("/log-in/set-up")
@public
def set_up() -> ResponseReturnValue:
    """Switch the second factor on with its first code, and log in."""
    state = half_way(now=machine_now())
    user = _user_of(state)
    if user is None or state is None or user.totp_secret is not None:
        return _from_the_start()
    return _switched_on(user, target=state.target, is_first=True)


@bp.get("/second-factor")
@requires(Role.LEAD)
def show() -> ResponseReturnValue:
    """Whether it is on, and how to change that."""
    user = _own_user()
    return _switch_off_page() if user.totp_secret else _proposal(user)


@bp.post("/second-factor")
@requires(Role.LEAD)
def change() -> ResponseReturnValue:
    """Switch it on with its first code, or off with any; the person's other sessions end."""
    user = _own_user()
    wants_on = request.form.get("want") == "on"
    if wants_on == bool(user.totp_secret):
        return redirect(url_for("second_factor.show"), code=303)
    if wants_on:
        return _switched_on(user, target=url_for("second_factor.show"))
    return _switched_off(user)


def _user_of(state: HalfWay | None) -> User | None:
    """Whose password was right, unless their sessions were ended since."""
    if state is None:
        return None
    with reading(engine()) as database:
        user = database.get(User, state.user_id)
    if user is None or not user.is_active or user.session_epoch != state.epoch:
        return None
    return user if user.totp_secret or must_have_second_factor(user) else None


def _own_user() -> User:
    with reading(engine()) as database:
        return database.get_one(User, current_viewer().user_id)


def _from_the_start() -> ResponseReturnValue:
    return redirect(url_for("accounts.log_in"), code=303)


def _begin_session_of(user: User) -> None:
    with reading(engine()) as database:
        account = account_of(database, user)
    begin_session(account)


def _with_code(user: User, use: Callable[..., User | None]) -> tuple[User | None, str, int]:
    """Count the code that was sent, look at it, and use it up by that service.

    Returns the changed user, or what to say and its status.
    """

    def count() -> timedelta:
        with transaction(engine()) as database:
            return throttling.count_code(database, user_id=user.id or 0, now=machine_now())

    wait = retry_on_conflict(count)
    if wait:
        return None, too_many_tries(wait), 429
    step = step_of_code(user.totp_secret or "", request.form.get("code", ""), now=machine_now())
    if step is not None:
        with transaction(engine()) as database:
            changed = use(database, user.id or 0, step=step)
        if changed is not None:
            return changed, "", 303
    return None, _wrong_code(), 422


def _switched_on(user: User, *, target: str, is_first: bool = False) -> ResponseReturnValue:
    """Go on to ``target`` in a new session if the code fits the proposed secret."""
    secret = proposed_secret(user.id or 0, seed())
    # Not throttled: whoever sees this page sees the secret.
    step = step_of_code(secret, request.form.get("code", ""), now=machine_now())
    if step is None:
        return _proposal(user, is_first=is_first, error=_wrong_code()), 422
    with transaction(engine()) as database:
        changed = second_factor.switch_on(database, user.id or 0, secret=secret, step=step)
    if changed is None:
        # Another window was faster.
        return _from_the_start()
    _begin_session_of(changed)
    flash(_("Đã bật xác thực hai bước. Từ nay mỗi lần đăng nhập cần thêm mã."), "success")
    return redirect(target, code=303)


def _switched_off(user: User) -> ResponseReturnValue:
    changed, error, status = _with_code(user, second_factor.switch_off)
    if changed is None:
        return _switch_off_page(error=error), status
    _begin_session_of(changed)
    flash(_("Đã tắt xác thực hai bước."), "success")
    return redirect(url_for("second_factor.show"), code=303)


def _wrong_code() -> str:
    return _("Mã chưa đúng hoặc đã dùng rồi. Hãy nhập mã đang hiện trong ứng dụng.")


def _code_page(user: User, *, error: str = "") -> str:
    return render_template("second_factor/code.html", username=user.username, error=error)


def _switch_off_page(*, error: str = "") -> str:
    return render_template("second_factor/switch_off.html", error=error)


def _proposal(user: User, *, is_first: bool = False, error: str = "") -> str:
    secret = proposed_secret(user.id or 0, seed())
    return render_template(
        "second_factor/set_up.html",
        qr_code=qr_code(authenticator_address(secret, user.username)),
        groups=[secret[start : start + 4] for start in range(0, len(secret), 4)],
        is_first=is_first,
        error=error,
    )
