"""Where numba comes in: the mark of a compiled function, and where its machine code is kept.

Machine code is kept in a folder named by what it was made from (every source file that a kernel may
draw from, the versions of Python and numba, the processor), because numba itself looks at the one
file a function stands in and not at those it calls. The folder stands in ``NUMBA_CACHE_DIR``, else
beside this file; where neither can be written, numba refuses and importing this module fails.

Compiled functions take their arguments by position: numba knows no keyword-only ones.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite.binding import get_host_cpu_name

from dispatch.objective import BALANCE_S, CHANGED_S, HOUR_SQUARED, SHIFTED_S, VALUE_S
from dispatch.plan import SHIFT_S
from dispatch.travel import NEVER_S
from dispatch.units import NOBODY

F = TypeVar("F", bound=Callable[..., object])

HERE = Path(__file__).resolve().parent
SOURCES = sorted(HERE.glob("kernel*.py"))
# Compiled code holds the values that these had.
NUMBERS = (BALANCE_S, CHANGED_S, HOUR_SQUARED, NEVER_S, NOBODY, SHIFTED_S, SHIFT_S, VALUE_S)


def _fingerprint() -> str:
    total = hashlib.sha256()
    for text in (numba.__version__, platform.python_version(), get_host_cpu_name(), NUMBERS):
        total.update(str(text).encode())
    for path in SOURCES:
        total.update(path.read_bytes())
        total.update(str(path.stat().st_mtime).encode())  # numba compiles anew when it changes
    return total.hexdigest()[:16]


_config = cast(Any, numba.config)  # its settings are made when it is loaded
CACHE = Path(_config.CACHE_DIR or HERE / "__pycache__") / f"kernels-{_fingerprint()}"
WARM = CACHE / "warm"  # stands once everything is compiled


# numba's types do not know ``_nrt``. It leaves out the counting of references: kernels allocate
# nothing and every array outlives the call, and counting them in every loop makes it ten times
# slower. Slices that are assigned to need it too: kernels copy in loops.
_njit = cast(Any, numba.njit)
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def kernel(function: F) -> F:
    """Compile a function on first use, keep its machine code, let other threads run meanwhile."""
    return cast(F, _njit(**_OPTIONS)(function))


def inner(function: F) -> F:
    """The same for innermost functions: made part of their caller, so nothing is handed on."""
    return cast(F, _njit(**_OPTIONS, forceinline=True)(function))


# Read when a function is marked.
_config.CACHE_DIR = str(CACHE)
