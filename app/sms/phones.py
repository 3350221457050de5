"""Phone numbers of Vietnam: read however they were typed, kept as E.164."""

import re

import phonenumbers

REGION = "VN"
# In 2018 eleven-digit mobile numbers became ten-digit ones: old prefix to new prefix.
MOVED_2018 = {
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036", "0167": "037",
    "0168": "038", "0169": "039", "0120": "070", "0121": "079", "0122": "077", "0126": "076",
    "0128": "078", "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip


def normalise(text: str, *, mobile_only: bool = False) -> str:
    """E.164 form of a number as people write it.

    Raises
    ------
    ValueError
        If it is no valid number, or with ``mobile_only`` a landline, which gets no texts.
    """
    if re.search(r"[^\W\d_]", text):
        # The library would read letters as the keys they stand on.
        raise ValueError(f"{text!r} is no phone number")
    digits = re.sub(r"^(\+|00)?84(?=\d{9,10}$)", "0", re.sub(r"[\s.\-()]", "", text))
    if len(digits) == 11 and digits[:4] in MOVED_2018:
        digits = MOVED_2018[digits[:4]] + digits[4:]
    try:
        number = phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{text!r} is no phone number") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"{text!r} is no valid phone number")
    kind = phonenumbers.number_type(number)
    if mobile_only and kind != phonenumbers.PhoneNumberType.MOBILE:
        raise ValueError(f"{text!r} is no mobile number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(phone: str) -> str:
    """E.164 as people here write it, ``0912 345 678``."""
    number = phonenumbers.parse(phone, REGION)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def masked(phone: str) -> str:
    """The number with all but its last three digits hidden."""
    return "•••• ••• " + phone[-3:]
