"""The one place where implementations are chosen and put together."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask_openapi3 import Info, OpenAPI
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.access import init_access
from app.api import closures as api_closures
from app.api import door as api_door
from app.api import messages as api_messages
from app.api import plan as api_plan
from app.api import tickets as api_tickets
from app.api.problems import Problem, on_validation_error
from app.config import Settings
from app.context import KEY, Context
from app.logs import configure_logs
from app.sms.provider import SmsProvider
from app.sms.providers.console import ConsoleProvider
from app.sms.providers.twilio import TwilioProvider, TwilioSettings
from app.travel.provider import TravelProvider
from app.travel.providers.estimate import Estimate
from app.travel.providers.file import FileTable
from app.travel.providers.osrm import Osrm
from app.travel.providers.valhalla import Valhalla
from app.video.providers.webrtc import WebRtc
from app.web import (
    accounts,
    board,
    calls,
    decisions,
    files,
    filing,
    health,
    home,
    hooks,
    links,
    people,
    phones,
    reports,
    roads,
    routes,
    second_factor,
    stream,
    tickets,
    what_if,
)
from app.web.addresses import init_addresses
from app.web.compression import init_compression
from app.web.errors import init_errors
from app.web.pages import init_pages
from app.web.security import init_security
from models.database import connect

ROOT = Path(__file__).resolve().parent.parent
UPLOAD_LIMIT = 11 * 1024 * 1024
csrf = CSRFProtect()


class SettingsError(ValueError):
    """A setting that cannot work, named with what would."""


def create_app(settings: Settings | None = None) -> OpenAPI:
    """The application, ready to serve; also the worker's, which pushes its context."""
    configure_logs()
    settings = settings or Settings.from_env()
    app = OpenAPI(
        "app",
        info=Info(title="Ứng Cứu", version="1"),
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        validation_error_model=Problem,
        validation_error_callback=on_validation_error,
        # Its pages would load scripts from elsewhere; api/door.py serves the description alone.
        doc_ui=False,
        static_folder=str(ROOT / "app" / "static"),
        template_folder=str(ROOT / "templates"),
    )
    app.config.update(
        SECRET_KEY=settings.secret(),
        SESSION_COOKIE_NAME="__Host-session" if settings.is_https else "session",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=UPLOAD_LIMIT,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        # The token tells whose page it is; behind a proxy the Referer check would refuse.
        WTF_CSRF_SSL_STRICT=False,
        SEND_FILE_MAX_AGE_DEFAULT=31536000,
    )
    app.extensions[KEY] = Context(
        settings=settings,
        engine=connect(settings.database()),
        sms_out=sms_provider(settings.sms_out, settings),
        sms_in=sms_provider(settings.sms_in, settings),
        video=WebRtc(settings.ice_servers),
        travel=travel_provider(settings),
    )
    if int(settings.trusted_proxies) > 0:
        hops = int(settings.trusted_proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's own recipe
    csrf.init_app(app)
    init_access(app)
    init_addresses(app)
    init_security(app, settings)
    init_pages(app, settings)
    init_errors(app)
    init_compression(app)
    register_doors(app)
    return app


def register_doors(app: OpenAPI) -> None:
    """Every blueprint, in the order of the README's map."""
    for page in (accounts, second_factor, home, filing, tickets, files, board, stream, phones):
        app.register_blueprint(page.bp)
    for part_of_the_world in (roads, routes):
        app.register_blueprint(part_of_the_world.bp)
    app.register_blueprint(people.bp)
    app.register_blueprint(decisions.bp)
    app.register_blueprint(health.bp)
    app.register_blueprint(calls.bp)
    app.register_blueprint(links.bp)
    app.register_blueprint(what_if.bp)
    app.register_blueprint(reports.bp)
    for part in (api_tickets.bp, api_plan.bp, api_messages.bp, api_closures.bp):
        csrf.exempt(part)
        app.register_api(part)
    app.register_blueprint(api_door.bp)
    # Whoever signs their calls needs no token of a form.
    csrf.exempt(hooks.bp)
    app.register_blueprint(hooks.bp)


def sms_provider(name: str, settings: Settings) -> SmsProvider:
    """The provider of that name, with its settings.

    Raises
    ------
    SettingsError
        If there is none of that name, or the demo would send to real phones.
    """
    if settings.is_demo and name != ConsoleProvider.name:
        raise SettingsError(
            f"demo data has made-up phone numbers that may belong to somebody: "
            f"SMS_OUT and SMS_IN must be console, not {name}; start with --empty for real work"
        )
    if name == ConsoleProvider.name:
        return ConsoleProvider()
    if name == TwilioProvider.name:
        return TwilioProvider(
            TwilioSettings(
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token,
                messaging_service_sid=settings.twilio_messaging_service_sid,
                from_number=settings.twilio_from_number,
                api_url=settings.twilio_api_url,
                public_url=settings.public_url,
            )
        )
    raise SettingsError(f"no SMS provider is called {name}: choose console or twilio")


def travel_provider(settings: Settings) -> TravelProvider:
    """The source of travel times, with its settings.

    Raises
    ------
    SettingsError
        If there is none of that name, or it lacks its path or address.
    """
    name, path, url = settings.travel_provider, settings.travel_file, settings.travel_url
    if name == Estimate.name:
        return Estimate()
    if name == FileTable.name:
        if not path:
            raise SettingsError("TRAVEL_PROVIDER=file needs TRAVEL_FILE, the path of the table")
        return FileTable(path)
    servers: dict[str, Callable[[str], TravelProvider]] = {
        Osrm.name: Osrm,
        Valhalla.name: Valhalla,
    }
    if name not in servers:
        raise SettingsError(
            f"TRAVEL_PROVIDER is {name}: choose {Estimate.name}, {FileTable.name}, "
            f"{' or '.join(servers)}"
        )
    if not url.startswith(("http://", "https://")):
        raise SettingsError(f"TRAVEL_PROVIDER={name} needs TRAVEL_URL, the server's http address")
    return servers[name](url)
