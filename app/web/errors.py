"""Errors at the door: what happened, that nothing is lost, what to do."""

from flask import Flask, Response, jsonify, make_response, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from structlog import get_logger
from werkzeug.exceptions import HTTPException, InternalServerError

from app.access import wants_json
from app.i18n import _, mark
from app.services.scope import NotVisible
from app.services.tickets.refusals import ActionRefused, NotAllowedError, StaleVersionError
from models.lifecycle import TransitionError

log = get_logger()

# Title and advice of each status; what is not named here is told as a fault of ours.
TEXTS = {
    400: (
        mark("Yêu cầu không đọc được"),
        mark("Hãy quay lại trang trước và thử lại. Nội dung đã nhập vẫn còn ở đó."),
    ),
    401: (mark("Cần đăng nhập"), mark("Hãy đăng nhập rồi mở lại trang này.")),
    403: (
        mark("Tài khoản này không làm được việc đó"),
        mark("Nếu công việc cần đến, hãy liên hệ quản trị viên."),
    ),
    404: (
        mark("Không có trang hoặc phiếu này"),
        mark("Có thể số phiếu gõ nhầm, hoặc phiếu thuộc đơn vị khác. Hãy tìm trong danh sách."),
    ),
    405: (mark("Trang này không nhận thao tác đó"), mark("Hãy quay lại trang trước.")),
    409: (
        mark("Phiếu vừa được người khác thay đổi"),
        mark("Chưa có gì bị ghi đè. Hãy xem lại phiếu rồi thực hiện tiếp."),
    ),
    413: (mark("Tệp lớn hơn 10 MB"), mark("Hãy chọn tệp nhỏ hơn hoặc chụp lại ảnh.")),
    422: (mark("Thông tin chưa hợp lệ"), mark("Hãy sửa theo ghi chú và gửi lại.")),
    429: (mark("Quá nhiều lần thử"), mark("Hãy đợi một lát rồi thử lại.")),
    503: (
        mark("Hệ thống đang bận"),
        mark("Nội dung chưa được ghi. Hãy thử lại sau ít giây, bản nháp vẫn còn."),
    ),
}
FAULT = (
    mark("Hệ thống gặp lỗi"),
    mark("Lỗi đã được ghi lại. Hãy thử lại; nếu vẫn lỗi, gọi cho điều phối viên."),
)


def problem(status: int, detail: str = "") -> Response:
    """The error as a page or, for the API, as `application/problem+json`."""
    title, advice = TEXTS.get(status, FAULT)
    if wants_json():
        response = jsonify(
            {
                "type": "about:blank",
                "title": _(title),
                "status": status,
                "detail": detail or _(advice),
            }
        )
        response.mimetype = "application/problem+json"
    else:
        response = make_response(
            render_template(
                "errors/error.html", status=status, title=_(title), detail=detail, advice=_(advice)
            )
        )
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def transition_refused(error: TransitionError) -> str:
    """What a refused step means to the person who tried it."""
    return _("Phiếu đang ở trạng thái khác, bước này không còn thực hiện được.")


def init_errors(app: Flask) -> None:
    """Register every handler."""

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.get_response())
        return problem(error.code or 500)

    @app.errorhandler(CSRFError)
    def on_csrf(error: CSRFError) -> Response:
        return problem(400, _("Trang đã mở quá lâu. Hãy tải lại trang rồi gửi lại."))

    @app.errorhandler(NotVisible)
    def on_not_visible(error: NotVisible) -> Response:
        return problem(404)

    @app.errorhandler(NotAllowedError)
    def on_not_allowed(error: NotAllowedError) -> Response:
        return problem(403)

    @app.errorhandler(StaleVersionError)
    def on_stale(error: StaleVersionError) -> Response:
        return problem(409)

    @app.errorhandler(TransitionError)
    def on_transition(error: TransitionError) -> Response:
        return problem(409, transition_refused(error))

    @app.errorhandler(ActionRefused)
    def on_refused(error: ActionRefused) -> Response:
        return problem(422, error.message)

    @app.errorhandler(OperationalError)
    @app.errorhandler(PoolTimeoutError)
    def on_database(error: Exception) -> Response:
        log.error("database unavailable", error=type(error).__name__)
        return problem(503)

    @app.errorhandler(DataError)
    @app.errorhandler(OverflowError)
    def on_unstorable(error: Exception) -> Response:
        # A NUL in a text, a number beyond every column: PostgreSQL says the one, SQLite the other.
        log.info("value that no column holds", error=type(error).__name__)
        return problem(400)

    @app.errorhandler(Exception)
    def on_fault(error: Exception) -> Response:
        log.exception("unexpected fault", error=type(error).__name__)
        return problem(InternalServerError.code)
