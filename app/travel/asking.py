"""JSON over HTTP for the sources of travel times: bounded in time and size, no redirects."""

import json
import time
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from app.travel.provider import TravelUnavailableError

TIMEOUT_S = 30.0
LARGEST_ANSWER = 20_000_000
PIECE = 65_536
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
            text = _read(answer, until=time.monotonic() + timeout_s)
    except HTTPError as error:
        raise TravelUnavailableError(
            "status", f"HTTP {error.code} {_said(error)}".strip()
        ) from error
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
    except (ValueError, RecursionError) as error:
        raise TravelUnavailableError("format", "no JSON") from error
    if not isinstance(found, dict):
        raise TravelUnavailableError("format", "no JSON object")
    return found


def _read(answer: HTTPResponse, *, until: float) -> bytes:
    """What comes before that moment; who sends a byte now and then does not hold the clock."""
    parts, size = [], 0
    while size <= LARGEST_ANSWER and (part := answer.read1(PIECE)):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until:
            raise TimeoutError("the answer takes too long")
    return b"".join(parts)


def _said(error: HTTPError) -> str:
    """The beginning of an error's page; PostgreSQL stores no NUL."""
    with suppress(HTTPException, OSError):
        return error.read(200).decode(errors="replace").replace("\0", "")
    return ""
