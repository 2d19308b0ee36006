"""Numbers that readers of model files work out: lengths, samples, deals; by hand or by numpy."""

from __future__ import annotations

import math
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from convcalc import loads
from convcalc.importers import archives
from convcalc.importers.keras.layer import Layer
from convcalc.importers.model import Operation
from convcalc.importers.onnx import later
from convcalc.importers.onnx.scopes import _listed_words
from convcalc.importers.onnx.walk import tied
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.program import Program
from convcalc.importers.tflite import dilation
from convcalc.importers.tflite.schema import VALID
from convcalc.importers.tflite.values import Dilated, Tensor
from convcalc.network.held import Held, Made, Written
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor


@each(("start", "limit", "step"), [
    (0, 5, 1), (1, 7, 2), (1, 8, 2), (7, 1, -2), (7, 0, -2), (5, 1, 1), (1, 5, -1), (3, 3, 1),
    (0.5, 3.0, 0.5), (-4, 9, 3),
])  # fmt: skip
def test_a_range_is_as_long_as_numpys(start: float, limit: float, step: float) -> None:
    held = Held("r", (), "float32", Written((start,)))
    use: Any = SimpleNamespace(single=(start, limit, step).__getitem__)
    found = later._range(use, [held])
    assert found.dims == np.arange(start, limit, step).shape
    assert isinstance(found.source, Made)
    assert (found.element, found.source.how) == ("float32", "calculated")


def operation(op: str, *inputs: str, output: str = "y") -> Operation:
    return Operation(op, op, inputs, (output,))


@each(("read", "is_tied"), [
    # A table that a product reads again, or two products with biases of their own.
    ([operation("Gather", "w", "i"), operation("Linear", "x", "w", "b")], True),
    ([operation("Linear", "x", "w", "b"), operation("Linear", "y", "w", "c")], True),
    ([operation("Linear", "x", "w", "b"), operation("Linear", "y", "w")], True),
    ([operation("Transpose", "w", output="t"), operation("Gather", "w", "i"),
      operation("Gemm", "x", "t", "b")], True),
    ([operation("Linear", "x", "w", "b"), operation("Linear", "y", "w", "b")], False),
    ([operation("MatMul", "x", "w"), operation("Gather", "w", "i")], False),
    ([operation("MatMul", "x", "w"), operation("Gemm", "x", "w")], False),
    ([operation("Linear", "x", "w", "b")], False),
    ([operation("Conv", "x", "w", "b"), operation("Linear", "y", "w", "c")], False),
    ([operation("MatMul", "w"), operation("Linear", "y", "w", "c")], False),
    ([operation("Gather", "x", "w"), operation("Linear", "y", "w", "c")], False),
])  # fmt: skip
def test_matrices_that_are_tied(read: list[Operation], is_tied: bool) -> None:
    """One that layers of unequal biases read is a parameter of its own."""
    held = Held("w", (2, 2), "float32", Written((0.0,) * 4))
    assert tied(read, {"w": held}) == (frozenset({"w"}) if is_tied else frozenset())


@each(("text", "words"), [
    ("['a', 'b.c']", ["a", "b.c"]), ("['a']", ["a"]), ("['it\\'s', \"x\"]", ["it's", "x"]),
    ("[]", []), ("{'a': 1}", []), ("['a'", []), ("", []),
])  # fmt: skip
def test_lists_of_words_as_python_writes_them(text: str, words: list[str]) -> None:
    assert _listed_words(text) == words


def fields_of(op: str, *stored: float, **given: Any) -> dict[str, Any]:
    """The fields that a layer has been given for an operation of these attributes and numbers."""
    names = [f"n{at}" for at, _ in enumerate(stored)]
    held = {name: tensor(name, (), [one]) for name, one in zip(names, stored, strict=True)}
    data = model([node(op, ["x", *names], ["y"], **given)], {"x": [1, 3]}, ["y"], held)
    (one,) = loads(data, "net.onnx").graph().layers
    return {name: getattr(one.layer, name) for name in one.layer.model_fields_set}


@each(("op", "stored", "given", "fields"), [
    ("HardSigmoid", (), {"alpha": 1 / 6}, {}), ("HardSigmoid", (), {}, {"alpha": 0.2}),
    ("HardSigmoid", (), {"alpha": 0.5, "beta": 0.25}, {"alpha": 0.5, "beta": 0.25}),
    ("Clip", (-2.0, 3.0), {}, {"min_val": -2, "max_val": 3}),
    ("Clip", (-2.0,), {}, {"min_val": -2, "max_val": None}),
    ("Clip", (-2.0, math.inf), {}, {"min_val": -2, "max_val": None}),
    ("Clip", (-math.inf, 3.0), {}, {"min_val": None, "max_val": 3}),
])  # fmt: skip
def test_constants_of_functions(
    op: str, stored: tuple[float, ...], given: dict[str, float], fields: dict[str, float | None]
) -> None:
    """PyTorch's hard sigmoid has a slope of 1/6, ONNX's one of 0.2; bounds may be none."""
    found = fields_of(op, *stored, **given)
    assert found.keys() == fields.keys()
    for name, value in fields.items():
        wanted = None if value is None else pytest.approx(value)
        assert (None if found[name] is None else float(found[name])) == wanted


