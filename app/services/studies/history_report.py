"""The report on a replayed month: one plain sentence, charts, assumptions, conclusions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.i18n import _, grouped, kilometres, label, language
from app.services.studies.charts import BarChart, bar_chart
from app.services.studies.history_figures import FEW_DAYS, FEW_TICKETS, Figures, Side
from app.services.studies.history_question import HistoryQuestion, change_words
from models.account import Language
from models.catalog import Priority

# An average above that leaves nothing for the day on which much comes at once.
FULL_DAY_H = 6.5
# A difference below that share of all tickets is none.
SAME_SHARE = 0.02


@dataclass(frozen=True)
class FigureRow:
    """One figure on both sides, in words."""

    name: str
    as_it_was: str
    as_asked: str


@dataclass(frozen=True)
class Report:
    """The report in the reader's language, ready for the page."""

    headline: str
    period: str
    caution: str
    series: tuple[str, str]
    figures: tuple[FigureRow, ...]
    table: tuple[tuple[Priority, FigureRow], ...]
    charts: tuple[BarChart, ...]
    conclusions: tuple[str, ...]
    assumptions: tuple[str, ...]


def report_of(session: Session, question: HistoryQuestion, figures: Figures) -> Report:
    """Put the figures of a replayed month into words and pictures."""
    change = change_words(session, question)
    series = (
        _("Như hiện có (%(people)s người)", people=figures.as_it_was.people),
        change,
    )
    return Report(
        headline=_headline(change, question, figures),
        period=_(
            "Tính trên %(tickets)s phiếu của %(days)s ngày làm việc.",
            days=figures.days,
            tickets=figures.tickets,
        ),
        caution=_caution(figures),
        series=series,
        figures=tuple(_figure_rows(figures)),
        table=tuple(
            (priority, _row(label(priority), figures, _tally_words(priority)))
            for priority in figures.priorities
        ),
        charts=tuple(_charts(figures, series)),
        conclusions=tuple(_conclusions(question, figures)),
        assumptions=tuple(_assumptions(question)),
    )


def _headline(change: str, question: HistoryQuestion, figures: Figures) -> str:
    """The sentence that a reader in a hurry takes away: the most urgent difference first."""
    days = {"first": _day(question.from_on), "last": _day(question.until_on)}
    for priority in figures.priorities:
        was = figures.as_it_was.tallies[priority].missed
        asked = figures.as_asked.tallies[priority].missed
        if was != asked:
            return _(
                "%(change)s, từ %(first)s đến %(last)s có %(asked)s yêu cầu mức “%(priority)s” "
                "không kịp hạn thay vì %(was)s.",
                change=change,
                asked=asked,
                was=was,
                priority=label(priority),
                **days,
            )
    return _(
        "%(change)s, từ %(first)s đến %(last)s số yêu cầu không kịp hạn vẫn như hiện có: "
        "%(count)s trong %(total)s.",
        change=change,
        count=figures.as_asked.total.missed,
        total=figures.tickets,
        **days,
    )


def _caution(figures: Figures) -> str:
    if not figures.is_little:
        return ""
    return _(
        "Ít dữ liệu: chỉ có %(tickets)s phiếu trong %(days)s ngày làm việc. Nên có ít nhất "
        "%(least)s phiếu và %(least_days)s ngày; hãy đọc báo cáo này như một ví dụ.",
        tickets=figures.tickets,
        days=figures.days,
        least=FEW_TICKETS,
        least_days=FEW_DAYS,
    )


def _row(name: str, figures: Figures, words: Callable[[Side], str]) -> FigureRow:
    return FigureRow(name, words(figures.as_it_was), words(figures.as_asked))


def _tally_words(priority: Priority) -> Callable[[Side], str]:
    def words(side: Side) -> str:
        row = side.tallies[priority]
        return _(
            "%(in_time)s kịp, %(late)s trễ, %(call)s gọi video",
            in_time=row.in_time,
            late=row.late,
            call=row.call,
        )

    return words


def _figure_rows(figures: Figures) -> list[FigureRow]:
    def of(count: Callable[[Side], int]) -> Callable[[Side], str]:
        return lambda side: _("%(count)s trong %(total)s", count=count(side), total=figures.tickets)

    rows = [
        _row(_("Số người"), figures, lambda side: str(side.people)),
        _row(_("Đến kịp hạn"), figures, of(lambda side: side.total.in_time)),
        _row(_("Đến trễ hạn"), figures, of(lambda side: side.total.late)),
        _row(_("Gọi video thay vì đến"), figures, of(lambda side: side.total.call)),
    ]
    if figures.as_it_was.total.waiting or figures.as_asked.total.waiting:
        rows.append(_row(_("Chưa đến hạn"), figures, of(lambda side: side.total.waiting)))
    return [
        *rows,
        _row(_("Tổng thời gian đi đường"), figures, lambda side: _hours(side.travel_s / 3600)),
        _row(_("Tổng quãng đường"), figures, lambda side: kilometres(side.distance_m)),
        _row(_("Giờ bận mỗi người một ngày"), figures, lambda side: _hours(_mean(side.hours))),
    ]


