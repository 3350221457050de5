"""How late somebody says they will be: ``tre 30p``, ``1042 se tre 1 gio``, ``late 20 min``.

Negation and questions come first, as everywhere: ``khong tre`` and ``tre bao lau?`` say nothing of
the kind. A figure without a unit may be a ticket, so a delay always has its unit.
"""

import re

from models.search import fold

_DELAY = re.compile(
    r"^(?:phieu )?(?:\d{3,6} ?[a-z]? )?(?:(?:em|anh|toi|minh|da|bao|xin|chac|co the) )*"
    r"(?:se |bi |den |toi |will be |running )*(?:tre|muon|late)(?: (?:khoang|tam|chung|about))?"
    r" (\d{1,3}) ?(p|ph|phut|m|min|mins|minute|minutes|h|g|gio|hour|hours)\b"
)
_NOT = re.compile(r"\?|\b(?:khong|ko|k|chua|het|bao lau|not|dont)\b")
_HOURS = frozenset({"h", "g", "gio", "hour", "hours"})


def minutes_late(text: str) -> int | None:
    """Minutes of delay that the text reports, None if it reports none."""
    folded = fold(text)
    if "?" in text or _NOT.search(folded):
        return None
    found = _DELAY.match(folded)
    if found is None:
        return None
    amount = int(found[1])
    return amount * 60 if found[2] in _HOURS else amount
