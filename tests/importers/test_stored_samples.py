"""What an ONNX file of several samples stores for each of them is read as that of one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from convcalc import loads
from convcalc import plan as plan_of
from convcalc.importers.model import Operation
from convcalc.importers.onnx.stored_samples import _first, of_one_sample
from convcalc.importers.onnx.use import Use
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.network.held import Held, InFile, Written
from tests.each import each
from tests.importers.onnx_bytes import node, tensor
from tests.importers.onnx_cases import Read, W, net

SAMPLES = 4
BYTES = bytes(range(6)) * SAMPLES


def asking(held: Held, along: int | None, axis: int = 9, op: str = "Concat") -> Any:
    """A use of an array in a file of four samples, which stand along an axis, from the last."""
    walk = SimpleNamespace(
        axis_of_samples=lambda names: along,
        samples=SAMPLES,
        model=SimpleNamespace(held_in=BYTES),
        is_told=lambda name: name == "learnt",
        tensors={"x": View(0, (1, 3), ((), (0,)), ((0,),)), held.name: held},
    )
    return Use(cast(Any, walk), Operation(op, "it", ("x", "", held.name), (), {"axis": axis}))


def stored(dims: tuple[int, ...], *values: float, name: str = "w") -> Held:
    return Held(name, dims, "float32", Written(values))


ROW = (0.5, 1.5, -2.0)


@each(
    ("op", "dims", "along", "axis", "found"),
    [
        ("Concat", (4, 3), -2, 1, (1, 3)),
        ("Concat", (1, 4, 3), -2, 0, (1, 1, 3)),
        ("Concat", (1, 4, 3), -2, 2, (1, 1, 3)),
        ("Concat", (1, 1, 4, 3), -2, 1, (1, 1, 1, 3)),
        ("Mul", (4, 3), -2, 0, (1, 3)),
        ("Where", (1, 4, 3), -2, 0, (1, 1, 3)),
        # Samples joined with samples, of a file of one, fewer rows, or fewer axes.
        ("Concat", (4, 3), -2, 0, None),
        ("Concat", (1, 4, 3), -2, 1, None),
        ("Mul", (4, 3), None, 0, None),
        ("Mul", (4, 3), -1, 0, None),
        ("Mul", (4, 3), -3, 0, None),
        # What multiplies its inputs with each other has none beside them.
        ("MatMul", (4, 3), -2, 0, None),
    ],
)
def test_what_is_the_same_for_all_samples_is_read_as_that_of_one(
    op: str, dims: tuple[int, ...], along: int | None, axis: int, found: tuple[int, ...] | None
) -> None:
    made = of_one_sample(asking(stored(dims, *ROW * SAMPLES), along, axis, op))
    if found is None:
        assert made == {}
    else:
        assert [*made] == [2]
        assert made[2].dims == found
        assert isinstance(made[2].source, Written)
        assert made[2].source.values == ROW


@each(
    ("dims", "values", "along", "name"),
    [
        ((4, 3), (*ROW * 3, 0.5, 1.5, 7.0), -2, "w"),
        ((2, 4, 3), ROW * 8, -2, "w"),
        ((3, 4, 1), ROW * 4, -2, "w"),
        # So many are learnt, although they begin alike.
        ((4, 3), ROW * 4, -2, "learnt"),
    ],
)
def test_what_differs_between_samples_has_no_rule(
    dims: tuple[int, ...], values: tuple[float, ...], along: int, name: str
) -> None:
    with pytest.raises(NoRuleError, match="stored for each sample"):
        of_one_sample(asking(stored(dims, *values, name=name), along, op="Add"))


def test_states_of_zeros_are_joined_and_multiplied_as_those_of_one_sample() -> None:
    """Two steps of a recurrence of maps over two samples, which convolve 5 channels to 2."""
    reads: dict[str, Read] = {
        "x": (2, 3, 4, 4), "sizes": [2, 2, 4, 4], "w": W((2, 5, 1, 1))
    }  # fmt: skip
    nodes = [
        node("ConstantOfShape", ["sizes"], ["h"], value=tensor("", [1], [0.5])),
        node("Concat", ["x", "h"], ["joined"], axis=1),
        node("Conv", ["joined", "w"], ["once"]),
        node("Mul", ["h", "once"], ["gated"]),
        node("Concat", ["x", "gated"], ["again"], axis=1),
        node("Conv", ["again", "w"], ["y"]),
    ]
    plan = plan_of(loads(net(nodes, reads).data, "net.onnx"))
    assert plan.rows[-1].output == (2, 4, 4)
    assert (plan.totals.params, plan.totals.macs) == (10, 2 * 10 * 16)


@each(
    ("start", "length", "times", "found"),
    [
        (0, 24, 4, 6),
        (0, 24, 2, 12),
        (6, 18, 3, 6),
        (1, 12, 2, 6),
        (0, 24, 3, None),
        (0, 9, 3, None),
    ],
)
def test_bytes_are_compared_where_they_lie(
    start: int, length: int, times: int, found: int | None
) -> None:
    """The same six bytes four times."""
    held = Held("w", (times, 2), "uint8", InFile(BYTES, start, length))
    first = _first(held, times, BYTES)
    if found is None:
        assert first is None
    else:
        assert isinstance(first, InFile)
        assert (first.file, first.start, first.length) == (BYTES, start, found)
    assert _first(held, times, "another file") is None
