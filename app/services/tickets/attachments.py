"""Files of tickets: judged by their bytes, pictures re-encoded, kept under their hash."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from app.i18n import _
from app.services.tickets.file_content import FileRefused, recognise
from models.account import User, Viewer
from models.ticket import Attachment, EventKind, Ticket

LIMIT = 10 * 1024 * 1024
# Several names must fit into a cookie while a form is mended.
LONGEST_NAME = 80
FOLDER = "files"


@dataclass(frozen=True)
class StoredFile:
    """A file that was accepted and lies on the disk, not yet part of a ticket."""

    sha256: str
    original_sha256: str
    filename: str
    media_type: str
    size: int


def store(data_path: Path, content: bytes, *, filename: str) -> StoredFile:
    """Accept a file: check it, re-encode pictures, and write it durably.

    Called outside any transaction. A file that no ticket comes to own does no harm.

    Raises
    ------
    FileRefused
        If it is of no accepted kind, broken, too large, or hides something.
    """
    if len(content) > LIMIT:
        raise FileRefused(_("lớn hơn 10 MB"))
    accepted = recognise(content)
    digest = hashlib.sha256(accepted.content).hexdigest()
    _write(path_of(data_path, digest), accepted.content)
    return StoredFile(
        sha256=digest,
        original_sha256=hashlib.sha256(content).hexdigest(),
        filename=clean_name(filename, suffix=accepted.suffix),
        media_type=accepted.media_type,
        size=len(accepted.content),
    )


def attach(
    session: Session, ticket: Ticket, stored: StoredFile, *, viewer: Viewer, now: datetime
) -> Attachment:
    """Make a stored file part of a ticket, and write it down on the timeline."""
    attachment = Attachment(
        ticket_number=ticket.number or 0,
        sha256=stored.sha256,
        original_sha256=stored.original_sha256,
        filename=stored.filename,
        media_type=stored.media_type,
        size=stored.size,
        uploaded_by_id=viewer.user_id,
        uploaded_at=now,
    )
    session.add(attachment)
    user = session.get(User, viewer.user_id)
    ticket.record(EventKind.FILE_ADDED.value, now=now, by=user, text=stored.filename)
    return attachment


def attachment_of(session: Session, ticket: Ticket, attachment_id: int) -> Attachment | None:
    """The file of that ticket; the caller got the ticket through the scope."""
    return session.exec(
        select(Attachment).where(
            col(Attachment.id) == attachment_id, col(Attachment.ticket_number) == ticket.number
        )
    ).first()


def path_of(data_path: Path, digest: str) -> Path:
    """Where a file of that hash lies: ``files/ab/abcdef…``."""
    return data_path / FOLDER / digest[:2] / digest


def clean_name(filename: str, *, suffix: str) -> str:
    """The last part of a name, without what a header or a folder could trip over."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    kept = "".join(char for char in stem if char.isprintable() and char not in '<>:"|?*;')
    return (kept.strip(" .")[: LONGEST_NAME - len(suffix) - 1] or "tep") + "." + suffix


def _write(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename: a file of that name is always whole."""
    if path.exists():
        # Files that nobody owns are removed by age: this one is wanted again.
        path.touch()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
