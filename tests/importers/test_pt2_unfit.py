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
    sizes = [1, 3, 4, 6]
    notes = notes_of("aten.layer_norm", sizes, sizes, input="%x", normalized_shape=[5, 6])
    assert notes == ("aten.layer_norm: it is over 5x6, and its input is 1x3x4x6",)
    notes = notes_of("aten.rms_norm", sizes, sizes, input="%x", normalized_shape=[6, 4])
    assert notes == ("aten.rms_norm: it is over 6x4, and its input is 1x3x4x6",)


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


@each(
    ("op", "given", "told"),
    [
        # Of constants: not what they are, but what they are as large as, is known.
        ("aten.full", {"size": "ab", "fill_value": 1}, ""),
        ("aten.new_full", {"self": "%x", "size": "ab", "fill_value": 1}, ""),
        # A stored tensor where its sizes stand is no shape.
        ("aten.expand", {"self": "%w", "size": "%w"}, "`size` is of another type"),
        (
            "aten.upsample_bicubic2d",
            {"self": "%w", "output_size": "%w", "align_corners": False, "scale_factors": None},
            "`output_size` is of another type",
        ),
        ("aten.expand", {"self": "%x", "size": (2, 1.5)}, "`size` is of another type"),
        ("aten.relu", {"self": 3}, ""),
    ],
)
def test_an_argument_of_another_type_is_not_taken(
    op: str, given: dict[str, Any], told: str
) -> None:
    text = node(op, "made", **given)
    weights = {"w": ("w", [3])}
    found = program([text], {"x": [1, 2, 3]}, ["made"], {"made": [1, 2, 3]}, weights)
    plan = plan_of(archive(found))
    assert [row.output for row in plan][-1:] == [(2, 3)]
    assert told in str([row.notes for row in plan])
