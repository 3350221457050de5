"""Closed roads in a real browser: drawn with the mouse or by keys alone, seen by every board."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import DESK, PHONE, Person, serious
from tests.sites import Site


@pytest.fixture
def person(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Somebody at a page; at the end nobody may have a complaint."""
    people: list[Person] = []

    def open_page(role: str, path: str = "/board", **options: Any) -> Page:
        context = browser.new_context(locale="vi-VN", **{"viewport": DESK} | options)
        people.append(Person(context, site))
        page = people[-1].log_in(site.account(role), then=path)
        if path == "/board":
            expect(page.locator("html")).to_have_attribute("data-board-ready", "yes")
        return page

    yield open_page
    complaints = [complaint for one in people for complaint in one.complaints]
    for one in people:
        one.context.close()
    assert complaints == []


def at_map(page: Page, x: float, y: float) -> tuple[float, float]:
    """A point of the screen by its share of the map."""
    box = page.locator("#map_board").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def lift(page: Page) -> None:
    """Open every road again, for the next test."""
    button = page.locator("#roads-body .closure button")
    button.first.click()
    expect(page.locator("#roads-said")).to_contain_text("Đã thông đường")


def test_an_area_drawn_on_one_board_is_on_every_other_at_once(person):
    watching, drawing = person("lead"), person("dispatcher")

    drawing.click("#roads > summary")
    drawing.click("[data-draw]")
    # Over markers as well: they let the corner through.
    for x, y in ((0.55, 0.3), (0.63, 0.28), (0.64, 0.42), (0.56, 0.45)):
        drawing.mouse.click(*at_map(drawing, x, y))
    expect(drawing.locator("#drawing-count")).to_have_text("4 góc")
    drawing.click('[data-drawing="done"]')
    drawing.fill("#closure-note", "Sạt lở sau mưa")
    drawing.click("#closure-form .btn-primary")

    expect(drawing.locator("#roads-said")).to_contain_text("Đã ghi đường bị chặn")
    expect(watching.locator("#roads-count")).to_be_visible()
    expect(watching.locator(".closed-area")).to_have_count(1)
    watching.click("#roads > summary")
    expect(watching.locator("#roads-body")).to_contain_text("Sạt lở sau mưa")
    assert serious(drawing) == []
    lift(drawing)
    expect(watching.locator(".closed-area")).to_have_count(0)
    expect(watching.locator("#roads-count")).to_be_hidden()


def test_an_area_is_drawn_by_keys_alone(person):
    page = person("dispatcher")

    page.locator("#roads > summary").press("Enter")
    page.locator("[data-draw]").press("Enter")
    expect(page.locator("#map_board")).to_be_focused()
    for way in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press("Space")
        before = page.evaluate("map_board.getCenter().toString()")
        page.keyboard.press(way)
        page.wait_for_function(
            "before => map_board.getCenter().toString() !== before"
            " && !map_board._panAnim?._inProgress",
            arg=before,
        )
    expect(page.locator("#drawing-count")).to_have_text("3 góc")
    page.keyboard.press("Enter")

    expect(page.locator("#closure-form-title")).to_be_focused()
    expect(page.locator("#closure-drawn")).to_contain_text("3 góc")
    page.click("[data-cancel]")
    expect(page.locator("#roads-body")).to_be_visible()


def test_two_communes_close_a_road_without_a_map(person):
    page = person("lead")

    page.click("#roads > summary")
    page.click("[data-pair]")
    page.select_option("#closure-from", label="Phường Kon Tum")
    page.select_option("#closure-to", label="Phường Kon Tum")
    page.click("#closure-form .btn-primary")
    expect(page.locator("#closure-trouble")).to_contain_text("hai xã khác nhau")
    page.select_option("#closure-to", label="Xã Đăk Hà")
    page.click("#closure-form .btn-primary")

    expect(page.locator("#roads-body")).to_contain_text("Phường Kon Tum – Xã Đăk Hà")
    expect(page.locator(".closed-sign")).to_have_count(1)
    lift(page)


PAGES = (
    "/roads",
    *(f"/admin/roads{part}" for part in ("", "/ferry", "/hours", "/bases", "/factors")),
)


@pytest.mark.parametrize("path", PAGES)
def test_the_administrators_pages_hinder_nobody_on_a_desk_or_a_phone(person, path: str):
    page = person("admin", path)
    on_desk = serious(page)

    page.set_viewport_size(PHONE)
    on_phone = serious(page)
    page.set_viewport_size({"width": 320, "height": 700})

    assert (on_desk, on_phone) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_technician_closes_a_road_on_a_phone(person):
    page = person("technician", "/roads", viewport=PHONE, is_mobile=True, has_touch=True)

    page.select_option("#from_code", label="Xã Ba Tơ")
    page.select_option("#to_code", label="Xã Ba Vì")
    page.fill("#note", "Ngập cầu tràn")
    page.click("#close .btn-primary")

    expect(page.locator(".notice-success")).to_contain_text("Đã ghi đường bị chặn")
    expect(page.locator(".closures")).to_contain_text("Ngập cầu tràn")
    assert serious(page) == []
    lift(opened_board(person))


def opened_board(person: Callable[..., Page]) -> Page:
    """The dispatcher's board with the panel open."""
    page = person("dispatcher")
    page.click("#roads > summary")
    return page
