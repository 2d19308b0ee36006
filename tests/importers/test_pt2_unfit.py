"""Operators of PyTorch that are no layer: an opaque one that says why, in bounded time and room."""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.importers.planning import plan_of, refused
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


@each("op", ["argmax", "std"])
def test_its_place_or_deviation_along_an_axis_of_1_is_not_what_stands_there(op: str) -> None:
    nodes = [
        node("aten.unsqueeze", "u", self="%x", dim=1),
        node(f"aten.{op}", "y", self="%u", dim=1),
        node("aten.relu", "z", self="%y"),
    ]
    shapes = {"u": [1, 1, 4], "y": [1, 4], "z": [1, 4]}
    plan = plan_of(archive(program(nodes, {"x": [1, 4]}, ["z"], shapes)))
    assert [row.kind for row in plan][-2:] == ["opaque", "relu"]


def unknown(op: str, **inputs: Any) -> bytes:
    given = {"self": "%x", **inputs}
    nodes = [node(op, "y", **given), node("aten.relu", "z", self="%y")]
    shapes = {"y": [1, 4, 6, 6], "z": [1, 4, 6, 6]}
    return archive(program(nodes, {"x": [1, 4, 6, 6]}, ["z"], shapes))


@each("op", ["pieces.attention", "pieces.layer_norm", "pieces.gelu"])
def test_operators_called_as_what_is_found_again_are_none_of_them(op: str) -> None:
    plan = plan_of(unknown(op))
    assert [row.kind for row in plan] == ["opaque", "relu"]


def test_an_operation_without_a_rule_is_opaque_and_totals_say_at_least() -> None:
    plan = plan_of(unknown("custom.fold_back", times=2))
    assert [row.kind for row in plan] == ["opaque", "relu"]
    assert "custom.fold_back: no layer of ours does this" in plan["y"].notes
    assert not plan.totals.complete


@each("op", ["aten.flip", "aten.tan", "aten.grid_sampler", "aten.index_add", "aten.scatter_add"])
def test_an_operation_that_multiplies_nothing_has_no_macs(op: str) -> None:
    plan = plan_of(unknown(op))
    assert plan.totals.macs == 0
    assert "macs" not in plan["y"].unknown


LONG = {"input": "%x", "hx": ["%h", "%h"], "params": ["%wi", "%wh"], "num_layers": 10**12}


@each(
    ("op", "told", "why"),
    [
        ("aten.split", {"split_size": 1}, "it comes to 1,000,000,000 parts, and the file has 2"),
        ("aten.chunk", {"chunks": 10**15}, "it comes to 1,000,000,000 parts, and the file has 2"),
        ("aten.unbind", {}, "it comes to 1,000,000,000 parts, and the file has 2"),
    ],
)
def test_parts_that_the_file_does_not_name_are_not_counted_out(
    op: str, told: dict[str, int], why: str
) -> None:
    """The first two took 8 GB, and the third placed a layer that nothing reads."""
    nodes = [node(op, ["a", "b"], self="%x", dim=1, **told), node("aten.relu", "y", self="%a")]
    one = [1] if op == "aten.unbind" else [1, 1]
    shapes = {"a": one, "b": one, "y": one}
    plan = plan_of(archive(program(nodes, {"x": [1, 10**9]}, ["y"], shapes)))
    assert [row.kind for row in plan] == ["opaque", "relu"]
    assert plan.rows[0].notes == (f"{op}: {why}",)


def test_layers_of_a_recurrence_have_their_weights() -> None:
    """The names of the weights of 10^12 layers were written out."""
    sizes = [10**12, 1, 2]
    told = {"has_biases": False, "bidirectional": False, "batch_first": True}
    nodes = [
        node("aten.zeros", "h", size=sizes),
        node("aten.lstm", ["y", "hn", "cn"], **LONG, **told, dropout=0.0, train=False),
    ]
    shapes = {"h": sizes, "y": [1, 5, 2], "hn": sizes, "cn": sizes}
    weights = {"wi": ("wi", [8, 3]), "wh": ("wh", [8, 2])}
    plan = plan_of(archive(program(nodes, {"x": [1, 5, 3]}, ["y"], shapes, weights)))
    (row,) = plan.rows
    # Its weights are in the file, whatever it does with them.
    assert (row.kind, row.params) == ("opaque", 8 * 3 + 8 * 2)
    why = "its layers have 2,000,000,000,000 weights, and the file gives 2"
    assert row.notes == (f"aten.lstm: {why}",)


