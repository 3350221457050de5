"""What every response carries: the content policy and its companions."""

import secrets

from flask import Flask, Response, g, request

from app.config import Settings

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
CLOSED = "camera=(), microphone=(), display-capture=(), geolocation=()"
OPEN_FOR_CALLS = "camera=(self), microphone=(self), display-capture=(self), geolocation=()"


def csp_nonce() -> str:
    """The nonce of this response, for the few inline scripts and styles."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def init_security(app: Flask, settings: Settings) -> None:
    """Put the policy on every response; camera and microphone open on the call page alone."""

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        is_call = (request.endpoint or "").startswith("calls.")
        headers["Permissions-Policy"] = OPEN_FOR_CALLS if is_call else CLOSED
        if settings.is_https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")
        return response
