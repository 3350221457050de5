"""What every template may use: words, dates, the marks of the built assets."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, url_for
from markupsafe import Markup

from app import i18n
from app.access import chosen_language
from app.config import Settings
from app.context import machine_now, now
from app.web.security import csp_nonce

VENDOR = "vendor"
_SYMBOL = re.compile(r'<symbol id="icon-([\w-]+)"[^>]*>(.*?)</symbol>', re.S)
# A clock that runs that close to the machine's is the machine's own.
SHIFTED = timedelta(minutes=1)


class AssetsMissingError(RuntimeError):
    """The built browser assets are not there: the set-up has not run."""


def _manifest(static: Path) -> dict[str, str]:
    path = static / VENDOR / "manifest.json"
    if not path.exists():
        raise AssetsMissingError("no built assets: run python3 scripts/run.py once")
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


def _icons(static: Path, names: dict[str, str]) -> dict[str, Markup]:
    """Shapes of every icon: drawn within the page, so that none costs a request."""
    sprite = (static / VENDOR / names["icons.svg"]).read_text(encoding="utf-8")
    return {name: Markup(shapes) for name, shapes in _SYMBOL.findall(sprite)}


def demo_clock() -> datetime | None:
    """The tickets' time where it differs from the machine's, for the banner."""
    at = now()
    return at if abs(at - machine_now()) > SHIFTED else None


def init_pages(app: Flask, settings: Settings) -> None:
    """Give the templates their globals and answer each request in the person's language."""
    static = Path(app.static_folder or "")
    names = _manifest(static)
    icons = _icons(static, names)

    def asset(name: str) -> str:
        """Address of a built asset, with the hash of its content."""
        return url_for("static", filename=f"{VENDOR}/{names[name]}")

    def remaining(at: datetime) -> str:
        """How long until, or since, against the tickets' clock."""
        return i18n.remaining(at, now())

    def clock_on(at: datetime) -> str:
        """Time of day, with the day unless it is today by the tickets' clock."""
        return i18n.clock_on(at, now())

    @app.before_request
    def choose_language() -> None:
        i18n.set_language(chosen_language())

    app.jinja_env.globals.update(
        _=i18n._,
        label=i18n.label,
        pick=i18n.pick,
        language=i18n.language,
        clock=i18n.clock,
        clock_on=clock_on,
        day=i18n.day,
        day_and_time=i18n.day_and_time,
        span=i18n.span,
        remaining=remaining,
        kilometres=i18n.kilometres,
        asset=asset,
        icons=icons,
        demo_clock=demo_clock,
        weekday=i18n.weekday,
        csp_nonce=csp_nonce,
        settings=settings,
        now=now,
        timedelta=timedelta,
    )
