"""Who may import whom, read from the code; and what `import convcalc` leaves unloaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

import convcalc
from tests.each import each

Node = TypeVar("Node")
ROOT = Path(convcalc.__file__).parent

# One direction, no way back: bytes -> document -> network -> planning -> what shows it.
# A room is a folder of `convcalc`; a feature is a room of `features`.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "document": {"core"},
    "kinds": {"core"},
    "network": {"core", "document", "kinds"},
    # The door: whatever the bytes of a file are, a network comes of them.
    "importers": {"core", "document", "kinds", "network"},
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
    "convert": {"check": "edits are made in a file as fixes are"},
    "explain": {"check": "rules have manual pages"},
    "invert": {"shape": "a layer in words becomes the layer that is inverted"},
    "plan": {"check": "with --strict, the rule on layers that do not tell their figures"},
    "relations": {
        "invert": "the layer that transposes a convolution",
        "shape": "a layer in words becomes the layer that is asked about",
    },
    "report": {"check": "what a check finds stands on the page"},
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
    "pydantic": {
        "features.compare",
        "features.import_",
        "features.schema",
        "importers",
        "kinds",
        "network",
        "shorthand",
    },
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


# What holds statements; expressions hold no imports.
HOLDERS = (ast.stmt, ast.ExceptHandler, ast.match_case)


def imported(path: Path, types: bool = True) -> frozenset[str]:
    """Every module that a file imports, at the top or inside of a function.

    Without `types`, imports that only the type checker makes are left out.
    """
    loaded, for_types = _imports(path)
    return loaded | for_types if types else loaded


@cache
def _imports(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """(what a file imports when it runs, what it imports for the type checker alone)."""
    loaded: set[str] = set()
    for_types: set[str] = set()
    left: list[tuple[ast.AST, set[str]]] = [(ast.parse(path.read_text("utf-8")), loaded)]
    while left:
        node, names = left.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            left += [(one, for_types) for one in node.body]
            left += [(one, names) for one in node.orelse]
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            # `from convcalc.features import rf` takes a module, `from convcalc import plan` a name.
            taken = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if _file(name) else node.module or "" for name in taken}
        left += [(one, names) for one in ast.iter_child_nodes(node) if isinstance(one, HOLDERS)]
    return frozenset(loaded), frozenset(for_types)


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


@cache
def _file(name: str) -> Path | None:
    """The file of a module of the package; that of a package is its `__init__`."""
    top, *names = name.split(".")
    at = ROOT.joinpath(*names)
    found = (one for one in (at.with_suffix(".py"), at / "__init__.py") if one.exists())
    return next(found, None) if top == "convcalc" else None


def _loads(path: Path) -> set[Path]:
    """The files that a file loads at some time.

    What is imported for the type checker alone is left out: it is never loaded. With a module
    goes the `__init__` of each package that it is in; those that `path` is in have begun before.
    """
    found = {file for name in imported(path, types=False) if (file := _file(name))}
    around = {folder / "__init__.py" for file in found for folder in file.parents}
    begun = {folder / "__init__.py" for folder in path.parents}
    return found | {file for file in around - begun if file.is_relative_to(ROOT)} - {path}


def _circles(arrows: Mapping[Node, Set[Node]]) -> list[set[Node]]:
    """The largest sets of nodes, of more than one, in which each leads to each other."""

    def reached(start: Node) -> set[Node]:
        found: set[Node] = set()
        left = [start]
        while left:
            new = arrows[left.pop()] - found
            found |= new
            left += new
        return found

    beyond = {node: reached(node) for node in arrows}
    circles: list[set[Node]] = []
    for node, after in beyond.items():
        circle = {other for other in after if node in beyond[other]}
        if len(circle) > 1 and circle not in circles:
            circles.append(circle)
    return circles


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


@each("room", sorted({*MAY_IMPORT, *(f"features.{name}" for name in BORROWED)}))
def test_the_table_allows_no_more_than_is_used(room: str) -> None:
    used = {name for own, path in files() if own == room for name in rooms(path)}
    assert allowed(room) - (ROOMS if room not in ROOMS else set()) <= used | {room}


def test_no_files_import_each_other_in_a_circle() -> None:
    arrows = {path: _loads(path) for _, path in files()}
    assert arrows[ROOT / "testing.py"] >= {ROOT / "features" / "check" / "one_file.py"}
    assert ROOT / "planning" / "__init__.py" in arrows[ROOT / "features" / "diff" / "answer.py"]
    assert _circles(arrows) == []


def test_circles_are_found() -> None:
    arrows = {1: {2}, 2: {3, 5}, 3: {1}, 4: {1, 5}, 5: {6}, 6: {5}, 7: {7}}
    assert _circles(arrows) == [{1, 2, 3}, {5, 6}]


def test_arithmetic_imports_nothing_but_annotations() -> None:
    assert imported(ROOT / "core" / "arithmetic.py") <= {"__future__"}


@each("package", PACKAGES)
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
