"""Every second row and column, joined for each one to begin at, as Focus and Swin have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

import convcalc
from convcalc.importers.phased_maps import phased
from convcalc.importers.tensor_views import whole
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.pt2_bytes import archive, program
from tests.importers.pt2_bytes import node as call

NO_END = 2**63 - 1
# Rows and columns to begin at, of the parts as they are joined.
SWIN = ((0, 0), (1, 0), (0, 1), (1, 1))
ROWS_FIRST = ((0, 0), (0, 1), (1, 0), (1, 1))
NAMES = "abcd"


def onnx(order: Sequence[tuple[int, int]], dims: Sequence[int], end: int = NO_END) -> bytes:
    numbers = {0: "zero", 1: "one", 2: "two", 3: "three", end: "end"}
    nodes = [
        node("Constant", [], [name], value=tensor("", (1,), [number]))
        for number, name in numbers.items()
    ]
    for name, starts in zip(NAMES, order, strict=True):
        source = "x"
        for axis, start in zip((2, 3), starts, strict=True):
            bounds = [numbers[start], "end", numbers[axis], "two"]
            nodes.append(node("Slice", [source, *bounds], [f"{name}{axis}"]))
            source = f"{name}{axis}"
    nodes.append(node("Concat", [f"{name}3" for name in NAMES], ["y"], axis=1))
    return model(nodes, {"x": list(dims)}, ["y"])


def pt2(order: Sequence[tuple[int, int]], dims: Sequence[int]) -> bytes:
    nodes = []
    shapes: dict[str, list[int]] = {}
    size = [1, dims[1], dims[2] // 2, dims[3]]
    for name, starts in zip(NAMES, order, strict=True):
        source = "x"
        for dim, start in zip((2, 3), starts, strict=True):
            bounds = {"dim": dim, "start": start, "end": NO_END, "step": 2}
            nodes.append(call("aten.slice", f"{name}{dim}", self=f"%{source}", **bounds))
            source = f"{name}{dim}"
        shapes |= {f"{name}2": size, f"{name}3": [*size[:3], dims[3] // 2]}
    nodes.append(call("aten.cat", "y", tensors=[f"%{name}3" for name in NAMES], dim=1))
    shapes["y"] = [1, 4 * dims[1], dims[2] // 2, dims[3] // 2]
    return archive(program(nodes, {"x": list(dims)}, ["y"], shapes))


@pytest.mark.parametrize("order", [SWIN, ROWS_FIRST], ids=["columns outside", "rows outside"])
@pytest.mark.parametrize("source", [onnx, pt2])
def test_all_phases_are_one_rearrangement(
    source: Callable[..., bytes], order: Sequence[tuple[int, int]]
) -> None:
    network = convcalc.loads(source(order, (1, 2, 4, 6)), "net")
    x = np.arange(48.0).reshape(1, 2, 4, 6)
    (y,) = convcalc.run(network, x).values()
    assert [row.kind for row in convcalc.plan(network)] == ["rearrange"]
    assert y.tolist() == np.concatenate([x[:, :, r::2, c::2] for r, c in order], 1).tolist()


@pytest.mark.parametrize(
    ("order", "dims"),
    [
        (((0, 0), (1, 1), (0, 1), (1, 0)), (1, 2, 4, 6)),
        (((0, 0), (0, 0), (0, 1), (1, 1)), (1, 2, 4, 6)),
        (((1, 0), (1, 0), (1, 0), (1, 0)), (1, 2, 5, 6)),
    ],
    ids=["crosswise", "one of them twice", "rows that two does not divide"],
)
def test_what_is_nearly_so_stays_what_it_is(
    order: Sequence[tuple[int, int]], dims: Sequence[int]
) -> None:
    network = convcalc.loads(onnx(order, dims), "net.onnx")
    x = np.arange(float(np.prod(dims))).reshape(dims)
    (y,) = convcalc.run(network, x).values()
    assert "concat" in [row.kind for row in convcalc.plan(network)]
    assert y.tolist() == np.concatenate([x[:, :, r::2, c::2] for r, c in order], 1).tolist()


def test_another_size_that_does_not_divide_is_read_by_its_parts() -> None:
    network = convcalc.loads(onnx(SWIN, (1, 2, 4, 6)), "net.onnx")
    with pytest.raises(convcalc.StackError, match=r"joins unequal sizes\n.*\[1, 2, 3, 3\]"):
        convcalc.plan(network, input=(2, 5, 6))


def test_phases_of_two_tensors_are_no_rearrangement() -> None:
    """The even columns of one beside the odd ones of the other."""
    nodes = [
        node("Constant", [], [name], value=tensor("", (1,), [number]))
        for name, number in (("zero", 0), ("one", 1), ("two", 2), ("three", 3), ("end", NO_END))
    ]
    nodes += [
        node("Slice", ["x", "zero", "end", "three", "two"], ["a"]),
        node("Slice", ["z", "one", "end", "three", "two"], ["b"]),
        node("Concat", ["a", "b"], ["y"], axis=1),
    ]
    network = convcalc.loads(model(nodes, {"x": [1, 2, 4, 6], "z": [1, 2, 4, 6]}, ["y"]), "net")
    x = np.arange(48.0).reshape(1, 2, 4, 6)
    (y,) = convcalc.run(network, {"x": x, "z": -x}).values()
    assert "rearrange" not in [row.kind for row in convcalc.plan(network)]
    assert y.tolist() == np.concatenate([x[..., ::2], -x[..., 1::2]], 1).tolist()


@each(("axes", "by", "into", "dims"), [
    ((1, 2), (2, 3), 0, (12, 2, 2)), ((2,), (3,), 0, (6, 4, 2)), ((1,), (4,), 2, (2, 1, 24)),
    ((0, 1), (2, 2), 2, (1, 2, 24)),
    # Axes that do not divide, one that is told twice, and one into itself.
    ((1, 2), (3, 3), 0, None), ((2,), (4,), 0, None), ((1, 1), (2, 2), 0, None),
    ((1, 2), (2, 2), 1, None), ((1,), (2,), 1, None),
])  # fmt: skip
def test_axes_that_divide_go_into_another_one(
    axes: tuple[int, ...], by: tuple[int, ...], into: int, dims: tuple[int, ...] | None
) -> None:
    """Of a tensor of 2 x 4 x 6: each place to begin at is a part of the axis that grows."""
    found = phased(whole(0, (2, 4, 6), ((0,), (1,), (2,))), axes, by, into)
    assert (found and found.dims) == dims
    assert found is None or math.prod(found.dims) == 48
