"""Sizes of model files: what the layers say is held against the file, which may forbid more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.sizes.answer import SizesAnswer
from convcalc.features.sizes.axis_groups import AxisGroup
from convcalc.features.sizes.held_files import _numbers
from convcalc.features.sizes.pattern import members
from convcalc.features.sizes.walk import WalkedSamples
from tests.each import each
from tests.importers import pt2_bytes as pt2
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.pt2_bytes import Sizes

# Patches of 16 pixels, rows of 14 by 14 of them, as written into the file.
PATCHES = model(
    [
        node("Conv", ["x", "w"], ["a"], strides=[16, 16]),
        node("Reshape", ["a", "sizes"], ["b"], "/Reshape"),
        node("Transpose", ["b"], ["y"], perm=[0, 2, 1]),
    ],
    {"x": [1, 3, 224, 224]},
    ["y"],
    {"w": (8, 3, 16, 16), "sizes": tensor("sizes", (3,), [1, 8, 196])},
)


def patches(rows: int, columns: int) -> bytes:
    """Patches of 16 pixels of a map, as many as there are of them written into the file."""
    return model(
        [
            node("Conv", ["x", "w"], ["a"], strides=[16, 16]),
            node("Reshape", ["a", "sizes"], ["y"], "/Reshape"),
        ],
        {"x": [1, 3, rows, columns]},
        ["y"],
        {
            "w": (8, 3, 16, 16),
            "sizes": tensor("sizes", (3,), [1, 8, (rows // 16) * (columns // 16)]),
        },
    )


# Every map of 3 pixels and more has an output: nothing is written in.
CONV = model(
    [node("Conv", ["x", "w"], ["a"]), node("GlobalAveragePool", ["a"], ["y"])],
    {"x": [1, 3, 32, 32]},
    ["y"],
    {"w": (8, 3, 3, 3)},
)


def legal(answer: SizesAnswer) -> list[list[int]]:
    return [members(axis.sets["legal"] or 0, axis.low) for axis in answer.axes]


@each(
    ("low", "count", "failed", "sizes"),
    [
        # Beside and twice the file's 30; the first that fits, the one before it, and the last;
        # then multiples of the golden section of 100.
        (10, 100, 5, [31, 60, 15, 14, 109, 29, 30, 71, 33, 95, 57]),
        # Sizes that do not hold the file's own, of which none fits.
        (40, 5, 5, [40, 44, 43, 41, 42]),
    ],
)
def test_the_sizes_that_tell_most_are_tried_first(
    low: int, count: int, failed: int, sizes: list[int]
) -> None:
    graph: Any = SimpleNamespace(inputs={"a": (7, 8, 9), "b": (3, 17, 30)})
    samples = [((7, 8, 9), (3, 17, low + number)) for number in range(count)]
    walk = WalkedSamples(count, [], failed=dict.fromkeys(range(failed), 1))
    numbers = _numbers(AxisGroup((1,), 1), graph, samples, walk, len(sizes))
    assert [low + number for number in numbers] == sizes


def test_a_size_that_is_written_into_a_file_is_the_only_legal_one() -> None:
    """14 rows of 16 pixels take 224 to 239 on an axis, whose floor drops what is beyond 224."""
    answer = convcalc.sizes(convcalc.loads(PATCHES), near=256)
    assert legal(answer) == [[*range(224, 240)]] * 2
    assert [axis.members() for axis in answer.axes] == [[224]] * 2
    assert answer.by_planning
    assert answer.tried is None
    assert answer.near is not None
    assert answer.near.why == "stands"
    assert answer.near.closest is not None
    assert answer.near.closest.sizes == (224, 224)


def test_a_file_that_is_too_long_is_planned_about_its_own_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """600 operations of 3 on 2 axes are 100 sizes: 50 of them below 224."""
    monkeypatch.setattr("convcalc.features.sizes.place._MAX_READ", 600)
    network = convcalc.loads(PATCHES, "net.onnx")
    answer = convcalc.sizes(network)
    assert [axis.range for axis in answer.axes] == [(174, 273)] * 2
    assert legal(answer) == [[*range(224, 240)]] * 2
    with pytest.raises(StackError) as caught:
        convcalc.sizes(network, range=(1, 256))
    problem = caught.value.problems[0]
    assert problem.message == (
        "the file has sizes written into it, so each of 256 sizes has to be planned anew; with "
        "3 operations, 100 are possible"
    )
    assert convcalc.sizes(network, range=(1, 100)).axes[0].members() == []


@pytest.mark.parametrize(
    ("rows", "columns", "low", "high"),
    [
        # 400 operations of 2 on 2 axes are 100 sizes, 50 of them below the largest of its own.
        pytest.param(224, 32, 174, 273, id="the first axis is the larger"),
        pytest.param(32, 224, 174, 273, id="the second axis is"),
        # No more than 1,024 are asked for.
        pytest.param(1008, 16, 925, 1024, id="close to the end"),
        pytest.param(32, 16, 1, 100, id="close to the beginning"),
    ],
)
def test_a_file_is_planned_about_the_largest_of_its_sizes(
    rows: int, columns: int, low: int, high: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.features.sizes.place._MAX_READ", 400)
    answer = convcalc.sizes(convcalc.loads(patches(rows, columns), "net.onnx"))
    assert [axis.range for axis in answer.axes] == [(low, high)] * 2


@pytest.mark.parametrize(("read", "tried"), [(50_000, 48), (80, 40), (20, 10), (1, 2)])
def test_where_the_file_agrees_it_is_said_at_how_many_sizes_it_was_asked(
    read: int, tried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.features.sizes.held_files._MAX_HELD", read)
    answer = convcalc.sizes(convcalc.loads(CONV))
    assert legal(answer) == [[*range(3, 1025)]] * 2
    assert not answer.by_planning
    assert answer.tried == tried


def test_the_order_of_an_inputs_axes_is_not_that_of_a_size_of_1() -> None:
    """A dense layer over channels that stand last: any number of positions fits, one as well."""
    arrays: dict[str, tuple[str, Sizes]] = {"w": ("l.weight", [12, 12])}
    nodes = [
        pt2.node("aten.transpose", "t", self="%x", dim0=1, dim1=2),
        pt2.node("aten.linear", "l", input="%t", weight="%w"),
        pt2.node("aten.transpose", "y", self="%l", dim0=1, dim1=2),
    ]
    shapes = {"t": [1, 5, 12], "l": [1, 5, 12], "y": [1, 12, 5]}
    data = pt2.archive(pt2.program(nodes, {"x": [1, 12, 5]}, ["y"], shapes, arrays))
    found = convcalc.sizes(convcalc.loads(data, "net.pt2"), range=(1, 64))
    assert found.axes[0].good.bit_count() == 64


def test_modules_that_read_a_size_as_channels_are_no_blocks_of_the_file() -> None:
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        node("MatMul", ["t", "x"], ["m"], "/MatMul"),
        node("Relu", ["m"], ["r"], "/r/r.0/Relu"),
        node("Tanh", ["r"], ["y"], "/r/r.1/Tanh"),
    ]
    network = convcalc.loads(model(nodes, {"x": [1, 4, 9]}, ["y"], {}), "net.onnx")
    found = convcalc.sizes(network, range=(1, 64))
    assert found.axes[0].good.bit_count() == 64
