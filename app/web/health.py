"""Probes: does this process live, and can it serve?"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.access import public
from app.context import engine, machine_now
from app.services.checks.readiness import Readiness, readiness

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """This process answers; the database is not asked."""
    return jsonify(state="alive")


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """200 when the database answers and is migrated; `worker` says whether one leads."""
    found = readiness(engine(), machine_now=machine_now())
    if found in (Readiness.NO_DATABASE, Readiness.NOT_MIGRATED):
        return jsonify(state=found.value), 503
    return jsonify(state="ready", worker=found is Readiness.READY)
