"""Files of tickets: judged by their bytes, kept whole, handed out through the scope."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine

from app.services.tickets.attachments import LIMIT, clean_name, path_of, store
from app.services.tickets.file_content import FileRefused, recognise
from models.account import Role, User
from models.database import transaction
from models.lifecycle import Status
from models.ticket import Ticket
from tests.door import an_app
from tests.factories import NGHIA_LO, a_clerk, a_ticket, a_user
from tests.pages import a_visitor, words

GPS_TAG = 0x8825


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **saved: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, kind, **saved)
    return made.getvalue()


def an_office_file(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(name, "<xml/>")
    return made.getvalue()


DOCX = an_office_file("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (a_picture("JPEG"), "jpg"),
        (a_picture("PNG"), "png"),
        (a_picture("WEBP"), "webp"),
        (b"%PDF-1.7\n...", "pdf"),
        (DOCX, "docx"),
        (an_office_file("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        ("Lỗi kết nối\nmã 504".encode(), "txt"),
    ],
)
def test_accepted_kinds_are_known_by_their_bytes(content: bytes, suffix: str) -> None:
    assert recognise(content).suffix == suffix


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00 program",
        b"\x7fELF\x02\x01",
        b"\xff\xd8\xff not a picture",
        a_picture("PNG")[:60],
        b"RIFF\x00\x00\x00\x00WEBP",
        an_office_file("evil.sh"),
        an_office_file("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04 broken",
        "Việt".encode("cp1258", "replace") + b"\xff\x00",
    ],
)
def test_everything_else_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        recognise(content)

    assert str(refusal.value)


def test_picture_of_too_many_pixels_is_refused_before_it_unfolds() -> None:
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")

    with pytest.raises(FileRefused, match="quá lớn"):
        recognise(bomb.getvalue())


def test_archive_that_unfolds_too_far_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"0" * 120 * 1024 * 1024)

    with pytest.raises(FileRefused, match="quá lớn"):
        recognise(bomb.getvalue())


def test_picture_loses_place_and_comment_and_keeps_its_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: stored lying, shown standing
    exif[GPS_TAG] = {1: "N", 2: (15.0, 7.0, 0.0)}
    photo = a_picture(size=(40, 30), exif=exif, comment=b"so dien thoai 0912345678")

    kept = recognise(photo).content

    with Image.open(io.BytesIO(kept)) as opened:
        assert opened.size == (30, 40)
        assert GPS_TAG not in opened.getexif()
    assert b"0912345678" not in kept


def test_large_photo_is_shrunk() -> None:
    kept = recognise(a_picture(size=(4000, 3000))).content

    with Image.open(io.BytesIO(kept)) as opened:
        assert max(opened.size) == 2560


def test_stored_file_lies_under_its_hash_and_is_written_once(tmp_path: Path) -> None:
    first = store(tmp_path, b"Nhat ky loi", filename="log.txt")
    second = store(tmp_path, b"Nhat ky loi", filename="khac.txt")

    path = path_of(tmp_path, first.sha256)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == first.sha256 == second.sha256
    assert [one.name for one in path.parent.iterdir()] == [first.sha256]


def test_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="10 MB"):
        store(tmp_path, b"a" * (LIMIT + 1), filename="to.txt")


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("ảnh lỗi.JPEG", "ảnh lỗi.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\a\\b.png", "b.jpg"),
        ('x"\r\nSet-Cookie: a=b.jpg', "xSet-Cookie a=b.jpg"),
        ("", "tep.jpg"),
        ("...", "tep.jpg"),
        ("a" * 300 + ".jpg", "a" * 76 + ".jpg"),
    ],
)
def test_names_are_made_harmless(filename: str, name: str) -> None:
    assert clean_name(filename, suffix="jpg") == name


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    with an_app(engine, tmp_path) as made:
        yield made


@pytest.fixture
def clerk(engine: Engine, app: Flask) -> User:
    with transaction(engine) as session:
        return a_clerk(session)


@pytest.fixture
def ticket(engine: Engine, clerk: User) -> Ticket:
    with transaction(engine) as session:
        return a_ticket(session, created_by=clerk)


def test_file_comes_back_as_a_download_that_can_do_nothing(
    app: Flask, clerk: User, ticket: Ticket
) -> None:
    visitor = a_visitor(app, clerk)
    page = visitor.follow(
        visitor.post(
            f"/tickets/{ticket.number}/files",
            files=(io.BytesIO(b"<script>alert(1)</script>"), "trang.html"),
        )
    )

    response = visitor.get(f"/tickets/{ticket.number}/files/1")

    assert "trang.txt" in page
    assert response.data == b"<script>alert(1)</script>"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_file_of_a_foreign_ticket_is_no_file(
    app: Flask, engine: Engine, clerk: User, ticket: Ticket
) -> None:
    with transaction(engine) as session:
        stranger = a_clerk(session, NGHIA_LO)
        own = a_ticket(session, commune=NGHIA_LO, created_by=stranger)
    a_visitor(app, clerk).post(
        f"/tickets/{ticket.number}/files", files=(io.BytesIO(b"rieng"), "a.txt")
    )
    visitor = a_visitor(app, stranger)

    assert visitor.get(f"/tickets/{ticket.number}/files/1").status_code == 404
    assert visitor.get(f"/tickets/{own.number}/files/1").status_code == 404


def test_file_lost_on_the_disk_is_told_and_breaks_nothing(
    app: Flask, clerk: User, ticket: Ticket, tmp_path: Path
) -> None:
    visitor = a_visitor(app, clerk)
    visitor.post(f"/tickets/{ticket.number}/files", files=(io.BytesIO(b"mat"), "a.txt"))
    for path in (tmp_path / "files").rglob("*"):
        if path.is_file():
            path.unlink()

    assert visitor.get(f"/tickets/{ticket.number}/files/1").status_code == 404
    assert "a.txt" in words(visitor.get(f"/tickets/{ticket.number}"))


def test_reading_of_the_auditor_leaves_a_trace(
    app: Flask,
    engine: Engine,
    clerk: User,
    ticket: Ticket,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with transaction(engine) as session:
        auditor = a_user(session, Role.AUDITOR)
    a_visitor(app, clerk).post(f"/tickets/{ticket.number}/files", files=(io.BytesIO(b"x"), "a.txt"))

    response = a_visitor(app, auditor).get(f"/tickets/{ticket.number}/files/1")

    assert response.status_code == 200
    assert f"file 1 of ticket {ticket.number} read by user {auditor.id}" in capsys.readouterr().out


def test_closed_ticket_takes_no_files_of_the_commune(
    app: Flask, engine: Engine, clerk: User
) -> None:
    with transaction(engine) as session:
        closed = a_ticket(session, status=Status.CLOSED, created_by=clerk)

    response = a_visitor(app, clerk).post(
        f"/tickets/{closed.number}/files", files=(io.BytesIO(b"x"), "a.txt")
    )

    assert response.status_code == 403


def test_sending_nothing_says_so(app: Flask, clerk: User, ticket: Ticket) -> None:
    visitor = a_visitor(app, clerk)

    page = visitor.follow(visitor.post(f"/tickets/{ticket.number}/files"))

    assert "Hãy chọn tệp trước khi gửi" in page
