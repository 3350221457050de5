"""A Chromium for the tests: the one named, the one installed, or one that is fetched now."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ADVICE = (
    "no Chromium could be found or installed; install one (Debian: apt-get install chromium) or "
    "name one in CHROMIUM_PATH, or leave the browser tests out with --fast"
)


class NoChromium(Exception):
    """There is none and none could be had; the message says what to do."""


def find(python: Path) -> str:
    """Path of a Chromium that starts, installed now if need be. Raises NoChromium."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        if not _starts(named):
            raise NoChromium(f"CHROMIUM_PATH names {named}, which does not start")
        return named
    sources: list[Callable[[], str | None]] = [
        _installed,
        _from_debian,
        lambda: _playwrights(python),
        lambda: _from_playwright(python),
    ]
    for source in sources:
        path = source()
        if path and _starts(path):
            return path
    raise NoChromium(ADVICE)


def _starts(path: str) -> bool:
    try:
        return (
            subprocess.run(
                [path, "--version"], capture_output=True, timeout=60, check=False
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _installed() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _from_debian() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    print("Tests: installing Chromium with apt-get, a minute or two …", flush=True)
    if not _apt("install", "--no-install-recommends", "chromium"):
        # The lists may be missing (a fresh image) or too old for the archive.
        _apt("update")
        _apt("install", "--no-install-recommends", "chromium")
    return _installed()


def _apt(*arguments: str) -> bool:
    command = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"Tests: apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}", flush=True)
    return done.returncode == 0


def _playwrights(python: Path) -> str | None:
    """The browser that Playwright keeps for itself, if it was fetched before."""
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    said = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    path = said.stdout.strip()
    return path if path and Path(path).exists() else None


def _from_playwright(python: Path) -> str | None:
    print("Tests: fetching Playwright's Chromium …", flush=True)
    command = [str(python), "-m", "playwright", "install", "chromium"]
    # Its own retries can take very long where its host is out of reach.
    try:
        subprocess.run(command, timeout=600, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return None
    return _playwrights(python)
