"""Two real browsers in a call: picture both ways, text, screen, breaks, links, and the end."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PATIENCE_MS, PHONE, Person, serious
from tests.factories import LY_SON
from tests.sites import Site

NO_DEVICES = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"));
"""


@dataclass
class Meeting:
    """A call that was booked because nobody gets to the island in time."""

    site: Site
    ticket: int
    call: int
    clerk: dict[str, Any]
    host: dict[str, Any]

    @property
    def address(self) -> str:
        """The call's page."""
        return f"{self.site.address}/calls/{self.call}"

    def ticket_now(self) -> dict[str, Any]:
        """The ticket as the API tells it."""
        return ask(self.site, self.clerk, f"/tickets/{self.ticket}")


def ask(site: Site, account: dict[str, Any], path: str, body: object = None) -> dict[str, Any]:
    """One call of the API with an account's token."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {account['token']}", "Content-Type": "application/json"}
    with urlopen(Request(f"{site.address}/api/v1{path}", data, headers), timeout=30) as answer:
        return dict(json.load(answer))


@pytest.fixture
def meeting(site_at: Callable[[str], Site]) -> Meeting:
    """An urgent ticket on Lý Sơn at 13:45: no boat brings anybody by 08:15 of the next day."""
    site = site_at("2026-11-25T13:45")
    clerk = site.account("commune", commune=LY_SON)
    ticket = ask(
        site,
        clerk,
        "/tickets",
        {
            "key": str(uuid.uuid4()),
            "commune": LY_SON,
            "category": "signature-unlock",
            "title": "Khóa thiết bị ký số",
            "description": "Nhập sai mã PIN nhiều lần, thiết bị báo khóa.",
            "citizens_waiting": 3,
        },
    )
    host = site.account("technician", username=ticket["call"]["technician"]["username"])
    call = int(ticket["call"]["url"].rpartition("/")[2])
    return Meeting(site, ticket["number"], call, clerk, host)


@pytest.fixture
def person(browser: Browser, meeting: Meeting) -> Iterator[Callable[..., Person]]:
    """Opens a browser for somebody; at the end nobody may have a complaint."""
    people: list[Person] = []

    def open_browser(**options: Any) -> Person:
        people.append(Person(browser.new_context(locale="vi-VN", **options), meeting.site))
        return people[-1]

    yield open_browser
    complaints = [complaint for one in people for complaint in one.complaints]
    for one in people:
        one.context.close()
    assert complaints == []


@pytest.fixture
def both(person: Callable[..., Person], meeting: Meeting) -> tuple[Person, Person]:
    """The clerk at a phone and the technician at a desk, both before the call."""
    clerk, host = person(viewport=PHONE), person(viewport=DESK)
    clerk.log_in(meeting.clerk, then=meeting.address)
    host.log_in(meeting.host, then=meeting.address)
    return clerk, host


def frames(page: Page) -> int:
    """Pictures of others that this page has decoded in its connections of now."""
    figures = page.evaluate("window.callStats ? callStats() : []")
    return sum(one["framesDecoded"] for one in figures)


def until(claim: Callable[[], bool], page: Page, *, what: str) -> None:
    """Wait for something that the page cannot be asked to announce."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not claim():
        assert time.monotonic() < end, f"never: {what}"
        page.wait_for_timeout(50)


def expect_picture(page: Page) -> None:
    """More pictures arrive from now on."""
    before = frames(page)
    until(lambda: frames(page) > before, page, what="another decoded frame")


def join(*pages: Page) -> None:
    """Everybody taps, one after the other, and sees the others."""
    for page in pages:
        page.click("#join")
        expect(page.locator("#during")).to_be_visible()
    if len(pages) > 1:
        for page in pages:
            expect_picture(page)


def write(page: Page, text: str) -> None:
    """Send a text in the call."""
    if not page.is_visible("#chat"):
        page.click("#chat-toggle")
    page.fill("#chat-text", text)
    page.press("#chat-text", "Enter")


def end(page: Page, *, outcome: str, note: str) -> None:
    """The host ends the call."""
    page.click("#end-open")
    page.check(f"input[value={outcome}]")
    page.fill("#end-note", note)
    page.click("#end-dialog .btn-primary")


