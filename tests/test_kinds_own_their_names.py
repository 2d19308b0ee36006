"""No module outside of `convcalc/kinds` knows a kind by its name: it asks a trait, or the class.

A literal of a kind's name elsewhere is the beginning of a list that goes stale in silence. Texts
for people (docstrings, messages, f-strings) may name kinds; they are not equal to one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from convcalc.kinds import kind_names
from tests.each import each

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "convcalc"

# Kinds whose names are words of other things too, and what. They count where they are used as
# kinds: beside `kind` in a comparison or a call, or in one table with another kind.
ALSO_WORDS = {
    "add": "a verb",
    "bilinear": "a mode of interpolation",
    "ceil": "a way to round sizes",
    "concat": "a way to merge both directions",
    "constant": "a way to pad",
    "crop": "what is cut from a map",
    "flip": "to turn a kernel round",
    "floor": "a way to round sizes",
    "fold": "to go on in the next line",
    "linear": "a mode of interpolation",
    "max": "a bound of a range, and a function of expressions",
    "equal": "what two sides of a check should be",
    "less": "a word of sentences",
    "min": "a bound of a range, and a function of expressions",
    "mul": "a verb",
    "parameter": "a learnt number",
    "pad": "a flag of Darknet",
    "round": "a shape of corners, and a way to round sizes",
    "scale": "a field of other programs",
    "sign": "which side of 0 a number is on",
    "slice": "a verb",
    "split": "an attribute of ONNX",
    "sub": "a verb",
    "tanh": "a way to work out GELU",
    "threshold": "a field of other programs",
    "trunc": "a way to round quotients",
}

# A field of most products and the name of its array, in tables with them as well.
FIELDS = frozenset({"bias"})

# Modules that may name kinds, and why.
ARGUED = {
    "shorthand/spoken.py": "read before a library may load; tests/shorthand/test_spoken.py holds "
    "it against the kinds",
}


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the nodes of all docstrings."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def words(node: ast.AST) -> Iterator[ast.Constant]:
    """Every text of an expression."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one


def texts_for_people(tree: ast.AST) -> set[int]:
    """Ids of docstrings and of the parts of f-strings."""
    parts = (
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    )
    return docstrings(tree) | {id(part) for part in parts}


def used_as_kinds(tree: ast.AST, plain: frozenset[str]) -> set[int]:
    """Ids of texts that stand beside `kind`, or in one table with a plain kind's name."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
            held = list(words(node))
            if any(word.value in plain for word in held):
                found |= set(map(id, held))
        elif isinstance(node, ast.Compare | ast.BoolOp | ast.Call):
            asked = node.func if isinstance(node, ast.Call) else node
            names = {getattr(one, "attr", getattr(one, "id", "")) for one in ast.walk(asked)}
            if any("kind" in name for name in names):
                found |= set(map(id, words(node)))
    return found


def named(source: str, kinds: frozenset[str]) -> list[str]:
    """The kinds that a module names, as `line: name`.

    >>> named('if row.kind in ("conv", "max"): ...', frozenset(["conv", "max"]))
    ['1: conv', '1: max']
    >>> named('least, most = bounds["min"], bounds["max"]', frozenset(["conv", "max"]))
    []
    """
    # Most modules have no such word in quotes: they need not be read.
    if not any(f"{quote}{kind}{quote}" in source for kind in kinds for quote in "\"'"):
        return []
    tree = ast.parse(source)
    passed = texts_for_people(tree)
    plain = kinds.difference(ALSO_WORDS)
    as_kinds = used_as_kinds(tree, plain)
    return [
        f"{word.lineno}: {word.value}"
        for word in sorted(words(tree), key=lambda word: word.lineno)
        if word.value in kinds
        and id(word) not in passed
        and (word.value in plain or id(word) in as_kinds)
    ]


def modules() -> list[str]:
    """Every module outside of `kinds`."""
    paths = [str(path.relative_to(PACKAGE)) for path in sorted(PACKAGE.rglob("*.py"))]
    return [path for path in paths if not path.startswith(("kinds/", *ARGUED))]


def test_modules_name_no_kind() -> None:
    kinds = frozenset(kind_names()) - FIELDS
    texts = {module: (PACKAGE / module).read_text("utf-8") for module in modules()}
    found = {module: names for module, text in texts.items() if (names := named(text, kinds))}
    assert not found, (
        f"modules name kinds: {found}. Ask a trait of the kind "
        "(convcalc/kinds/base/traits.py), or its class; a word that means something else as well "
        "belongs in ALSO_WORDS here"
    )


@each(
    "source",
    [
        pytest.param('X = {"conv": 1}', id="table"),
        pytest.param('is_it = layer.kind == "conv"', id="comparison"),
        pytest.param('found = find_kind("max")', id="look-up of a word"),
        pytest.param('name = layer.kind or "pad"', id="default of a word"),
        pytest.param('POOLS = ("conv", "max")[1:]', id="word in a table of kinds"),
    ],
)
def test_a_named_kind_is_found(source: str) -> None:
    assert named(source, frozenset(kind_names()))


@each(
    "source",
    [
        pytest.param('"""conv"""', id="docstring"),
        pytest.param('help = f"put {name} before"', id="f-string"),
        pytest.param('least = found.get("max")', id="a bound"),
        pytest.param('help = "put `conv` before it"', id="message"),
    ],
)
def test_other_texts_are_let_be(source: str) -> None:
    assert not named(source, frozenset(kind_names()))


def test_words_of_other_things_are_kinds() -> None:
    assert set(ALSO_WORDS) <= set(kind_names())
