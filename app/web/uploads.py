"""Files on their way in: accepted at once, remembered while the form is mended."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from flask import flash, session
from werkzeug.datastructures import FileStorage

from app.context import settings
from app.i18n import _
from app.services.tickets.attachments import LIMIT, StoredFile, store
from app.services.tickets.file_content import FileRefused

MOST_FILES = 6
KEPT = "uploads"


@dataclass(frozen=True)
class Received:
    """Files that were accepted, and why others were not."""

    stored: list[StoredFile]
    refused: list[str]


def receive(sent: Sequence[FileStorage]) -> Received:
    """Accept what was sent; a bad file stops neither the others nor the ticket."""
    stored: list[StoredFile] = []
    refused: list[str] = []
    chosen = [file for file in sent if file.filename]
    for file in chosen[:MOST_FILES]:
        name = file.filename or ""
        try:
            content = file.stream.read(LIMIT + 1)
            stored.append(store(settings().data_path, content, filename=name))
        except FileRefused as reason:
            refused.append(_("Không nhận tệp “%(name)s”: %(reason)s.", name=name, reason=reason))
    if len(chosen) > MOST_FILES:
        refused.append(_("Mỗi lần gửi tối đa %(count)s tệp.", count=MOST_FILES))
    return Received(stored, refused)


def keep(key: str, files: Sequence[StoredFile]) -> None:
    """Remember accepted files of a form that must be mended first: browsers forget them."""
    session[KEPT] = {"key": key, "files": [asdict(file) for file in files]}


def kept(key: str) -> list[StoredFile]:
    """Files of that form that were accepted before."""
    remembered = session.get(KEPT) or {}
    if remembered.get("key") != key:
        return []
    return [StoredFile(**file) for file in remembered["files"]]


def forget() -> None:
    """The form was filed."""
    session.pop(KEPT, None)


def tell_refused(refused: Sequence[str]) -> None:
    """Say on the next page which files were not taken."""
    for message in refused:
        flash(message, "error")
