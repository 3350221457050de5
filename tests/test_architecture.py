"""The house rules that a machine can hold: who imports whom, who assigns what, what is pinned."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from app.config import Settings
from app.factory import create_app

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "dispatch", "models")
FIRST_PARTY = (*ROOMS, "scripts", "tests")
SQL = {"sqlmodel", "sqlalchemy"}
FLASK = {"flask", "flask_login", "flask_wtf", "wtforms", "werkzeug", "markupsafe"}
DOOR = {"app.services", "app.context", "app.access", "app.i18n", "app.maps", "models"}
PROVIDERS = {"app.sms.provider", "app.travel.provider", "app.video.provider"}

# ARCHITECTURE: room → (first-party rooms, vendors). The longest name that fits a module decides;
# every module may import from its own room, and structlog is allowed throughout app.
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "models": (set(), SQL),
    "models.migration": (set(), SQL | {"alembic"}),
    "models.migrations": (set(), SQL | {"alembic"}),
    "dispatch": (set(), {"numpy", "geopy.distance"}),
    "dispatch.solvers.kernel": (set(), {"numpy", "numba", "llvmlite.binding"}),
    "app.sms": ({"models"}, {"phonenumbers", "jinja2"}),
    "app.sms.providers.twilio": ({"models", "app.sms"}, {"twilio", "requests"}),
    "app.video": ({"models"}, {"jwt"}),
    "app.travel": ({"models"}, set()),
    "app.maps": ({"models"}, {"folium", "branca", "jinja2"}),
    "app.i18n": ({"models"}, {"babel"}),
    "app.services": (
        {"models", "dispatch", "app.sms", "app.video", "app.travel", "app.maps", "app.i18n"},
        SQL | {"PIL", "holidays"},
    ),
    "app.services.tickets.qr_code": (set(), {"segno"}),
    # Set-up functions are handed the settings; a door answers a lost race or a missing database.
    "app.web": (DOOR | {"app.config"}, FLASK | {"sqlalchemy.exc", "sqlalchemy.orm.exc"}),
    "app.api": (DOOR, FLASK | {"flask_openapi3", "pydantic", "pydantic_core"}),
    "app.jobs": ({"app.services", "app.context", "models"}, {"apscheduler"}),
    "app.config": (set(), set()),
    "app.logs": (set(), {"structlog"}),
    "app.context": (PROVIDERS | {"app.config", "models"}, {"flask", "flask_login", "sqlalchemy"}),
    "app.access": (
        PROVIDERS | {"app.config", "app.context", "models"},
        {"flask", "flask_login", "argon2", "pyotp", "sqlmodel"},
    ),
    "app.factory": ({"app", "models"}, FLASK | {"flask_openapi3", "sqlalchemy"}),
}


def modules(*rooms: str) -> list[Path]:
    """Every Python file of these rooms."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    """Dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, node: ast.AST | None = None) -> Iterator[str]:
    """Every module that is imported: `from models import plan` counts as models.plan."""
    for found in ast.walk(node or tree_of(path)):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            assert found.level == 0, f"{name_of(path)} imports relatively"
            module = found.module or ""
            for alias in found.names:
                yield f"{module}.{alias.name}" if is_module(f"{module}.{alias.name}") else module