@each("word", ["flor", "sigmoid"])
def test_a_quotient_that_is_rounded_by_another_word_is_opaque(word: str) -> None:
    """The first ended in a bug report, the second was a sigmoid."""
    nodes = [node("aten.div", "y", self="%x", other=3.0, rounding_mode=word)]
    (row,) = plan_of(archive(program(nodes, {"x": [1, 4]}, ["y"], {"y": [1, 4]})))
    assert (row.kind, row.macs) == ("opaque", 0)
    assert row.notes == (f"aten.div: it rounds by `{word}`",)


@each("size", [0, 5, -1])
def test_windows_of_nothing_or_longer_than_the_axis_are_opaque(size: int) -> None:
    notes = notes_of("aten.unfold", [1, 4, 3], [1, 4, 3], self="%x", dimension=1, size=size, step=1)
    assert notes == (f"aten.unfold: it takes {size} of 4 places",)


@each(("op", "x", "z", "given", "why"), [
    ("cat", [1, 3, 4], [1, 3], {"dim": 2}, "its inputs differ in their axes"),
    ("cat", [1, 3], [1, 3, 4], {"dim": 1}, "its inputs differ in their axes"),
    ("bilinear", [1, 2, 3], [1, 2], {"weight": "%w"}, "its inputs differ in their axes"),
    ("bilinear", [1, 3], [1, 4, 2], {"weight": "%w"}, "its inputs differ in their axes"),
])  # fmt: skip
def test_inputs_of_other_ranks_are_told_of(
    op: str, x: list[int], z: list[int], given: dict[str, Any], why: str
) -> None:
    """A join said `tuple index out of range`."""
    both = {"tensors": ["%x", "%z"]} if op == "cat" else {"input1": "%x", "input2": "%z"}
    nodes = [node(f"aten.{op}", "y", **both, **given)]
    weights = {"w": ("w", [5, 3, 2])}
    found = program(nodes, {"x": x, "z": z}, ["y"], {"y": [1, 6, 5]}, weights)
    (row,) = plan_of(archive(found)).rows
    assert (row.kind, row.notes) == ("opaque", (f"aten.{op}: {why}",))


@each(("start", "end"), [(5, 5), (4, 3), (-1, 5), (300, 400)])
def test_a_span_of_nothing_is_opaque_where_the_file_says_otherwise(start: int, end: int) -> None:
    notes = notes_of("aten.slice", [1, 3, 6], [1, 3, 6], self="%x", dim=2, start=start, end=end)
    assert notes == ("aten.slice: it takes nothing",)


def test_what_has_no_elements_is_joined_as_nothing() -> None:
    nodes = [
        node("aten.slice", "a", self="%x", dim=2, start=6, end=6),
        node("aten.cat", "y", tensors=["%a", "%x"], dim=2),
    ]
    data = archive(program(nodes, {"x": [1, 3, 6]}, ["y"], {"a": [1, 3, 0], "y": [1, 3, 6]}))
    assert [row.kind for row in plan_of(data)] == ["identity"]


@each("stated", [[3, 4], [1, 3, 4, 1], [1, 4, 3], [1, 12], [2, 3, 8]])
def test_another_shape_than_the_file_says_is_refused(stated: list[int]) -> None:
    nodes = [node("aten.relu", "y", self="%x")]
    problem = refused(archive(program(nodes, {"x": [1, 3, 4]}, ["y"], {"y": stated})))
    assert problem.slug == "unknown-operation"
    said = "x".join(map(str, stated))
    assert f"it comes to 1x3x4, and the file says {said}" in problem.message


