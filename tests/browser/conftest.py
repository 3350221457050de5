"""A real Chromium and a real service, started by the same command that people use."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sites import Site, start_site

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium as the machine has it, with fake cameras and nothing that calls home."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)
    arguments = {**browser_type_launch_args, "args": flags}
    if path := os.environ.get("CHROMIUM_PATH"):
        arguments["executable_path"] = path
    return arguments


@pytest.fixture(scope="session")
def site_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Site]]:
    """The service whose clock began at a local moment: `site_at("2026-11-25T13:45")`.

    The same moment gives the same service, started once for the whole run.
    """
    running: dict[str, Site] = {}

    def get(at: str) -> Site:
        if at not in running:
            running[at] = start_site(tmp_path_factory.mktemp("site"), at=at)
        return running[at]

    yield get
    for site in running.values():
        site.stop()


@pytest.fixture(scope="session")
def site(site_at: Callable[[str], Site]) -> Site:
    """A service on a Wednesday at 08:00, half an hour after the offices open."""
    return site_at("2026-11-25T08:00")
