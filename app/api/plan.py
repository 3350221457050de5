"""The plan over the API: everybody's route as it stands."""

from flask import Response

from app.api.answers import answer
from app.api.schemas import PlannedRoute, PlannedStop, PlanOut
from app.api.tokens import EVERYONE, api_blueprint, api_viewer, token_requires
from app.context import engine, now
from app.services.planning.route_data import routes_for
from models.database import reading

bp = api_blueprint("api_plan")


@bp.get("/plan", responses={200: PlanOut})
@token_requires(*EVERYONE)
def show() -> Response:
    """Routes of today and later; of each, the visits that the token's owner may see."""
    at = now()
    with reading(engine()) as session:
        routes = routes_for(session, viewer=api_viewer(), now=at)
    return answer(
        PlanOut(
            at=at,
            routes=[
                PlannedRoute(
                    technicians=list(route.usernames),
                    team=route.team,
                    stops=[
                        PlannedStop(
                            number=stop.number,
                            starts_at=stop.starts_at,
                            ends_at=stop.ends_at,
                            travel_s=stop.travel_s,
                            zone=stop.zone.value,
                        )
                        for stop in route.stops
                    ],
                )
                for route in routes
            ],
        )
    )