@cache
def is_module(name: str) -> bool:
    """Whether a dotted name is a module or package of ours."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def is_within(name: str, rooms: set[str]) -> bool:
    """Whether a dotted name stands in one of these rooms."""
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("path", modules(*ROOMS), ids=name_of)
def test_imports_keep_to_the_table(path: Path) -> None:
    name = name_of(path)
    room = max((room for room in TABLE if is_within(name, {room})), key=len, default=None)
    if path.name == "__init__.py" and not list(imports(path)):
        return

    assert room is not None, f"{name} stands in no room of the table"
    own_room = ".".join(room.split(".")[: 2 if room.startswith("app.") else 1])
    first_party, vendors = TABLE[room]
    for imported in imports(path):
        top = imported.split(".")[0]
        if top in FIRST_PARTY:
            assert is_within(imported, first_party | {own_room}), f"{name} imports {imported}"
        elif top not in sys.stdlib_module_names:
            allowed = vendors | ({"structlog"} if name.startswith("app") else set())
            assert is_within(imported, allowed), f"{name} imports {imported}"


def test_nothing_imports_scripts_or_tests() -> None:
    found = [
        f"{name_of(path)} imports {name}"
        for path in modules(*ROOMS)
        for name in imports(path)
        if is_within(name, {"scripts", "tests"})
    ]

    assert found == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        name_of(path): {name for name in imports(path) if is_module(name)} - {name_of(path)}
        for path in modules(*ROOMS, "scripts")
    }

    order = list(TopologicalSorter(graph).static_order())  # CycleError shows the circle

    assert set(order) >= set(graph)


def test_no_first_party_import_hides_in_a_function() -> None:
    found = [
        f"{name_of(path)}: {name} in {node.name}"
        for path in modules(*FIRST_PARTY)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for name in imports(path, node)
        if name.split(".")[0] in FIRST_PARTY
    ]

    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path) for path in modules(*FIRST_PARTY) if not ast.get_docstring(tree_of(path))
    ]

    assert silent == []


def test_a_rooms_init_holds_its_docstring_alone() -> None:
    full = [
        name_of(path)
        for path in modules(*ROOMS, "scripts")
        if path.name == "__init__.py" and len(tree_of(path).body) != 1
    ]

    assert full == []


def test_only_config_reads_the_environment() -> None:
    spellings = {"environ", "environb", "getenv"}
    readers = {
        name_of(path)
        for path in modules(*ROOMS)
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.ImportFrom) and spellings & {alias.name for alias in node.names})
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in {f"os.{s}" for s in spellings})
    }

    assert readers <= {"app.config"}


def test_only_the_ticket_assigns_a_status() -> None:
    writers = {
        name_of(path) for path in modules(*ROOMS, "scripts") if any(status_writes(tree_of(path)))
    }

    assert writers <= {"models.ticket"}


def status_writes(tree: ast.Module) -> Iterator[ast.AST]:
    """Assignments to `.status`, by setattr and by UPDATE too; an error may carry one."""
    errors = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name.endswith("Error")]
    carried = {node for error in errors for node in ast.walk(error)}
    for node in set(ast.walk(tree)) - carried:
        if isinstance(node, ast.Attribute) and node.attr == "status":
            if isinstance(node.ctx, ast.Store | ast.Del):
                yield node
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if called == "values" and any(word.arg == "status" for word in node.keywords):
                yield node
            if isinstance(node.func, ast.Name) and node.func.id == "setattr":
                yield from (a for a in node.args if getattr(a, "value", None) == "status")


def test_every_route_says_who_may_take_it(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=str(tmp_path), demo="1"))

    undecided = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and getattr(app.view_functions[rule.endpoint], "access", None) is None
    ]

    assert undecided == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_exactly(name: str) -> None:
    lines = [
        line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"
    ]

    loose = [line for line in lines if not re.fullmatch(r"[\w.\[\],-]+==\d[\w.]*", line)]

    assert loose == []


def test_templates_name_no_outside_address() -> None:
    outside = re.compile(r"https?://(?!www\.w3\.org/)\S+|(?:src|href|action)=[\"']//\S+")

    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "templates").rglob("*.*"))
        for match in outside.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_readme_lists_the_settings_with_their_defaults() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|\s*`([A-Z_]+)`\s*\|\s*`?([^|`]*?)`?\s*\|", readme, flags=re.MULTILINE)

    settings = {str(item.metadata["env"]): str(item.default) for item in fields(Settings)}

    assert dict(rows) == settings


def test_the_web_loads_nothing_that_only_planning_needs() -> None:
    """Each would be in the memory of every web process for good."""
    heavy = ("numpy", "numba", "llvmlite", "vroom", "folium", "apscheduler")
    asked = f"import sys, app.factory; print([m for m in {heavy} if m in sys.modules])"

    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"
