"""What the search is faster with and does without: packages that may have no wheel for a machine.

Standard library only: this is part of the set-up.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# pyvroom's wheel asks for glibc 2.34; pyvrp is the bench's yard-stick.
OPTIONAL = ("numba", "pyvroom", "pyvrp")
SOLVERS = ROOT / "dispatch" / "solvers"
WARMING = ("-m", "dispatch.solvers.warm")

Install = Callable[[list[str]], None]


def lines_of(files: Iterable[Path]) -> list[str]:
    """Every requirement of these lists, each once; what a list includes is named by the caller."""
    lines = [
        line.strip() for file in files for line in file.read_text(encoding="utf-8").split("\n")
    ]
    return list(dict.fromkeys(line for line in lines if line and line[0] not in "#-"))


def is_optional(line: str) -> bool:
    """Whether the product works without it."""
    return re.split(r"[=\[]", line)[0] in OPTIONAL


def install(files: Iterable[Path], run: Install, *, failed: type[Exception]) -> None:
    """Install what is needed, then what is not, as far as there is a wheel for this machine.

    ``run`` is handed the arguments of ``pip install`` and raises ``failed``.
    """
    lines = lines_of(files)
    run([line for line in lines if not is_optional(line)])
    optional = [line for line in lines if is_optional(line)]
    try:
        run(["--only-binary", ":all:", *optional])
    except failed:
        for line in optional:
            _try(line, run, failed=failed)


def _try(line: str, run: Install, *, failed: type[Exception]) -> None:
    try:
        run(["--only-binary", ":all:", line])
    except failed:
        print(f"        {line} cannot be installed here; plans are made without it", flush=True)


def sources() -> list[Path]:
    """What the compiled search is made from."""
    names = ("compiled.py", "kernel*.py", "warm.py")
    kernels = sorted(path for name in names for path in SOLVERS.glob(name))
    rooms = ("objective", "plan", "travel", "units")  # their numbers stand in compiled code
    numbers = [ROOT / "dispatch" / f"{room}.py" for room in rooms]
    return [*kernels, *numbers, ROOT / "requirements.txt"]


def processor() -> str:
    """What compiled code is made for; empty where that is not to be read."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return "\n".join(
        dict.fromkeys(line for line in lines if line.startswith(("model name", "flags")))
    )


def ages() -> str:
    """When each kernel was written: numba compiles anew what is younger, whatever stands in it."""
    return " ".join(str(path.stat().st_mtime) for path in sorted(SOLVERS.glob("kernel*.py")))


def is_compiled(environment: Path) -> bool:
    """Whether compiled code lies where it is looked for, or numba is not there to make it."""
    if not any(environment.glob("lib/*/site-packages/numba")):
        return True
    folder = os.environ.get("NUMBA_CACHE_DIR") or SOLVERS / "__pycache__"
    return any(Path(folder).glob("kernels-*/warm"))


def compile_search(run: Install, *, failed: type[Exception]) -> None:
    """Compile the search; without numba, or a folder to write to, plans are made more slowly."""
    try:
        run(list(WARMING))
    except failed:
        print("        the search is not compiled here; plans take longer to get good", flush=True)
