"""Arguments of PyTorch's operators that no program gives them: an opaque layer that says why."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.importers.planning import plan_of
from tests.importers.pt2_bytes import archive, node, program


def notes_of(op: str, sizes: list[int], out: list[int], **given: Any) -> tuple[str, ...]:
    """What is said of the only layer that the operator is, which multiplies nothing known."""
    data = archive(program([node(op, "y", **given)], {"x": sizes}, ["y"], {"y": out}))
    (row,) = plan_of(data)
    assert (row.kind, row.output) == ("opaque", tuple(out[1:]))
    return row.notes


def test_a_norm_over_other_numbers_than_there_are_is_opaque() -> None:
    """It ended in a bug report."""
    notes = notes_of(
        "aten.layer_norm", [1, 3, 4, 6], [1, 3, 4, 6], input="%x", normalized_shape=[5, 6]
    )
    assert notes == ("aten.layer_norm: it normalises 30 numbers of 1x3x4x6",)


@each("equation", ["...a...->a", "......->", "a......->a"])
def test_an_equation_with_dots_in_several_places_says_what_is_wrong(equation: str) -> None:
    """`zip() argument 2 is longer than argument 1` was said of it."""
    notes = notes_of("aten.einsum", [1, 4, 6], [1, 4], equation=equation, tensors=["%x"])
    assert notes == (f"aten.einsum: it names other axes than its inputs have: `{equation}`",)


def test_no_layer_is_left_of_what_an_operator_did_not_come_to() -> None:
    """The sizes of its numbers stood in the plan, which nobody read."""
    given = {"x": "%x", "ord": "two", "dim": [1]}
    (note,) = notes_of("aten.linalg_vector_norm", [1, 4, 6], [1, 6], **given)
    assert note.startswith("aten.linalg_vector_norm: its arguments do not fit: ")
