"""One spelling of any text, so that a search finds it however it was typed."""

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9]+")
# One syllable as Telex types it: the tone key stands in the vowels or at the end, w and doubled
# letters make the marked vowels, dd is đ.
_TELEX = re.compile(
    r"(?P<onset>ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|dd|[bcdghklmnprstvx])?"
    r"(?P<vowels>[aeiouy]w?[aeiouyw]*)(?P<tone>[sfrxj])?(?P<glide>[aeiouyw]*)"
    r"(?P<coda>ch|ng|nh|[ckmnpt])?(?P<keys>[sfrxjwd]*)"
)
_VNI_KEYS = re.compile(r"(?<=[a-z])[1-9]+(?=[a-z]|$)")


def fold(text: str) -> str:
    """Lower case, đ as d, no marks, single spaces: ``Chữ ký số`` and ``chu ky so`` become one."""
    lowered = text.lower().replace("đ", "d")
    decomposed = unicodedata.normalize("NFD", lowered)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.split())


def fold_query(text: str) -> list[tuple[str, ...]]:
    """Words of a search in the folded spelling; each with the readings it may have.

    ``chuwx kys soos`` gives ``[("chuwx", "chu"), ("kys", "ky"), ("soos", "so")]``: what was typed
    comes first, then the word read back from Telex or VNI where it can be one.
    """
    return [_readings(word) for word in _WORD.findall(fold(text))]


def _readings(word: str) -> tuple[str, ...]:
    found = [word]
    for reading in (_from_telex(word), _from_vni(word)):
        if reading and reading not in found:
            found.append(reading)
    return tuple(found)


def _from_telex(word: str) -> str | None:
    syllable = _TELEX.fullmatch(word)
    if syllable is None:
        return None
    onset = (syllable["onset"] or "").replace("dd", "d")
    vowels = (syllable["vowels"] + syllable["glide"]).replace("w", "")
    for letter in "aeo":
        vowels = vowels.replace(letter * 2, letter)
    return onset + vowels + (syllable["coda"] or "")


def _from_vni(word: str) -> str | None:
    return _VNI_KEYS.sub("", word) if word[0].isalpha() else None
