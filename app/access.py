"""Who may come in, and through which door: passwords, codes, and a role on every route."""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import Flask, abort, current_app, request, session
from flask_login import LoginManager, UserMixin, current_user
from sqlmodel import Session

from app.context import engine, settings
from models.account import Language, Role, User, Viewer
from models.database import reading
from models.workforce import viewer_of

# OWASP's second choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is no such account, so that both answers take the same time.
_NOBODY = _HASHER.hash("nobody has this password")
# RFC 6238, 5.2: one step either way, for clocks that differ and slow fingers.
STEPS_ASIDE = 1
PUBLIC = "public"
View = TypeVar("View", bound=Callable[..., Any])  # any view: flask passes what the route names

login_manager = LoginManager()
login_manager.login_view = "accounts.log_in"
# The page itself says what to do; the extension's own sentence is English.
login_manager.login_message = None


class Account(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The logged-in person as flask-login wants to see them."""

    def __init__(self, viewer: Viewer, session_epoch: int) -> None:
        self.viewer = viewer
        self._epoch = session_epoch

    def get_id(self) -> str:
        """Session id: ends with the epoch, so that raising it ends every session."""
        return f"{self.viewer.user_id}.{self._epoch}"


@login_manager.user_loader  # type: ignore[untyped-decorator]  # flask-login has no types
def load_account(session_id: str) -> Account | None:
    """The account of a session, unless it was ended or switched off."""
    user_id, _, epoch = session_id.partition(".")
    if not (user_id.isdigit() and epoch.isdigit()):
        return None
    with reading(engine()) as database:
        user = database.get(User, int(user_id))
        if user is None or not user.is_active or user.session_epoch != int(epoch):
            return None
        if user.totp_secret is None and must_have_second_factor(user):
            return None
        return account_of(database, user)


def account_of(database: Session, user: User) -> Account:
    """That user, as a session knows them."""
    return Account(viewer_of(database, user), user.session_epoch)


def current_viewer() -> Viewer:
    """The person behind this request; only behind a route with `@requires`."""
    return cast(Account, current_user).viewer


def chosen_language() -> Language:
    """Language of the session, else of the account, else Vietnamese."""
    wanted = session.get("language")
    if wanted in set(Language):
        return Language(wanted)
    if current_user.is_authenticated:
        return current_viewer().language
    return Language.VI


def hash_password(password: str) -> str:
    """argon2id hash to store."""
    return _HASHER.hash(password)


def password_matches(user: User | None, password: str) -> bool:
    """Whether it is that user's password; takes the same time when there is no such user."""
    try:
        _HASHER.verify(user.password_hash if user else _NOBODY, password)
    except VerificationError:
        return False
    return user is not None and user.is_active


def must_have_second_factor(user: User) -> bool:
    """Whether that user may not come in by the password alone; the demo's administrator may."""
    return user.role is Role.ADMIN and not settings().is_demo


def proposed_secret(user_id: int, seed: str) -> str:
    """A secret to set up, 160 bits in base 32: the same for the same seed, which tells nothing.

    So the session, which its browser can read, holds the seed, and never a secret.
    """
    key = settings().secret().encode()
    digest = hmac.new(key, f"second factor:{user_id}:{seed}".encode(), hashlib.sha256).digest()
    return b32encode(digest[:20]).decode()


def authenticator_address(secret: str, username: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Ứng Cứu")


def step_of_code(secret: str, code: str, *, now: datetime) -> int | None:
    """Time step of a code, among the present one and its neighbours; ``now`` is machine time."""
    password = pyotp.TOTP(secret)
    present = int(now.timestamp()) // password.interval
    typed = "".join(code.split()).encode()
    for step in range(present + STEPS_ASIDE, present - STEPS_ASIDE - 1, -1):
        if hmac.compare_digest(password.generate_otp(step).encode(), typed):
            return step
    return None


def requires(*roles: Role) -> Callable[[View], View]:
    """Let only these roles through: others get 403, strangers the log-in page.

    The API checks its own tokens and marks its views with the same roles.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:  # whatever the route names
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]  # set by flask-login
            if current_viewer().role not in roles:
                abort(403)
            return current_app.ensure_sync(view)(*args, **kwargs)

        checked.access = frozenset(roles)  # type: ignore[attr-defined]  # read by the matrix test
        return cast(View, checked)

    return decorate


def public(view: View) -> View:
    """Let everybody through: log-in, health, signed links and webhooks."""
    view.access = PUBLIC  # type: ignore[attr-defined]  # read by the matrix test
    return view


def wants_json() -> bool:
    """Whether the answer to this request must be JSON (API) and not a page."""
    return request.path.startswith("/api/")


def init_access(app: Flask) -> None:
    """Attach flask-login to the application."""
    login_manager.init_app(app)
