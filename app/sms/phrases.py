"""Every verb and what people write for it: one table, read by the parser. A new command is a row.

Phrases stand in full Vietnamese; the parser derives the plain spelling. Where somebody typed marks,
they must be these marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Speaker = Literal["technician", "commune"]


class Verb(StrEnum):
    """What a text asks for.

    NOTE says something and changes nothing; ASK: a question back is the right answer.
    """

    ACCEPT = "accept"
    DECLINE = "decline"
    DEPART = "depart"
    ARRIVE = "arrive"
    RESOLVE = "resolve"
    VIDEO = "video"
    LIST = "list"
    HELP = "help"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    STATUS = "status"
    NOTE = "note"
    STOP = "stop"
    START = "start"
    ASK = "ask"
    UNKNOWN = "unknown"


class DeclineReason(StrEnum):
    """Why a technician cannot go."""

    FAR = "far"
    BUSY = "busy"
    SICK = "sick"
    SKILL = "skill"
    PARTS = "parts"
    WEATHER = "weather"
    TRANSPORT = "transport"


def _of(phrases: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in phrases.split("|") if phrase.strip())


@dataclass(frozen=True)
class Row:
    """One verb of one speaker.

    Attributes
    ----------
    phrases
        Mean the verb at the beginning of a text, whatever follows as a note.
    alone
        Mean it only with nothing else than a number and polite words: being short or of daily life.
    prompted
        Mean it only as the answer to a live question; else we ask.
    """

    verb: Verb
    phrases: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    prompted: tuple[str, ...] = ()
    digit: str | None = None


GRAMMAR: Mapping[Speaker, tuple[Row, ...]] = {
    "technician": (
        Row(
            Verb.ACCEPT,
            _of(
                "nhận|nhận việc|nhận phiếu|nhận lời|nhận rồi|đã nhận|đã nhận việc|đồng ý"
                "|đồng ý nhận|ok nhận|cho em nhận|cho tôi nhận|cho mình nhận|accept|accepted"
                "|i accept|take it|i take|i will take"
            ),
            alone=_of("take|agree|agreed"),
            prompted=_of("ok|oke|okie|okay|yes|vâng|được"),
            digit="1",
        ),
        Row(
            Verb.DECLINE,
            _of(
                "từ chối|không nhận|ko nhận|k nhận|hông nhận|không đi|ko đi|không đi nữa|"
                "không đi được|không thể đi|không đến được"
                "|không thể đến|không thể nhận|bận việc|bận việc khác|bận họp|đang bận|bận rồi"
                "|bận quá|bận lắm|xin từ chối|xin không nhận|decline|declined|reject|refuse"
                "|cannot take|cant take|cannot go|cant go|im busy|busy"
            ),
            alone=_of("bận|pass"),
            digit="2",
        ),
        Row(
            Verb.DEPART,
            _of(
                "đang đi|đi rồi|đã đi|đi ngay|đi liền|bắt đầu đi|trên đường|đang trên đường"
                "|đang trên đường đến|đang trên đường đi|đang đến|đang tới|đang chạy|lên đường"
                "|xuất phát|đã xuất phát|khởi hành|omw|on the way|on my way|leaving|leaving now"
                "|departed|set off|going now"
            ),
            alone=_of("đi|đi đây|đi nè|going"),
            digit="3",
        ),
        Row(
            Verb.ARRIVE,
            _of(
                "đã đến|đến nơi|đã đến nơi|đến rồi|tới nơi|đã tới|đã tới nơi|tới rồi|có mặt"
                "|đã có mặt|đang ở xã|đến xã rồi|tới xã rồi|arrived|i arrived|have arrived"
                "|i am here"
                "|im here|on site|here now"
            ),
            alone=_of("đến|tới|here|đến xã|tới xã"),
            digit="4",
        ),
        Row(
            Verb.RESOLVE,
            _of(
                "xong|xong rồi|xong việc|đã xong|làm xong|đã làm xong|sửa xong|đã sửa xong"
                "|chữa xong|đã chữa xong|xử lý xong|đã xử lý xong|hoàn thành|đã hoàn thành"
                "|hoàn tất|đã hoàn tất|hỗ trợ xong|đã hỗ trợ xong|khắc phục xong"
                "|đã khắc phục xong|cài xong|đã cài xong|giải quyết xong|đã giải quyết xong"
                "|done|fixed|all done|finished|completed|resolved"
            ),
            alone=_of("đã sửa|đã xử lý|đã khắc phục|complete"),
            digit="5",
        ),
        Row(
            Verb.VIDEO,
            _of(
                "video|gọi video|cần gọi video|muốn gọi video|cần video|xin gọi video"
                "|chuyển video|mở video"
                "|chuyển gọi video|chuyển sang video|video call|call video|need video"
            ),
            digit="6",
        ),
        Row(
            Verb.LIST,
            _of("ds|danh sách|xem việc|việc hôm nay|danh sách việc|list|my list|xem ds"
                "|xem danh sách"),
            alone=_of("việc|ds việc|còn việc nào|visits|xem phiếu"),
        ),
        Row(Verb.HELP, _of("trợ giúp|hướng dẫn|help|help me"), alone=_of("hd|?")),
    ),
    "commune": (
        Row(
            Verb.CONFIRM,
            _of("xác nhận|đúng|xin xác nhận|đúng rồi|xác nhận xong|confirm|confirmed|i confirm"),
            prompted=_of("đã xong|xong|xong rồi|được rồi|yes|done|fixed|correct"),
            digit="1",
        ),
        Row(
            Verb.REOPEN,
            _of(
                "vẫn lỗi|còn lỗi|vẫn còn lỗi|vẫn bị lỗi|vẫn bị|vẫn hỏng|vẫn hư|vẫn không được"
                "|vẫn ko được|vẫn chưa|vẫn chưa được|vẫn chưa xong|chưa xong|chưa được"
                "|chưa sửa xong"
                "|chưa làm xong|lỗi lại|bị lại|lại lỗi|lại bị lỗi|mở lại|chưa khắc phục"
                "|không được|ko được|reopen|not fixed|not done|still broken|still not working"
                "|not working"
            ),
            alone=_of("chưa|chưa đâu|not yet"),
            digit="2",
        ),
        Row(
            Verb.STATUS,
            _of("tt|tình trạng|trạng thái|xem phiếu|hỏi phiếu|status|xem tình trạng"
                "|hỏi tình trạng"),
        ),
        Row(Verb.HELP, _of("trợ giúp|hướng dẫn|help|help me"), alone=_of("hd|?")),
    ),
}  # fmt: skip
# Opting out and in: the whole text, to the letter, and never by a slip.
WHOLE_TEXT: Mapping[Verb, tuple[str, ...]] = {
    Verb.STOP: _of("stop|stopall|unsubscribe|hủy tin|dừng nhận tin|ngừng nhận tin"),
    Verb.START: _of("start|unstop|nhận lại"),
}
# Look like a command and are none; longer than the phrase they contain, so they win over it.
NO_COMMAND = _of(
    "nhận được|đã nhận được|không nhận được|ko nhận được|nhận tin|đã nhận tin|nhận được tin"
    "|bạn ơi"
    "|không nhận tin|nhận thông báo|nhận lại|đúng không|xác nhận lại|không xác nhận"
    "|chưa xác nhận|không đúng|chưa đúng|không phải|đi chưa|đến khi|đến giờ|đến mai|đến lúc"
    "|đến chiều"
    "|đến tối|hủy|cancel|xong chưa|đến chưa|tới chưa|đi họp|đi công tác|hoàn thành hồ sơ|nhầm"
    "|dừng|dừng lại|đừng|dùng|ok|oke|okie|okay|yes|vâng|not confirm|do not confirm|dont confirm"
)
REASONS: Mapping[DeclineReason, tuple[str, ...]] = {
    DeclineReason.SICK: _of("ốm|bệnh|bị bệnh|sốt|đau|tai nạn|nghỉ ốm|sick|ill|cúm"),
    DeclineReason.SKILL: _of(
        "kỹ năng|kĩ năng|chuyên môn|không biết làm|không rành|không biết|chưa làm bao giờ"
        "|skill|skills"
    ),
    DeclineReason.PARTS: _of(
        "vật tư|linh kiện|thiếu đồ|thiếu thiết bị|thiết bị|parts|part|hết hàng"
    ),
    DeclineReason.WEATHER: _of(
        "thời tiết|mưa|bão|lũ|lụt|ngập|sạt lở|weather|rain|storm|flood|mưa to|nước lớn|mưa lớn"
    ),
    DeclineReason.TRANSPORT: _of(
        "xe|hư xe|hỏng xe|xe hư|xe hỏng|phương tiện|không có xe|hết xăng|tàu|transport|car"
        "|motorbike"
    ),
    DeclineReason.FAR: _of("xa|xa quá|đường xa|ở xa|far|too far|xa lắm"),
    DeclineReason.BUSY: _of(
        "bận|họp|việc khác|đang làm|nơi khác|phiếu khác|busy|meeting|nghỉ phép|đám|việc nhà"
        "|việc riêng"
    ),
}
# Words that carry no command: how people address each other, and what softens a sentence.
FILLERS = _of(
    "dạ|vâng|ạ|à|ừ|ơi|em|anh|chị|tôi|tui|mình|tớ|chú|cô|bác|chào|xin|báo cáo|báo|nhé|nha|nghe"
    "|nghen"
    "|luôn|phiếu|số|ticket|the|is|please|pls|hi|hello|đó|này|nè|rồi|đã|thì|sếp|anh chị|ad|admin"
    "|tổ|kỹ thuật|thầy|hết|cả|và|mã|it|i|am|im|have|has|now|vừa|mới|ok|oke|cảm ơn|cám ơn"
    "|thanks|thank|you|rùi|roài|r|nhe"
)
NEGATIONS = _of(
    "chưa|không|ko|k|kg|hông|hổng|chẳng|chả|đừng|khỏi|hem|hok|no|not|dont|cant|cannot|never"
    "|didnt|isnt"
)
# Before a verb: it has not happened.
NOT_YET = _of(
    "sắp|gần|sẽ|mai|chiều|tối nay|tối mới|tối mai|mốt|lát|tí|tuần|nếu|khi|chờ|đợi|để|chuẩn bị"
    "|dự kiến|định|cố"
    "|muốn|cho|trước"
    "|kịp|hẹn|phải|cần|bao giờ|will|soon|almost|nearly|tomorrow|later|if|when|before|until"
    "|half|wait|need"
)
# After "done": a part, or a time that is still to come.
NOT_WHOLLY = _of(
    "sau|mai|một nửa|nửa|phần|một phần|trước|tạm|tạm thời|gần|khoảng|tomorrow|soon|half|partly|sẽ"
)
# After a confirmation these deny it.
TROUBLE = _of("lỗi|hỏng|hư|vẫn|bị|sai|broken|error")
# Soon after "done": it is a promise.
TO_COME = _of("mai|ngày mai|sáng mai|mốt|tuần sau|tháng sau|chiều nay|tối nay|tomorrow|next week")
CONTRASTS = _of("nhưng|mà|còn|tuy|trừ|song|but|except|however|chỉ")
# Questions, and what takes a text back.
QUESTIONS = _of(
    "nhầm|bấm nhầm|nhắn nhầm|mistake|sao được|làm gì có|is it|did you|are you|can you|will you|"
    "bao giờ|bao lâu|bao nhiêu|khi nào|lúc nào|chừng nào|mấy giờ|ở đâu|đâu rồi|thế nào"
    "|sao rồi|như thế nào|vì sao"
    "|tại sao|làm sao|là sao|ai|phải không|đúng không|được không|chưa vậy|when|what|where|how"
    "|why|who|which"
)
# The last word of a question without a question mark.
QUESTION_ENDS = _of("chưa|không|ko|hả|hử|vậy|chưa vậy|chưa ạ")
# After a single digit these make it a quantity: 5 phut, 3 nguoi.
COUNTED = _of(
    "phút|p|giờ|h|ngày|người|máy|cái|tiếng|km|cây|lần|bộ|việc|chiếc|tuần|hồ sơ|nửa|rưỡi"
    "|minutes|hours|min|days"
)
# Words of their own within one slip of a phrase.
NO_SLIP = frozenset(
    _of(
        "nhanh|nhat|nha|nhau|nhac|nhap|xuong|xung|xin|xoong|long|song|hong|cong|dong|viet"
        "|videos|home"
        "|gone|dome|none|don|lis|lit|hep|held|self|kelp"
    )
)