@each(("axis", "sizes"), [(0, (3, 4, 5)), (1, (2, 4, 5)), (2, (2, 3, 5)), (None, (2, 3, 4, 5))])
def test_sizes_of_an_input_but_for_its_samples(axis: int | None, sizes: tuple[int, ...]) -> None:
    program: Any = SimpleNamespace(_axis=lambda _: axis, is_whole=axis is None)
    assert Program.of_a_sample(program, "x", (2, 3, 4, 5)) == sizes


@each(("dims", "declared", "samples", "first"), [
    # Six of two samples are three of one; five are of one alone, as is what is stored.
    ((6, 5), (6, 5), 2, ((3, 5), (3, 5))), ((2, 5), (2, 5), 2, ((1, 5), (1, 5))),
    ((6, 5), ("?", 5), 2, ((3, 5), ("?", 5))), ((5, 6), (5, 6), 2, None), ((), (), 2, None),
    ((6, 5), (6, 5), 1, None),
])  # fmt: skip
def test_a_tensor_of_one_of_several_samples(
    dims: tuple[int, ...],
    declared: tuple[int | str, ...],
    samples: int,
    first: tuple[tuple[int, ...], tuple[int | str, ...]] | None,
) -> None:
    given = Tensor("t", "t", dims, declared, "float32", None, None, True)
    found = given.of_one(samples)
    assert (found.dims, found.declared) == (first or (dims, declared))
    if first:
        stored = given._replace(held=Held("t", dims, "float32", Written((0.0,))))
        assert stored.of_one(samples) == stored


@each(("sides", "crops", "block", "again", "pads"), [
    # What stands around less what is cut off: before each axis, then behind each.
    ((2, 2, 3, 4), (0, 1, 0, 1), (2, 3), (2, 3), (2, 3, 1, 3)),
    ((1, 1, 1, 1), (1, 1, 1, 1), (2, 2), (2, 2), (0, 0, 0, 0)),
    ((0, 1, 1, 1), (1, 1, 1, 1), (2, 2), (2, 2), None),
    ((1, 1, 1, 1), (1, 1, 1, 2), (2, 2), (2, 2), None),
    ((1, 1, 1, 1), (1, 1, 1, 1), (2, 0), (2, 0), None),
    ((1, 1, 1, 1), (1, 1, 1, 1), (-1, 2), (-1, 2), None),
    ((1, 1, 1, 1), (1, 1, 1, 1), (2, 2), (2, 3), None),
    ((1, 1), (1, 1, 1, 1), (2, 2), (2, 2), None),
])  # fmt: skip
def test_a_convolution_between_two_deals(
    sides: tuple[int, ...], crops: tuple[int, ...], block: tuple[int, int],
    again: tuple[int, int], pads: tuple[int, int, int, int] | None,
) -> None:  # fmt: skip
    tensors = [
        SimpleNamespace(held=Held("n", (len(one),), "int32", Written(one)))
        for one in (block, sides, again, crops)
    ]
    options = SimpleNamespace(whole=lambda slot, _="i", default=0: VALID if not slot else default)
    conv: Any = SimpleNamespace(word="CONV_2D", options=options)
    first, last = SimpleNamespace(inputs=(9, 0, 1)), SimpleNamespace(inputs=(9, 2, 3))
    file: Any = SimpleNamespace(tensors=tensors)
    found = dilation._dilated(file, first, conv, last)  # type: ignore[arg-type]
    assert found == (pads and Dilated(block, pads))


@each(("start", "data"), [(-1, b""), (0, b"ab"), (2, b"c"), (3, b""), (1 << 62, b"")])
def test_bytes_at_places_that_no_file_has(start: int, data: bytes) -> None:
    assert archives._at(BytesIO(b"abc"), start, 2) == data


@each(("values", "dims"), [
    ([1.0, 2.0], (2,)), ([[1.0, 2.0]], (1, 2)), ([[[1.0], [2.0]]], (1, 2, 1)), ([[1.0], 2.0], None),
    ([[1.0], [2.0, 3.0]], None), ([], None), (["a"], None), ([math.inf], None),
])  # fmt: skip
def test_lists_of_numbers_among_fields(values: list[Any], dims: tuple[int, ...] | None) -> None:
    layer: Any = SimpleNamespace(operation=SimpleNamespace(name="it"))
    if dims is None:
        with pytest.raises(NoRuleError, match=r"unequal lengths|no array of numbers"):
            Layer.written(layer, "n", values)
    else:
        assert Layer.written(layer, "n", values).held.dims == dims
