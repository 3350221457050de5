"""The English catalogue: what the code and the pages say in Vietnamese, and how it is told.

Vietnamese sentences are the keys. Neither line numbers nor dates are written: they would change
with every commit, and a diff shall show words alone.
"""

from __future__ import annotations

from io import SEEK_END, BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = ROOT / "app" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
HEADER = b"""\
msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
ROOMS = ("app", "templates")
# The texts of templates/sms are files of their own, two for each event.
METHODS = [("app/**.py", "python"), ("templates/**.html", "jinja2")]
# `mark` is app.i18n's: a sentence that is translated later.
KEYWORDS = {**DEFAULT_KEYWORDS, "mark": None}


def sentences() -> set[str]:
    """Every sentence that the code and the pages say."""
    said = extract_from_dir(ROOT, method_map=METHODS, keywords=KEYWORDS, directory_filter=_is_ours)
    # One form for every number: the wording gets along without plurals.
    return {str(message) for _path, _line, message, _comments, _context in said}


def _is_ours(folder: str) -> bool:
    return Path(folder).relative_to(ROOT).parts[0] in ROOMS


def english() -> dict[str, str]:
    """The catalogue as it stands: sentence and English, empty where nobody has told it yet."""
    if not ENGLISH.is_file():
        return {}
    with ENGLISH.open("rb") as file:
        return {str(one.id): str(one.string or "") for one in read_po(file, locale="en") if one.id}


def update() -> tuple[list[str], list[str]]:
    """Bring the catalogue up to the code.

    Returns the sentences that lack their English and those that nobody says any more.
    """
    known, said = english(), sentences()
    write({sentence: known.get(sentence, "") for sentence in said})
    return sorted(one for one in said if not known.get(one)), sorted(known.keys() - said)


def write(told: dict[str, str]) -> None:
    """Write the catalogue."""
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    ENGLISH.write_bytes(rendered(told))


def rendered(told: dict[str, str]) -> bytes:
    """The catalogue's file, sorted by sentence."""
    catalogue = Catalog(locale="en")
    for sentence, translation in told.items():
        catalogue.add(sentence, translation)
    file = BytesIO(HEADER)
    file.seek(0, SEEK_END)
    write_po(file, catalogue, width=100, no_location=True, omit_header=True, sort_output=True)
    return file.getvalue()
