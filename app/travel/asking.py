"""JSON over HTTP for the sources of travel times: bounded in time and size, no redirects."""

import json
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from app.travel.provider import TravelUnavailableError

TIMEOUT_S = 30.0
LARGEST_ANSWER = 20_000_000
USER_AGENT = "ung-cuu"


class _NoRedirects(HTTPRedirectHandler):
    """Outgoing addresses come from the settings alone: an answer names no other."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


def ask(url: str, body: object = None, *, timeout_s: float = TIMEOUT_S) -> dict[str, object]:
    """The JSON object that the address answers; a body is sent as JSON by POST.

    Raises
    ------
    TravelUnavailableError
        ``unreachable``, ``timeout``, ``status`` (with what was said) or ``format``.
    """
    data = None if body is None else json.dumps(body).encode()
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = Request(url, data=data, headers=headers)
    try:
        with build_opener(_NoRedirects()).open(request, timeout=timeout_s) as answer:
            text = answer.read(LARGEST_ANSWER + 1)
    except HTTPError as error:
        said = error.read(200).decode(errors="replace")
        raise TravelUnavailableError("status", f"HTTP {error.code} {said}".strip()) from error
    except TimeoutError as error:
        raise TravelUnavailableError("timeout", f"{timeout_s:g} s") from error
    except (URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        code = "timeout" if isinstance(reason, TimeoutError) else "unreachable"
        raise TravelUnavailableError(code, str(reason)[:200]) from error
    if len(text) > LARGEST_ANSWER:
        raise TravelUnavailableError("format", f"more than {LARGEST_ANSWER} bytes")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise TravelUnavailableError("format", "no JSON") from error
    if not isinstance(found, dict):
        raise TravelUnavailableError("format", "no JSON object")
    return found
