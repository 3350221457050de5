"""Sentences as people write them, and the one command that each means."""

import pytest

from app.sms.commands import Command, Confidence, DeclineReason, Verb, parse

ASSIGNED = {"1": "accept", "2": "decline"}
RESOLVED = {"1": "confirm", "2": "reopen"}

TECHNICIAN = [
    # accept
    ("1", "accept", None),
    ("1 1042", "accept", 1042),
    ("1 1042R", "accept", 1042),
    ("1042 1", "accept", 1042),
    ("1.", "accept", None),
    ("1 nhan", "accept", None),
    ("nhan", "accept", None),
    ("Nhận", "accept", None),
    ("NHAN 1042", "accept", 1042),
    ("nhận việc 1042r", "accept", 1042),
    ("nhan viec", "accept", None),
    ("da nhan viec 1042", "accept", 1042),
    ("dạ em nhận ạ", "accept", None),
    ("toi nhan phieu 1042 nhe", "accept", 1042),
    ("đồng ý", "accept", None),
    ("dong y 1042", "accept", 1042),
    ("accept 1042", "accept", 1042),
    ("Accept", "accept", None),
    ("I accept", "accept", None),
    ("take 1042", "accept", 1042),
    ("nha65n 1042", "accept", 1042),
    ("nhaanj", "accept", None),
    ("nhaanj vieecj 1042", "accept", 1042),
    ("ddoongf ys", "accept", None),
    ("nhan1042", "accept", 1042),
    ("1042 nhan", "accept", 1042),
    ("nhan 1042 nhung chieu moi di", "accept", 1042),
    ("accpet 1042", "accept", 1042),
    ("dnog y 1042", "accept", 1042),
    # decline
    ("2", "decline", None),
    ("2 xa", "decline", None),
    ("2 1042 ban hop", "decline", 1042),
    ("tu choi 1042", "decline", 1042),
    ("từ chối 1042 vì ốm", "decline", 1042),
    ("tuwf choois 1042", "decline", 1042),
    ("tu72 cho61i", "decline", None),
    ("khong nhan 1042", "decline", 1042),
    ("không nhận, xe hỏng", "decline", None),
    ("ban", "decline", None),
    ("bận", "decline", None),
    ("em dang ban hop o tinh", "decline", None),
    ("khong di duoc, mua to", "decline", None),
    ("cho em nhan 1042", "accept", 1042),
    ("decline 1042 sick", "decline", 1042),
    ("pass 1042", "decline", 1042),
    ("k nhan 1042", "decline", 1042),
    ("khong di nua", "decline", None),
    ("2 toi o xa qua", "decline", None),
    ("busy", "decline", None),
    ("cant go 1042", "decline", 1042),
    ("tu chối 1042", "decline", 1042),
    # set off
    ("3", "depart", None),
    ("3 1042", "depart", 1042),
    ("di", "depart", None),
    ("di 1042", "depart", 1042),
    ("đi 1042", "depart", 1042),
    ("dang di", "depart", None),
    ("đang đi 1042", "depart", 1042),
    ("tren duong", "depart", None),
    ("dang tren duong 1042", "depart", 1042),
    ("ddang ddi 1042", "depart", 1042),
    ("d9ang d9i", "depart", None),
    ("omw", "depart", None),
    ("on the way 1042", "depart", 1042),
    ("xuat phat roi", "depart", None),
    ("nhan 1042, dang di", "depart", 1042),
    # arrive
    ("4", "arrive", None),
    ("4 1042", "arrive", 1042),
    ("den", "arrive", None),
    ("den 1042", "arrive", 1042),
    ("da den", "arrive", None),
    ("đã đến 1042", "arrive", 1042),
    ("toi noi 1042", "arrive", 1042),
    ("tới nơi rồi ạ", "arrive", None),
    ("em den noi roi a", "arrive", None),
    ("ddax ddeens", "arrive", None),
    ("arrived 1042", "arrive", 1042),
    ("on site 1042", "arrive", 1042),
    # resolve
    ("5", "resolve", None),
    ("5 1042", "resolve", 1042),
    ("5 da thay muc may in", "resolve", None),
    ("5 1042 4821", "resolve", 1042),
    ("xong", "resolve", None),
    ("Xong roi", "resolve", None),
    ("xong 1042", "resolve", 1042),
    ("xong 1042 4821", "resolve", 1042),
    ("xong 4821 1042R", "resolve", 1042),
    ("xong 1042 ma 4821", "resolve", 1042),
    ("da xong 1042 thay day mang", "resolve", 1042),
    ("đã sửa xong 1042", "resolve", 1042),
    ("chữa xong 1042", "resolve", 1042),
    ("hoan thanh 1042", "resolve", 1042),
    ("hoàn thành", "resolve", None),
    ("sua xong", "resolve", None),
    ("xong 1042, khong con loi", "resolve", 1042),
    ("hoafn thafnh 1042", "resolve", 1042),
    ("hoa2n tha2nh", "resolve", None),
    ("done 1042", "resolve", 1042),
    ("fixed 1042 new toner", "resolve", 1042),
    ("xong1042", "resolve", 1042),
    ("1042 xong", "resolve", 1042),
    ("1042R xong roi a", "resolve", 1042),
    # video, list, help
    ("6", "video", None),
    ("video", "video", None),
    ("video 1042", "video", 1042),
    ("goi video 1042", "video", 1042),
    ("gọi video", "video", None),
    ("can goi video 1042", "video", 1042),
    ("video call 1042", "video", 1042),
    ("ds", "list", None),
    ("DS", "list", None),
    ("viec", "list", None),
    ("danh sách", "list", None),
    ("list", "list", None),
    ("ds?", "list", None),
    ("?", "help", None),
    ("tro giup", "help", None),
    ("trợ giúp", "help", None),
    ("hd", "help", None),
    ("help", "help", None),
    ("Help!", "help", None),
    # negation and what has not happened yet
    ("chua xong 1042", "note", 1042),
    ("chưa xong 1042", "note", 1042),
    ("chuwa xong 1042", "note", 1042),
    ("sap den", "note", None),
    ("sắp đến 1042", "note", 1042),
    ("gan xong 1042", "note", 1042),
    ("mai moi xong", "note", None),
    ("chieu moi xong 1042", "note", 1042),
    ("khong xong duoc 1042", "note", 1042),
    ("chua den", "note", None),
    ("chua di 1042", "note", 1042),
    ("not done 1042", "note", 1042),
    ("almost done", "note", None),
    ("will be done tomorrow", "ask", None),
    ("xong mot nua", "ask", None),
    ("xong 50%", "ask", None),
    ("xong nhung may in chua chay", "ask", None),
    ("5 chua xong", "ask", None),
    ("xong vao ngay mai", "ask", None),
    ("xong 2/3", "ask", None),
    ("xong sao duoc", "ask", None),
    ("is it done", "ask", None),
    ("done with this, decline", "ask", None),
    ("xong 1042 chieu nay", "ask", 1042),
    ("xong nham", "ask", None),
    ("nhan nham 1042", "ask", 1042),
    ("xong gan het", "ask", None),
    ("lam sao cho xong", "ask", None),
    ("hom nay khong xong", "ask", None),
    ("chau xong 1042", "ask", 1042),
    # questions
    ("xong chua?", "ask", None),
    ("xong chua", "ask", None),
    ("nhan duoc khong", "ask", None),
    ("bao gio den", "ask", None),
    ("bao lau", "ask", None),
    ("xong 1042?", "ask", 1042),
    ("khi nao xong thi bao", "ask", None),
    # plain words that only look like a command
    ("huy", "ask", None),
    ("hủy", "ask", None),
    ("dung", "ask", None),
    ("ok", "ask", None),
    ("12", "ask", None),
    ("1 2", "ask", None),
    ("1042", "ask", 1042),
    ("1 tu choi", "ask", None),
    ("5 phut nua", "ask", None),
    ("3 nguoi dang cho", "ask", None),
    ("nhan duoc tin roi", "ask", None),
    ("bạn ơi", "ask", None),
    ("den mai moi co may", "ask", None),
    ("di cong tac roi", "ask", None),
    ("", "unknown", None),
    ("   ", "unknown", None),
    ("asdf qwer", "unknown", None),
    ("may in keu to", "unknown", None),
    ("xuong xa 1042", "unknown", 1042),
    ("song 1042", "unknown", 1042),
    ("xoong", "unknown", None),
    ("nhắn 1042", "unknown", 1042),
    ("đèn 1042", "unknown", 1042),
    ("stop", "stop", None),
    ("STOP.", "stop", None),
    ("huy tin", "stop", None),
    ("Hủy tin", "stop", None),
    ("dừng nhận tin", "stop", None),
    ("dung nhan tin", "stop", None),
    ("start", "start", None),
    ("nhan lai", "start", None),
    ("stpo", "unknown", None),
    ("stopp", "unknown", None),
    ("huy tn", "ask", None),
    ("stop 1042", "unknown", 1042),
    ("nhắn lại", "unknown", None),
]

