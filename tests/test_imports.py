"""Who may import whom, read from the code; and what `import convcalc` leaves unloaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import convcalc

ROOT = Path(convcalc.__file__).parent

# One direction, no way back: bytes -> document -> network -> planning -> what shows it.
# A room is a folder of `convcalc`; a feature is a room of `features`.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "document": {"core"},
    "kinds": {"core"},
    "network": {"core", "document", "kinds"},
    "planning": {"core", "kinds", "network"},
    "shorthand": {"core", "kinds"},
    # Knows nothing of plans, so that a run is evidence for them.
    "arrays": {"core", "document", "kinds", "network"},
    # The version, and the rules' manual pages, stand in SARIF.
    "report": {"", "core", "features.rules", "kinds", "network", "planning"},
}
ROOMS = frozenset(MAY_IMPORT)
# Features stand on the rooms, and their commands on `cli`; what one takes from another, and why.
BORROWED: dict[str, dict[str, str]] = {
    "budget": {"check": "a budget is a limit that `check` holds"},
    "check": {"rf": "two rules speak of fields that the plan does not carry"},
    "explain": {"check": "rules have manual pages"},
    "invert": {"shape": "a layer in words becomes the layer that is inverted"},
    "rules": {"check": "lists its rules", "explain": "shows their pages"},
    "show": {"shape": "a layer in words becomes the layer that is shown"},
    "solve": {"compare": "costs of a chain are those of a stack"},
    "verify": {
        "invert": "the law of the inverse",
        "rf": "holes of a field",
        "shape": "a layer in words becomes the network that is run",
    },
}
FEATURES = tuple(sorted(path.parent.name for path in (ROOT / "features").glob("*/__init__.py")))
# The files of a feature that are its command: they may print, and know the terminal.
COMMANDS = frozenset(
    {"command", "request", "selectors", "checking", "comparing", "writing", "baseline_file"}
)
# The doors of the house: they open the features.
DOORS: dict[str, set[str]] = {
    "cli": {"features.check", "features.diff", "features.init", "features.rules"},
    "testing": {"features.check"},
    "pytest_plugin": {"features.check"},
}
# Where a third-party package may be imported at all.
PACKAGES = {
    "numpy": {"arrays", "report", "features.rf", "features.verify"},
    "yaml": {"document"},
    "rich": {"cli", "report"},
    "typer": {"cli"},
    "pydantic": {"features.compare", "features.schema", "kinds", "network", "shorthand"},
    "pytest": {"pytest_plugin"},
}
HEAVY = (*PACKAGES, "click", "torch", "onnx")


def _room(names: Sequence[str]) -> str:
    """The room of a module: its folder, or its feature; its own name at the top of the house."""
    return ".".join(names[: 2 if names[0] == "features" else 1])


def files() -> Iterator[tuple[str, Path]]:
    """Each module with the room that it belongs to."""
    for path in sorted(ROOT.rglob("*.py")):
        names = path.relative_to(ROOT).with_suffix("").parts
        yield _room(names).removesuffix(".__init__").replace("__init__", ""), path


# A kind is handed its `ops` when it runs: it knows their types, and never loads them.
TYPES_ONLY = {"kinds": {"arrays"}}


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@cache
def imported(path: Path, types: bool = True) -> frozenset[str]:
    """Every module that a file imports, at the top or inside of a function.

    Without `types`, imports that only the type checker makes are left out.
    """
    names: set[str] = set()
    text = path.read_text(encoding="utf-8")
    if not types and "if TYPE_CHECKING" not in text:
        return imported(path)
    tree = ast.parse(text)
    if not types:
        tree.body = [node for node in tree.body if not _is_for_types(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            # `from convcalc.features import rf` takes a room; other names are inside of one.
            inside = node.module in ("convcalc", "convcalc.features")
            names |= {f"{node.module}.{alias.name}" for alias in node.names if inside}
            names.add(node.module or "")
    return frozenset(names)


def rooms(path: Path, types: bool = True) -> set[str]:
    """The rooms of the package that a file imports; "" is the package itself."""
    found = set()
    for name in imported(path, types):
        top, *names = name.split(".")
        if top != "convcalc" or names == ["features"]:
            continue
        room = _room(names) if names else ""
        found.add(room if (ROOT / room.replace(".", "/")).is_dir() else _module(room))
    return found


def _module(name: str) -> str:
    return name if (ROOT / f"{name}.py").exists() else ""


def allowed(room: str) -> set[str]:
    """What `room` may import, itself included."""
    feature = room.removeprefix("features.")
    if feature != room:
        borrowed = {f"features.{name}" for name in BORROWED.get(feature, {})}
        return {room, *ROOMS, *borrowed}
    if room in DOORS:
        return {room, "", "testing", *ROOMS, *DOORS[room]}
    return {room} | MAY_IMPORT[room]


def all_rooms() -> list[str]:
    return sorted({room for room, _ in files()} - {"", "__main__", "features"})


def test_there_is_something_to_read() -> None:
    assert set(all_rooms()) == {*ROOMS, *DOORS, *(f"features.{name}" for name in FEATURES)}
    assert rooms(ROOT / "planning" / "__init__.py") >= {"network", "planning", "core"}


@pytest.mark.parametrize("room", all_rooms())
def test_a_room_imports_only_what_it_may(room: str) -> None:
    for own, path in files():
        if own == room:
            may = allowed(room) | ({"cli"} if path.stem in COMMANDS else set())
            assert rooms(path) <= may | TYPES_ONLY.get(room, set()), path
            assert rooms(path, types=False) <= may, path


@pytest.mark.parametrize("room", sorted({*MAY_IMPORT, *(f"features.{name}" for name in BORROWED)}))
def test_the_table_allows_no_more_than_is_used(room: str) -> None:
    used = {name for own, path in files() if own == room for name in rooms(path)}
    assert allowed(room) - (ROOMS if room not in ROOMS else set()) <= used | {room}


def test_arithmetic_imports_nothing_but_annotations() -> None:
    assert imported(ROOT / "core" / "arithmetic.py") <= {"__future__"}


@pytest.mark.parametrize("package", PACKAGES)
def test_third_party_packages_stay_in_their_rooms(package: str) -> None:
    users = {
        own for own, path in files() if package in {name.split(".")[0] for name in imported(path)}
    }
    assert users == PACKAGES[package]


def test_only_commands_know_the_command_line() -> None:
    users = {own for own, path in files() if "cli" in rooms(path) and path.stem not in COMMANDS}
    assert users <= {"cli", "__main__"}


def loaded(statement: str) -> set[str]:
    """Top-level modules that are loaded after running the statement in a new process."""
    code = f"{statement}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return set(found.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("import convcalc, convcalc.core.arithmetic").isdisjoint(HEAVY)


def test_planning_loads_neither_numpy_nor_rich() -> None:
    text = "convcalc: 1\\ninput: [3, 8, 8]\\nlayers: [relu]"
    plan = f"import convcalc\nconvcalc.plan(convcalc.loads('{text}')).to_dict()"
    after = loaded(plan)
    assert {"pydantic", "yaml"} <= after
    assert after.isdisjoint({"numpy", "rich", "typer", "click", "torch", "onnx"})
