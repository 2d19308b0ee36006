"""Programs exported with several samples: which axis is theirs, in what is made of nothing too."""

from __future__ import annotations

from typing import Any

import convcalc
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program

STEPS, SAMPLES = 5, 3
# Inputs of unequal length whose second axis is that of the samples.
SECOND = {"x": [STEPS, SAMPLES, 2], "z": [4, SAMPLES, 2]}
FIRST = {"x": [SAMPLES, STEPS, 2], "z": [SAMPLES, 4, 2]}


def rows(nodes: list[Any], inputs: dict[str, Any], y: list[int], **more: Any) -> list[Any]:
    """(kind, output) of each layer."""
    found = program(nodes, inputs, ["y"], {"y": y}, **more)
    plan = convcalc.plan(convcalc.loads(archive(found), "net.pt2"))
    return [(row.kind, row.output) for row in plan.rows]


JOINED = [
    node("aten.cat", "a", tensors=["%x", "%f"], dim=2),
    node("aten.narrow", "b", self="%a", dim=2, start=5, length=2),
    node("aten.cat", "y", tensors=["%b", "%z"]),
]


@each(("word", "given"), [
    ("zeros", {"size": [0, 0, 5]}), ("ones", {"size": [0, 0, 5]}),
    ("full", {"size": [0, 0, 5], "fill_value": 2.5}),
    ("new_zeros", {"self": "%x", "size": [0, 0, 5]}),
    ("new_ones", {"self": "%x", "size": [0, 0, 5]}),
    ("new_full", {"self": "%x", "size": [0, 0, 5], "fill_value": 2.5}),
])  # fmt: skip
def test_what_is_made_of_nothing_for_all_samples_is_made_for_one(
    word: str, given: dict[str, Any]
) -> None:
    """5 numbers beside the 2 of each step, of which 2 are kept in front of 4 other steps."""
    for inputs, along in ((SECOND, 0), (FIRST, 1)):
        sizes = [*inputs["x"][:2], 5]
        made = node(f"aten.{word}", "f", **(given | {"size": sizes}))
        y = [STEPS + 4, SAMPLES, 2] if not along else [SAMPLES, STEPS + 4, 2]
        last = node("aten.cat", "y", tensors=["%b", "%z"], dim=along)
        found = rows([made, *JOINED[:2], last], inputs, y)
        kinds = [kind for kind, _ in found]
        assert "opaque" not in kinds
        # Channels first: 9 steps of 2 numbers.
        assert sorted(found[-1][1]) == [2, 9]
        assert next(size for kind, size in found if kind == "concat") in ((7, 5), (5, 7))


@each(("inputs", "y"), [(SECOND, [STEPS, SAMPLES, 2]), (FIRST, [SAMPLES, STEPS, 2])])
def test_an_opaque_layer_has_the_sizes_of_one_sample(inputs: dict[str, Any], y: list[int]) -> None:
    nodes = [
        node("aten.nobody_knows", "o", self="%x"),
        node("aten.cat", "a", tensors=["%o", "%z"], dim=0 if inputs is SECOND else 1),
        node("aten.narrow", "y", self="%a", dim=0 if inputs is SECOND else 1, start=0, length=5),
    ]
    stated = {"o": inputs["x"]}
    found = program(nodes, inputs, ["y"], {"y": y, **stated})
    plan = convcalc.plan(convcalc.loads(archive(found), "net.pt2"))
    assert plan.rows[0].kind == "opaque"
    assert sorted(plan.rows[0].output) == [2, STEPS]
    assert sorted(plan.rows[-1].output) == [2, STEPS]
