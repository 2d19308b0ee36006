"""Who may import whom, read from the code; and what `import convcalc` leaves unloaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import convcalc

ROOT = Path(convcalc.__file__).parent

# One direction, no way back: bytes -> document -> network -> planning -> what shows it.
# A part is a module or a folder of `convcalc`; "" is the package itself.
MAY_IMPORT: dict[str, set[str]] = {
    "arithmetic": set(),
    "errors": set(),
    "shapes": {"arithmetic"},
    "links": {"arithmetic", "shapes"},
    "reach": {"links"},
    "document": {"errors"},
    "kinds": {"arithmetic", "errors", "links", "shapes"},
    "network": {"document", "errors", "kinds", "shapes"},
    "planning": {"errors", "kinds", "network", "reach", "shapes"},
    "schema": {"kinds", "network", "planning", "shapes"},
}
# The rooms that stand on the core: one-off answers, fields in depth, pictures, findings, text.
PLAN = {"errors", "kinds", "network", "planning", "shapes"}
WORDS = {"shorthand", "shorthand_question", "shorthand_values"}
UPPER: dict[str, set[str]] = {
    "explanations": set(),
    "files": set(),
    "text": set(),
    "shorthand_values": set(),
    "shorthand_question": {"shorthand_values"},
    "shorthand": {"shorthand_question", "shorthand_values"},
    "quick": {"arithmetic", "calculators", *WORDS},
    "calculators": {"arithmetic", "document", "links", "reach", *PLAN, *WORDS},
    "receptive": {"calculators", "links", "reach", *PLAN},
    "drawing": {"errors", "reach", "receptive", "shapes", "text"},
    # Knows nothing of plans, so that a run is evidence for them.
    "arrays": {"document", "errors", "kinds", "network", "shapes"},
    "showing": {"arrays", "calculators", "errors", "kinds", "planning", "shapes"},
    "verify": {"arrays", "calculators", "receptive", "text", *PLAN},
    "rules": {"arithmetic", "document", "reach", "receptive", "text", *PLAN},
    "check": {"document", "errors", "files", "network", "planning", "rules", "shapes", "text"},
    "diff": {"document", "errors", "network", "planning", "text"},
    "formats": {
        # For the version that SARIF names.
        "",
        "arithmetic",
        "calculators",
        "check",
        "diff",
        "drawing",
        "explanations",
        "files",
        "links",
        "receptive",
        "rules",
        "showing",
        "text",
        "verify",
        *PLAN,
    },
    "testing": {"check", "errors", "formats", "network", "planning"},
    "pytest_plugin": {"check", "testing"},
}
# Whatever else there is stands on these, and these never on it.
CORE = frozenset(MAY_IMPORT)
# Where a third-party package may be imported at all.
PACKAGES = {
    "numpy": {"arrays", "drawing", "verify"},
    "yaml": {"document"},
    "rich": {"formats"},
    "typer": {"cli"},
    "pydantic": {"kinds", "network", "calculators"},
    "pytest": {"pytest_plugin"},
}
HEAVY = (*PACKAGES, "click", "torch", "onnx")


def files() -> Iterator[tuple[str, Path]]:
    """Each module with the part of the package that it belongs to."""
    for path in sorted(ROOT.rglob("*.py")):
        first = path.relative_to(ROOT).parts[0]
        yield first.removesuffix(".py").replace("__init__", ""), path


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
            names.add(node.module or "")
    return frozenset(names)


def parts(path: Path, types: bool = True) -> set[str]:
    """The parts of the package that a file imports."""
    names = (name.split(".") for name in imported(path, types))
    return {name[1] if len(name) > 1 else "" for name in names if name[0] == "convcalc"}


def test_there_is_something_to_read() -> None:
    assert {part for part, _ in files()} > CORE
    assert parts(ROOT / "planning" / "__init__.py") >= {"network", "planning", "errors"}


@pytest.mark.parametrize("part", sorted(MAY_IMPORT | UPPER))
def test_a_part_imports_only_what_it_may(part: str) -> None:
    allowed = (MAY_IMPORT | UPPER)[part]
    for own, path in files():
        if own == part:
            assert parts(path) - {part} <= allowed | TYPES_ONLY.get(part, set()), path
            assert parts(path, types=False) - {part} <= allowed, path


@pytest.mark.parametrize("part", sorted(MAY_IMPORT | UPPER))
def test_the_table_allows_no_more_than_is_used(part: str) -> None:
    used = {name for own, path in files() if own == part for name in parts(path)}
    assert (MAY_IMPORT | UPPER)[part] <= used


def test_arithmetic_imports_nothing_but_annotations() -> None:
    assert imported(ROOT / "arithmetic.py") <= {"__future__"}


@pytest.mark.parametrize("package", PACKAGES)
def test_third_party_packages_stay_in_their_parts(package: str) -> None:
    users = {
        own for own, path in files() if package in {name.split(".")[0] for name in imported(path)}
    }
    assert users == PACKAGES[package]


def test_nobody_imports_the_command_line() -> None:
    users = {own for own, path in files() if "cli" in parts(path)}
    assert users <= {"cli", "__main__"}


def loaded(statement: str) -> set[str]:
    """Top-level modules that are loaded after running the statement in a new process."""
    code = f"{statement}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return set(found.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("import convcalc, convcalc.arithmetic").isdisjoint(HEAVY)


def test_planning_loads_neither_numpy_nor_rich() -> None:
    text = "convcalc: 1\\ninput: [3, 8, 8]\\nlayers: [relu]"
    plan = f"import convcalc\nconvcalc.plan(convcalc.loads('{text}')).to_dict()"
    after = loaded(plan)
    assert {"pydantic", "yaml"} <= after
    assert after.isdisjoint({"numpy", "rich", "typer", "click", "torch", "onnx"})