def _charts(figures: Figures, series: tuple[str, str]) -> list[BarChart]:
    both = (figures.as_it_was, figures.as_asked)
    travel = [side.travel_s / 3600 for side in both]
    return [
        bar_chart(
            _("Đến kịp hạn theo mức khẩn"),
            series,
            [
                (
                    _(
                        "%(priority)s (%(count)s phiếu)",
                        priority=label(priority),
                        count=figures.as_it_was.tallies[priority].asked,
                    ),
                    [side.tallies[priority].in_time for side in both],
                )
                for priority in figures.priorities
            ],
            words=lambda value: _("%(count)s phiếu", count=round(value)),
        ),
        bar_chart(
            _("Cuộc gọi video thay vì đến tận nơi"),
            series,
            [("", [side.total.call for side in both])],
            words=lambda value: _("%(count)s cuộc gọi", count=round(value)),
        ),
        bar_chart(_("Thời gian đi đường cả kỳ"), series, [("", travel)], words=_hours),
        bar_chart(
            _("Giờ bận mỗi người một ngày làm việc"),
            series,
            [
                (_("Người bận nhất"), [max(side.hours, default=0) for side in both]),
                (_("Trung bình"), [_mean(side.hours) for side in both]),
                (_("Người ít việc nhất"), [min(side.hours, default=0) for side in both]),
            ],
            words=_hours,
        ),
    ]


def _conclusions(question: HistoryQuestion, figures: Figures) -> list[str]:
    was, asked = figures.as_it_was, figures.as_asked
    found = [_verdict(figures)]
    travel_h = (asked.travel_s - was.travel_s) / 3600
    if abs(travel_h) >= 1:
        words = (
            _("Đi đường cả kỳ nhiều hơn %(hours)s.")
            if travel_h > 0
            else _("Đi đường cả kỳ ít hơn %(hours)s.")
        )
        found.append(words % {"hours": _hours(abs(travel_h))})
    mean = _mean(asked.hours)
    if mean > FULL_DAY_H:
        found.append(
            _(
                "Mỗi người bận trung bình %(hours)s một ngày: không còn dự phòng cho ngày nhiều "
                "việc hoặc khi có người nghỉ.",
                hours=_hours(mean),
            )
        )
    else:
        found.append(
            _("Mỗi người bận trung bình %(hours)s một ngày: vẫn còn dự phòng.", hours=_hours(mean))
        )
    if figures.is_little:
        found.append(_("Trước khi quyết định, hãy tính lại với một kỳ dài hơn."))
    return found


def _verdict(figures: Figures) -> str:
    """Whether it is worth it: one urgent request counts, of the others only several do."""
    was, asked = figures.as_it_was, figures.as_asked
    missed = asked.total.missed - was.total.missed
    urgent = asked.tallies[Priority.P1].missed - was.tallies[Priority.P1].missed
    noticed = max(1, SAME_SHARE * figures.tickets)
    if urgent > 0 and missed <= 0:
        return _(
            "Thêm %(count)s yêu cầu khẩn cấp không kịp hạn, dù tổng số không tăng: "
            "không nên làm vậy.",
            count=urgent,
        )
    if missed > noticed or urgent > 0:
        return _(
            "Thêm %(count)s yêu cầu không kịp hạn: không nên làm vậy nếu không bù bằng cách khác, "
            "chẳng hạn thêm điểm xuất phát hoặc gọi video sớm hơn.",
            count=missed,
        )
    if urgent < 0 and missed >= 0:
        return _(
            "Bớt %(count)s yêu cầu khẩn cấp không kịp hạn: thay đổi này có ích.", count=-urgent
        )
    if missed < -noticed or urgent < 0:
        return _("Bớt %(count)s yêu cầu không kịp hạn: thay đổi này có ích.", count=-missed)
    if asked.people < was.people:
        return _("Với lượng việc này, bớt người như vậy chưa làm xã nào phải chờ thêm đáng kể.")
    return _("Thay đổi này không giúp thêm đáng kể cho lượng việc này.")


def _assumptions(question: HistoryQuestion) -> list[str]:
    found = [
        _("Cả hai bên đều tính lại bằng cùng một cách xếp lịch; không phải số liệu đã xảy ra."),
        _(
            "Dùng đúng các phiếu đã gửi trong kỳ: giờ gửi, xã, lĩnh vực, mức khẩn và hạn. "
            "Không tính phiếu đã hủy, đã gộp và phiếu gửi trước kỳ."
        ),
        _(
            "Hạn đã qua: lĩnh vực xử lý từ xa được thì chuyển sang gọi video, còn lại đến vào ngày "
            "làm việc sau và tính là trễ. “Không kịp hạn” gồm cả hai trường hợp."
        ),
        _(
            "Người và kỹ năng như hôm nay, trừ ngày nghỉ đã ghi; người đang học việc đi cùng người "
            "khác nên không tính. Thời gian đi đường theo ước tính, coi như không có đường bị chặn."
        ),
    ]
    if question.people is not None:
        found.append(
            _(
                "Khi bớt người: lần lượt bớt ở nơi đông nhất, người có kỹ năng trùng với nhiều "
                "người khác nhất. Khi thêm người: mỗi người thêm giống một người đang có."
            )
        )
    if question.base_code:
        found.append(
            _("Những người chuyển điểm xuất phát được chọn đều từ mọi nơi, để kỹ năng không lệch.")
        )
    return found


def _mean(hours: Sequence[float]) -> float:
    return sum(hours) / len(hours) if hours else 0.0


def _hours(hours: float) -> str:
    if hours >= 10:
        return _("%(hours)s giờ", hours=grouped(round(hours)))
    text = f"{hours:.1f}"
    return _("%(hours)s giờ", hours=text.replace(".", ",") if language() is Language.VI else text)


def _day(on: date) -> str:
    return on.strftime("%d/%m/%Y")
