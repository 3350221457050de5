"""Answers travel packed: on a mountain network each kilobyte is felt."""

import gzip

from flask import Flask, Response, request

PACKED = frozenset(
    {
        "text/html",
        "text/css",
        "text/plain",
        "text/javascript",
        "application/javascript",
        "application/json",
        "application/problem+json",
        "image/svg+xml",
    }
)
# Below that the headers weigh more than what is saved.
SMALLEST = 600
STATIC = "/static/vendor/"


def init_compression(app: Flask) -> None:
    """Pack every answer of words for who can unpack it; files of the build once for all."""
    built: dict[str, bytes] = {}

    @app.after_request
    def pack(response: Response) -> Response:
        if not _can_be_packed(response):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.best_match(["gzip"]) is None:
            return response
        is_built = request.path.startswith(STATIC)
        if is_built and request.path in built:
            packed = built[request.path]
            response.close()
        else:
            response.direct_passthrough = False
            content = response.get_data()
            if len(content) < SMALLEST:
                return response
            packed = gzip.compress(content, 9 if is_built else 5, mtime=0)
            if is_built:
                # Their names carry the hash of their content: there are as many as were built.
                built[request.path] = packed
        response.direct_passthrough = False
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        return response


def _can_be_packed(response: Response) -> bool:
    return (
        response.status_code not in (204, 206, 304)
        and request.method != "HEAD"
        and response.mimetype in PACKED
        and "Content-Encoding" not in response.headers
        and not response.headers.get("Content-Disposition", "").startswith("attachment")
        and (response.direct_passthrough or not response.is_streamed)
    )
