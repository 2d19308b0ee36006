"""Parameters of PyTorch's programs: those that nobody reads, and those that several layers use."""

from __future__ import annotations

import json

import pytest

from tests.importers.planning import plan_of
from tests.importers.pt2_bytes import Sizes, archive, node, program

X = {"x": [1, 4, 6]}
LAYER = node("aten.linear", "a", [":Net", "l:Linear"], input="%x", weight="%w", bias="%b")
ARRAYS: dict[str, tuple[str, Sizes]] = {"w": ("l.weight", [6, 6]), "b": ("l.bias", [6])}


def test_parameters_that_nobody_reads_are_noted_with_their_number() -> None:
    """A module that is not called stays in the program's signature."""
    more: dict[str, tuple[str, Sizes]] = {"v": ("m.weight", [9, 6]), "c": ("m.scale", [])}
    plan = plan_of(archive(program([LAYER], X, ["a"], {"a": [1, 4, 6]}, ARRAYS | more)))
    assert (plan.totals.params, plan.notes) == (
        42,
        ("of 97 parameters 55 are not read: `m.scale` and 1 more",),
    )


@pytest.mark.parametrize(
    ("dim", "weight", "part"),
    [(0, [6, 6], [2, 6]), (1, [2, 18], [2, 6])],
    ids=["rows", "columns"],
)
def test_a_weight_of_which_a_part_is_read_counts_by_that(
    dim: int, weight: list[int], part: list[int]
) -> None:
    nodes = [
        node("aten.slice", "s", self="%w", dim=dim, start=0, end=part[dim]),
        node("aten.linear", "a", input="%x", weight="%s"),
    ]
    shapes = {"s": part, "a": [1, 4, 2]}
    plan = plan_of(archive(program(nodes, X, ["a"], shapes, {"w": ("p", weight)})))
    assert (plan.totals.params, plan.notes) == (12, ("of 36 parameters 24 are not read: `p`",))


@pytest.mark.parametrize("last", ["w", "s"], ids=["as it is", "masked again"])
def test_a_weight_times_a_mask_counts_as_the_weight(last: str) -> None:
    """As `torch.nn.utils.prune` has it; an array that is used in two ways is a layer of its own."""
    nodes = [
        node("aten.mul", "s", self="%k", other="%w"),
        node("aten.linear", "a", input="%x", weight="%s"),
        node("aten.linear", "y", input="%a", weight=f"%{last}"),
    ]
    shapes = {"s": [6, 6], "a": [1, 4, 6], "y": [1, 4, 6]}
    buffers: dict[str, tuple[str, Sizes]] = {"k": ("mask", [1, 6])}
    weights: dict[str, tuple[str, Sizes]] = {"w": ("w", [6, 6])}
    plan = plan_of(archive(program(nodes, X, ["y"], shapes, weights, buffers=buffers)))
    totals = plan.totals
    # 36 products for each of 4 tokens, twice.
    assert (totals.params, totals.buffers, totals.macs, plan.notes) == (36, 6, 288, ())
    are_linear = [row.kind for row in plan].count("linear") == 2
    assert are_linear is (last == "s")


@pytest.mark.parametrize(
    ("payload", "note"),
    [
        (bytes(4 * 72), "of 78 parameters 36 are not read: `n.weight`"),
        (b"", "of 114 parameters 72 are not read, or tied to others: `l.weight` and 1 more"),
    ],
    ids=["numbers", "saved without numbers"],
)
def test_arrays_whose_numbers_are_stored_in_one_place_are_one_parameter(
    payload: bytes, note: str
) -> None:
    """Tied weights have two names, of which the program reads one."""
    config = {
        "config": {
            name: {
                "path_name": "weight_0",
                "tensor_meta": {
                    "strides": [{"as_int": 6}, {"as_int": 1}],
                    "storage_offset": {"as_int": offset},
                },
            }
            for name, offset in (("l.weight", 0), ("m.weight", 0), ("n.weight", 36))
        }
    }
    stored = {
        "data/weights/model_weights_config.json": json.dumps(config).encode(),
        "data/weights/weight_0": payload,
    }
    more: dict[str, tuple[str, Sizes]] = {"v": ("m.weight", [6, 6]), "u": ("n.weight", [6, 6])}
    nodes = [node("aten.linear", "a", input="%x", weight="%v", bias="%b")]
    found = program(nodes, X, ["a"], {"a": [1, 4, 6]}, ARRAYS | more)
    assert plan_of(archive(found, more=stored)).notes == (note,)


def test_an_array_that_layers_without_a_rule_read_twice_counts_once() -> None:
    """A cell that is called at each step."""
    nodes = [
        node("own.cell", "a", [":Net"], x="%x", w="%w"),
        node("own.cell", "y", [":Net"], x="%a", w="%w"),
    ]
    shapes = {"a": [1, 4, 6], "y": [1, 4, 6]}
    plan = plan_of(archive(program(nodes, X, ["y"], shapes, {"w": ("w", [6, 6])})))
    assert [(row.kind, row.params) for row in plan] == [
        ("parameter", 36),
        ("opaque", 0),
        ("opaque", 0),
    ]
    assert plan.notes == ()


def test_a_single_number_that_scales_and_is_added_counts_once() -> None:
    nodes = [
        node("aten.mul", "a", self="%x", other="%w"),
        node("aten.add", "y", self="%a", other="%w"),
    ]
    shapes = {"a": [1, 4, 6], "y": [1, 4, 6]}
    plan = plan_of(archive(program(nodes, X, ["y"], shapes, {"w": ("w", [1])})))
    assert (plan.totals.params, plan.notes) == (1, ())


def test_an_output_without_elements_does_not_stand_for_the_one_before_it() -> None:
    """A bag of words that are summed: its places in the bag are none."""
    nodes = [node("own.bag", ("a", "b"), weight="%w", x="%x")]
    shapes = {"a": [1, 6], "b": [0]}
    plan = plan_of(archive(program(nodes, X, ["a"], shapes, {"w": ("e.weight", [9, 6])})))
    assert [(row.kind, row.output, row.params) for row in plan] == [("opaque", (6,), 54)]
