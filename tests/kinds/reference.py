"""Layers straight from their definitions, by loops over positions and taps: no formula, no numpy.

`convcalc` is not used. A read is the list of input positions, on one axis, that an output
position is computed from; positions outside the map are padding, and stay in the list.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, prod
from typing import NamedTuple

from tests.crosscheck.draws import Case, Shape, spread, word_padding
from tests.crosscheck.draws_more import ACTIVATIONS
from tests.kinds import reference_products as products

# The positions that unit u of an axis reads.
Reads = Callable[[int], list[int]]


class Axis(NamedTuple):
    """One axis of a window."""

    size: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int


def axes(case: Case) -> list[Axis]:
    """The window of the case on each axis."""
    shape, fields = case.inputs[0], case.fields
    rank = len(shape) - 1
    padding = fields.get("padding", 0)
    if isinstance(padding, str):
        padding = word_padding(padding, fields, shape)
    pairs = [(p[0], p[1]) if isinstance(p, list) else (p, p) for p in spread(padding, rank)]
    kernels = spread(fields["kernel_size"], rank)
    default = kernels if case.kind.endswith("pool") else 1
    strides = spread(fields.get("stride", default), rank)
    dilations = spread(fields.get("dilation", 1), rank)
    columns = zip(shape[1:], kernels, strides, pairs, dilations, strict=True)
    return [Axis(i, k, s, b, a, d) for i, k, s, (b, a), d in columns]


def positions(axis: Axis, ceil_mode: bool = False) -> int:
    """How many positions a window takes, counted by sliding it."""
    count = 0
    while True:
        start = count * axis.stride - axis.before
        end = start + (axis.kernel - 1) * axis.dilation + 1
        fits = end <= axis.size + axis.after
        # Rounding up: pixels are left behind the window before, and this one starts on a pixel.
        partial = ceil_mode and end - axis.stride < axis.size + axis.after and start < axis.size
        if not (fits or (partial and (start < axis.size or count == 0))):
            return count
        count += 1


def scattered(axis: Axis) -> int:
    """Length of what a transposed convolution writes, before it is cut and padded."""
    writes = [
        v * axis.stride + j * axis.dilation for v in range(axis.size) for j in range(axis.kernel)
    ]
    return max(writes) + 1 - axis.before - axis.after


def output(case: Case) -> Shape:
    """The shape that comes out."""
    kind, fields, x = case.kind, case.fields, case.inputs[0]
    rank = len(x) - 1
    if kind == "conv":
        return (fields["out_channels"], *map(positions, axes(case)))
    if kind == "conv_transpose":
        extra = spread(fields.get("output_padding", 0), rank)
        sizes = [scattered(axis) + a for axis, a in zip(axes(case), extra, strict=True)]
        return (fields["out_channels"], *spread(fields.get("output_size", sizes), rank))
    if kind in ("max_pool", "avg_pool", "lp_pool"):
        up = fields.get("ceil_mode", False)
        return (x[0], *(positions(axis, up) for axis in axes(case)))
    if kind == "unfold":
        found = axes(case)
        return (x[0] * prod(axis.kernel for axis in found), prod(map(positions, found)))
    if kind.startswith("adaptive"):
        wanted = spread(fields["output_size"], rank)
        return (x[0], *(size if n is None else n for size, n in zip(x[1:], wanted, strict=True)))
    if kind in ("global_avg_pool", "global_max_pool"):
        return (x[0], *([1] * rank if fields.get("keepdim") else []))
    if kind == "linear":
        return (fields["out_features"], *x[1:])
    if kind in products.ATTENTION:
        return products.attention_output(case)
    if kind == "upsample":
        if "output_size" in fields:
            return (x[0], *spread(fields["output_size"], rank))
        factors = spread(fields["scale_factor"], rank)
        return (x[0], *(floor(size * factor) for size, factor in zip(x[1:], factors, strict=True)))
    return _moved(case)


def _moved(case: Case) -> Shape:
    kind, fields, x = case.kind, case.fields, case.inputs[0]
    rank = len(x) - 1
    if kind in ("pad", "crop"):
        sign = 1 if kind == "pad" else -1
        padding = spread(fields["padding"], rank)
        pairs = [p if isinstance(p, list) else [p, p] for p in padding]
        return (x[0], *(size + sign * sum(pair) for size, pair in zip(x[1:], pairs, strict=True)))
    if kind == "pixel_shuffle":
        r = fields["factor"]
        return (x[0] // r**rank, *(size * r for size in x[1:]))
    if kind == "pixel_unshuffle":
        r = fields["factor"]
        return (x[0] * r**rank, *(size // r for size in x[1:]))
    if kind == "glu":
        return (x[0] // 2, *x[1:])
    if kind == "slice":
        start, stop = fields["channels"]
        return (stop - start, *x[1:])
    if kind == "flatten":
        return (prod(x),)
    if kind in ("unflatten", "reshape"):
        shape = fields["shape"]
        rest = prod(x) // abs(prod(shape))
        return tuple(rest if size == -1 else size for size in shape)
    if kind == "concat":
        smallest = [min(sizes) for sizes in zip(*(shape[1:] for shape in case.inputs), strict=True)]
        return (sum(shape[0] for shape in case.inputs), *smallest)
    # Everything else is elementwise; of a merge's inputs, gates are spread.
    return max(case.inputs, key=lambda shape: (len(shape), prod(shape)))


def reads(case: Case) -> list[list[Reads] | None]:
    """How each input is read on each axis; None where every output needs all of it."""
    kind, fields, x = case.kind, case.fields, case.inputs[0]
    out = output(case)
    rank = len(x) - 1
    if kind in ("conv", "max_pool", "avg_pool", "lp_pool") or (kind == "unfold" and rank == 1):
        return [[_window(axis) for axis in axes(case)]]
    if kind == "conv_transpose":
        return [[_transposed(axis) for axis in axes(case)]]
    if kind in products.ATTENTION:
        return products.attention_reads(case)
    if kind == "linear":
        return [[_shifted(0)] * rank if rank else None]
    if kind == "upsample":
        return [[_resampled(case, axis, out) for axis in range(rank)]]
    if kind.startswith("adaptive") and set(out[1:]) != {1}:
        return [[_bins(size, n) for size, n in zip(x[1:], out[1:], strict=True)]]
    if kind == "pixel_shuffle":
        return [[lambda u: [floor(Fraction(u, fields["factor"]))]] * rank]
    if kind == "pixel_unshuffle":
        r = fields["factor"]
        return [[lambda u: [u * r + i for i in range(r)]] * rank]
    if kind in ("pad", "crop"):
        pairs = [p if isinstance(p, list) else [p, p] for p in spread(fields["padding"], rank)]
        sign = -1 if kind == "pad" else 1
        return [[_shifted(sign * before) for before, _ in pairs]]
    if kind == "concat":
        return [
            [_shifted((size - left) // 2) for size, left in zip(shape[1:], out[1:], strict=True)]
            for shape in case.inputs
        ]
    if kind in ("add", "sub", "mul", "max"):
        return [[_shifted(0)] * (len(out) - 1) if shape == out else None for shape in case.inputs]
    if out[1:] == x[1:] and not kind.startswith(
        ("adaptive", "global_avg", "global_max", "linear", "unfold")
    ):
        return [[_shifted(0)] * rank]
    return [None]


def _shifted(by: int) -> Reads:
    return lambda u: [u + by]


def _window(axis: Axis) -> Reads:
    taps = range(axis.kernel)
    return lambda u: [u * axis.stride - axis.before + j * axis.dilation for j in taps]


def _transposed(axis: Axis) -> Reads:
    def read(u: int) -> list[int]:
        far = abs(u) + axis.before + axis.kernel * axis.dilation + 1
        return [
            v
            for v in range(-far, far + 1)
            for j in range(axis.kernel)
            if v * axis.stride + j * axis.dilation == u + axis.before
        ]

    return read


def _bins(size: int, count: int) -> Reads:
    return lambda u: list(
        range(floor(Fraction(u * size, count)), ceil(Fraction((u + 1) * size, count)))
    )


def _resampled(case: Case, axis: int, out: Shape) -> Reads:
    fields, x = case.fields, case.inputs[0]
    size, count = x[1 + axis], out[1 + axis]
    step = Fraction(size, count)
    aligned = fields.get("align_corners", False)
    if aligned:
        step = Fraction(size - 1, count - 1) if count > 1 else Fraction(0)
    elif "scale_factor" in fields:
        step = 1 / Fraction(str(spread(fields["scale_factor"], len(x) - 1)[axis]))

    def read(u: int) -> list[int]:
        if fields.get("mode", "nearest") == "nearest":
            return [floor(u * step)]
        at = u * step if aligned else (u + Fraction(1, 2)) * step - Fraction(1, 2)
        if at == floor(at):
            return [floor(at)]
        reach = 2 if fields["mode"] == "bicubic" else 1
        return [floor(at) + i for i in range(1 - reach, 1 + reach)]

    return read


def params(case: Case) -> tuple[int, int]:
    """(learnt numbers, buffers)."""
    kind, fields, x = case.kind, case.fields, case.inputs[0]
    if kind in ("conv", "conv_transpose"):
        groups = x[0] if fields.get("groups") == "depthwise" else fields.get("groups", 1)
        taps = prod(axis.kernel for axis in axes(case))
        pairs = sum(
            1
            for i in range(x[0])
            for o in range(fields["out_channels"])
            if _same(i, o, case, groups)
        )
        return pairs * taps + fields["out_channels"] * fields.get("bias", True), 0
    if kind == "linear":
        return x[0] * fields["out_features"] + fields["out_features"] * fields.get("bias", True), 0
    if kind in products.ATTENTION:
        return products.attention_params(case), 0
    if kind in ("batch_norm", "instance_norm", "group_norm"):
        affine = fields.get("affine", kind != "instance_norm")
        return 2 * x[0] * affine, 2 * x[0] if kind == "batch_norm" else 0
    if kind == "global_response_norm":
        return 2 * x[0], 0
    if kind == "rms_norm":
        affine = fields.get("affine", True)
        return (prod(x) if fields.get("over", "channels") == "all" else x[0]) * affine, 0
    if kind == "layer_norm":
        affine = fields.get("affine", True)
        return 2 * (prod(x) if fields.get("over", "all") == "all" else x[0]) * affine, 0
    if kind == "prelu":
        return (x[0] if fields.get("parameters") == "channels" else 1), 0
    return (x[0] if kind == "scale" else 0), 0


def _same(i: int, o: int, case: Case, groups: int) -> bool:
    """Whether input channel i and output channel o are in one group."""
    out: int = case.fields["out_channels"]
    return i * groups // case.inputs[0][0] == o * groups // out


def macs(case: Case) -> int:
    """Multiplications of weights, one for each weight and each position where it is applied."""
    kind, fields, x = case.kind, case.fields, case.inputs[0]
    if kind in products.ATTENTION:
        return products.attention_macs(case)
    if kind not in ("conv", "conv_transpose", "linear"):
        return 0
    out = output(case)
    weights = params(case)[0] - (out[0] if fields.get("bias", True) else 0)
    # A transposed convolution applies its kernel at every input position.
    return weights * prod((x if kind == "conv_transpose" else out)[1:])


def work(case: Case) -> dict[str, int]:
    """Elementwise operations by class, as the documentation counts them."""
    kind, fields, x = case.kind, case.fields, case.inputs[0]
    out = prod(output(case))
    rank = len(x) - 1
    if kind in products.ATTENTION:
        return products.attention_work(case)
    if kind in ("conv", "conv_transpose", "linear"):
        return {"bias": out if fields.get("bias", True) else 0}
    if kind in ("max_pool", "avg_pool", "lp_pool"):
        return {"pool": out * prod(axis.kernel for axis in axes(case))}
    if kind.startswith("adaptive"):
        wanted = output(case)[1:]
        covered = [
            sum(len(_bins(size, n)(u)) for u in range(n))
            for size, n in zip(x[1:], wanted, strict=True)
        ]
        return {"pool": x[0] * prod(covered)}
    if kind in ("global_avg_pool", "global_max_pool"):
        return {"pool": prod(x)}
    if kind == "local_response_norm":
        return {"norm": (fields["size"] + 2) * out}
    if kind == "l2_normalize":
        return {"norm": out}
    if kind.endswith("norm"):
        return {"norm": 2 * out}
    if kind == "scale":
        return {"norm": out}
    if kind in ("softmax", "log_softmax"):
        return {"activation": 5 * out}
    if kind == "glu":
        return {"activation": prod(x)}
    if kind in ("add", "sub", "mul", "max"):
        return {"merge": (len(case.inputs) - 1) * out}
    if kind == "upsample":
        neighbours = {"nearest": 1, "bicubic": 4}.get(fields.get("mode", "nearest"), 2)
        return {"upsample": out * neighbours**rank}
    return {"activation": out} if kind in POINTWISE else {}


POINTWISE = frozenset({*ACTIVATIONS, "prelu"}) - {"dropout", "identity"}
