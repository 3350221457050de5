"""Somebody at a browser of their own, for every browser test."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.sites import Site

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


class Person:
    """Somebody at a browser; violations of the policy and calls to other hosts are complaints."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.context = context
        self.site = site
        self.complaints: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Another page of the same browser."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._note(message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._note_address(request.url))
        return page

    def log_in(self, account: dict[str, Any], *, then: str = "/") -> Page:
        """Log in through the form and go on to a page of the service."""
        self.page.goto(f"{self.site.address}/log-in")
        self.page.fill("#username", account["username"])
        self.page.fill("#password", account["password"])
        self.page.click("main form button")
        self.page.wait_for_url(lambda url: "/log-in" not in url)
        self.go(then)
        return self.page

    def go(self, path: str) -> Page:
        """Open a page of the service, or a whole address."""
        self.page.goto(path if path.startswith("http") else self.site.address + path)
        return self.page

    def _note(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(text)

    def _note_address(self, url: str) -> None:
        if not url.startswith((self.site.address, "data:", "blob:")):
            self.complaints.append(f"another host: {url}")


def serious(page: Page) -> list[str]:
    """What axe finds on the page that hinders people."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
