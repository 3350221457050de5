"""An installation from outside: `prepare`, which run.py calls, and the commands of manage.py."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from app.access import password_matches
from app.services.people.accounts import token_viewer
from models.account import Role, User
from models.calendar import ClockOffset
from models.database import reading
from models.geography import Commune
from models.lifecycle import Status
from models.ticket import Ticket
from scripts import manage
from scripts.installation import prepare

PEOPLE = (
    "role,username,name,name_en,team,commune,employer,skills,phone\n"
    "team,,Tổ 1,Team 1,,21025,,,\n"
    "commune,xa21025,Lê Văn Phúc,,,21025,,,0905000103\n"
)


def count(session: Session, table: type) -> int:
    """How many rows a table has."""
    return session.exec(select(func.count()).select_from(table)).one()


def run(data_dir: Path, *arguments: str) -> int:
    """One command of manage.py."""
    return manage.main(["--data", str(data_dir), *arguments])


def test_a_demo_is_left_alone_by_the_next_start(demo_installation: Path, installed: Engine) -> None:
    accounts = (demo_installation / "demo-accounts.json").read_bytes()
    with reading(installed) as session:
        before = (count(session, User), count(session, Ticket))

    prepare(demo=True, at=None, admin=None)

    assert (demo_installation / "demo-accounts.json").read_bytes() == accounts
    with reading(installed) as session:
        assert (count(session, User), count(session, Ticket)) == before


def test_the_demo_accounts_are_for_the_owners_eyes_and_open_the_door(
    demo_installation: Path, installed: Engine
) -> None:
    path = demo_installation / "demo-accounts.json"

    rows = json.loads(path.read_text(encoding="utf-8"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(rows[0]) == {"username", "password", "role", "commune", "team", "phone", "token"}
    with reading(installed) as session:
        for row in (rows[0], rows[-1]):
            user = session.exec(select(User).where(col(User.username) == row["username"])).one()
            assert password_matches(user, row["password"])


def test_an_empty_installation_has_no_people_but_its_administrator(
    data_dir: Path, installed: Engine
) -> None:
    prepare(demo=False, at=None, admin=("chi-huy", "mot mat khau dai"))

    with reading(installed) as session:
        [user] = session.exec(select(User)).all()
        assert (user.username, user.role) == ("chi-huy", Role.ADMIN)
        assert password_matches(user, "mot mat khau dai")
        assert (count(session, Commune), count(session, Ticket)) == (96, 0)
        assert session.get(ClockOffset, 1) is None
    assert not (data_dir / "demo-accounts.json").exists()


def test_an_installation_without_an_administrator_is_not_started(data_dir: Path) -> None:
    with pytest.raises(ValueError, match="no administrator yet"):
        prepare(demo=False, at=None, admin=None)


def test_a_short_password_is_refused_before_anything_is_made(data_dir: Path) -> None:
    with pytest.raises(ValueError, match="at least 8 characters"):
        prepare(demo=False, at=None, admin=("chi-huy", "1234"))

    assert not data_dir.exists()


def test_a_demo_never_becomes_real_work(demo_installation: Path) -> None:
    with pytest.raises(ValueError, match="holds a demo"):
        prepare(demo=False, at=None, admin=("chi-huy", "mot mat khau dai"))


def test_real_work_never_becomes_a_demo(empty_installation: Path) -> None:
    with pytest.raises(ValueError, match="holds a real installation"):
        prepare(demo=True, at=None, admin=None)


def test_a_password_is_shown_for_the_administrator_that_was_made_and_not_again(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(data_dir, "seed", "--admin", "chi-huy")
    first = capsys.readouterr().out

    run(data_dir, "seed", "--admin", "chi-huy")

    assert "Administrator chi-huy, password" in first
    assert "password" not in capsys.readouterr().out


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    empty_installation: Path, installed: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")

    code = run(empty_installation, "people", "import", str(tmp_path / "people.csv"), "--dry-run")

    said = capsys.readouterr().out
    assert code == 0
    assert "new commune xa21025, Lê Văn Phúc (21025)" in said
    assert "2 would change" in said
    with reading(installed) as session:
        assert count(session, User) == 1
    assert list(empty_installation.glob("*.csv")) == []


def test_imported_people_log_in_with_the_passwords_of_a_private_file(
    empty_installation: Path, installed: Engine, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")

    code = run(empty_installation, "people", "import", str(tmp_path / "people.csv"))

    [passwords] = empty_installation.glob("new-passwords-*.csv")
    header, line = passwords.read_text(encoding="utf-8").splitlines()
    username, password = line.split(",")
    assert (code, header) == (0, "username,password")
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    with reading(installed) as session:
        user = session.exec(select(User).where(col(User.username) == username)).one()
        assert password_matches(user, password)


def test_a_wrong_people_file_ends_with_1_and_names_the_lines(
    empty_installation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = PEOPLE.replace("21025,,,0905", "99999,,,0905")
    (tmp_path / "people.csv").write_text(broken, encoding="utf-8")

    code = run(empty_installation, "people", "import", str(tmp_path / "people.csv"))

    assert code == 1
    assert "line 3, commune:" in capsys.readouterr().err


def test_a_token_is_shown_once_listed_without_itself_and_revoked(
    empty_installation: Path, installed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    run(empty_installation, "token", "create", "chi-huy", "--name", "kiểm tra", "--days", "30")
    token = capsys.readouterr().out.strip()

    run(empty_installation, "token", "list")
    listed = capsys.readouterr().out
    with reading(installed) as session:
        before = token_viewer(session, token, now=datetime.now(UTC))
        expired = token_viewer(session, token, now=datetime.now(UTC) + timedelta(days=31))
    run(empty_installation, "token", "revoke", listed.split("\t")[0])

    assert "kiểm tra" in listed
    assert token not in listed
    assert before is not None
    assert expired is None
    with reading(installed) as session:
        assert token_viewer(session, token, now=datetime.now(UTC)) is None


def test_a_user_switched_off_has_no_way_in(
    empty_installation: Path, installed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    run(empty_installation, "user", "create", "thu-ky", "--role", "dispatcher", "--name", "Thư ký")
    password = capsys.readouterr().out.split("thu-ky: ")[1].split(" ")[0]
    run(empty_installation, "token", "create", "thu-ky", "--name", "api")
    token = capsys.readouterr().out.strip()

    code = run(empty_installation, "user", "deactivate", "thu-ky")

    assert code == 0
    with reading(installed) as session:
        user = session.exec(select(User).where(col(User.username) == "thu-ky")).one()
        assert not password_matches(user, password)
        assert user.session_epoch == 1
        assert token_viewer(session, token, now=datetime.now(UTC)) is None


def test_a_new_password_ends_every_session(
    empty_installation: Path, installed: Engine, tmp_path: Path
) -> None:
    (tmp_path / "new").write_text("mat khau moi 2026\n", encoding="utf-8")

    code = run(
        empty_installation, "user", "password", "chi-huy", "--password-file", str(tmp_path / "new")
    )

    assert code == 0
    with reading(installed) as session:
        user = session.exec(select(User)).one()
        assert password_matches(user, "mat khau moi 2026")
        assert user.session_epoch == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["user", "password", "nobody"], "there is no user nobody"),
        (["user", "create", "chi-huy", "--role", "admin", "--name", "X"], "already"),
        (["user", "create", "x1", "--role", "lead", "--name", "X"], "needs a team"),
        (["user", "create", "x1", "--role", "commune", "--name", "X"], "needs its commune"),
        (["token", "create", "nobody", "--name", "x"], "there is no user nobody"),
        (["token", "revoke", "99"], "there is no token 99"),
        (["people", "import", "/nowhere.csv"], "/nowhere.csv"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_and_ends_with_1(
    empty_installation: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code = run(empty_installation, *arguments)

    assert code == 1
    assert said in capsys.readouterr().err


def test_a_database_that_was_never_migrated_is_named_as_such(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir.mkdir()

    code = run(data_dir, "token", "list")

    assert code == 1
    assert "migrate" in capsys.readouterr().err


def test_verify_says_that_all_is_well_or_ends_with_1(
    demo_installation: Path, installed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    well = run(demo_installation, "verify")
    said = capsys.readouterr().out
    with Session(installed) as session:
        session.get_one(Ticket, 1001).status = Status.OPEN
        session.commit()
    broken = run(demo_installation, "verify", "--json")

    assert (well, said) == (0, "I1 to I6 hold.\n")
    assert broken == 1
    found = json.loads(capsys.readouterr().out)
    assert {(row["invariant"], row["ticket"]) for row in found} == {("I5", 1001)}
