"""The arguments of blocks and the defaults of kinds where they are longer than a line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from convcalc.features.import_.block_arguments import Arguments
from convcalc.features.import_.layer_lists import Body
from convcalc.features.import_.stack_text import _arguments, _defaults
from tests.each import each


@each(("default", "begins", "ends"), [(..., "[", "]"), (3, "{", "}")])
def test_arguments_go_on_below_the_first_one(default: Any, begins: str, ends: str) -> None:
    arguments = Arguments([4])
    for at in range(9):
        arguments._new(f"an_argument_of_some_length_{at}", [3]).default = default
    (text,) = _arguments(Body([], arguments))
    lines = text.splitlines()
    assert len(lines) > 2
    assert lines[0].startswith(f"    args: {begins}an_argument")
    assert [line.index("an_argument") for line in lines] == [11] * len(lines)
    assert text.endswith(ends)
    assert max(map(len, lines)) <= 100
    assert [*_arguments(Body([], Arguments([4])))] == []


def defaults(**kinds: list[str]) -> list[str]:
    """The lines of a file for defaults of these fields of kinds."""
    found = {(kind, name): 2 for kind, names in kinds.items() for name in names}
    blocks: Any = SimpleNamespace(defaults=found)
    return [*_defaults(blocks)]


def test_defaults_of_a_kind_go_on_below_the_first_one() -> None:
    many = [f"a_field_of_some_length_{at}" for at in range(9)]
    head, text, last = defaults(max_pool=many, conv=["stride", "padding"])
    assert (head, last) == ("defaults:", "  conv: {s: 2, p: 2}")
    lines = text.splitlines()
    assert len(lines) > 2
    assert lines[0].startswith("  max_pool: {a_field")
    # As far in as the first one stands: 2, the word, a colon, a space and a brace.
    assert [line.index("a_field") for line in lines] == [13] * len(lines)
    assert max(map(len, lines)) <= 100


@each(("length", "is_one"), [(100, True), (101, False)])
def test_defaults_stand_in_one_line_where_they_fit(length: int, is_one: bool) -> None:
    name = "w" * (length - len("defaults: {conv: {: 2}}"))
    found = defaults(conv=[name])
    assert found == (
        [f"defaults: {{conv: {{{name}: 2}}}}"]
        if is_one
        else ["defaults:", f"  conv: {{{name}: 2}}"]
    )
    assert defaults() == []
