"""``manage.py history``: a past period played again with other people or bases, as a file."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from flask import render_template

from app.config import Settings
from app.factory import create_app
from app.i18n import set_language
from app.services.demo.clock import demo_now
from app.services.studies.history_figures import read_figures
from app.services.studies.history_page import title_of
from app.services.studies.history_question import USUAL_BASE_PEOPLE, read_history_question
from app.services.studies.history_report import report_of
from app.services.studies.history_run import Month, play_next, read_month, result_of
from app.services.studies.what_if_question import Wrong
from models.account import Language
from models.database import connect, reading
from models.types import JsonDict
from scripts.bootstrap import ROOT

STYLES = ("app.css", "study.css", "report.css")


def add_history(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--from", dest="from_on", metavar="2026-10-01", required=True)
    parser.add_argument("--to", dest="until_on", metavar="2026-10-31", required=True)
    parser.add_argument("--people", metavar="18", help="how many there would be; else as many")
    parser.add_argument("--base", metavar="COMMUNE", help="code of a second base, as in Sơn Hà")
    parser.add_argument(
        "--base-people",
        metavar="N",
        help=f"who starts from there; {USUAL_BASE_PEOPLE} if not given",
    )
    parser.add_argument("--language", choices=[one.value for one in Language], default="vi")
    parser.add_argument("--out", type=Path, metavar="REPORT.html", required=True)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    engine = connect(Settings.from_env().database(), pool_size=1)
    set_language(Language(given.language))
    with reading(engine) as session:
        now = demo_now(session, machine_now=datetime.now(UTC))
        try:
            question = read_history_question(session, _form(given), now=now)
        except Wrong as wrong:
            raise ValueError("; ".join(wrong.errors.values())) from None
        month = read_month(session, question)
    if not month.tickets or not month.days:
        raise ValueError(f"no ticket was filed from {question.from_on} to {question.until_on}")
    result = result_of(month, _play(month))
    with reading(engine) as session:
        report = report_of(session, question, read_figures(result))
        title = title_of(session, question)
    given.out.write_text(_page(report, title, now, Language(given.language)), encoding="utf-8")
    print(f"{report.headline}\n{given.out}")
    return 0


def _form(given: argparse.Namespace) -> dict[str, str]:
    return {
        "from_on": given.from_on,
        "until_on": given.until_on,
        "people": given.people or "",
        "base_code": given.base or "",
        "base_people": given.base_people or "",
    }


def _play(month: Month) -> JsonDict:
    progress: JsonDict = {}
    for number, on in enumerate(month.days):
        _say(number, len(month.days), on)
        progress = play_next(month, number, progress)
    return progress


def _say(number: int, total: int, on: date) -> None:
    print(f"day {number + 1} of {total}, {on}", file=sys.stderr, flush=True)


def _page(report: object, title: str, now: datetime, language: Language) -> str:
    """One file that needs no other: the styles stand in it."""
    app = create_app()
    css = "\n".join((ROOT / "app" / "static" / name).read_text(encoding="utf-8") for name in STYLES)
    with app.test_request_context():
        set_language(language)
        return render_template(
            "reports/file.html", report=report, title=title, made_at=now, css=css
        )
