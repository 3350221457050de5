"""Errors of the API: `application/problem+json` (RFC 9457), in the words of the token's owner."""

import json

from flask import Response
from pydantic import BaseModel, Field, ValidationError

from app.i18n import _, mark

PROBLEM_TYPE = "application/problem+json"

# What a caller may be told about one field, by pydantic's name of the mistake.
MISTAKES = {
    "missing": mark("Thiếu trường này."),
    "extra_forbidden": mark("API không có trường này."),
    "string_type": mark("Phải là một chuỗi ký tự."),
    "string_unicode": mark("Chuỗi có ký tự không đọc được."),
    "string_too_short": mark("Phải dài từ %(min_length)s ký tự trở lên."),
    "string_too_long": mark("Dài hơn %(max_length)s ký tự."),
    "string_pattern_mismatch": mark("Không đúng dạng."),
    "int_type": mark("Phải là một số nguyên."),
    "int_parsing": mark("Phải là một số nguyên."),
    "int_parsing_size": mark("Số quá lớn."),
    "greater_than_equal": mark("Phải từ %(ge)s trở lên."),
    "less_than_equal": mark("Không được lớn hơn %(le)s."),
    "enum": mark("Phải là một trong: %(expected)s."),
    # Only the dates' own check raises one.
    "value_error": mark("Phải là một ngày dạng 2026-11-25."),
    "date_from_datetime_parsing": mark("Phải là một ngày dạng 2026-11-25."),
    "model_type": mark("Nội dung phải là một đối tượng JSON."),
}
ANY_MISTAKE = mark("Giá trị không hợp lệ.")


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 writes it; `errors` names the fields where there are any."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)


def refusal(
    status: int, *, title: str, detail: str, fields: dict[str, str] | None = None
) -> Response:
    """The response of an error; texts come translated, `fields` maps a field to what is wrong."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": [{"field": name, "message": text} for name, text in (fields or {}).items()],
    }
    written = json.dumps(body, ensure_ascii=False) + "\n"
    return Response(written, status=status, content_type=PROBLEM_TYPE)


def invalid(fields: dict[str, str]) -> Response:
    """422: the fields and what is wrong with each."""
    return refusal(
        422,
        title=_("Thông tin chưa hợp lệ"),
        detail=" ".join(f"{name}: {text}" for name, text in fields.items()),
        fields=fields,
    )


def unreadable() -> Response:
    """400: the body is no JSON at all."""
    return refusal(
        400,
        title=_("Yêu cầu không đọc được"),
        detail=_("Nội dung gửi lên không phải JSON hợp lệ."),
    )


def on_validation_error(error: ValidationError) -> Response:
    """What flask-openapi3 answers when a body or a query does not fit its model."""
    fields: dict[str, str] = {}
    for mistake in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in mistake["loc"]) or "body"
        text = MISTAKES.get(mistake["type"], ANY_MISTAKE)
        fields.setdefault(name, _(text, **mistake.get("ctx", {"_": ""})))
    return invalid(fields)


def documented(description: str) -> dict[str, object]:
    """The entry of one error status in the OpenAPI description."""
    return {
        "description": description,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
