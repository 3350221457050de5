"""What a file really is, by its bytes; pictures come out re-encoded, without place and device."""

import io
import threading
import zipfile
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps

from app.i18n import _

# A phone's largest pictures; beyond it a small file may unfold into gigabytes.
MOST_PIXELS = 50_000_000
# A screen shot stays readable, a photo of 12 megapixels shrinks to a quarter.
LONGEST_SIDE = 2560
UNPACKED_LIMIT = 100 * 1024 * 1024
MOST_PARTS = 2_000
_OFFICE = {
    "word/document.xml": (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "xl/workbook.xml": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
# A decoded picture may need 150 MB: one at a time.
_one_picture = threading.Lock()


class FileRefused(ValueError):
    """A file that is not taken, with the reason in the reader's language."""


@dataclass(frozen=True)
class Accepted:
    """The content to keep, and what it is."""

    content: bytes
    suffix: str
    media_type: str


def recognise(content: bytes) -> Accepted:
    """Tell what the bytes are, whatever the file's name says.

    Raises
    ------
    FileRefused
        If they are of no accepted kind, broken, or hide something.
    """
    if not content:
        raise FileRefused(_("tệp rỗng"))
    if content.startswith(b"\xff\xd8\xff"):
        return _picture(content, "JPEG", "jpg", "image/jpeg")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture(content, "PNG", "png", "image/png")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _picture(content, "WEBP", "webp", "image/webp")
    if content.startswith(b"%PDF-"):
        return Accepted(content, "pdf", "application/pdf")
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return _text(content)


def _picture(content: bytes, kind: str, suffix: str, media_type: str) -> Accepted:
    with _one_picture:
        try:
            return Accepted(_re_encoded(content, kind), suffix, media_type)
        except (Image.DecompressionBombError, MemoryError) as error:
            raise FileRefused(_("ảnh quá lớn")) from error
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, zlib.error) as error:
            if isinstance(error, FileRefused):
                raise
            raise FileRefused(_("ảnh bị hỏng")) from error


def _re_encoded(content: bytes, kind: str) -> bytes:
    with Image.open(io.BytesIO(content), formats=[kind]) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise FileRefused(_("ảnh quá lớn"))
        # Let the decoder itself shrink a large photo: saves memory.
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        opened.load()
        picture = ImageOps.exif_transpose(opened)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    mode = "RGBA" if has_alpha and kind != "JPEG" else "RGB"
    # A new picture from the pixels alone: no comment, place or colour profile comes along.
    bare = Image.new(mode, picture.size)
    bare.paste(picture.convert(mode))
    made = io.BytesIO()
    bare.save(made, kind, quality=85)
    return made.getvalue()


def _office(content: bytes) -> Accepted:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            size = sum(part.file_size for part in parts)
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError) as error:
        raise FileRefused(_("tệp bị hỏng")) from error
    if len(parts) > MOST_PARTS or size > UNPACKED_LIMIT:
        raise FileRefused(_("tệp nén quá lớn khi mở"))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused(_("tệp chứa macro"))
    for marker, (suffix, media_type) in _OFFICE.items():
        if marker in names and "[Content_Types].xml" in names:
            return Accepted(content, suffix, media_type)
    raise FileRefused(_wrong_kind())


def _text(content: bytes) -> Accepted:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(_wrong_kind()) from error
    if any(char < " " and char not in "\t\n\r\f" for char in text):
        raise FileRefused(_wrong_kind())
    return Accepted(content, "txt", "text/plain")


def _wrong_kind() -> str:
    return _("chỉ nhận ảnh JPG, PNG, WEBP và tệp PDF, DOCX, XLSX, TXT")
