"""Browser to browser, signalled through our own server: needs no outside service."""

from app.video.provider import Room


class WebRtc:
    """Mesh of up to four browsers; ICE servers come from the settings and may be none."""

    name = "webrtc"

    def __init__(self, ice_servers: str = "") -> None:
        self._ice_servers = tuple(ice_servers.split())

    def room(self, name: str) -> Room:
        """Settings of the page's own client."""
        return Room(client="webrtc", name=name, ice_servers=self._ice_servers)
