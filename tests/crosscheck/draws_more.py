"""Random draws, continued: activations, shape kinds, resampling, and merges."""

from __future__ import annotations

from math import prod
from random import Random
from typing import Any

from tests.crosscheck import draws
from tests.crosscheck.draws import Case, Shape

ACTIVATIONS = (
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "mish",
    "hardswish",
    "hardsigmoid",
    "hardtanh",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "softshrink",
    "hardshrink",
    "tanhshrink",
    "threshold",
    "log_sigmoid",
    "quick_gelu",
    "square",
    "abs",
    "exp",
    "sin",
    "cos",
    "floor",
    "ceil",
    "round",
    "trunc",
    "sign",
    "sqrt",
    "log",
    "log2",
    "log10",
    "reciprocal",
    "softmax",
    "softmin",
    "log_softmax",
    "dropout",
    "identity",
)


# Beside 0 and 1, numbers above 1 and such that no binary fraction is.
_SLOPES = (0.2, 0, 1, 2.5, 100, 0.3333, 1e-6)
_FACTORS = (0.2, 1, 2.5, 0.3333, 3)
_NUMBERS = (-2, -1.5, -1, 0, 0.3, 1, 2.5)
# kind -> its constants, each of which is often left out
CONSTANTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "leaky_relu": {"negative_slope": _SLOPES},
    "elu": {"alpha": _FACTORS},
    "celu": {"alpha": _FACTORS},
    "gelu": {"approximate": ("none", "tanh")},
    "hardsigmoid": {"alpha": (0.2, 0.25, 1), "beta": (0.5, 0, 0.25)},
    "hardtanh": {"min_val": _NUMBERS, "max_val": _NUMBERS},
    "softplus": {"beta": _FACTORS, "threshold": (20, 2, 0)},
    "softshrink": {"lambd": _SLOPES},
    "hardshrink": {"lambd": _SLOPES},
    "threshold": {"threshold": (-0.3, 0, 0.3, 1), "value": _NUMBERS},
    "add_number": {"value": _NUMBERS},
    "mul_number": {"value": _NUMBERS},
    "div_number": {"value": (-1.5, -1, 0.3, 1, 41)},
    "pow_number": {"value": (-2, -0.5, 0.75, 1, 1.5, 2, 4)},
}
_NEEDED = frozenset({"threshold", "add_number", "mul_number", "div_number", "pow_number"})


def activation(rng: Random) -> Case:
    return function(rng, rng.choice(ACTIVATIONS))


def function(rng: Random, kind: str) -> Case:
    """A function of each element, with some of its constants."""
    needed = kind in _NEEDED
    fields = {
        name: rng.choice(values)
        for name, values in CONSTANTS.get(kind, {}).items()
        if needed or rng.random() < 0.6
    }
    return Case(kind, fields, (draws.any_map(rng),))


def with_constants(rng: Random) -> Case:
    return function(rng, rng.choice(sorted(CONSTANTS)))


