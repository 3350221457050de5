"""What `launch` gives to gunicorn: the application, once its data has been seen to."""

import gc
import sys

# geopy loads both for its geocoders, and serving pages needs neither: 16 MB of every web process.
sys.modules["aiohttp"] = sys.modules["requests"] = None  # type: ignore[assignment]  # "not there"

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
    gc.freeze()
    gc.enable()
    return app
