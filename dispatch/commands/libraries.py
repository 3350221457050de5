"""What searches stand on, loaded before any budget begins."""

from __future__ import annotations

import sys

from dispatch.solve import prepare


def load_libraries() -> None:
    """Load them, and say in one line on the error stream what is missing."""
    absent = prepare()
    if absent:
        print(f"missing: {', '.join(absent)}", file=sys.stderr)
