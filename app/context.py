"""Typed access to what the factory chose for this application."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from flask import current_app
from sqlalchemy import Engine

from app.config import Settings
from app.sms.provider import SmsProvider
from app.travel.provider import TravelProvider
from app.video.provider import VideoProvider
from models.calendar import ClockOffset
from models.database import reading

# The offset changes only when the demo's clock is set; re-reading it that often is enough.
OFFSET_KEPT_S = 2.0
KEY = "ungcuu"


@dataclass
class Context:
    """The implementations of one application; `factory.create_app` fills it once."""

    settings: Settings
    engine: Engine
    sms_out: SmsProvider
    sms_in: SmsProvider
    video: VideoProvider
    travel: TravelProvider
    _offset: timedelta = field(default_factory=timedelta)
    _offset_read_at: float = -OFFSET_KEPT_S

    def now(self) -> datetime:
        """The tickets' time: machine time, shifted in a demo. UTC."""
        if self.settings.is_demo and time.monotonic() - self._offset_read_at >= OFFSET_KEPT_S:
            with reading(self.engine) as session:
                row = session.get(ClockOffset, 1)
                self._offset = timedelta(seconds=row.offset_s if row else 0)
            self._offset_read_at = time.monotonic()
        return datetime.now(UTC) + self._offset


def context() -> Context:
    """Everything at once, for the few that need more than one of the following."""
    return cast(Context, current_app.extensions[KEY])


def engine() -> Engine:
    """The database."""
    return context().engine


def settings() -> Settings:
    """The settings."""
    return context().settings


def sms_out() -> SmsProvider:
    """The provider that sends."""
    return context().sms_out


def sms_in() -> SmsProvider:
    """The provider whose webhooks are believed."""
    return context().sms_in


def video() -> VideoProvider:
    """The provider of calls."""
    return context().video


def now() -> datetime:
    """The tickets' time, UTC; services take it as an argument."""
    return context().now()


def machine_now() -> datetime:
    """The machine's time, for what a shifted clock must not move: cookies, throttles, leases."""
    return datetime.now(UTC)