COMMUNE = [
    ("1", "confirm", None),
    ("1 1042", "confirm", 1042),
    ("xac nhan", "confirm", None),
    ("xác nhận 1042", "confirm", 1042),
    ("xacs nhaanj 1042", "confirm", 1042),
    ("đúng", "confirm", None),
    ("đúng rồi ạ", "confirm", None),
    ("confirm 1042", "confirm", 1042),
    ("2", "reopen", None),
    ("2 1042", "reopen", 1042),
    ("chua", "reopen", None),
    ("chưa", "reopen", None),
    ("1042 chua", "reopen", 1042),
    ("chua xong", "reopen", None),
    ("van loi", "reopen", None),
    ("vẫn lỗi 1042", "reopen", 1042),
    ("vaanx looxi", "reopen", None),
    ("van chua duoc", "reopen", None),
    ("still broken 1042", "reopen", 1042),
    ("not fixed", "reopen", None),
    ("tt 1042", "status", 1042),
    ("TT 1042R", "status", 1042),
    ("tinh trang 1042", "status", 1042),
    ("tình trạng phiếu 1042?", "status", 1042),
    ("status 1042", "status", 1042),
    ("1042?", "status", 1042),
    ("1042", "status", 1042),
    ("tt", "status", None),
    ("?", "help", None),
    ("tro giup", "help", None),
    ("help", "help", None),
    # a plain "dung" may be đúng, dừng or dùng
    ("dung", "ask", None),
    ("dừng", "ask", None),
    ("dùng", "ask", None),
    ("duwngf", "ask", None),
    ("khong dung", "ask", None),
    ("dung khong", "ask", None),
    ("ok", "ask", None),
    ("da xong", "ask", None),
    ("xong chua", "ask", None),
    ("bao gio den", "ask", None),
    ("khong xac nhan", "ask", None),
    ("chua xac nhan", "ask", None),
    ("khi nao xac nhan", "ask", None),
    ("xac nhan chua", "ask", None),
    ("huy", "ask", None),
    ("stop", "stop", None),
    ("start", "start", None),
    ("cam on", "unknown", None),
    ("1 cam on", "confirm", None),
    ("1 dung roi", "confirm", None),
    ("chua, mo lai giup", "reopen", None),
    ("1042 den dau roi", "status", 1042),
    ("xac nhan nham", "ask", None),
    ("xac nhan la van loi", "ask", None),
    ("xac nhan chua xong", "ask", None),
    ("dung la con hu", "ask", None),
    ("đã xong", "ask", None),
    ("xong rồi", "ask", None),
    ("2 in van bi mo", "reopen", None),
    ("2 nguoi dang cho", "ask", None),
    ("xac nhan nhung van loi", "ask", None),
]

