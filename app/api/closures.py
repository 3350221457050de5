"""Closed roads over the API: read them, close one, open it again."""

from datetime import datetime
from typing import Annotated, Any

from flask import Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from app.api.answers import answer
from app.api.problems import invalid
from app.api.schemas import LARGEST, Code, Key, ShortText
from app.api.tokens import api_blueprint, api_viewer, token_requires
from app.context import engine, now
from app.services.reference import up_to_date
from app.services.scope import NotVisible
from app.services.world import closures
from app.services.world.closures import ClosureDraft
from app.services.world.log import WorldError
from app.services.world.roads_page import ClosureView, roads_view
from models.account import Role
from models.database import reading, retry_on_conflict, transaction

bp = api_blueprint("api_closures")
READ = (Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER, Role.ADMIN, Role.AUDITOR)


def _only_text(value: Any) -> Any:  # whatever the caller sent
    # A bare number would be taken for seconds since 1970.
    if value is None or isinstance(value, str):
        return value
    raise ValueError("a moment is written as text")


Moment = Annotated[AwareDatetime, BeforeValidator(_only_text)]
Latitude = Annotated[float, Field(ge=-90, le=90, strict=True, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, strict=True, allow_inf_nan=False)]


class Corner(BaseModel):
    """A corner of a closed area."""

    model_config = ConfigDict(extra="forbid")

    lat: Latitude
    lon: Longitude


class NewClosure(BaseModel):
    """The way between two communes (`from` and `to`), or an area; `key` is the caller's own."""

    model_config = ConfigDict(extra="forbid")

    key: Key = Field(description="A UUID made by the caller for this closure.")
    from_: Code | None = Field(default=None, alias="from", description="Code of a commune.")
    to: Code | None = Field(default=None, description="Code of another commune.")
    area: list[Corner] = Field(default_factory=list, max_length=closures.MOST_CORNERS)
    from_at: Moment | None = Field(default=None, description="None: from now on.")
    until_at: Moment | None = Field(default=None, description="None: until it is lifted.")
    note: ShortText = ""


class ClosureOut(BaseModel):
    """A closed road that is not over; `points` are the corners, or the two communes."""

    id: int
    title: str
    is_area: bool
    is_now: bool
    points: list[Corner]
    from_at: datetime
    until_at: datetime | None
    note: str
    filed_by: str
    filed_at: datetime


class ClosurePage(BaseModel):
    """Every closed road that is not over."""

    items: list[ClosureOut]


class ClosurePath(BaseModel):
    """Which closure."""

    closure_id: int = Field(description="Number of the closure.")


@bp.get("/closures", responses={200: ClosurePage})
@token_requires(*READ)
def index() -> Response:
    """What is closed now or will be."""
    return answer(ClosurePage(items=_shown()))


@bp.post("/closures", responses={200: ClosurePage, 201: ClosurePage})
@token_requires(*closures.MAY_FILE)
def create(body: NewClosure) -> Response:
    """Close a road from now on or later; the same key again answers 200 and closes nothing."""
    draft = ClosureDraft(
        key=body.key,
        from_code=body.from_ or "",
        to_code=body.to or "",
        corners=[(corner.lat, corner.lon) for corner in body.area],
        from_at=body.from_at,
        until_at=body.until_at,
        note=body.note,
    )

    def work() -> bool:
        with transaction(engine()) as session:
            return closures.file_closure(session, draft, viewer=api_viewer(), now=now())[1]

    try:
        is_new = retry_on_conflict(work)
    except WorldError as error:
        names = {"from_code": "from", "to_code": "to"}
        return invalid({names.get(name, name): text for name, text in error.errors.items()})
    return answer(ClosurePage(items=_shown()), 201 if is_new else 200)


@bp.post("/closures/<int:closure_id>/lift", responses={200: ClosurePage})
@token_requires(*closures.MAY_DRAW)
def lift(path: ClosurePath) -> Response:
    """Open the road again; twice does nothing."""
    if not 0 < path.closure_id <= LARGEST:
        raise NotVisible(str(path.closure_id))
    with transaction(engine()) as session:
        closures.lift_closure(session, path.closure_id, viewer=api_viewer(), now=now())
    return answer(ClosurePage(items=_shown()))


def _shown() -> list[ClosureOut]:
    with reading(engine()) as session:
        view = roads_view(up_to_date(session), now=now())
    return [_out(row) for row in view.closures]


def _out(row: ClosureView) -> ClosureOut:
    return ClosureOut(
        id=row.id,
        title=row.title,
        is_area=row.is_area,
        is_now=row.is_now,
        points=[Corner(lat=lat, lon=lon) for lat, lon in row.points],
        from_at=row.from_at,
        until_at=row.until_at,
        note=row.note,
        filed_by=row.filed_by,
        filed_at=row.filed_at,
    )