def opaque(rng: Random) -> Case:
    """A layer as somebody declares it, more or less of it, with a window that may not fit."""
    x = draws.any_map(rng)
    amounts = {name: rng.randint(0, 10**6) for name in ("params", "buffers", "macs")}
    fields: dict[str, Any] = {name: n for name, n in amounts.items() if rng.random() < 0.5}
    how: object = rng.choice((None, "all", "position", "window"))
    if how == "window":
        p, s = rng.choice((0, 1)), rng.choice((1, 2))
        sizes: list[int | None] = [(size + 2 * p - 3) // s + 1 for size in x[1:]]
        how = {"k": 3, "s": s, "p": p}
    else:
        sizes = [rng.choice((None, size)) for size in x[1:]]
    if rng.random() < 0.1:
        sizes = [*sizes[1:], 7]
    if how is not None:
        fields["reads"] = how
    return Case("opaque", {"output": [rng.choice((None, 5)), *sizes], **fields}, (x,))


def bias(rng: Random) -> Case:
    return Case("bias", {"over": rng.choice(("channels", "all"))}, (draws.any_map(rng),))


def scale(rng: Random) -> Case:
    fields = {"bias": rng.random() < 0.5, "single": rng.random() < 0.5}
    return Case("scale", fields, (draws.any_map(rng),))


def prelu(rng: Random) -> Case:
    return Case("prelu", {"parameters": rng.choice((1, "channels"))}, (draws.any_map(rng),))


def flatten(rng: Random) -> Case:
    return Case("flatten", {}, (draws.any_map(rng),))


def global_pool(rng: Random) -> Case:
    kind = rng.choice(("global_avg_pool", "global_max_pool"))
    return Case(kind, {"keepdim": rng.random() < 0.5}, (draws.any_map(rng, rng.randint(1, 3)),))


def _factors(rng: Random, number: int, parts: int) -> list[int]:
    factors = []
    for _ in range(parts - 1):
        factor = rng.choice([f for f in range(1, number + 1) if number % f == 0])
        factors.append(factor)
        number //= factor
    return [*factors, number]


def _shape_for(rng: Random, elements: int) -> list[int]:
    """A shape that holds `elements`; often one that misses them."""
    shape = _factors(rng, elements, rng.randint(1, 4))
    if rng.random() < 0.3:
        shape[rng.randrange(len(shape))] += rng.choice((1, 1, 2))
    return shape


def unflatten(rng: Random) -> Case:
    count = rng.choice((6, 12, 24, 36, 48))
    shape = (count,) if rng.random() < 0.8 else (count, rng.randint(1, 3))
    return Case("unflatten", {"shape": _shape_for(rng, count)}, (shape,))


def reshape(rng: Random) -> Case:
    shape = draws.any_map(rng)
    wanted = _shape_for(rng, prod(shape))
    if rng.random() < 0.5:
        wanted[rng.randrange(len(wanted))] = -1
    return Case("reshape", {"shape": wanted}, (shape,))


def pad(rng: Random) -> Case:
    rank = draws.any_rank(rng)
    shape = draws.any_map(rng, rank)
    mode = rng.choice(("zeros", "constant", "reflect", "replicate", "circular"))
    # Around the limits of `reflect` (i - 1) and `circular` (i).
    tops = [size + rng.choice((-1, -1, 0, 1)) for size in shape[1:]]
    fields: dict[str, Any] = {"padding": draws.any_padding(rng, rank, tops, False), "mode": mode}
    return Case("pad", fields | ({"value": 0.5} if mode == "constant" else {}), (shape,))


def crop(rng: Random) -> Case:
    rank = draws.any_rank(rng)
    shape = draws.any_map(rng, rank)
    tops = [size // 2 for size in shape[1:]]
    return Case("crop", {"padding": draws.any_padding(rng, rank, tops, False)}, (shape,))


def upsample(rng: Random) -> Case:
    rank = draws.any_rank(rng)
    top = {1: 200, 2: 20, 3: 5}[rank]
    shape = (rng.randint(1, 3), *(rng.randint(1, top) for _ in range(rank)))
    fitting = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}[rank]
    every = ("nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear")
    mode = rng.choice((*every[:3], *fitting, *fitting, rng.choice(every)))
    fields: dict[str, Any] = {"mode": mode}
    if rng.random() < 0.5:
        sizes = [rng.randint(1, 12) for _ in range(rank + (rng.random() < 0.05))]
        fields["output_size"] = sizes if rng.random() < 0.5 else rng.randint(1, 12)
    else:
        factors = [_factor(rng) for _ in range(rank)]
        fields["scale_factor"] = factors if rng.random() < 0.5 else factors[0]
    if rng.random() < 0.4:
        fields["align_corners"] = True
    return Case("upsample", fields, (shape,))


def _factor(rng: Random) -> int | float:
    # Tenths and hundredths: 45 * 1.4 falls just below a whole number in double precision.
    return rng.choice((1, 2, 3, 0.5, 1.5, 0.25, rng.randint(5, 300) / 100, rng.randint(1, 9) / 10))


def _order(rng: Random) -> dict[str, Any]:
    return {"order": rng.choice(("crd", "dcr"))} if rng.random() < 0.6 else {}


def pixel_shuffle(rng: Random) -> Case:
    rank, factor = draws.any_rank(rng), rng.randint(1, 3)
    channels = factor**rank * rng.randint(1, 3) + (rng.random() < 0.3)
    return Case(
        "pixel_shuffle", {"factor": factor} | _order(rng), (draws.any_map(rng, rank, channels),)
    )


def pixel_unshuffle(rng: Random) -> Case:
    rank, factor = draws.any_rank(rng), rng.randint(1, 3)
    sizes = (factor * rng.randint(1, 3) + (rng.random() < 0.15) for _ in range(rank))
    return Case("pixel_unshuffle", {"factor": factor} | _order(rng), ((rng.randint(1, 3), *sizes),))


def channel_shuffle(rng: Random) -> Case:
    shape = draws.any_map(rng)
    groups = draws.spoilt(rng, rng.randint(1, shape[0]))
    return Case("channel_shuffle", {"groups": groups}, (shape,))


def unfold(rng: Random) -> Case:
    rank = draws.any_rank(rng)
    windows = draws.any_window(rng, rank, pool=False, words=False)
    return Case(
        "unfold", windows.fields, ((rng.randint(1, 3), *draws.edge_sizes(rng, windows, rank)),)
    )


def _columns(windows: draws.Windows, sizes: list[int]) -> int:
    """How many windows stand over a map."""
    count = 1
    for size, k, s, (before, after), d in zip(sizes, *windows[1:], strict=True):
        count *= max((size + before + after - d * (k - 1) - 1) // s + 1, 1) if s > 0 else 1
    return count


def fold(rng: Random) -> Case:
    rank = draws.any_rank(rng)
    windows = draws.any_window(rng, rank, pool=False, words=False)
    sizes = draws.edge_sizes(rng, windows, rank)
    volume = max(prod(max(k, 1) for k in windows.kernels), 1)
    channels = volume * rng.randint(1, 3) + (rng.random() < 0.1)
    columns = _columns(windows, sizes) + (rng.random() < 0.1)
    return Case("fold", {"output_size": sizes, **windows.fields}, ((channels, columns),))


def max_unpool(rng: Random) -> Case:
    rank = draws.any_rank(rng)
    windows = draws.any_window(rng, rank, pool=True, words=False)
    fields = {name: value for name, value in windows.fields.items() if name != "dilation"}
    windows = windows._replace(dilations=[1] * rank)
    if rng.random() < 0.8:
        fields["stride"] = [max(1, k) + rng.choice((0, 0, 1)) for k in windows.kernels]
        windows = windows._replace(strides=fields["stride"])
    sizes = draws.edge_sizes(rng, windows, rank)
    channels = rng.randint(1, 3)
    pooled = [
        max((size + before + after - k) // s + 1, 1) if s > 0 else 1
        for size, k, s, (before, after) in zip(sizes, *windows[1:4], strict=True)
    ]
    if rng.random() < 0.08:
        pooled[0] += 1
    names = {"inputs": ["map_0", "map_1"]}
    return Case("max_unpool", names | fields, ((channels, *pooled), (channels, *sizes)))


def deform_conv(rng: Random) -> Case:
    rank = 2 if rng.random() < 0.95 else rng.choice((1, 3))
    windows = draws.any_window(rng, rank, pool=False, words=False)
    sizes = [min(size, 6) for size in draws.edge_sizes(rng, windows, rank)]
    parts, groups = rng.choice((1, 1, 2)), rng.choice((1, 1, 2))
    channels = parts * groups * rng.randint(1, 2)
    places = [
        max((size + before + after - d * (k - 1) - 1) // s + 1, 1) if s > 0 else 1
        for size, k, s, (before, after), d in zip(sizes, *windows[1:], strict=True)
    ]
    taps = prod(max(k, 1) for k in windows.kernels)
    shapes = [[channels, *sizes], [2 * parts * taps, *places]]
    if rng.random() < 0.5:
        shapes.append([parts * taps, *places])
    if rng.random() < 0.12:
        shapes[rng.randrange(1, len(shapes))][rng.choice((0, 1))] += 1
    fields = {
        "inputs": [f"map_{number}" for number in range(len(shapes))],
        "out_channels": groups * rng.randint(1, 2),
        "groups": groups,
        **windows.fields,
    }
    if rng.random() < 0.5:
        fields["bias"] = rng.random() < 0.5
    return Case("deform_conv", fields, tuple(map(tuple, shapes)))


def bilinear(rng: Random) -> Case:
    sizes = [rng.randint(1, 4) for _ in range(rng.randint(0, 3))]
    shapes = [[rng.randint(1, 5), *sizes] for _ in range(2)]
    if sizes and rng.random() < 0.15:
        shapes[0][-1] += 1
    fields: dict[str, Any] = {"out_features": draws.spoilt(rng, rng.randint(1, 5))}
    if rng.random() < 0.5:
        fields["bias"] = rng.random() < 0.5
    return Case("bilinear", {"inputs": ["map_0", "map_1"], **fields}, tuple(map(tuple, shapes)))


def mean_std_pool(rng: Random) -> Case:
    fields = {"keepdim": rng.random() < 0.5} if rng.random() < 0.7 else {}
    shape = draws.any_map(rng, rng.choice((0, 1, 1, 2, 2, 3)))
    return Case("global_mean_std_pool", fields, (shape,))


def slice_channels(rng: Random) -> Case:
    shape = draws.any_map(rng)
    start = rng.randint(0, shape[0])
    return Case("slice", {"channels": [start, start + rng.randint(0, 4)]}, (shape,))


LOGIC = ("logical_and", "logical_or", "logical_xor")
ASKED = ("logical_not", "isnan")
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


def comparison(rng: Random, kind: str) -> Case:
    """A map and a number, two maps of equal or of unequal shape, or what cannot be compared."""
    shape = draws.any_map(rng)
    value = rng.choice((0, 1, -2, 0.5, "-inf"))
    if rng.random() < 0.5:
        return Case(kind, {"value": value} if rng.random() < 0.9 else {}, (shape,))
    inputs = _choices(rng, shape, 2 + (rng.random() < 0.1))
    fields: dict[str, Any] = {"inputs": [f"map_{number}" for number in range(len(inputs))]}
    return Case(kind, fields | ({"value": value} if rng.random() < 0.1 else {}), inputs)


def where(rng: Random) -> Case:
    """A condition with two maps, with a map and a number, with two numbers, or with others."""
    numbers = {
        name: rng.choice((0, 1, -2, 0.5, "-inf", "inf"))
        for name in ("value", "other")
        if rng.random() < 0.4
    }
    count = 3 - len(numbers) + (rng.random() < 0.1)
    inputs = _choices(rng, draws.any_map(rng), count)
    names = {"inputs": [f"map_{n}" for n in range(count)]} if count > 1 else {}
    return Case("where", names | numbers, inputs)


def decision(rng: Random) -> Case:
    """A comparison, logic, or a choice."""
    kind = rng.choice(("where", *COMPARISONS, *LOGIC, *ASKED))
    if kind == "where":
        return where(rng)
    if kind in LOGIC:
        case = merge(rng)
        return case._replace(kind=kind, fields={"inputs": case.fields["inputs"]})
    return asked(rng, kind) if kind in ASKED else comparison(rng, kind)


def _choices(rng: Random, shape: Shape, count: int) -> tuple[Shape, ...]:
    """So many maps of one shape, or of two."""
    other = draws.any_map(rng) if rng.random() < 0.2 else shape
    return (other, *(shape,) * (count - 1))


def asked(rng: Random, kind: str) -> Case:
    """What asks each number of a map."""
    return Case(kind, {}, (draws.any_map(rng),))


def merge(rng: Random) -> Case:
    """Two or three maps of equal shape, a gate beside a map, or maps that miss each other."""
    kind = rng.choice(("add", "sub", "mul", "div", "pow", "max", "min", "concat"))
    shape = draws.any_map(rng)
    inputs: list[Shape] = [shape] * rng.randint(2, 3)
    choice = rng.random()
    if choice < 0.25:
        gate = (shape[0],) if rng.random() < 0.5 else (shape[0],) + (1,) * (len(shape) - 1)
        inputs[rng.randrange(len(inputs))] = gate
    elif choice < 0.6:
        axis = rng.randrange(len(shape))
        inputs[0] = (*shape[:axis], rng.randint(1, 9), *shape[axis + 1 :])
    fields: dict[str, Any] = {"inputs": [f"map_{number}" for number in range(len(inputs))]}
    if kind == "concat" and rng.random() < 0.4:
        fields["align"] = "crop"
    return Case(kind, fields, tuple(inputs))