ANSWERS = [
    ("dung", "confirm"),
    ("đúng", "confirm"),
    ("dung roi", "confirm"),
    ("Dung 1042", "confirm"),
    ("ddungs", "confirm"),
    ("da xong", "confirm"),
    ("dừng", "ask"),
    ("đừng", "ask"),
    ("duwngf", "ask"),
    ("dung khong", "ask"),
    ("khong dung", "ask"),
    ("dung may in", "ask"),
    ("chua dung", "ask"),
    ("ok", "ask"),
]

REASONS = [
    ("2 xa", DeclineReason.FAR),
    ("2 xa qua", DeclineReason.FAR),
    ("tu choi 1042 ban hop", DeclineReason.BUSY),
    ("2 om", DeclineReason.SICK),
    ("từ chối, bị sốt", DeclineReason.SICK),
    ("2 khong biet lam", DeclineReason.SKILL),
    ("2 thieu vat tu", DeclineReason.PARTS),
    ("2 mua bao", DeclineReason.WEATHER),
    ("2 sat lo", DeclineReason.WEATHER),
    ("2 hu xe", DeclineReason.TRANSPORT),
    ("decline 1042 too far", DeclineReason.FAR),
    ("busy", DeclineReason.BUSY),
    ("2", None),
    ("tu choi 1042", None),
    ("2 xã Trà Bồng", None),
]


