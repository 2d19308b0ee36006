"""Functions, norms and attention that a module's own code takes to pieces, and near misses.

Each is made of as many tensors as it reads x in, and of its numbers by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import pi, sqrt
from typing import Any

from tests.importers.onnx_cases import W, X
from tests.importers.pt2_calls import Call, aten

DIMS, MEANS = (1, 3, 3), (1, 3, 1)
NO_END = (1 << 63) - 1
Made = Callable[..., Call]


def of(op: str, x: object, other: object = None, /, **more: Any) -> Call:
    """A call on x, and on another tensor or number, which keeps the shape."""
    named: dict[str, Any] = {} if other is None else {"other": other}
    return aten(op, self=x, **named, stated=DIMS, **more)


def gelu(xs: Sequence[X], root: float, one: float, half: float) -> Call:
    gate = of("add", of("erf", of("div", xs[0], root)), one)
    return of("mul", of("mul", xs[1], gate), half)


def gelu_by_tanh(xs: Sequence[X], power: float, small: float, scale: float, half: float) -> Call:
    cube = of("pow", xs[0], exponent=power)
    bent = of("tanh", of("mul", of("add", xs[1], of("mul", cube, small)), scale))
    return of("mul", of("mul", xs[2], half), of("add", bent, 1.0))


def silu(xs: Sequence[X]) -> Call:
    return of("mul", xs[0], of("sigmoid", xs[1]))


def quick_gelu(xs: Sequence[X], by: float) -> Call:
    return of("mul", xs[0], of("sigmoid", of("mul", xs[1], by)))


def hardswish(xs: Sequence[X], three: float, most: float, six: float) -> Call:
    gate = of("clamp", of("add", xs[0], three), min=0.0, max=most)
    return of("div", of("mul", xs[1], gate), six)


def hardswish_of_relu6(xs: Sequence[X], three: float, six: float) -> Call:
    return of("mul", xs[0], of("div", of("relu6", of("add", xs[1], three)), six))


def hardsigmoid(xs: Sequence[X], three: float, least: float, six: float) -> Call:
    bound = of("hardtanh", of("add", xs[0], three), min_val=least, max_val=6.0)
    return of("div", bound, six)


def mish(xs: Sequence[X]) -> Call:
    return of("mul", xs[0], of("tanh", of("softplus", xs[1])))


def softsign(xs: Sequence[X], one: float) -> Call:
    return of("div", xs[0], of("add", of("abs", xs[1]), one))


def log_sigmoid(xs: Sequence[X]) -> Call:
    return of("log", of("sigmoid", xs[0]))


def tanhshrink(xs: Sequence[X]) -> Call:
    return of("sub", xs[0], of("tanh", xs[1]))


def tanhshrink_turned(xs: Sequence[X], alpha: int) -> Call:
    return of("rsub", of("tanh", xs[0]), xs[1], alpha=alpha)


def mean(x: object, axis: int = -1, keeps: bool = True) -> Call:
    return aten("mean", self=x, dim=[axis], keepdim=keeps, stated=MEANS)


def rms_norm(xs: Sequence[X], two: int, eps: float) -> Call:
    squares = mean(of("pow", xs[0], exponent=two))
    return of("mul", xs[1], aten("rsqrt", self=aten("add", self=squares, other=eps)))


def rms_norm_of_products(xs: Sequence[X], eps: float) -> Call:
    squares = mean(of("mul", xs[0], xs[1]))
    root = aten("sqrt", self=aten("add", self=squares, other=eps))
    return of("mul", of("div", xs[2], root), W((3,)))


def layer_norm(xs: Sequence[X], eps: float, factor: X | W, shift: X | W) -> Call:
    apart = of("sub", xs[0], mean(xs[1]))
    squares = mean(of("pow", apart, exponent=2))
    root = aten("sqrt", self=aten("add", self=squares, other=eps))
    return of("add", of("mul", of("div", apart, root), factor), shift)


def norm_by_variance(xs: Sequence[X], eps: float, correction: int, axis: int) -> Call:
    means = MEANS if axis == -1 else (1, 1, 3)
    variance = aten(
        "var", self=xs[0], dim=[axis], correction=correction, keepdim=True, stated=means
    )
    root = aten("sqrt", self=aten("add", self=variance, other=eps))
    return of("div", of("sub", xs[1], mean(xs[2])), root)


def length(xs: Sequence[X], eps: float, order: int) -> Call:
    found = aten("linalg_vector_norm", self=xs[0], ord=order, dim=[-1], keepdim=True, stated=MEANS)
    return of("div", xs[1], aten("clamp_min", self=found, min=eps, stated=MEANS))


def attention(xs: Sequence[X], scale: float, axis: int) -> Call:
    """Three queries, keys and values of three features, of which each is x."""
    turned = aten("transpose", self=xs[1], dim0=-2, dim1=-1, stated=DIMS)
    scores = of("div", of("matmul", xs[0], turned), scale)
    return of("matmul", of("softmax", scores, dim=axis), xs[2])


# What each is, how often it reads x, and its numbers.
WHOLE: Mapping[str, tuple[Made, str, int, dict[str, Any]]] = {
    "gelu": (gelu, "gelu", 2, {"root": sqrt(2), "one": 1.0, "half": 0.5}),
    "gelu by tanh": (
        gelu_by_tanh,
        "gelu",
        3,
        {"power": 3, "small": 0.044715, "scale": sqrt(2 / pi), "half": 0.5},
    ),
    "silu": (silu, "silu", 2, {}),
    "quick gelu": (quick_gelu, "quick_gelu", 2, {"by": 1.702}),
    "hardswish": (hardswish, "hardswish", 2, {"three": 3.0, "most": 6.0, "six": 6.0}),
    "hardswish of relu6": (hardswish_of_relu6, "hardswish", 2, {"three": 3.0, "six": 6.0}),
    "hardsigmoid": (hardsigmoid, "hardsigmoid", 1, {"three": 3.0, "least": 0.0, "six": 6.0}),
    "mish": (mish, "mish", 2, {}),
    "softsign": (softsign, "softsign", 2, {"one": 1.0}),
    "log_sigmoid": (log_sigmoid, "log_sigmoid", 1, {}),
    "tanhshrink": (tanhshrink, "tanhshrink", 2, {}),
    "tanhshrink, turned": (tanhshrink_turned, "tanhshrink", 2, {"alpha": 1}),
    "rms_norm": (rms_norm, "rms_norm", 2, {"two": 2, "eps": 0.25}),
    "rms_norm of products": (rms_norm_of_products, "rms_norm", 3, {"eps": 0.25}),
    "layer_norm": (
        layer_norm,
        "layer_norm",
        2,
        {"eps": 0.25, "factor": W((3,)), "shift": W((3,))},
    ),
    "norm by a variance": (
        norm_by_variance,
        "layer_norm",
        3,
        {"eps": 0.25, "correction": 0, "axis": -1},
    ),
    "length": (length, "l2_normalize", 2, {"eps": 0.75, "order": 2}),
    "attention": (
        attention,
        "scaled_dot_product_attention",
        3,
        {"scale": 2.0, "axis": -1},
    ),
}
OTHERS: Mapping[str, Any] = {
    "power": 4, "two": 4, "order": 3, "correction": 1, "axis": 1, "alpha": 2,
    "factor": W((3, 1)), "shift": W((3, 1)),
}  # fmt: skip


def calls(call: Call) -> Iterator[Call]:
    """The calls that a call reads, and those that they read."""
    for one in call.arguments.values():
        if isinstance(one, Call):
            yield one
            yield from calls(one)


def turned(call: Call, known: dict[int, Call] | None = None) -> Call:
    """The same with the two tensors of sums and products in the other order."""
    known = {} if known is None else known
    given = dict(call.arguments)
    for word, one in given.items():
        if isinstance(one, Call):
            given[word] = known[id(one)] = known.get(id(one)) or turned(one, known)
    if call.op in ("add", "mul") and not isinstance(given["other"], float):
        given = {"self": given["other"], "other": given["self"]}
    return call._replace(arguments=given)


def likenesses(name: str) -> Iterator[tuple[str, Call]]:
    """What it is, and a little otherwise.

    With another of its numbers, another tensor in one place, tensors in the other order, and with
    what one of its calls gives read once more behind it.
    """
    make, _, count, numbers = WHOLE[name]
    macs = 2 * 27 if name == "attention" else 0
    x, z = X(DIMS), X(DIMS)

    def called(xs: Sequence[X], more: Mapping[str, Any] = {}) -> Call:
        # No layer is an error function.
        is_opaque = name == "gelu" and (bool(more) or any(one is z for one in xs))
        return make(xs, **{**numbers, **more})._replace(macs=macs, is_opaque=is_opaque)

    whole = called([x] * count)
    yield name, whole
    yield f"{name}, in the other order", turned(whole)
    inner = {id(one): one for one in calls(whole) if one.stated in (DIMS, MEANS)}
    for at, one in enumerate(inner.values()):
        is_opaque = "erf" in (one.op, *(below.op for below in calls(one)))
        again = of("add", whole, one)._replace(params=whole.params, macs=macs, is_opaque=is_opaque)
        yield f"{name}, {one.op} {at} is read again", again
    for word, number in numbers.items():
        other = OTHERS.get(word, number * 1.25 + 0.125 if isinstance(number, float) else number)
        yield f"{name}, {word} is another", called([x] * count, {word: other})
    for place in range(count if count > 1 else 0):
        yield f"{name}, z in {place}", called([z if at == place else x for at in range(count)])


def grouped(*, factor: tuple[int, ...] = (4, 1), shift: tuple[int, ...] = (4, 1)) -> Call:
    """Two groups of two channels each by its own mean and variance, with factors and shifts."""
    dealt, means = (1, 2, 8), (1, 2, 1)
    x = aten("reshape", self=(1, 4, 4), shape=[1, 2, 8], stated=dealt)
    middle = aten("mean", self=x, dim=[-1], keepdim=True, stated=means)
    apart = aten("sub", self=x, other=middle, stated=dealt)
    squares = aten("pow", self=apart, exponent=2, stated=dealt)
    variance = aten("mean", self=squares, dim=[-1], keepdim=True, stated=means)
    root = aten("sqrt", self=aten("add", self=variance, other=0.25))
    normed = aten("div", self=apart, other=root, stated=dealt)
    back = aten("reshape", self=normed, shape=[1, 4, 4], stated=(1, 4, 4))
    return aten(
        "add",
        self=aten("mul", self=back, other=W(factor), stated=(1, 4, 4)),
        other=W(shift),
        stated=(1, 4, 4),
    )


def every_second(*starts: int, end: int = NO_END, dim: int = 2) -> Call:
    """Columns of six, every second one from each start on, one behind the other as channels."""
    x = X((1, 2, 6))
    parts = [
        aten("slice", self=x, dim=dim, start=start, end=end, step=2, stated=(1, 2, 3))
        for start in starts
    ]
    return aten("cat", tensors=parts, dim=1)


PIECES: dict[str, Call] = {
    f"pieces of {word}": call
    for name in WHOLE
    for word, call in likenesses(name)
    # Means of products have no roots.
    if word not in ("rms_norm of products, z in 0", "rms_norm of products, z in 1")
} | {
    "groups": grouped(),
    "groups, factors along columns": grouped(factor=(4,)),
    "groups, shifts along columns": grouped(shift=(4,)),
    "every second column": every_second(0, 1),
    "every second column, the second ones first": every_second(1, 0),
    "every second column, the first ones twice": every_second(0, 0),
}
