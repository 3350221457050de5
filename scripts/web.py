"""What `launch` gives to gunicorn: the application, once its data has been seen to."""

from flask import Flask

from app.config import Settings
from app.factory import create_app
from scripts.processes import LOCK, held


def application() -> Flask:
    """The application; waits while another process prepares the data folder."""
    settings = Settings.from_env()
    with held(settings.data_path / LOCK, shared=True):
        return create_app(settings)
