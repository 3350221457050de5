"""Log-in, log-out, and the language of the pages."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from app.access import account_of, must_have_second_factor, password_matches, public
from app.context import engine, machine_now
from app.i18n import _, set_language
from app.services.people import throttling
from app.web.sessions import (
    begin_half_way,
    begin_session,
    forget_session,
    local_target,
    too_many_tries,
)
from models.account import Language
from models.database import reading, retry_on_conflict, transaction

bp = Blueprint("accounts", __name__)


@bp.get("/log-in")
@public
def log_in() -> ResponseReturnValue:
    """The log-in page."""
    if current_user.is_authenticated:
        return redirect(local_target(request.args.get("next", "")), code=303)
    return _log_in_page(request.args.get("next", ""))


@bp.post("/log-in")
@public
def enter() -> ResponseReturnValue:
    """Log in; the answer is the same whether the account exists or not."""
    username = request.form.get("username", "").strip()
    target = request.form.get("next", "")
    address = request.remote_addr or ""

    def count() -> timedelta:
        with transaction(engine()) as database:
            return throttling.count_attempt(
                database, username=username, address=address, now=machine_now()
            )

    wait = retry_on_conflict(count)
    if wait:
        return _log_in_page(target, username=username, error=too_many_tries(wait)), 429
    with reading(engine()) as database:
        user = throttling.user_named(database, username)
        account = account_of(database, user) if user else None
    is_right = password_matches(user, request.form.get("password", ""))
    if not (is_right and user and account):
        message = _("Tên đăng nhập hoặc mật khẩu chưa đúng.")
        return _log_in_page(target, username=username, error=message), 422
    with transaction(engine()) as database:
        throttling.forgive(database, username=username, address=address)
    if user.totp_secret or must_have_second_factor(user):
        begin_half_way(user, target=target, now=machine_now())
        return redirect(url_for("second_factor.ask"), code=303)
    begin_session(account)
    return redirect(local_target(target), code=303)


@bp.post("/log-out")
@public
def log_out() -> ResponseReturnValue:
    """End this session."""
    logout_user()
    forget_session()
    return redirect(url_for("accounts.log_in"), code=303)


@bp.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Answer in the other language from now on, on the page one was on."""
    wanted = request.form.get("language", "")
    if wanted in set(Language):
        session["language"] = wanted
        set_language(Language(wanted))
        if current_user.is_authenticated:
            session.permanent = True
    else:
        flash(_("Chỉ có tiếng Việt và tiếng Anh."), "error")
    return redirect(local_target(request.form.get("next", "")), code=303)


def _log_in_page(target: str, *, username: str = "", error: str = "") -> str:
    return render_template("accounts/log_in.html", target=target, username=username, error=error)