def test_more_sections_than_there_are_places_are_opaque() -> None:
    """It made a list of so many."""
    nodes = [node("aten.tensor_split", ["y", "z"], self="%x", sections=10**12, dim=1)]
    shapes = {"y": [1, 2], "z": [1, 2]}
    plan = plan_of(archive(program(nodes, {"x": [1, 4]}, ["y"], shapes)))
    assert plan["y"].notes == ("aten.tensor_split: it cuts 4 into 1,000,000,000,000",)


def test_an_equation_of_a_thousand_tensors_is_opaque() -> None:
    """Two at a time, each step deeper than the last, would have no end in sight."""
    count = 1000
    equation = ",".join(["ab"] * count) + "->ab"
    given = node("aten.einsum", "y", equation=equation, tensors=["%x"] * count)
    plan = plan_of(archive(program([given], {"x": [1, 3]}, ["y"], {"y": [1, 3]})))
    assert [row.kind for row in plan] == ["opaque"]


@each(("layers", "states"), [(1, 2), (2, 1), (2, 3)])
def test_states_of_other_layers_than_there_are_are_told_of(layers: int, states: int) -> None:
    """The first of two was taken for the only one."""
    weights = {
        f"{word}{at}": (f"{word}{at}", [6, 3 if word == "i" and not at else 2])
        for at in range(layers) for word in "ih"
    }  # fmt: skip
    told = {"has_biases": False, "num_layers": layers, "dropout": 0.0, "train": False}
    given = {"input": "%x", "hx": "%h", "params": [f"%{name}" for name in weights], **told}
    nodes = [node("aten.gru", ["y", "n"], **given, bidirectional=False, batch_first=True)]
    inputs, shapes = {"x": [1, 5, 3], "h": [states, 1, 2]}, {"y": [1, 5, 2], "n": [layers, 1, 2]}
    (row,) = plan_of(archive(program(nodes, inputs, ["y"], shapes, weights)))
    assert (row.kind, row.params) == ("opaque", 6 * 5 + 6 * 4 * (layers - 1))
    said = f"its states are of {states} layers and directions, it has {layers}"
    assert row.notes == (f"aten.gru: {said}",)


@each(("op", "x", "given", "why"), [
    ("std", [1, 3, 1], {"dim": [2], "correction": 0}, "it is of 1 number, less 0"),
    ("var", [1, 3, 2], {"dim": [2], "correction": 2}, "it is of 2 numbers, less 2"),
    ("var", [1, 3, 2], {"dim": [2], "correction": 3}, "it is of 2 numbers, less 3"),
    ("argmax", [1, 3, 1], {"dim": 2}, "an axis of 1 has no other place"),
    ("argmax", [1, 3, 2], {}, "it counts through all axes"),
    ("pad", [1, 3, 2], {"pad": [1, 0, 2, 0, 1, 1]}, "it adds to every axis"),
    ("roll", [1, 3, 2], {"shifts": [1]}, "it rolls all elements as one axis"),
    ("roll", [1, 3, 2], {"shifts": [1, 2], "dims": [2]}, "it rolls all elements as one axis"),
    ("tensor_split", [1, 3, 2], {"sections": 4, "dim": 1}, "it cuts 3 into 4"),
    ("tensor_split", [1, 3, 2], {"sections": -1, "dim": 1}, "it cuts 3 into -1"),
    ("linalg_vector_norm", [1, 3, 2], {"ord": 0, "dim": [1]}, "it counts what is not 0"),
    ("pow", [1, 3, 2], {"exponent": 0}, "a power of 0 is 1, whatever it reads"),
])  # fmt: skip
def test_what_an_operator_cannot_say(
    op: str, x: list[int], given: dict[str, Any], why: str
) -> None:
    assert notes_of(f"aten.{op}", x, [1, 6, 5], self="%x", **given) == (f"aten.{op}: {why}",)
