"""A ticket's number as people type it, with or without its check letter."""

import re

from models.numbers import CHECK_LETTERS, check_letter

_NUMBER = re.compile(rf"([1-9][0-9]{{2,5}})\s*([{CHECK_LETTERS}])?", re.IGNORECASE)


def read_number(text: str) -> tuple[int, bool | None] | None:
    """The number, and whether its letter is right; None for the letter when none was typed.

    ``1042r`` gives ``(1042, True)``, ``1042`` gives ``(1042, None)``, ``1042A`` ``(1042, False)``.
    What is no ticket's number, such as ``120p`` or ``0912345678``, gives None.
    """
    typed = _NUMBER.fullmatch(text.strip())
    if typed is None:
        return None
    number = int(typed[1])
    return number, (typed[2].upper() == check_letter(number)) if typed[2] else None
