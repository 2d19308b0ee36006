"""Every kind a second time, straight from its definition: what the tests hold `convcalc` to.

One definition a kind, in the `DEFINITIONS` of one of the files here; `definition.Definition` says
what it holds. A kind without one makes the laws say what to add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from tests.crosscheck.draws import Case, Shape
from tests.reference.definition import Definition, Grid, Layer, Reads, Weights


@cache
def definitions() -> Mapping[str, Definition]:
    """Every definition, by the name of its kind."""
    found: dict[str, Definition] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        # Files that only help have none.
        text = "" if path.stem == "__init__" else path.read_text(encoding="utf-8")
        if "\nDEFINITIONS" in text:
            held = import_module(f"{__name__}.{path.stem}").DEFINITIONS
            assert found.keys().isdisjoint(held), f"{path.name} defines a kind again"
            found |= held
    return found


def definition(kind: str) -> Definition:
    """The definition of a kind. Raises AssertionError saying what to add, and where."""
    found = definitions().get(kind)
    assert found is not None, (
        f"`{kind}` has no definition: add `{kind!r}: Definition()` to DEFINITIONS in a file of "
        "tests/reference, of a class with its output, reads, work and values (and arrays, "
        "buffers, macs where it has them), from its paper or PyTorch's documentation; "
        "tests/reference/definition.py says what each is"
    )
    return found


def _both(case: Case) -> tuple[Definition, Layer]:
    found = definition(case.kind)
    return found, Layer(case, found.defaults)


def output(case: Case) -> Shape:
    """The shape that comes out."""
    found, layer = _both(case)
    return found.output(layer)


def reads(case: Case) -> list[list[Reads] | None]:
    """How each input is read on each axis; None where every output needs all of it."""
    found, layer = _both(case)
    return found.reads(layer)


def arrays(case: Case) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """(learnt arrays, buffers) by name."""
    found, layer = _both(case)
    return found.arrays(layer), found.buffers(layer)


def params(case: Case) -> tuple[int, int]:
    """(learnt numbers, buffers)."""
    found, layer = _both(case)
    return found.counts(layer)


def macs(case: Case) -> int:
    """Multiplications of weights: one for each, at each position where it is applied."""
    found, layer = _both(case)
    return found.macs(layer)


def work(case: Case) -> dict[str, int]:
    """Elementwise operations by class, as the documentation counts them."""
    found, layer = _both(case)
    return found.work(layer)


def values(case: Case, inputs: Sequence[Grid], weights: Weights) -> Grid:
    """Every number of the output, for one sample."""
    found, layer = _both(case)
    return found.values(layer, inputs, weights)