# The question for the camera stands open until `allow()`.
ASKED_FOR_THE_CAMERA = """
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const allowed = new Promise((done) => { window.allow = done; });
  navigator.mediaDevices.getUserMedia = (wanted) => allowed.then(() => real(wanted));
"""


def test_who_taps_before_the_camera_is_allowed_comes_in_once(both, meeting):
    clerk, host = (one.page for one in both)
    clerk.add_init_script(ASKED_FOR_THE_CAMERA)
    clerk.goto(clerk.url)
    joins: list[str] = []
    clerk.on("request", lambda one: joins.append(one.url) if one.url.endswith("/join") else None)

    join(clerk)
    clerk.evaluate("allow()")
    join(host)
    expect_picture(host)

    expect_picture(clerk)
    expect(clerk.locator("#during")).to_be_visible()
    assert len(joins) == 1


def test_two_browsers_see_each_other_write_share_and_solve_the_ticket(both, meeting):
    clerk, host = (one.page for one in both)
    findings = serious(clerk)

    join(clerk, host)
    write(host, "Mã lỗi trên màn hình là gì?")
    expect(clerk.locator("#unread")).to_have_text("1")
    write(clerk, "0x8010006B")
    expect(host.locator("#chat-lines")).to_contain_text("0x8010006B")
    expect(clerk.locator("#chat-lines")).to_contain_text("Mã lỗi")
    findings += serious(clerk) + serious(host)
    clerk.click("#chat-close")

    host.click("#share")
    expect(clerk.locator(".call-tile.is-screen")).to_be_visible()
    expect_picture(clerk)
    host.click("#share")
    expect(clerk.locator(".call-tile.is-screen")).to_have_count(0)
    expect_picture(clerk)

    host.click("#end-open")
    findings += serious(host)
    host.click("#end-cancel")
    end(host, outcome="solved", note="Đã mở khóa thiết bị, ký thử thành công.")
    for page in (host, clerk):
        expect(page.locator("#call-ended")).to_contain_text("Đã xử lý qua cuộc gọi")
        findings += serious(page)
    clerk.click("#call-ended a.btn")
    expect(clerk).to_have_url(f"{meeting.site.address}/tickets/{meeting.ticket}")
    assert meeting.ticket_now()["status"] == "resolved"
    assert findings == []


def test_a_visit_that_is_needed_brings_the_ticket_back_with_a_new_target(both, meeting):
    clerk, host = (one.page for one in both)
    before = meeting.ticket_now()["target_at"]
    join(clerk, host)

    end(host, outcome="visit_needed", note="Đã thử ba mã PIN; thiết bị hỏng.")

    expect(clerk.locator("#call-ended")).to_contain_text("Cần đến tận nơi")
    after = meeting.ticket_now()
    assert after["status"] in ("open", "assigned")
    assert after["target_at"] > before


def test_a_reload_heals_by_itself_and_keeps_the_text(both):
    clerk, host = (one.page for one in both)
    join(clerk, host)
    write(host, "Vẫn còn đây")

    clerk.reload()

    expect(clerk.locator("#during")).to_be_visible()
    for page in (clerk, host):
        expect_picture(page)
    expect(host.locator(".call-tile")).to_have_count(1)
    expect(clerk.locator("#chat-lines")).to_contain_text("Vẫn còn đây")


def test_leaving_is_not_ending(both, meeting):
    clerk, host = (one.page for one in both)
    join(clerk, host)

    host.click("#leave")

    expect(host.locator("#left-notice")).to_be_visible()
    expect(clerk.locator("#alone")).to_be_visible()
    assert meeting.ticket_now()["status"] == "video"
    join(host)
    for page in (clerk, host):
        expect_picture(page)


