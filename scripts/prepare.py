"""The data of one start: schema, rows, then the demo or the first administrator."""

import getpass
import os
import sys

from scripts.installation import prepare
from scripts.options import Options, parse


def main(arguments: list[str]) -> int:
    """Prepare what `run.py`'s options name; 1 and one sentence on stderr if that cannot be."""
    options = parse(arguments)
    try:
        prepare(demo=not options.empty, at=options.at, admin=_first_admin(options))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _first_admin(options: Options) -> tuple[str, str] | None:
    """Name and password of an empty installation's administrator, asked for if need be."""
    is_new = not os.environ.get("DATABASE_URL") and not list(options.data.glob("*.sqlite3"))
    if not options.empty or not (options.admin or is_new):
        return None
    name = options.admin or _ask("User name of the first administrator: ")
    if options.admin_password_file:
        return name, options.admin_password_file.read_text(encoding="utf-8").split("\n")[0]
    return name, os.environ.get("ADMIN_PASSWORD") or _ask(f"Password for {name}: ", is_secret=True)


def _ask(question: str, *, is_secret: bool = False) -> str:
    if not sys.stdin.isatty():
        raise ValueError(
            "an empty installation needs its first administrator: "
            "--admin USERNAME with --admin-password-file FILE, or ADMIN_PASSWORD."
        )
    while True:
        answer = getpass.getpass(question) if is_secret else input(question).strip()
        if answer and (not is_secret or getpass.getpass("Once more: ") == answer):
            return answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
