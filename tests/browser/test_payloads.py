"""Text that would run if a page took it for markup, in every field and before every reader."""

import json
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.people import DESK, Person
from tests.sites import Site

PAYLOAD = (
    '"><img src=x onerror=alert(1)></script><script>alert(2)</script>'
    "</textarea><svg onload=alert(3)>' onmouseover=alert(4) x='"
)
TAKEN_FOR_MARKUP = "img[src=x], svg[onload], [onmouseover], [onerror]"
READERS = ("commune", "lead", "dispatcher", "admin", "auditor")
# Nothing else looks at this one.
A_DAY_OF_ITS_OWN = "2026-11-26T09:00"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000"
    "000301010018dd8db00000000049454e44ae426082"
)


@pytest.fixture
def site(site_at: Callable[[str], Site]) -> Site:
    return site_at(A_DAY_OF_ITS_OWN)


def tell_by_api(site: Site, path: str, body: dict[str, object]) -> dict[str, object]:
    """POST as the first commune."""
    headers = {
        "Authorization": f"Bearer {site.account('commune')['token']}",
        "Content-Type": "application/json",
    }
    request = Request(f"{site.address}/api/v1{path}", json.dumps(body).encode(), headers)
    with urlopen(request, timeout=30) as answer:
        told: dict[str, object] = json.load(answer)
        return told


def file_payloads(site: Site, clerk: Page) -> list[str]:
    """Two tickets with the payload in every field, one over the API and one by the form."""
    body = {"key": str(uuid.uuid4()), "commune": site.account("commune")["commune"]}
    body |= {"category": "network", "title": PAYLOAD[:120], "description": PAYLOAD}
    told = tell_by_api(site, "/tickets", {**body, "citizens_waiting": 2})
    clerk.goto(f"{site.address}/tickets/new")
    clerk.click("label[for=group-network]")
    clerk.fill("#description", f"{PAYLOAD}\n{PAYLOAD}")
    clerk.locator("[name=village]").evaluate("(field, text) => { field.value = text; }", PAYLOAD)
    for field in clerk.locator("input[name^=extra-network]:not([type=hidden])").all():
        field.evaluate("(field, text) => { field.value = text; }", PAYLOAD)
    picture = {"name": "<img src=x onerror=alert(5)>.png", "mimeType": "image/png", "buffer": PNG}
    clerk.locator("[name=files]").first.set_input_files(picture)
    clerk.locator("form:has(#description)").evaluate("form => form.submit()")
    clerk.wait_for_url("**/tickets/*new=1*")
    typed = clerk.url.split("/tickets/")[1].split("?")[0]
    return [str(told["number"]), typed]


def name_people_so(site: Site) -> None:
    """As an import of people could."""
    with closing(sqlite3.connect(site.data / "ungcuu.sqlite3", timeout=30)) as database:
        database.execute('UPDATE "user" SET name = ?', (PAYLOAD[:100],))
        database.commit()


def test_no_page_takes_text_for_markup(browser: Browser, site: Site):
    ran: list[str] = []

    def open_browser(role: str) -> Person:
        person = Person(browser.new_context(viewport=DESK, locale="vi-VN"), site)
        person.page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        person.log_in(site.account(role))
        return person

    name_people_so(site)
    numbers = file_payloads(site, open_browser("commune").page)
    for who in ("commune", "technician"):
        tell_by_api(site, "/demo/sms", {"from": site.account(who)["phone"], "body": PAYLOAD})
    for role in ("commune", "lead", "dispatcher"):
        writer = open_browser(role)
        writer.go(f"/tickets/{numbers[0]}").fill("[name=text]", PAYLOAD)
        writer.page.locator("form:has([name=text])").evaluate("form => form.submit()")
        writer.page.wait_for_url("**#timeline")
        writer.context.close()

    phones = [f"/phones/{site.account(who)['phone']}" for who in ("commune", "technician")]
    paths = ["/", "/tickets", "/board", *phones]
    paths += [f"{room}/{number}" for room in ("/tickets", "/board/tickets") for number in numbers]
    for role in READERS:
        reader = open_browser(role)
        for path in paths:
            page = reader.go(path)
            page.wait_for_load_state("load")
            if path == "/board":
                for mark in page.locator(".leaflet-marker-icon").all()[:20]:
                    mark.dispatch_event("mouseover")
            ran += [f"{role} {path}"] * page.locator(TAKEN_FOR_MARKUP).count()
        ran += reader.complaints
        reader.context.close()

    assert ran == []
