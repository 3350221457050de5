"""What a video provider must be able to do."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Room:
    """What a page needs to join: the kind of client to start, and its settings.

    ``ice_servers`` is a tuple of addresses; ``caps_kbps`` bounds the camera.
    """

    client: str
    name: str
    ice_servers: tuple[str, ...] = ()
    caps_kbps: int = 150


class VideoProvider(Protocol):
    """A way to hold a call."""

    name: str

    def room(self, name: str) -> Room:
        """How to join the room of that opaque name."""
        ...
