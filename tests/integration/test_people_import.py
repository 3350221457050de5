"""People from a file: checked whole, said in words, taken in all or not at all."""

import pytest
from sqlmodel import Session, col, func, select

from app.access import password_matches
from app.services.people.importing import Imported, import_people
from app.services.people.people_file import PeopleFileError
from models.account import Role, User
from models.workforce import Employer, Team, Technician
from tests.factories import a_clerk, a_province, a_technician

HEADER = "role,username,name,name_en,team,commune,employer,skills,phone\n"
TEAM = "team,,Tổ 1,Team 1,,21025,,,\n"
TECHNICIAN = (
    "technician,ktv101,Nguyễn Văn Thành,,Tổ 1,21028,vnpt,network:2;hardware:1,0905 000 101\n"
)
LEAD = "lead,totruong1,Phan Thị Vân,,Tổ 1,,,,0905000102\n"
CLERK = "commune,xa21025,Lê Văn Phúc,,,21025,,,0905000103\n"
FILE = HEADER + TEAM + TECHNICIAN + LEAD + CLERK


def take_in(session: Session, text: str, *, hashed: str = "hash of {}") -> Imported:
    """Import a file, with passwords p1, p2 …"""
    passwords = (f"p{number}" for number in range(1, 1000))
    a_province(session)
    return import_people(
        session,
        text.encode(),
        make_password=lambda: next(passwords),
        hash_password=hashed.format,
    )


def errors_of(session: Session, text: str) -> list[str]:
    """What is said about a wrong file."""
    with pytest.raises(PeopleFileError) as refused:
        take_in(session, text)
    return [str(error) for error in refused.value.errors]


def technician(session: Session, username: str = "ktv101") -> Technician:
    """The technician of that name."""
    query = select(Technician).join(User).where(col(User.username) == username)
    return session.exec(query).one()


def test_a_file_brings_teams_technicians_and_log_ins(session: Session) -> None:
    take_in(session, FILE)

    made = technician(session)
    assert made.team.name_vi == "Tổ 1"
    assert (made.home_code, made.employer) == ("21028", Employer.VNPT)
    assert {row.skill_code: row.level for row in made.skills} == {"network": 2, "hardware": 1}
    assert made.user.phone == "+84905000101"
    roles = session.exec(select(User.role).order_by(col(User.id))).all()
    assert roles == [Role.TECHNICIAN, Role.LEAD, Role.COMMUNE]


def test_every_new_log_in_gets_a_password_that_is_shown_once_and_stored_as_a_hash(
    session: Session,
) -> None:
    done = take_in(session, FILE)

    hashes = dict(session.exec(select(User.username, User.password_hash)).all())
    assert done.passwords == {"ktv101": "p1", "totruong1": "p2", "xa21025": "p3"}
    assert hashes["ktv101"] == "hash of p1"


def test_what_is_new_is_said_in_words(session: Session) -> None:
    done = take_in(session, FILE)

    assert done.changes == [
        "new team Tổ 1, base 21025",
        "new technician ktv101, Nguyễn Văn Thành (Tổ 1)",
        "new lead totruong1, Phan Thị Vân (Tổ 1)",
        "new commune xa21025, Lê Văn Phúc (21025)",
    ]


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    take_in(session, FILE)

    done = take_in(session, FILE)

    assert (done.changes, done.unchanged, done.passwords) == ([], 4, {})


def test_a_changed_line_is_said_as_old_and_new(session: Session) -> None:
    take_in(session, FILE)
    moved = TECHNICIAN.replace("21028", "21034").replace("network:2", "network:3")

    done = take_in(session, HEADER + moved.replace("0905 000 101", "0905000104"))

    [change] = done.changes
    assert change == (
        "ktv101: phone +84905000101 → +84905000104, home 21028 → 21034, "
        "skills hardware:1;network:2 → hardware:1;network:3"
    )
    assert technician(session).home_code == "21034"


def test_who_is_not_in_the_file_stays(session: Session) -> None:
    take_in(session, FILE)

    take_in(session, HEADER + CLERK)

    assert technician(session).user.is_active


