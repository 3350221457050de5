"""What if and the reports in a real Chromium: asked by keyboard, followed, read by everybody."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, Person, serious
from tests.sites import Site

# The worker looks once a second, and the machine may be busy.
ANSWER_MS = 60_000


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., Person]]:
    """Opens a browser for somebody at a site; at the end nobody may have a complaint."""
    people: list[Person] = []

    def open_browser(site: Site, **options: Any) -> Person:
        options = {"viewport": DESK, "locale": "vi-VN", **options}
        people.append(Person(browser.new_context(**options), site))
        return people[-1]

    yield open_browser
    complaints = [complaint for one in people for complaint in one.complaints]
    for one in people:
        one.context.close()
    assert complaints == []


def width_of(page: Page) -> int:
    """How wide the page is, whatever the window."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_a_question_is_asked_by_keyboard_and_answered_without_a_reload(
    person: Callable[..., Person], site: Site
):
    lead = person(site)
    page = lead.log_in(site.account("lead"), then="/board")
    page.locator(".btn-what-if").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/what-if")
    found = serious(page)
    page.focus("#kind-fewer")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.locator("#fewer_technician").press("ArrowDown")
    page.locator("main form .btn-primary").press("Enter")

    expect(page.locator("#verdict")).to_be_visible(timeout=ANSWER_MS)

    expect(page.locator("h1")).to_contain_text("Nếu không có")
    assert found + serious(page) == []


def test_the_form_and_its_errors_fit_the_narrowest_phone(person: Callable[..., Person], site: Site):
    lead = person(site, viewport={"width": 320, "height": 640})
    page = lead.log_in(site.account("lead"), then="/what-if")
    page.click("label[for=kind-by-hand]")
    page.click("main form .btn-primary")

    expect(page.locator("#hand_number-error")).to_be_visible()

    assert width_of(page) == 320
    assert serious(page) == []


def test_a_report_is_made_and_read_on_a_desk_on_a_phone_and_in_the_dark(
    person: Callable[..., Person], site: Site
):
    dispatcher = person(site)
    page = dispatcher.log_in(site.account("dispatcher"), then="/reports")
    found = serious(page)
    page.fill("#from_on", "2026-11-20")
    page.fill("#until_on", "2026-11-20")
    page.fill("#people", "12")
    page.click("main form .btn-primary")
    expect(page.locator("[data-over], .report")).to_be_visible(timeout=ANSWER_MS)
    report = page.url
    for options in ({}, {"viewport": PHONE, "color_scheme": "dark"}):
        auditor = person(site, **options)
        read = auditor.log_in(site.account("auditor"), then=report)

        expect(read.locator(".report-headline")).to_contain_text("Với 12 người")
        expect(read.locator("svg.bars")).to_have_count(4)
        found += serious(read)
        assert width_of(read) == read.viewport_size["width"]  # type: ignore[index]  # it is set
    found += serious(page)

    assert found == []
