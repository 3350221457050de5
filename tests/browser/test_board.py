"""The board in a real browser: by keyboard alone, live, on a desk and on a phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, Person, serious
from tests.sites import Site


@pytest.fixture
def person(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens the board for somebody; at the end nobody may have a complaint."""
    people: list[Person] = []

    def open_board(role: str = "dispatcher", **options: Any) -> Page:
        context = browser.new_context(locale="vi-VN", **{"viewport": DESK} | options)
        people.append(Person(context, site))
        page = people[-1].log_in(site.account(role), then="/board")
        expect(page.locator("html")).to_have_attribute("data-board-ready", "yes")
        return page

    yield open_board
    complaints = [complaint for one in people for complaint in one.complaints]
    for one in people:
        one.context.close()
    assert complaints == []


def an_assigned_row(page: Page) -> int:
    """Number of a ticket that somebody else could take."""
    row = page.locator("#rows li", has=page.locator(".status-assigned")).first
    return int(row.get_attribute("data-number") or 0)


def test_a_ticket_is_found_opened_and_closed_by_keys_alone(person):
    page = person()

    page.keyboard.press("j")
    page.keyboard.press("j")
    row = page.locator("#rows li").nth(1).locator("a")
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet-title")).to_be_focused()
    expect(row).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")

    expect(page.locator("#drawer")).to_be_hidden()
    expect(row).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_an_assignment_reaches_another_board_and_takes_no_focus_away(person):
    watching, deciding = person(), person()
    number = an_assigned_row(deciding)
    row = watching.locator(f"#row-{number}")
    before = row.locator(".row-who").inner_text()
    row.locator("a").focus()
    watching.evaluate("window.notReloaded = true")

    deciding.locator(f"#row-{number} a").focus()
    deciding.keyboard.press("a")
    expect(deciding.locator(".assign button:not(:disabled)").first).to_be_focused()
    deciding.keyboard.press("Enter")

    expect(deciding.locator(".sheet-notice")).to_contain_text("Đã phân công")
    expect(row.locator(".row-who")).not_to_have_text(before)
    expect(row.locator("a")).to_be_focused()
    assert watching.evaluate("window.notReloaded")


def test_a_broken_rule_asks_for_its_reason_and_then_lets_it_pass(person):
    page = person()
    page.locator(f"#row-{an_assigned_row(page)} a").click()
    page.locator(".sheet summary", has_text="vướng quy định").click()
    against = page.locator(".is-against", has_text="hưa có kỹ năng").first
    name = against.locator("b").inner_text()

    against.get_by_role("button").click()
    expect(page.locator(".against")).to_contain_text("Trái quy định")
    note = page.locator(".against input")
    expect(note).to_be_focused()
    note.fill("Đi cùng kỹ sư VNPT")
    page.keyboard.press("Enter")

    expect(page.locator(".sheet-notice")).to_contain_text("Đã phân công")
    expect(page.locator(".sheet-headline")).to_contain_text(name)


def test_a_new_plan_is_asked_for_and_its_result_told(person):
    page = person()

    page.get_by_role("button", name="Lập lại kế hoạch").click()

    expect(page.locator("#replan-state")).to_contain_text("kế hoạch")
    expect(page.get_by_role("button", name="Lập lại kế hoạch")).to_be_enabled(timeout=60_000)
    expect(page.locator("#replan-state")).to_have_class("replan-state")


def test_a_filter_shows_as_many_rows_as_its_figure_says(person):
    page = person("lead")
    figure = page.locator(".figure[data-filter=field]")

    figure.click()

    expect(figure).to_have_attribute("aria-pressed", "true")
    shown = page.locator("#rows li:visible")
    expect(shown).to_have_count(int(figure.locator("b").inner_text()))


def test_nothing_on_the_board_hinders_anybody(person):
    page = person()

    findings = serious(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet-title")).to_be_visible()
    findings += serious(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    findings += serious(page)

    assert findings == []


def test_on_a_phone_the_list_comes_first_and_nothing_overflows(person):
    page = person("lead", viewport=PHONE, has_touch=True)
    page.set_viewport_size({"width": 320, "height": 700})

    tops = [page.locator(part).bounding_box() for part in (".queue", ".map", ".day")]

    assert [box["y"] for box in tops if box] == sorted(box["y"] for box in tops if box)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.locator("#rows a").first.tap()
    expect(page.locator("#sheet-title")).to_be_visible()
    assert serious(page) == []
