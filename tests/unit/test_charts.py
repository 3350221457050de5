"""Charts: one scale for all bars, and everything that is drawn is told in words as well."""

from itertools import pairwise

from app.services.studies.charts import LONGEST, bar_chart


def words(value: float) -> str:
    return f"{value:.0f} phiếu"


def test_the_longest_bar_leaves_room_for_its_words_and_the_others_are_to_scale():
    chart = bar_chart("t", ("a", "b"), [("P1", (10, 5)), ("P2", (0, 2))], words=words)

    shares = [[bar.share for bar in group.bars] for group in chart.groups]

    assert shares == [[LONGEST, LONGEST / 2], [0, round(LONGEST / 5, 2)]]


def test_bars_do_not_overlap_and_fit_the_picture():
    chart = bar_chart("t", ("a", "b"), [("P1", (1, 2)), ("P2", (3, 4)), ("", (5, 6))], words=words)

    tops = [bar.y for group in chart.groups for bar in group.bars]

    assert tops == sorted(tops)
    assert min(after - before for before, after in pairwise(tops)) >= 24
    assert tops[-1] + 24 <= chart.height


def test_the_summary_says_every_value():
    chart = bar_chart("t", ("a", "b"), [("P1", (1, 2)), ("", (3, 4))], words=words)

    assert chart.summary == "P1 – a: 1 phiếu, b: 2 phiếu; a: 3 phiếu, b: 4 phiếu"


def test_nothing_at_all_is_drawn_without_a_division_by_zero():
    chart = bar_chart("t", ("a",), [("P1", (0,))], words=words)

    assert chart.groups[0].bars[0].share == 0
