"""Every file against its hash (I6)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session, col, select

from app.services.checks.violation import Violation
from models.ticket import Attachment

SHOWN = 100
FILES_AT_ONCE = 500


def file_violations(session: Session, *, files_dir: Path) -> Iterator[Violation]:
    """The attachments whose file is missing or altered, at most a hundred."""
    found = 0
    after = 0
    while rows := session.exec(
        select(Attachment.id, Attachment.ticket_number, Attachment.sha256)
        .where(col(Attachment.id) > after)
        .order_by(col(Attachment.id))
        .limit(FILES_AT_ONCE)
    ).all():
        for attachment_id, number, sha256 in rows:
            after = attachment_id or 0
            fault = _fault(files_dir / sha256[:2] / sha256, sha256)
            if fault is not None:
                yield Violation("I6", f"file {attachment_id} of ticket {number} {fault}", number)
                found += 1
                if found == SHOWN:
                    return


def _fault(path: Path, sha256: str) -> str | None:
    if not path.is_file():
        return "is missing"
    with path.open("rb") as file:
        is_whole = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    return None if is_whole else "does not match its hash"
