"""Who calls the API: a bearer token on every call, and the roles that a call is for."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Response, current_app, g, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import BadRequest

from app.api.problems import documented, refusal, unreadable
from app.context import engine, machine_now
from app.i18n import _, set_language
from app.services.people.accounts import token_viewer
from models.account import Language, Role, Viewer
from models.database import reading

PREFIX = "/api/v1"
EVERYONE = tuple(Role)
View = TypeVar("View", bound=Callable[..., Any])  # any view: flask-openapi3 passes what it parsed


def api_blueprint(name: str) -> APIBlueprint:
    """A part of the API; every call to it is checked for token and role before it is read."""
    blueprint = APIBlueprint(
        name,
        __name__,
        url_prefix=PREFIX,
        abp_security=[{"token": []}],
        abp_responses={
            400: documented("The body is no JSON."),
            401: documented("No token, or one that does not hold."),
            403: documented("The token's role may not do this."),
            404: documented("There is no such thing for this token."),
            409: documented("Somebody else was faster, or the key was used for another body."),
            413: documented("The body is too large."),
            422: documented("A field is wrong; `errors` names it."),
            503: documented("The database is busy; try again with the same key."),
        },
    )
    blueprint.before_request(_admit)
    return blueprint


def token_requires(*roles: Role) -> Callable[[View], View]:
    """Mark a call with the roles that it is for; `_admit` lets no other in."""

    def mark_view(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]  # read by _admit and the matrix
        return view

    return mark_view


def api_viewer() -> Viewer:
    """The owner of this call's token."""
    return cast(Viewer, g.api_viewer)


def _admit() -> Response | None:
    """Check token, role and that the body is JSON, in this order; None lets the call through."""
    _choose_language(None)
    view = current_app.view_functions[request.endpoint or ""]
    access: frozenset[Role] = getattr(view, "access", frozenset())
    viewer = _viewer_of_token()
    if viewer is None:
        response = refusal(
            401,
            title=_("Cần mã truy cập"),
            detail=_("Hãy gửi tiêu đề Authorization: Bearer kèm mã còn hiệu lực."),
        )
        response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
        return response
    g.api_viewer = viewer
    _choose_language(viewer)
    if viewer.role not in access:
        return refusal(
            403,
            title=_("Tài khoản này không làm được việc đó"),
            detail=_("Nếu công việc cần đến, hãy liên hệ quản trị viên."),
        )
    return _check_json()


def _viewer_of_token() -> Viewer | None:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    with reading(engine()) as session:
        return token_viewer(session, token.strip(), now=machine_now())


def _choose_language(viewer: Viewer | None) -> None:
    """Accept-Language where it names one of ours, else the owner's, else Vietnamese."""
    if request.accept_languages:
        wanted = request.accept_languages.best_match([item.value for item in Language])
        if wanted:
            set_language(Language(wanted))
            return
    set_language(viewer.language if viewer else Language.VI)


def _check_json() -> Response | None:
    """Refuse a body that is no JSON; flask-openapi3 would take it for an empty one."""
    if request.method not in {"POST", "PUT", "PATCH"}:
        return None
    try:
        # Read whatever Content-Type it came with; the parsed body is kept for the model.
        request.get_json(force=True)
    except (BadRequest, RecursionError):
        return unreadable()
    return None
