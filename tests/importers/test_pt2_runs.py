"""Exported programs of PyTorch that run: what is written in place, placed, joined and cut."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.importers.pytorch.rules import tables
from tests.each import each
from tests.importers.planning import plan_of
from tests.importers.pt2_bytes import archive, node, program
from tests.importers.pt2_calls import weights


@each(
    ("read", "shape", "number"),
    [("place", (8,), 30.0), ("alone", (8, 1), 3.0), ("first", (8,), 3.0)],
)
def test_an_output_has_the_axes_of_its_tensor(
    read: str, shape: tuple[int, ...], number: float
) -> None:
    nodes = [
        node("aten.linear", "y", input="%x", weight="%w"),
        node("aten.argmax", "last", self="%p", dim=-1),
        node("aten.arange", "sample", end=1),
        node("aten.index", "place", self="%y", indices=["%sample", "%last"]),
        node("aten.slice", "alone", self="%y", dim=1, start=0, end=1),
        node("aten.select", "first", self="%y", dim=1, index=0),
    ]
    shapes = {"y": [1, 5, 8], "last": [1], "sample": [1]}
    shapes |= {"place": [1, 8], "alone": [1, 1, 8], "first": [1, 8]}
    inputs = {"x": [1, 5, 3], "p": [1, 5]}
    data = archive(program(nodes, inputs, [read], shapes, {"w": ("w", [8, 3])}))
    network = convcalc.loads(data, "net.pt2")
    assert convcalc.plan(network).rows[-1].output == shape
    # Channels first; tokens 0 to 2, 3 to 5, ..., 9 to 11 at place 3, that of the largest of p.
    x = np.arange(15.0).reshape(1, 5, 3).transpose(0, 2, 1)
    p = np.array([1.0, 2, 0, 7, 5]).reshape(1, *network.inputs["p"])
    weights = {"y.weight": np.ones((8, 3))}
    (y,) = convcalc.run(network, {"x": x, "p": p}, weights=weights).values()
    assert y.shape == (1, *shape)
    assert (y == number).all()


@each(("op", "number"), [("softmax", 1.0), ("log_softmax", 0.0), ("cumsum", 2.5)])
def test_an_axis_of_1_is_worked_along(op: str, number: float) -> None:
    nodes = [
        node("aten.unsqueeze", "u", self="%x", dim=1),
        node(f"aten.{op}", "y", self="%u", dim=1),
        node("aten.relu", "z", self="%y"),
    ]
    shapes = {name: [1, 1, 4] for name in "uyz"}
    data = archive(program(nodes, {"x": [1, 4]}, ["z"], shapes))
    network = convcalc.loads(data, "net.pt2")
    assert "opaque" not in {row.kind for row in convcalc.plan(network)}
    (y,) = convcalc.run(network, np.full((1, 4), 2.5)).values()
    assert (y.shape, {*y.ravel().tolist()}) == ((1, 4, 1), {number})


def ran(nodes: list[Any], x: list[Any], sizes: list[int], outputs: str, **shapes: Any) -> Any:
    """The numbers that a program makes of `x`."""
    data = archive(program(nodes, {"x": sizes}, [outputs], {**shapes}))
    network = convcalc.loads(data, "net.pt2")
    found = convcalc.run(network, np.array(x, float).reshape(sizes))
    return found[list(found)[-1]]


def test_what_is_written_into_a_span_is_there_for_whoever_reads_the_whole() -> None:
    nodes = [
        node("aten.relu", "a", self="%x"),
        node("aten.slice", "s", self="%a", dim=1, start=1, end=3),
        node("aten.mul_", "m", self="%s", other=10.0),
        node("aten.relu", "y", self="%a"),
    ]
    shapes = {"a": [1, 4], "s": [1, 2], "m": [1, 2], "y": [1, 4]}
    # The second and the third of 1, 2, 3, 4, times ten.
    assert ran(nodes, [1, 2, 3, 4], [1, 4], "y", **shapes).tolist() == [[1, 20, 30, 4]]


def test_what_is_written_into_the_whole_is_there_for_an_earlier_look_at_it() -> None:
    nodes = [
        node("aten.relu", "a", self="%x"),
        node("aten.view", "v", self="%a", size=[1, 2, 2]),
        node("aten.mul_", "m", self="%a", other=10.0),
        node("aten.relu", "y", self="%v"),
    ]
    shapes = {"a": [1, 4], "v": [1, 2, 2], "m": [1, 4], "y": [1, 2, 2]}
    assert ran(nodes, [1, 2, 3, 4], [1, 4], "y", **shapes).ravel().tolist() == [10, 20, 30, 40]


def test_a_look_that_goes_out_has_what_was_written_last_of_all() -> None:
    nodes = [
        node("aten.relu", "a", self="%x"),
        node("aten.view", "v", self="%a", size=[1, 2, 2]),
        node("aten.mul_", "m", self="%a", other=10.0),
    ]
    shapes = {"a": [1, 4], "v": [1, 2, 2], "m": [1, 4]}
    assert ran(nodes, [1, 2, 3, 4], [1, 4], "v", **shapes).ravel().tolist() == [10, 20, 30, 40]


def test_a_mask_of_constants_is_worked_out_when_the_network_runs() -> None:
    nodes = [
        node("aten.arange", "r", end=4),
        node("aten.ge", "g", self="%r", other=2),
        node("aten.unsqueeze", "u", self="%g", dim=0),
        node("aten.mul", "y", self="%x", other="%u"),
    ]
    shapes = {"r": [4], "g": [4], "u": [1, 4], "y": [1, 4]}
    assert ran(nodes, [1, 2, 3, 4], [1, 4], "y", **shapes).tolist() == [[0, 0, 3, 4]]


def test_all_places_in_their_order_are_the_tensor_itself() -> None:
    nodes = [
        node("aten.arange", "zero", end=1),
        node("aten.arange", "all", end=4),
        node("aten.index", "y", self="%x", indices=["%zero", "%all"]),
    ]
    shapes = {"all": [4], "zero": [1], "y": [4]}
    assert ran(nodes, [5, 6, 7, 8], [1, 4], "y", **shapes).tolist() == [[5, 6, 7, 8]]
    plan = plan_of(archive(program(nodes, {"x": [1, 4]}, ["y"], shapes)))
    assert "take" not in [row.kind for row in plan]


@each("from_end", [False, True])
def test_places_on_two_axes_are_those_of_one(from_end: bool) -> None:
    """The pairs of DLRM: below the diagonal of [[1, 2, 3], [4, 5, 6], [7, 8, 9]]."""
    nodes = [
        node("aten.arange", "zero", end=1),
        node("aten.tril_indices", "t", row=3, col=3, offset=-1),
        node("aten.select", "r", self="%t", dim=0, index=0),
        node("aten.select", "c", self="%t", dim=0, index=1),
        node("aten.sub", "d", self="%c", other=3 if from_end else 0),
        node("aten.index", "y", self="%x", indices=["%zero", "%r", "%d"]),
    ]
    shapes = {"zero": [1], "t": [2, 3], "r": [3], "c": [3], "d": [3], "y": [3]}
    assert ran(nodes, [*range(1, 10)], [1, 3, 3], "y", **shapes).ravel().tolist() == [4, 7, 8]


@each(("read", "sizes"), [
    (["zero", "r", "r", "r"], [2]), (["zero", "r", "r"], [2, 4]), (["zero", "u", "r"], [2, 2, 4]),
    (["zero", "r", "u", "r"], [2, 2]),
])  # fmt: skip
def test_places_on_axes_of_other_sizes_are_those_of_numpy(
    read: list[str], sizes: list[int]
) -> None:
    nodes = [
        node("aten.arange", "zero", end=1),
        node("aten.arange", "r", end=2),
        node("aten.unsqueeze", "u", self="%r", dim=1),
        node("aten.index", "y", self="%x", indices=[f"%{name}" for name in read]),
    ]
    shapes = {"zero": [1], "r": [2], "u": [2, 1], "y": sizes}
    places = {"zero": np.arange(1), "r": np.arange(2), "u": np.arange(2)[:, None]}
    wanted = np.arange(24).reshape(1, 2, 3, 4)[tuple(places[name] for name in read)]
    assert ran(nodes, [*range(24)], [1, 2, 3, 4], "y", **shapes).ravel().tolist() == [
        *wanted.ravel()
    ]
    count = len(read)
    for most, is_one in ((prod((1, 2, 3, 4)[:count]), True), (5, False)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tables, "MOST_PLACES", most)
            plan = plan_of(archive(program(nodes, {"x": [1, 2, 3, 4]}, ["y"], shapes)))
        assert ("opaque" not in {row.kind for row in plan}) is is_one


def test_a_weight_that_was_changed_is_told_by_the_checksum_of_its_entry(tmp_path: Path) -> None:
    found = program(
        [node("aten.mul", "y", self="%x", other="%w")], {"x": [1, 2]}, ["y"], {"y": [1, 2]},
        {"w": ("w", [2])},
    )  # fmt: skip
    data = archive(found, more=weights({"w": np.array([3.0, 5.0], "float32")}))
    path = tmp_path / "net.pt2"
    path.write_bytes(data)
    assert convcalc.run(convcalc.load(path), [[2, 7]])["y"].tolist() == [[6.0, 35.0]]
    place = data.index(np.array([3.0, 5.0], "<f4").tobytes())
    path.write_bytes(data[:place] + b"\1" + data[place + 1 :])
    with pytest.raises(StackError) as caught:
        convcalc.run(convcalc.load(path), [[2, 7]])
    assert "the bytes of `data/weights/w` are not those" in caught.value.problems[0].message


def test_what_is_joined_is_cut_alike() -> None:
    """`cat([x.view(1, 3, 2, 2).relu().view(1, 3, 4), x], 1)`: one has its rows in two axes."""
    nodes = [
        node("aten.view", "a", self="%x", size=[1, 3, 2, 2]),
        node("aten.sum", "b", self="%a", dim=[1], keepdim=True),
        node("aten.add", "c", self="%a", other="%b"),
        node("aten.view", "d", self="%c", size=[1, 3, 4]),
        node("aten.cat", "y", tensors=["%d", "%x"], dim=1),
    ]
    shapes = {
        "a": [1, 3, 2, 2], "b": [1, 1, 2, 2], "c": [1, 3, 2, 2], "d": [1, 3, 4], "y": [1, 6, 4]
    }  # fmt: skip
    network = convcalc.loads(archive(program(nodes, {"x": [1, 3, 4]}, ["y"], shapes)), "net.pt2")
    assert "opaque" not in [row.kind for row in convcalc.plan(network)]
    x = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    (y,) = convcalc.run(network, x).values()
    assert (
        y.ravel().tolist() == np.concatenate([x + x.sum(1, keepdims=True), x], 1).ravel().tolist()
    )