def test_what_is_written_while_the_network_is_away_arrives_and_the_picture_goes_on(both):
    clerk, host = both
    join(clerk.page, host.page)

    # Chromium's offline switch cuts requests and streams, not the connection of the two browsers.
    clerk.context.set_offline(True)
    write(clerk.page, "Viết lúc mất mạng")
    write(host.page, "Gửi lúc bên kia mất mạng")
    expect_picture(clerk.page)
    expect_picture(host.page)
    clerk.context.set_offline(False)

    expect(host.page.locator("#chat-lines")).to_contain_text("Viết lúc mất mạng")
    expect(clerk.page.locator("#chat-lines")).to_contain_text("Gửi lúc bên kia mất mạng")
    expect(host.page.locator(".call-tile")).to_have_count(1)


def test_a_second_page_of_the_same_person_takes_the_call_over(both, meeting):
    clerk, host = both
    join(clerk.page, host.page)

    second = host.new_page()
    second.goto(meeting.address)
    join(second)

    expect(host.page.locator("#left-text")).to_contain_text("mở ở một trang hoặc máy khác")
    for page in (clerk.page, second):
        expect_picture(page)
    expect(clerk.page.locator(".call-tile")).to_have_count(1)


def test_a_camera_switched_off_is_said_and_comes_back(both):
    clerk, host = (one.page for one in both)
    join(clerk, host)

    clerk.click("#camera")
    clerk.click("#mic")
    tile = host.locator(".call-tile")
    expect(tile.locator(".call-face")).to_be_visible()
    expect(tile.locator(".call-muted")).to_be_visible()
    clerk.click("#camera")

    expect(tile.locator(".call-face")).to_be_hidden()
    expect_picture(host)


def test_who_may_not_use_camera_and_microphone_is_told_how_and_joins_to_watch(person, meeting):
    clerk, host = person(viewport=PHONE), person(viewport=DESK)
    clerk.context.add_init_script(NO_DEVICES)
    clerk.log_in(meeting.clerk, then=meeting.address)
    host.log_in(meeting.host, then=meeting.address)

    expect(clerk.page.locator("#device-notice")).to_contain_text("chọn Cho phép")
    join(clerk.page)
    join(host.page)

    expect_picture(clerk.page)
    write(clerk.page, "Tôi không có camera")
    expect(host.page.locator("#chat-lines")).to_contain_text("Tôi không có camera")
    expect(host.page.locator(".call-tile .call-face")).to_be_visible()


def test_two_links_and_one_tap_each_are_enough_without_any_log_in(person, meeting):
    lead = person(viewport=DESK)
    clerk, host = person(viewport=PHONE), person(viewport=PHONE)
    lead.log_in(meeting.site.account("lead"), then=f"{meeting.site.address}/phones")

    for somebody, account in ((clerk, meeting.clerk), (host, meeting.host)):
        link = link_on_phone(lead.page, account["phone"])
        somebody.page.goto(link)
        somebody.page.click("main form button")
        expect(somebody.page.locator("#join")).to_be_visible()
        assert link.rpartition("/")[2] not in somebody.page.url

    join(clerk.page, host.page)
    end(host.page, outcome="solved", note="Đã mở khóa qua điện thoại.")
    expect(clerk.page.locator("#call-ended")).to_contain_text("Đã xử lý qua cuộc gọi")
    assert meeting.ticket_now()["status"] == "resolved"

    late = person(viewport=PHONE).page
    late.goto(link)
    expect(late.locator("main h1")).to_have_text("Liên kết không còn mở được")


def link_on_phone(page: Page, phone: str) -> str:
    """Open the link of the newest text on a demo phone; the address that it leads to."""
    site = page.url.partition("/phones")[0]
    page.goto(f"{site}/phones/{phone}")
    opener = page.locator("form[action*='/open/'] button")
    until(lambda: opener.count() > 0, page, what="a text with a link")
    opener.last.click()
    page.wait_for_url("**/c/*")
    link = page.url
    page.goto(f"{site}/phones")
    return link


def test_a_stranger_and_a_made_up_link_find_nothing(person, meeting):
    stranger = person(viewport=DESK)

    foreign = stranger.log_in(
        meeting.site.account("commune", commune="23293"), then=meeting.address
    )
    expect(foreign.locator("main h1")).to_contain_text("Không có trang hoặc phiếu này")
    foreign.goto(f"{meeting.site.address}/c/AAAAAAAAAAA")

    expect(foreign.locator("main h1")).to_have_text("Không có liên kết này")
