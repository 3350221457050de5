"""One ticket's whole life in real browsers: filed on a phone, worked by SMS, watched, confirmed."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, Person, serious
from tests.factories import LY_SON, TRA_BONG
from tests.sites import Site

# Asked in the page itself: `wait_for_function` takes a promise for an answer, whatever it holds.
FRAMES_OF_OTHERS = """async () => {
  while (!(await callStats()).some((one) => one.framesDecoded > 5))
    await new Promise((done) => setTimeout(done, 100));
}"""
STATUSES = ("Đã nhận", "Đang đến", "Đang xử lý tại chỗ", "Đã xử lý, chờ xác nhận")


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., Person]]:
    """Opens a browser for somebody at a site; at the end nobody may have a complaint."""
    people: list[Person] = []

    def open_browser(site: Site, **options: Any) -> Person:
        people.append(Person(browser.new_context(locale="vi-VN", **options), site))
        return people[-1]

    yield open_browser
    complaints = [complaint for one in people for complaint in one.complaints]
    for one in people:
        one.context.close()
    assert complaints == []


def file_by_thumb(page: Page, *, group: str, kind: str | None = None, citizens: int = 0) -> int:
    """Fill the form on a phone and send it; the ticket's number."""
    page.locator(f"label[for=group-{group}]").tap()
    if kind:
        page.locator(f"label[for=kind-{kind}]").tap()
    page.fill("#description", "Cả bộ phận một cửa không vào được hệ thống từ 7 giờ 30.")
    if citizens:
        page.locator("label[for=is_waiting]").tap()
        page.fill("#citizens_waiting", str(citizens))
    page.locator("[data-submit]").tap()
    page.wait_for_url("**/tickets/*?new=1")
    return int(page.url.rpartition("/")[2].partition("?")[0])


def answer_by_sms(page: Page, body: str) -> None:
    """Type a text as the phone's owner and see it answered."""
    page.fill("#body", body)
    page.press("#body", "Enter")
    expect(page.locator(".text").last).to_have_class("text is-to-phone")
    expect(page.locator(".text.is-from-phone").last).to_contain_text(body)


def test_a_ticket_goes_from_a_phone_to_done_while_the_lead_watches(person, site: Site):
    clerk = person(site, viewport=PHONE, has_touch=True)
    page = clerk.log_in(site.account("commune", commune=TRA_BONG), then="/tickets/new")
    findings = serious(page)
    number = file_by_thumb(page, group="network")
    expect(page.locator("h1, .headline").first).to_be_visible()
    findings += serious(page)
    assigned = page.locator("main").inner_text()
    owner = page.locator("a[href^='tel:']").first.inner_text()
    assert "Đã phân công" in assigned
    assert "đến khoảng" in assigned

    dispatcher = person(site, viewport=DESK)
    board = dispatcher.log_in(site.account("dispatcher"), then="/board")
    row = board.locator(f"#row-{number}")
    expect(row).to_contain_text("Đã phân công")
    findings += serious(board)
    board.evaluate("window.notReloaded = true")

    technician = person(site, viewport=DESK)
    phone = "+84" + owner.replace(" ", "").removeprefix("0")
    account = site.account("technician", phone=phone)
    sms = technician.log_in(account, then=f"/phones/{phone}")
    expect(sms.locator(".texts")).to_contain_text(f"{number}")
    findings += serious(sms)
    words = ("nhan", "di", "den", "xong")
    for word, status in zip(words, STATUSES, strict=True):
        answer_by_sms(sms, f"{word} {number}")
        expect(row).to_contain_text(status)
        expect(page.locator("main")).to_contain_text(status)
    assert board.evaluate("window.notReloaded") is True

    page.get_by_role("button", name="Đã xong, cảm ơn").click()
    expect(page.locator("main")).to_contain_text("Đã đóng")
    expect(row).to_have_count(0)
    assert findings == []


def test_an_urgent_ticket_that_no_boat_reaches_becomes_a_call_that_solves_it(
    person, site_at: Callable[[str], Site]
):
    # A service of its own: on a shared one earlier calls may have every host who is free now.
    site = site_at("2026-11-25T13:44")
    clerk = person(site, viewport=PHONE, has_touch=True)
    page = clerk.log_in(site.account("commune", commune=LY_SON), then="/tickets/new")
    number = file_by_thumb(page, group="signature", kind="signature-unlock", citizens=5)
    expect(page.locator("main")).to_contain_text("Khẩn cấp")
    # An hour of work later, whichever minute after 13:44 the walk came to "send".
    expect(page.locator("main")).to_contain_text(re.compile(r"08:(1[4-9]|2\d) ngày 26/11"))
    findings = serious(page)
    page.get_by_role("link", name="Vào cuộc gọi").first.click()
    page.wait_for_url("**/calls/*")
    call = page.url

    board = person(site, viewport=DESK)
    row = board.log_in(site.account("dispatcher"), then="/board").locator(f"#row-{number}")
    expect(row).to_contain_text("Hỗ trợ qua video")
    token = site.account("dispatcher")["token"]
    asked = board.page.request.get(
        f"{site.address}/api/v1/tickets/{number}", headers={"Authorization": f"Bearer {token}"}
    )
    host = site.account("technician", username=asked.json()["call"]["technician"]["username"])
    technician = person(site, viewport=DESK)
    other = technician.log_in(host, then=call)
    for joiner in (page, other):
        joiner.click("#join")
    for joiner in (page, other):
        joiner.evaluate(FRAMES_OF_OTHERS)
    findings += serious(other)

    other.click("#end-open")
    other.check("input[value=solved]")
    other.fill("#end-note", "Hướng dẫn nhập lại mã PIN, thiết bị đã mở.")
    other.click("#end-dialog .btn-primary")

    expect(row).to_contain_text("Đã xử lý, chờ xác nhận")
    clerk.go(f"/tickets/{number}")
    expect(page.locator("main")).to_contain_text("Đã xử lý, chờ xác nhận")
    assert findings == []


@pytest.mark.parametrize("viewport", [PHONE, DESK, {"width": 320, "height": 640}])
@pytest.mark.parametrize(
    ("role", "paths"),
    [
        ("commune", ("/", "/tickets", "/tickets/new", "/tickets/1001")),
        ("technician", ("/", "/tickets")),
        ("lead", ("/board", "/tickets")),
        ("dispatcher", ("/board", "/tickets?q=chuwx+kys+soos", "/tickets/1001", "/phones")),
        ("auditor", ("/tickets", "/tickets/1001", "/board")),
        ("admin", ("/tickets", "/board")),
    ],
)
def test_pages_keep_the_policy_and_hinder_nobody(
    person, site: Site, role: str, paths: tuple[str, ...], viewport: dict[str, int]
):
    somebody = person(site, viewport=viewport)
    page = somebody.log_in(site.account(role))
    findings: list[str] = []

    for path in paths:
        somebody.go(path)
        findings += [f"{path}: {finding}" for finding in serious(page)]
        wider = page.evaluate(
            "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
        )
        if wider > 0:
            findings.append(f"{path}: {wider} px wider than the screen")

    assert findings == []
