"""What a video provider must be able to do."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Room:
    """What a page needs to join: the kind of client to start, and its settings.

    ``ice_servers`` holds addresses. The two caps bound the picture that one page sends to each
    other page, beside the sound.
    """

    client: str
    name: str
    ice_servers: tuple[str, ...] = ()
    camera_kbps: int = 150
    screen_kbps: int = 150


class VideoProvider(Protocol):
    """A way to hold a call."""

    name: str

    def room(self, name: str) -> Room:
        """How to join the room of that opaque name."""
        ...
