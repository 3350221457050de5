"""The pages in a real Chromium: small, usable without scripts, and by everybody."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import PHONE, Person, serious
from tests.sites import Site

FIRST_LOAD_KB = 110
MOST_REQUESTS = 8


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., Person]]:
    """Opens a browser for somebody at a site; at the end nobody may have a complaint."""
    people: list[Person] = []

    def open_browser(site: Site, **options: Any) -> Person:
        options = {"viewport": PHONE, "locale": "vi-VN", **options}
        people.append(Person(browser.new_context(**options), site))
        return people[-1]

    yield open_browser
    complaints = [complaint for one in people for complaint in one.complaints]
    for one in people:
        one.context.close()
    assert complaints == []


def describe_a_locked_device(page: Page) -> None:
    """Choose by labels, as a thumb does, and say what happened."""
    page.click("label[for=group-signature]")
    page.click("label[for=kind-signature-unlock]")
    page.fill("#description", "Thiết bị ký số của Chủ tịch bị khóa")
    page.click("label[for=is_waiting]")
    page.fill("#citizens_waiting", "5")


@pytest.mark.parametrize("path", ["/tickets/new", "/tickets", "/"])
def test_first_load_fits_a_weak_network(person: Callable[..., Person], site: Site, path: str):
    clerk = person(site)
    page = clerk.log_in(site.account("commune"), then="/healthz")
    network = clerk.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    clerk.go(path)
    page.wait_for_load_state("networkidle") if path == "/tickets/new" else page.wait_for_timeout(
        500
    )

    fetched = [size for size in sizes if size > 0]
    assert len(fetched) <= MOST_REQUESTS
    assert sum(fetched) <= FIRST_LOAD_KB * 1000


def test_ticket_is_filed_without_scripts(person: Callable[..., Person], site: Site):
    page = person(site, java_script_enabled=False).log_in(site.account("commune"))
    page.click("main a.btn-primary")
    describe_a_locked_device(page)
    phone = page.input_value("#contact_phone")
    page.fill("#contact_phone", "12")
    page.click("[data-submit]")
    expect(page.locator("#contact_phone-error")).to_be_visible()
    expect(page.locator("#kind-signature-unlock")).to_be_checked()
    expect(page.locator("#citizens_waiting")).to_have_value("5")

    page.fill("#contact_phone", phone)
    page.click("[data-submit]")

    expect(page.locator(".notice-success")).to_contain_text("Đã nhận yêu cầu")
    expect(page.locator(".answer-line")).not_to_be_empty()


def test_draft_outlives_a_reload_and_ends_with_the_ticket(
    person: Callable[..., Person], site: Site
):
    page = person(site).log_in(site.account("commune"), then="/tickets/new")
    describe_a_locked_device(page)
    expect(page.locator("[data-draft-note]")).to_be_visible()

    page.reload()

    expect(page.locator("#description")).to_have_value("Thiết bị ký số của Chủ tịch bị khóa")
    expect(page.locator("#kind-signature-unlock")).to_be_checked()
    page.click("[data-submit]")
    page.wait_for_url("**?new=1")
    page.goto(f"{site.address}/tickets/new")
    expect(page.locator("#description")).to_have_value("")


def test_step_of_another_is_shown_and_what_is_being_typed_stays(
    person: Callable[..., Person], site: Site
):
    page = person(site).log_in(site.account("commune"), then="/tickets/new")
    describe_a_locked_device(page)
    page.click("[data-submit]")
    page.wait_for_url("**?new=1")
    page.fill("#text", "đang viết dở")
    page.click("#do-cancel summary")
    page.fill("#cancel-note", "đã tự sửa được")
    dispatcher = person(site)
    other = dispatcher.log_in(site.account("dispatcher"), then=page.url)

    other.fill("#text", "Chúng tôi đang gọi lại")
    other.click("form[action$='/comments'] button")

    expect(page.locator(".timeline")).to_contain_text("Chúng tôi đang gọi lại")
    expect(page.locator("#text")).to_have_value("đang viết dở")
    expect(page.locator("#cancel-note")).to_have_value("đã tự sửa được")
    expect(page.locator("#cancel-note")).to_be_visible()


def test_keys_reach_search_form_and_choices(person: Callable[..., Person], site: Site):
    page = person(site).log_in(site.account("commune"), then="/tickets")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url("**/tickets/new")

    page.focus("#group-signature")
    page.keyboard.press("ArrowRight")

    expect(page.locator("#group-procedures")).to_be_checked()
    expect(page.locator("label[for=kind-one-stop]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_hinder_nobody(person: Callable[..., Person], site: Site, scheme: str):
    findings: list[str] = []
    for role in ("commune", "technician", "lead", "auditor"):
        someone = person(site, color_scheme=scheme)
        page = someone.page
        someone.go("/log-in")
        findings += serious(page)
        someone.log_in(site.account(role))
        number = 1029
        paths = ["/tickets", "/tickets?q=khongco&status=open", "/phones", "/tickets/999999"]
        paths += ["/"] if role in ("commune", "technician") else [f"/tickets/{number}"]
        paths += ["/tickets/new"] if role != "auditor" else []
        for path in paths:
            someone.go(path)
            findings += [f"{role} {path}: {one}" for one in serious(page)]

    assert findings == []


def test_nothing_overflows_the_narrowest_phone(person: Callable[..., Person], site: Site):
    lead = person(site, viewport={"width": 320, "height": 640})
    page = lead.log_in(site.account("lead"))

    wide = {}
    for path in ("/tickets", "/tickets/new", "/tickets/1029", "/phones", "/tickets/999999"):
        lead.go(path)
        wide[path] = page.evaluate("document.documentElement.scrollWidth")

    assert set(wide.values()) == {320}, wide
