"""People from a file into the tables: what is new, what changes, said in words; all or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from app.services.people.administration import create_user
from app.services.people.people_file import Known, PersonLine, TeamLine, read_people
from app.services.planning.abilities import forget_abilities
from models.account import Role, User
from models.catalog import Skill
from models.geography import Commune
from models.workforce import Employer, Team, Technician, TechnicianSkill


@dataclass
class Imported:
    """What a file did: sentences of what is new or changed, and the passwords of new log-ins."""

    changes: list[str] = field(default_factory=list)
    unchanged: int = 0
    passwords: dict[str, str] = field(default_factory=dict)


def import_people(
    session: Session,
    content: bytes,
    *,
    make_password: Callable[[], str],
    hash_password: Callable[[str], str],
) -> Imported:
    """Take in a people file; who is not in it stays as they are.

    A dry run is the same call, rolled back by the door.

    Raises
    ------
    PeopleFileError
        If any line is wrong; nothing is changed then.
    """
    people = read_people(content, known(session))
    done = Imported()
    importer = _Importer(session, done)
    for team in people.teams:
        importer.take_team(team)
    for person in people.persons:
        if importer.update(person):
            continue
        password = make_password()
        done.passwords[person.username] = password
        importer.create(person, password_hash=hash_password(password))
    for person in people.persons:
        importer.set_mentor(person)
    forget_abilities(session)
    return done


def known(session: Session) -> Known:
    """What a people file may refer to."""
    users = session.exec(select(User.username, User.role, User.phone)).all()
    return Known(
        communes=frozenset(session.exec(select(Commune.code))),
        skills=frozenset(session.exec(select(Skill.code))),
        teams=frozenset(session.exec(select(Team.name_vi))),
        roles={username: Role(role) for username, role, _ in users},
        phones={phone: username for username, _, phone in users if phone},
    )


class _Importer:
    """Writes checked lines; the tables are read once, by the names that lines use."""

    def __init__(self, session: Session, done: Imported) -> None:
        self._session = session
        self._done = done
        self._teams = {team.name_vi: team for team in session.exec(select(Team))}
        self._users = {user.username: user for user in session.exec(select(User))}
        self._technicians = {tech.user_id: tech for tech in session.exec(select(Technician))}

    def take_team(self, line: TeamLine) -> None:
        team = self._teams.get(line.name)
        if team is None:
            team = Team(name_vi=line.name, name_en=line.name_en, base_code=line.base_code)
            self._session.add(team)
            self._session.flush()
            self._teams[line.name] = team
            self._done.changes.append(f"new team {line.name}, base {line.base_code}")
            return
        self._say(
            line.name,
            _assign(team, {"name_en": line.name_en, "base_code": line.base_code}),
        )

    def update(self, person: PersonLine) -> bool:
        """Bring a known person up to the line; False if there is no such person yet."""
        user = self._users.get(person.username)
        if user is None:
            return False
        team_id = self._team_id(person)
        changed = _assign(user, {"name": person.name, "phone": person.phone, "team_id": team_id})
        if person.role is Role.COMMUNE:
            changed += _assign(user, {"commune_code": person.commune_code})
        if person.role is Role.TECHNICIAN:
            technician = self._technicians[user.id or 0]
            changed += _assign(
                technician,
                {
                    "team_id": team_id,
                    "employer": person.employer,
                    "home_code": person.commune_code,
                },
            )
            changed += self._set_skills(technician, person.skills)
            if person.seats is not None:
                changed += _assign(technician, {"seats": person.seats})
        self._say(person.username, changed)
        return True

    def create(self, person: PersonLine, *, password_hash: str) -> None:
        user = create_user(
            self._session,
            username=person.username,
            name=person.name,
            role=person.role,
            password_hash=password_hash,
            phone=person.phone,
            team_id=self._team_id(person),
            commune_code=person.commune_code if person.role is Role.COMMUNE else None,
        )
        if person.role is Role.TECHNICIAN:
            technician = Technician(
                user_id=user.id or 0,
                team_id=user.team_id or 0,
                employer=person.employer or Employer.DEPARTMENT,
                home_code=person.commune_code or "",
            )
            technician.seats = person.seats or technician.seats
            self._session.add(technician)
            self._session.flush()
            self._technicians[technician.user_id] = technician
            self._users[user.username] = user
            self._set_skills(technician, person.skills)
        where = person.team or person.commune_code or ""
        self._done.changes.append(
            f"new {person.role} {person.username}, {person.name}" + (f" ({where})" if where else "")
        )

    def set_mentor(self, person: PersonLine) -> None:
        """Let a trainee travel with their mentor; both are there by now."""
        if person.role is not Role.TECHNICIAN or person.mentor is None:
            return
        technician = self._technicians[self._users[person.username].id or 0]
        mentor = self._technicians[self._users[person.mentor].id or 0] if person.mentor else None
        if technician.mentor_id != (mentor.id if mentor else None):
            technician.mentor_id = mentor.id if mentor else None
            self._done.changes.append(f"{person.username}: mentor {person.mentor or 'none'}")

    def _team_id(self, person: PersonLine) -> int | None:
        return self._teams[person.team].id if person.team else None

    def _set_skills(self, technician: Technician, wanted: Mapping[str, int]) -> list[str]:
        held = {
            row.skill_code: row
            for row in self._session.exec(
                select(TechnicianSkill).where(col(TechnicianSkill.technician_id) == technician.id)
            )
        }
        before = {code: row.level for code, row in held.items()}
        for code in held.keys() - wanted.keys():
            self._session.delete(held[code])
        for code, level in wanted.items():
            if code in held:
                held[code].level = level
            else:
                self._session.add(
                    TechnicianSkill(technician_id=technician.id or 0, skill_code=code, level=level)
                )
        self._session.flush()
        return [] if before == wanted else [f"skills {_skills(before)} → {_skills(wanted)}"]

    def _say(self, name: str, changed: list[str]) -> None:
        if changed:
            self._done.changes.append(f"{name}: {', '.join(dict.fromkeys(changed))}")
        else:
            self._done.unchanged += 1


def _assign(row: Team | User | Technician, values: Mapping[str, object]) -> list[str]:
    """Set the values that differ; one phrase for each."""
    changed: list[str] = []
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            label = (
                name.removesuffix("_code").removesuffix("_id").replace("name_en", "English name")
            )
            changed.append(f"{label} {before or 'none'} → {value or 'none'}")
    return changed


def _skills(levels: Mapping[str, int]) -> str:
    return ";".join(f"{code}:{level}" for code, level in sorted(levels.items())) or "none"