def test_a_password_is_never_changed_by_a_file(session: Session) -> None:
    take_in(session, FILE)

    take_in(session, FILE.replace("Lê Văn Phúc", "Lê Văn Phước"), hashed="other {}")

    changed = session.exec(select(User).where(col(User.username) == "xa21025")).one()
    assert (changed.name, changed.password_hash) == ("Lê Văn Phước", "hash of p3")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("boss,a1,Tên,,,,,,", "line 2, role: expected one of team, commune, technician"),
        ("lead,,Tên,,Tổ 1,,,,", "line 2, username: 2 to 64 of a-z"),
        ("lead,Ông Trùm,Tên,,Tổ 1,,,,", "line 2, username: 2 to 64 of a-z"),
        ("lead,lead1,,,Tổ 1,,,,", "line 2, name: the person's name"),
        ("lead,lead1,Tên,,,,,,", "line 2, team: the name of the person's team"),
        ("lead,lead1,Tên,,Tổ 9,,,,", "line 2, team: there is no team 'Tổ 9'"),
        ("commune,xa1,Tên,,,99999,,,", "line 2, commune: the commune whose staff this is"),
        ("team,,Tổ 3,,,,,,", "line 2, commune: the base of the team"),
        (
            "technician,ktv1,Tên,,Tổ 1,21025,vnpt,swimming:2,0905000101",
            "line 2, skills: there is no skill 'swimming'",
        ),
        (
            "technician,ktv1,Tên,,Tổ 1,21025,vnpt,network:4,0905000101",
            "line 2, skills: 'network:4': expected a level 1, 2 or 3",
        ),
        (
            "technician,ktv1,Tên,,Tổ 1,21025,vnpt,,0905000101",
            "line 2, skills: at least one",
        ),
        (
            "technician,ktv1,Tên,,Tổ 1,21025,fpt,network:2,0905000101",
            "line 2, employer: expected one of department, vnpt, viettel",
        ),
        (
            "technician,ktv1,Tên,,Tổ 1,21025,vnpt,network:2,",
            "line 2, phone: a technician needs a mobile number",
        ),
        ("lead,lead1,Tên,,Tổ 1,,,,02553822888", "line 2, phone: '02553822888' is no mobile number"),
        ("lead,lead1,Tên,,Tổ 1,,,,12", "line 2, phone: '12' is no"),
    ],
)
def test_a_wrong_cell_is_named_with_what_was_expected(
    session: Session, line: str, said: str
) -> None:
    found = errors_of(session, HEADER + line + "\n" + TEAM)

    assert any(error.startswith(said) for error in found), found


def test_every_wrong_line_is_named_and_nothing_is_taken_in(session: Session) -> None:
    broken = FILE + "lead,totruong2,,,Tổ 2,,,,\nadmin,x,Tên,,,,,,\n"

    found = errors_of(session, broken)

    assert [error.split(":")[0] for error in found] == [
        "line 6, name",
        "line 6, team",
        "line 7, username",
    ]
    assert session.exec(select(func.count()).select_from(User)).one() == 0
    assert session.exec(select(func.count()).select_from(Team)).one() == 0


def test_a_name_or_phone_that_stands_there_twice_is_refused(session: Session) -> None:
    twice = "commune,xa21025,Tên,,,21025,,,0905000102\n"

    found = errors_of(session, FILE + twice)

    assert found == [
        "line 6, username: 'xa21025' stands in the file twice",
        "line 6, phone: 0905000102 stands in the file twice",
    ]


def test_a_phone_of_somebody_else_is_refused(session: Session) -> None:
    clerk = a_clerk(session, phone="+84905000103")

    found = errors_of(session, FILE)

    assert found == [f"line 5, phone: +84905000103 belongs to {clerk.username} already"]


def test_two_people_may_swap_their_phones(session: Session) -> None:
    take_in(session, FILE)
    swapped = FILE.replace("0905 000 101", "SWAP").replace("0905000102", "0905000101")

    take_in(session, swapped.replace("SWAP", "0905000102"))

    assert technician(session).user.phone == "+84905000102"


def test_a_role_is_never_changed_by_a_file(session: Session) -> None:
    a_technician(session, username="totruong1")

    found = errors_of(session, FILE)

    assert found == [
        "line 4, username: 'totruong1' is taken by a technician; a role is never changed"
    ]


def test_a_file_that_excel_saved_with_semicolons_and_a_mark_is_read(session: Session) -> None:
    lines = (HEADER + TEAM + CLERK).replace(",", ";")

    done = take_in(session, "\ufeff" + lines.replace("\n", "\r\n"))

    assert len(done.changes) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Tổ".encode("utf-16"), "the file is not in UTF-8"),
        (b"a,b\n1,2\n", "the first line must name the columns role, username"),
        (HEADER.encode(), "it holds no line but the first"),
        (b"", "the first line must name the columns"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(
    session: Session, content: bytes, said: str
) -> None:
    a_province(session)

    with pytest.raises(PeopleFileError, match=said):
        import_people(session, content, make_password=str, hash_password=str)


def test_a_user_of_the_factories_logs_in_with_their_password(session: Session) -> None:
    from_factory = a_clerk(session)

    assert password_matches(from_factory, "mat khau de thu")
    assert not password_matches(from_factory, "another")
