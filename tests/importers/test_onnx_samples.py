"""Shapes that an ONNX file of four samples states, against those of one; and tied matrices."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.importers.model import Operation
from convcalc.importers.onnx.walk import OnnxWalk, tied
from convcalc.importers.tensor_views import whole
from convcalc.network.held import Held, Made, Written
from tests.each import each

SAMPLES = 4
Declared = tuple[int | str, ...] | None


class RefusedError(Exception):
    """What a walk raises where a file cannot be planned for one sample."""


def walk(samples: int = SAMPLES, stated: Declared = None, is_changed: bool = False) -> Any:
    """A walk over a file of so many samples, which states a shape of `y`."""

    def refuse(slug: str, message: str, operation: Operation, **more: str) -> RefusedError:
        return RefusedError(more["note"])

    builder = SimpleNamespace(refuse=refuse, listing=SimpleNamespace(is_changed=is_changed))
    model = SimpleNamespace(shapes={"y": stated})
    return SimpleNamespace(samples=samples, builder=builder, model=model)


@each(
    ("dims", "samples", "found"),
    [
        ((8, 3), 4, (2, 3)), ((4, 3), 4, (1, 3)), ((12,), 4, (3,)), ((6, 4), 4, (6, 4)),
        ((2, 4), 4, (2, 4)), ((), 4, ()), ((8, 3), 1, (8, 3)), ((9, 8), 3, (3, 8)),
    ],
)  # fmt: skip
def test_a_written_shape_of_all_samples_is_that_of_one(
    dims: tuple[int, ...], samples: int, found: tuple[int, ...]
) -> None:
    assert OnnxWalk.of_one_sample(walk(samples), dims) == found


@each(
    ("dims", "stated", "fewest", "is_told"),
    [
        ((1, 3), (4, 3), 0, True), ((1, 3), (4, 3), 1, True), ((2, 3), (8, 3), 1, True),
        ((1, 3), (1, 12), 1, True), ((1, 3), (1, 3), 0, True), ((1, 3), None, 1, True),
        ((1, 3), ("n", 3), 1, True), ((5, 7), ("n", 3), 1, True),
        # None of its axes has them, two have, another number of them, less here, fewer axes.
        ((1, 3), (1, 3), 1, False), ((1, 3), (4, 12), 0, False), ((1, 3), (3, 3), 0, False),
        ((1, 3), (5, 3), 0, False), ((4, 3), (1, 3), 0, False), ((1, 12), (1, 3), 0, False),
        ((1, 3, 1), (4, 3), 0, False), ((1, 3), (4, 3, 1), 0, False),
        ((1, 3), (1, 3, 4), 0, False),
    ],
)  # fmt: skip
def test_all_samples_stand_along_one_axis_of_what_is_stated(
    dims: tuple[int, ...], stated: Declared, fewest: int, is_told: bool
) -> None:
    view = whole(0, dims, [(axis,) for axis in range(len(dims))])
    one = Operation("Relu", "", ("x",), ("y",))
    if is_told:
        OnnxWalk._check_samples(walk(stated=stated), one, "y", view, fewest)
    else:
        with pytest.raises(RefusedError, match="here for one"):
            OnnxWalk._check_samples(walk(stated=stated), one, "y", view, fewest)
    # Of one sample, or where sizes were changed, what the file states is no question.
    OnnxWalk._check_samples(walk(1, stated), one, "y", view, fewest)
    OnnxWalk._check_samples(walk(stated=stated, is_changed=True), one, "y", view, fewest)


def layer(op: str, *inputs: str) -> Operation:
    return Operation(op, "", inputs, (f"{op} of {' '.join(inputs)}",))


WEIGHT = Held("w", (3, 4), "float32", Written((0.0,) * 12))
TURNED = Held("t", (4, 3), "float32", Made("arranged", (WEIGHT,), {"axes": (1, 0)}))
JOINED = Held("j", (6, 4), "float32", Made("joined", (WEIGHT,), {}))


@each(
    ("read", "found"),
    [
        ([layer("Gemm", "x", "w", "a"), layer("Gemm", "z", "w", "b")], {"w"}),
        ([layer("Gemm", "x", "w", "a"), layer("Gemm", "z", "w")], {"w"}),
        ([layer("Linear", "x", "w", "a"), layer("Gather", "w", "i")], {"w"}),
        ([layer("Gemm", "x", "w", "a"), layer("MatMul", "z", "t")], {"w"}),
        ([layer("Transpose", "w"), layer("MatMul", "x", "Transpose of w"),
          layer("Gemm", "z", "w", "a")], {"w"}),
        ([layer("Gemm", "x", "w", "a"), layer("Gemm", "z", "w", "a")], set()),
        ([layer("MatMul", "x", "w"), layer("Gather", "w", "i")], set()),
        ([layer("Gemm", "x", "w", "a"), layer("Gemm", "z", "j", "b")], set()),
        ([layer("Gemm", "x", "w", "a"), layer("Conv", "z", "w", "b")], set()),
        ([layer("Gemm", "x", "w", "a"), layer("Gather", "i", "w", "b")], set()),
        ([layer("Gemm", "x", "w", "a"), layer("MatMul", "w"), layer("MatMul"), layer("Gather")],
         set()),
        ([layer("Gemm", "x", "v", "a"), layer("Gemm", "z", "v", "b")], set()),
    ],
    ids=lambda one: len(one),
)  # fmt: skip
def test_a_matrix_is_tied_where_biases_are_unequal(read: list[Operation], found: set[str]) -> None:
    """Or none for one of them, also where it was turned for a product; `v` is not stored."""
    assert tied(read, {"w": WEIGHT, "t": TURNED, "j": JOINED}) == found
