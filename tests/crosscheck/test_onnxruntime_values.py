"""Values of random layers against onnxruntime, a second opinion beside torch.

What torch cannot show is shown here: uneven padding of pools, SAME_UPPER and SAME_LOWER. Direct
sums of products may differ by 32 u sum|terms|, other functions by a relative error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest

from convcalc.kinds import find_kind
from tests.crosscheck import draws, draws_more
from tests.crosscheck.draws import Case
from tests.crosscheck.layer_values import (
    DIRECT,
    EXACT,
    Array,
    Numbers,
    allowed,
    differ,
    forward,
    layer,
    numbers,
)

pytest.importorskip("onnxruntime", reason="cross-checks need the `crosscheck` extra")

from tests.crosscheck.onnx_layers import Node, node_of, values

pytestmark = pytest.mark.crosscheck

# kind -> operator and attributes that make it PyTorch's
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.01}),
    "elu": ("Elu", {"alpha": 1}),
    "selu": ("Selu", {}),
    "celu": ("Celu", {"alpha": 1}),
    "gelu": ("Gelu", {"approximate": "none"}),
    "mish": ("Mish", {}),
    "hardswish": ("HardSwish", {}),
    "hardsigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "abs": ("Abs", {}),
    "exp": ("Exp", {}),
    "sin": ("Sin", {}),
    "cos": ("Cos", {}),
    **{word.lower(): (word, {}) for word in ("Floor", "Ceil", "Round", "Sign")},
    "sqrt": ("Sqrt", {}),
    "log": ("Log", {}),
    "reciprocal": ("Reciprocal", {}),
    "softmax": ("Softmax", {"axis": 1}),
    "log_softmax": ("LogSoftmax", {"axis": 1}),
    "global_avg_pool": ("GlobalAveragePool", {}),
    "global_max_pool": ("GlobalMaxPool", {}),
}
# kind -> operator of its input and its number
WITH_NUMBER = {"add_number": "Add", "mul_number": "Mul", "div_number": "Div", "pow_number": "Pow"}
# Our names of constants in ONNX.
NAMES = {"negative_slope": "alpha", "alpha": "alpha", "beta": "beta", "approximate": "approximate"}


class Drawn(NamedTuple):
    """How many cases of a family are drawn, and the least whose values are compared."""

    draw: Callable[[Random], Case]
    cases: int
    values: int


DRAWN: dict[str, Drawn] = {
    "conv": Drawn(draws.conv, 600, 230),
    "conv_transpose": Drawn(draws.conv_transpose, 600, 130),
    "max_pool": Drawn(draws.max_pool, 400, 190),
    "avg_pool": Drawn(draws.avg_pool, 400, 100),
    "lp_pool": Drawn(draws.lp_pool, 200, 60),
    "batch_norm": Drawn(draws.batch_norm, 60, 60),
    "instance_norm": Drawn(draws.instance_norm, 100, 30),
    "group_norm": Drawn(draws.group_norm, 150, 40),
    "local_response_norm": Drawn(draws.local_response_norm, 150, 15),
    "linear": Drawn(draws.linear, 100, 40),
    "activation": Drawn(draws_more.activation, 400, 200),
    "constants": Drawn(draws_more.with_constants, 300, 150),
    "global_pool": Drawn(draws_more.global_pool, 60, 25),
    "pixel_shuffle": Drawn(draws_more.pixel_shuffle, 150, 40),
    "pixel_unshuffle": Drawn(draws_more.pixel_unshuffle, 320, 40),
    "upsample": Drawn(draws_more.upsample, 500, 60),
    "concat": Drawn(draws_more.merge, 800, 20),
}


def question(case: Case, given: Numbers) -> tuple[Node, list[Array]] | None:
    """The node with its arrays; None where ONNX has no such operator."""
    fields, rank = case.fields, len(case.inputs[0]) - 1
    x, weights = given.inputs[0], given.weights
    if case.kind in ACTIVATIONS:
        operator, attributes = ACTIVATIONS[case.kind]
        if case.kind == "softplus" and fields:
            return None
        given_here = {NAMES[name]: fields[name] for name in fields if name in NAMES}
        attributes = attributes | {
            name: value if isinstance(value, str) else float(value)
            for name, value in given_here.items()
        }
        if case.kind.startswith("global") and not fields["keepdim"]:
            return None
        return Node(operator, (x.shape,), attributes), [x]
    if case.kind in WITH_NUMBER:
        arrays = [x, np.array([float(fields["value"])], x.dtype)]
        return Node(WITH_NUMBER[case.kind], tuple(a.shape for a in arrays), {}), arrays
    if case.kind == "linear":
        arrays = [x, *weights.values()]
        return Node("Gemm", tuple(a.shape for a in arrays), {"transB": 1}), arrays
    if case.kind == "upsample":
        return _resize(case, x)
    if not _has_form(case, rank):
        return None
    node = node_of(case)
    if node is None:
        return None
    arrays = [*given.inputs, *weights.values()]
    channels = case.inputs[0][0]
    if case.kind in ("batch_norm", "instance_norm", "group_norm") and "bias" not in weights:
        neutral = [np.ones(channels, np.float32), np.zeros(channels, np.float32)]
        arrays = [x, *neutral, *weights.values()]
    return node._replace(shapes=tuple(array.shape for array in arrays)), arrays


def _has_form(case: Case, rank: int) -> bool:
    fields = case.fields
    if fields.get("padding_mode", "zeros") != "zeros" or "output_size" in fields:
        return False
    if case.kind == "pixel_shuffle":
        return rank == 2
    if case.kind == "pixel_unshuffle":
        # ONNX puts the places of a block before the channels, and knows no other order.
        return rank == 2 and fields.get("order") == "dcr"
    if case.kind == "local_response_norm":
        return rank == 2 and fields["size"] % 2 == 1
    is_same = case.kind.endswith("_pool") and str(fields.get("padding")).startswith("same_")
    if is_same and set(draws.spread(fields["dilation"], rank)) != {1}:
        # onnxruntime finds the padding from the kernel without its dilation.
        return False
    if case.kind == "avg_pool":
        # onnxruntime's mean over a last, partly filled window has the whole kernel's divisor.
        return not fields.get("divisor_override") and not fields.get("ceil_mode")
    if case.kind == "lp_pool":
        # The definition of ONNX has no mean, hence nothing to fill up.
        return not fields.get("ceil_mode")
    if len(case.inputs) > 1:
        return case.kind == "concat" and "align" not in fields
    known = (*DIRECT, "max_pool", "batch_norm", "instance_norm", "group_norm")
    return case.kind in known


# Modes that it has not, or finds other pixels for where they lie half way between two.
_OWN_MODES = ("trilinear", "nearest", "nearest-exact", "area")


def _resize(case: Case, x: Array) -> tuple[Node, list[Array]] | None:
    """Resampling to a size; ONNX finds the positions from the sizes, as PyTorch does then."""
    fields = case.fields
    # onnxruntime divides in single precision before it takes the nearest pixel, and may miss it.
    if "output_size" not in fields or fields["mode"] in _OWN_MODES:
        return None
    made = layer(case)
    assert made is not None
    sizes = np.array([*x.shape[:2], *made.facts(case.inputs).output[1:]], np.int64)
    aligned = fields.get("align_corners", False)
    attributes: dict[str, Any] = {
        "coordinate_transformation_mode": "align_corners" if aligned else "half_pixel",
        "mode": "cubic" if fields["mode"] == "bicubic" else "linear",
        "cubic_coeff_a": -0.75,
    }
    empty = np.zeros(0, np.float32)
    arrays = [x, empty, empty, sizes]
    return Node("Resize", tuple(array.shape for array in arrays), attributes), arrays


class Compared(NamedTuple):
    """How many layers were compared and how, and what disagreed."""

    tally: Counter[str]
    failures: list[str]


@cache
def compared(family: str) -> Compared:
    draw, count, _ = DRAWN[family]
    tally: Counter[str] = Counter()
    failures = []
    for number in range(count):
        rng = Random(f"onnxruntime's values of {family} {number}")
        case = draw(rng)
        made = layer(case)
        if made is None:
            continue
        given = numbers(case, made, rng, "float32", integers=number % 3 == 0)
        if case.kind == "lp_pool":
            # ONNX takes |x|^p where PyTorch has x^p.
            given = given._replace(inputs=(np.abs(given.inputs[0]),))
        asked = question(case, given)
        if asked is None:
            tally["no such operator"] += 1
            continue
        theirs = values(*asked)
        if isinstance(theirs, str):
            tally["refused"] += 1
            continue
        if case.kind == "max_pool":
            # What a window on padding alone finds; PyTorch and the definition say -infinity.
            theirs = np.where(theirs == np.finfo(np.float32).min, -np.inf, theirs)
        ours = forward(made, given)
        exact = given.are_integers and case.kind in EXACT
        bound = 0 if exact else allowed(case, given, theirs, _terms(case, given), "float32")
        tally["values"] += 1
        tally["exact"] += exact
        if said := differ(ours, theirs, bound):
            failures.append(
                f'Random("onnxruntime\'s values of {family} {number}"): {case}\n  {said}'
            )
    return Compared(tally, failures)


def _terms(case: Case, given: Numbers) -> Array | None:
    """The sum of the sizes of all terms of each output, by our own layer."""
    if case.kind not in DIRECT:
        return None
    made = layer(case)
    assert made is not None
    sizes = {name: np.abs(array) for name, array in given.weights.items()}
    return forward(made, Numbers(tuple(map(np.abs, given.inputs)), sizes, False))


@pytest.mark.parametrize("family", DRAWN)
def test_values_agree_with_onnxruntime(family: str) -> None:
    tally, failures = compared(family)
    print(f"{family}: {dict(tally)}")
    assert not failures, f"{len(failures)} disagree\n" + "\n".join(failures[:10])
    assert tally["values"] >= DRAWN[family].values


def test_enough_is_compared() -> None:
    total: Counter[str] = Counter()
    for family in DRAWN:
        total += compared(family).tally
    print(dict(total))
    assert total["values"] >= 1000


def test_a_wrong_number_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = find_kind("max_pool")
    monkeypatch.setattr(kind, "windows", _unpadded_windows(kind))
    assert compared.__wrapped__("max_pool").failures


def _unpadded_windows(kind: Any) -> Callable[..., Any]:
    known = kind.windows

    def windows(self: Any, x: Any) -> Any:
        # The padding on the wrong side.
        return tuple(w._replace(before=w.after, after=w.before) for w in known(self, x))

    return windows