@pytest.mark.parametrize(("text", "verb", "number"), TECHNICIAN)
def test_technicians_text_means_one_command(text: str, verb: str, number: int | None) -> None:
    command = parse(text, role="technician")

    assert (command.verb, command.number) == (verb, number)


@pytest.mark.parametrize(("text", "verb", "number"), COMMUNE)
def test_communes_text_means_one_command(text: str, verb: str, number: int | None) -> None:
    command = parse(text, role="commune")

    assert (command.verb, command.number) == (verb, number)


@pytest.mark.parametrize(("text", "verb"), ANSWERS)
def test_plain_answer_confirms_only_a_live_question(text: str, verb: str) -> None:
    command = parse(text, role="commune", prompt=RESOLVED)

    assert command.verb == verb


@pytest.mark.parametrize(("text", "reason"), REASONS)
def test_reason_of_a_refusal_is_read(text: str, reason: DeclineReason | None) -> None:
    command = parse(text, role="technician")

    assert command.verb is Verb.DECLINE
    assert command.reason is reason


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("hoan thnah 1042", Verb.RESOLVE),
        ("tu chio 1042", Verb.DECLINE),
        ("xac nhna 1042", Verb.CONFIRM),
        ("may in da sua xong", Verb.RESOLVE),
        ("den noi, sua xong", Verb.RESOLVE),
    ],
)
def test_what_was_not_quite_said_is_only_believed_after_a_repeat(text: str, verb: Verb) -> None:
    command = parse(text, role="commune" if verb is Verb.CONFIRM else "technician")

    assert command.verb is verb
    assert command.confidence is Confidence.FUZZY


@pytest.mark.parametrize(
    ("text", "number", "letter_ok", "code"),
    [
        ("xong 1042", 1042, None, None),
        ("xong 1042R", 1042, True, None),
        ("xong 1042 r", 1042, None, None),
        ("xong 1042A", 1042, False, None),
        ("xong 1042 4821", 1042, None, "4821"),
        ("xong 1042R 0482", 1042, True, "0482"),
        ("xong 4821 1042R", 1042, True, "4821"),
        ("xong 120p", None, None, None),
        ("xong luc 10:30", None, None, None),
        ("xong 0912345678", None, None, None),
        ("xong ngay 25/11/2026", None, None, None),
    ],
)
def test_numbers_are_tickets_codes_or_neither(
    text: str, number: int | None, letter_ok: bool | None, code: str | None
) -> None:
    command = parse(text, role="technician")

    assert (command.number, command.letter_ok, command.code) == (number, letter_ok, code)


def test_note_is_what_follows_the_verb_without_the_numbers() -> None:
    command = parse("Xong 1042R 4821, đã thay mực máy in số 2.", role="technician")

    assert command.note == "đã thay mực máy in số 2"
    assert command.numbers == ("1042R", "4821")


def test_digit_means_what_its_prompt_says() -> None:
    command = parse("1", role="technician", prompt={"1": "resolve"})

    assert command == Command(Verb.RESOLVE, digit=1)


def test_ok_accepts_only_where_acceptance_was_asked() -> None:
    asked = parse("ok", role="technician", prompt=ASSIGNED)
    not_asked = parse("ok", role="technician")

    assert asked.verb is Verb.ACCEPT
    assert not_asked.verb is Verb.ASK
