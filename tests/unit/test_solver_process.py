"""The optimiser apart: killed when it overruns with all that it started; the old plan stays."""

import os
import sys
import time
from pathlib import Path

from app.services.planning.solver_process import run_apart


def test_what_overruns_is_killed_with_what_it_started(tmp_path: Path) -> None:
    left = tmp_path / "child"
    program = (
        "import subprocess, sys, time; "
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        f"open({str(left)!r}, 'w').write(str(child.pid)); time.sleep(60)"
    )

    code, _said = run_apart([sys.executable, "-c", program], limit_s=1.5)

    assert code is None
    assert _is_gone(int(left.read_text()))


def test_what_ends_in_time_tells_its_code_and_what_it_said() -> None:
    program = "import sys; print('missing: numba', file=sys.stderr); sys.exit(3)"

    code, said = run_apart([sys.executable, "-c", program], limit_s=30)

    assert code == 3
    assert said.strip() == "missing: numba"


def _is_gone(pid: int) -> bool:
    """Whether the process has ended; whoever adopted it may still have to take note."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False
