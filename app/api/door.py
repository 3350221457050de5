"""The API's front: its description, and the settings that flask-openapi3 wants for it."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from app.access import public
from app.api.tokens import PREFIX

bp = Blueprint("api_door", __name__, url_prefix=PREFIX)


@bp.get("/openapi.json")
@public
def description() -> ResponseReturnValue:
    """The OpenAPI 3.1 description of everything under /api/v1."""
    document: dict[str, object] = current_app.api_doc  # type: ignore[attr-defined]  # of the OpenAPI class
    return document
