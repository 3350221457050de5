"""How many segments a text takes, and texts without anything that costs more (3GPP TS 23.038)."""

import unicodedata
from math import ceil

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is sent as an escape and a letter.
EXTENDED = frozenset("^{}\\[~]|€")
GSM_ALONE, GSM_JOINED = 160, 153
UCS_ALONE, UCS_JOINED = 70, 67
# Some gateways refuse these two although GSM-7 has them.
REFUSED = str.maketrans(
    {"#": "", "&": "va", "–": "-", "—": "-", "…": "...", "“": '"', "”": '"', "’": "'"}
)


def septets(text: str) -> int | None:
    """Length in GSM-7 characters; None when a character is not in that alphabet."""
    total = 0
    for char in text:
        if char in BASIC:
            total += 1
        elif char in EXTENDED:
            total += 2
        else:
            return None
    return total


def segments(text: str) -> int:
    """Number of segments that the text is billed as."""
    length = septets(text)
    if length is not None:
        return 1 if length <= GSM_ALONE else ceil(length / GSM_JOINED)
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= UCS_ALONE else ceil(units / UCS_JOINED)


def plain(text: str) -> str:
    """The text in GSM-7, ``Đăk Hà`` as ``Dak Ha``; what has no place there is left out."""
    # Split first: a no-break space is a space, and must not glue two words.
    bare = " ".join(text.split()).translate(REFUSED).replace("đ", "d").replace("Đ", "D")
    decomposed = unicodedata.normalize("NFD", bare)
    kept = (char for char in decomposed if char in BASIC or char in EXTENDED)
    return " ".join("".join(kept).split())
