"""The ticket's number with its check letter: 1042 is always written 1042R."""

# P and H are left out on purpose: "120p" and "2h" are durations in a text message.
CHECK_LETTERS = "ACDEKLMNRTVXY"


def check_letter(number: int) -> str:
    """Letter that guards a number: every single slip and every swap of neighbours changes it.

    The sum of digit × weight modulo 13 picks the letter; weights are 2, 3, 4 … from the right.
    """
    digits = [int(digit) for digit in reversed(str(number))]
    total = sum(digit * weight for weight, digit in enumerate(digits, start=2))
    return CHECK_LETTERS[total % len(CHECK_LETTERS)]


def written(number: int) -> str:
    """A ticket's number as it is always shown, ``1042R``."""
    return f"{number}{check_letter(number)}"
