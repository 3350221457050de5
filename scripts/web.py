"""What `launch` gives to gunicorn: the application, once its data has been seen to."""

import gc
import sys

# geopy loads two of them for its geocoders, structlog the third for coloured tracebacks where it is
# installed; serving pages needs none of them: 20 MB of every web process.
for unneeded in ("aiohttp", "requests", "rich"):
    sys.modules[unneeded] = None  # type: ignore[assignment]  # "not there"

# Loading makes half a million objects that live for good: collecting meanwhile costs a sixth more
# time, and collecting later would copy into every worker the memory that they share.
gc.disable()

from flask import Flask

from app.config import Settings
from app.factory import create_app
from scripts.processes import LOCK, held


def application() -> Flask:
    """The application; waits while another process prepares the data folder."""
    settings = Settings.from_env()
    with held(settings.data_path / LOCK, shared=True):
        app = create_app(settings)
    # Compiled here once, the workers share them; each would compile and keep its own otherwise.
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    gc.freeze()
    gc.enable()
    return app
