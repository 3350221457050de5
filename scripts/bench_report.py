"""The bench's result as a table, and as the page that stands in `docs/bench`."""

from __future__ import annotations

from scripts.bench_measure import Measured
from scripts.bench_result import Result

# What is to be reached: CPU of these requests, their statements, and the web's memory.
CPU_MS = 12.0
STATEMENTS = 6
PSS_MIB = 200.0
READS = ("list", "ticket", "search", "API list", "API ticket", "API search")
HEAD = (
    f"{'request':<24}{'CPU ms':>8}{'SQL':>7}{'most':>6}{'p50 ms':>8}{'p95 ms':>8}"
    f"{'body kB':>9}{'gzip kB':>9}"
)


def line(one: Measured) -> str:
    """One kind of request in a row of figures."""
    return (
        f"{one.name:<24}{one.cpu_ms:>8.1f}{one.statements:>7.1f}{one.statements_most:>6}"
        f"{one.p50_ms:>8.1f}{one.p95_ms:>8.1f}{one.body_kb:>9.1f}{one.gzip_kb:>9.1f}"
        f"{_verdict(one)}"
    )


def table(result: Result) -> str:
    """Everything in figures, for a terminal."""
    lines = [HEAD, *(line(one) for one in result.measured), _memory(result)]
    return "\n".join([*lines, *(f"failed: {one[:200]}" for one in result.failed)])


def report(result: Result) -> str:
    """The page for `docs/bench/web.md`."""
    return f"""# What the web costs

`python3 scripts/bench.py web --tickets {result.tickets}` on {result.on}: {result.machine}.

A scratch SQLite database with {result.tickets} tickets (70 % closed, {result.open_tickets} still
to be worked on, filed through the product so that the routes of the 40 technicians are full),
served by gunicorn as `run.py` starts it: two processes. The requests of each kind are sent one
after the other after a warm-up of 30.

- *CPU* is what both workers spent while the requests were answered (each process's own clock), the
  server's own parsing, compression and idle threads included, divided by their number.
- *SQL* is the mean and the most statements of a request, without BEGIN and COMMIT.
- *p50, p95* are times at the client on the same machine.
- *gzip* is the size of the body when packed at level 6, whether the server packs it or not.

```
{table(result)}
```

To reach: submit and reads at most {CPU_MS:.0f} ms, reads at most {STATEMENTS} statements, page 600
like the first, {PSS_MIB:.0f} MiB.
"""


def _memory(result: Result) -> str:
    parts = ", ".join(f"{name} {size:.1f}" for name, size in result.pss_mib.items())
    mark = "" if result.pss_total_mib <= PSS_MIB else "  !"
    return f"memory (PSS) {result.pss_total_mib:.1f} MiB: {parts}{mark}"


def _verdict(one: Measured) -> str:
    is_read = one.name.startswith(READS)
    is_slow = one.cpu_ms > CPU_MS and (is_read or one.name.startswith("submit"))
    return "  !" if is_slow or (is_read and one.statements_most > STATEMENTS) else ""
