"""The file that people come in by: one CSV of teams, technicians and log-ins, checked by line."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.sms.phones import normalise
from models.account import Role
from models.workforce import Employer

TEAM = "team"
COLUMNS = ("role", "username", "name", "name_en", "team", "commune", "employer", "skills", "phone")
# A file may have these as well: who has not is left as they are.
OPTIONAL = ("seats", "mentor")
MOST_SEATS = 9
KINDS = (TEAM, *(role.value for role in Role))
LEVELS = ("1", "2", "3")
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,63}")
NAME_LENGTH = {"name": 120, "name_en": 80}


@dataclass(frozen=True)
class LineError:
    """A wrong cell of the file: where it is, and what was expected there."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.message}"


class PeopleFileError(ValueError):
    """The file cannot be taken in; every wrong line is named and nothing was changed."""

    def __init__(self, errors: list[LineError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class Known:
    """What the database holds already: the words that a line may use."""

    communes: frozenset[str]
    skills: frozenset[str]
    teams: frozenset[str]
    roles: Mapping[str, Role]
    phones: Mapping[str, str]


@dataclass(frozen=True)
class TeamLine:
    """A team: its names and the commune that its people start from."""

    name: str
    name_en: str
    base_code: str


@dataclass(frozen=True)
class PersonLine:
    """A person: log-in, role, and what the role needs.

    ``commune_code`` is a technician's home, or the commune whose staff this is. ``mentor`` is the
    user name of whom a trainee travels with, empty for nobody; None (and no ``seats``): not told.
    """

    role: Role
    username: str
    name: str
    phone: str | None
    team: str | None = None
    commune_code: str | None = None
    employer: Employer | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    seats: int | None = None
    mentor: str | None = None


@dataclass(frozen=True)
class People:
    """A whole file, free of errors."""

    teams: tuple[TeamLine, ...]
    persons: tuple[PersonLine, ...]


def read_people(content: bytes, known: Known) -> People:
    """Teams and persons of a CSV file in UTF-8, separated by commas or, as Excel may, semicolons.

    Raises
    ------
    PeopleFileError
        If anything in it is wrong; it names every wrong line, not only the first.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "the file is not in UTF-8; save it as 'CSV UTF-8'"
        raise PeopleFileError([LineError(1, "file", message)]) from error
    header = text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        message = f"the first line must name the columns {', '.join(COLUMNS)}"
        raise PeopleFileError([LineError(1, ", ".join(missing), message)])
    check = _Check(known)
    for row in reader:
        cells = {name: (row[name] or "").strip() for name in COLUMNS}
        given = [name for name in OPTIONAL if name in (reader.fieldnames or ())]
        cells |= {name: (row[name] or "").strip() for name in given}
        if any(cells.values()):
            check.take(reader.line_num, cells)
    return check.result()


class _Check:
    """Goes through the lines once, keeping what is right and noting what is wrong."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._errors: list[LineError] = []
        self._teams: dict[str, TeamLine] = {}
        self._persons: dict[str, PersonLine] = {}
        self._named_teams: list[tuple[int, str]] = []
        self._phones: dict[str, tuple[int, str]] = {}
        self._line = 0
        self._lines: dict[str, int] = {}

    def take(self, line: int, cells: dict[str, str]) -> None:
        self._line = line
        for column, longest in NAME_LENGTH.items():
            if len(cells[column]) > longest:
                self._wrong(column, f"at most {longest} characters")
        if cells["role"] == TEAM:
            self._take_team(cells)
        elif cells["role"] in KINDS:
            self._take_person(Role(cells["role"]), cells)
        else:
            self._wrong("role", f"expected one of {', '.join(KINDS)}, not '{cells['role']}'")

    def result(self) -> People:
        names = self._known.teams | set(self._teams)
        for line, name in self._named_teams:
            if name not in names:
                message = (
                    f"there is no team '{name}'; known are {', '.join(sorted(names)) or 'none'}"
                )
                self._errors.append(LineError(line, "team", message))
        self._check_phones()
        self._check_mentors()
        if not (self._teams or self._persons or self._errors):
            self._errors.append(LineError(1, "file", "it holds no line but the first"))
        if self._errors:
            raise PeopleFileError(sorted(self._errors, key=lambda error: error.line))
        return People(tuple(self._teams.values()), tuple(self._persons.values()))

    def _take_team(self, cells: dict[str, str]) -> None:
        name = cells["name"]
        if not name:
            self._wrong("name", "the team's name, such as 'Tổ 1'")
        elif name in self._teams:
            self._wrong("name", f"the team '{name}' stands in the file twice")
        base = self._commune(cells["commune"], "the base of the team")
        self._teams.setdefault(name, TeamLine(name, cells["name_en"] or name, base))

    def _take_person(self, role: Role, cells: dict[str, str]) -> None:
        username = self._username(cells["username"], role)
        if not cells["name"]:
            self._wrong("name", "the person's name")
        person = PersonLine(
            role=role,
            username=username,
            name=cells["name"],
            phone=self._phone(cells["phone"], username, is_needed=role is Role.TECHNICIAN),
            team=self._team(cells["team"]) if role in {Role.TECHNICIAN, Role.LEAD} else None,
            commune_code=self._place(cells["commune"], role),
            employer=self._employer(cells["employer"]) if role is Role.TECHNICIAN else None,
            skills=self._skills(cells, cells["skills"]) if role is Role.TECHNICIAN else {},
            seats=self._seats(cells.get("seats", "")) if role is Role.TECHNICIAN else None,
            mentor=cells.get("mentor") if role is Role.TECHNICIAN else None,
        )
        self._persons.setdefault(username, person)
        self._lines.setdefault(username, self._line)

    def _seats(self, written: str) -> int | None:
        if not written:
            return None
        if written.isdecimal() and 1 <= int(written) <= MOST_SEATS:
            return int(written)
        self._wrong("seats", f"how many people the car holds, 1 to {MOST_SEATS}, not '{written}'")
        return None

    def _check_mentors(self) -> None:
        """A trainee travels with a technician of this file or of before, who is no trainee."""
        for username, person in self._persons.items():
            name = person.mentor
            if not name:
                continue
            known = self._persons[name].role if name in self._persons else None
            role = known or self._known.roles.get(name)
            learns = name in self._persons and self._persons[name].mentor
            if name == username or role is not Role.TECHNICIAN or learns:
                message = f"'{name}' is no technician whom a trainee could travel with"
                self._errors.append(LineError(self._lines[username], "mentor", message))

    def _place(self, code: str, role: Role) -> str | None:
        if role is Role.TECHNICIAN:
            return self._commune(code, "the home commune")
        return (
            self._commune(code, "the commune whose staff this is") if role is Role.COMMUNE else None
        )

    def _username(self, username: str, role: Role) -> str:
        if not _USERNAME.fullmatch(username):
            self._wrong("username", "2 to 64 of a-z, 0-9, dot, dash or underscore, a letter first")
        elif username in self._persons:
            self._wrong("username", f"'{username}' stands in the file twice")
        elif self._known.roles.get(username, role) is not role:
            held = self._known.roles[username]
            self._wrong("username", f"'{username}' is taken by a {held}; a role is never changed")
        return username

    def _team(self, name: str) -> str:
        if name:
            self._named_teams.append((self._line, name))
        else:
            self._wrong("team", "the name of the person's team")
        return name

    def _commune(self, code: str, what: str) -> str:
        if code not in self._known.communes:
            self._wrong("commune", f"{what}: the five-digit code of a commune, not '{code}'")
        return code

    def _employer(self, name: str) -> Employer:
        if name in set(Employer):
            return Employer(name)
        self._wrong("employer", f"expected one of {', '.join(Employer)}, not '{name}'")
        return Employer.DEPARTMENT

    def _skills(self, cells: dict[str, str], written: str) -> dict[str, int]:
        skills: dict[str, int] = {}
        for part in filter(None, re.split(r"[;,\s]+", written)):
            code, _, level = part.partition(":")
            if code not in self._known.skills:
                choices = ", ".join(sorted(self._known.skills))
                self._wrong("skills", f"there is no skill '{code}'; known are {choices}")
            elif level not in LEVELS:
                self._wrong("skills", f"'{part}': expected a level 1, 2 or 3, as in {code}:2")
            else:
                skills[code] = int(level)
        if not written and not cells.get("mentor"):
            self._wrong("skills", "at least one, as in network:2;hardware:1")
        return skills

    def _phone(self, written: str, username: str, *, is_needed: bool) -> str | None:
        if not written:
            if is_needed:
                self._wrong("phone", "a technician needs a mobile number")
            return None
        try:
            phone = normalise(written, mobile_only=True)
        except ValueError as error:
            self._wrong("phone", str(error))
            return None
        if phone in self._phones:
            self._wrong("phone", f"{written} stands in the file twice")
        self._phones.setdefault(phone, (self._line, username))
        return phone

    def _check_phones(self) -> None:
        """A number belongs to one person; one that its old owner gives up in this file is free."""
        for phone, (line, username) in self._phones.items():
            owner = self._known.phones.get(phone, username)
            if owner != username and (
                owner not in self._persons or self._persons[owner].phone == phone
            ):
                message = f"{phone} belongs to {owner} already"
                self._errors.append(LineError(line, "phone", message))

    def _wrong(self, column: str, message: str) -> None:
        self._errors.append(LineError(self._line, column, message))
