"""Seeded random layers: fields and input shapes, legal and illegal, with an eye for edges.

Sizes are drawn after the fields, so that a padded input often equals the span of its window, or
misses it by one; paddings, output paddings and groups are drawn around their limits. Fields
have their full names and hold what a YAML file could hold.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

Shape = tuple[int, ...]


class Case(NamedTuple):
    """One layer: its kind, its fields as written, and the shapes of its inputs."""

    kind: str
    fields: dict[str, Any]
    inputs: tuple[Shape, ...]


class Windows(NamedTuple):
    """The geometry of a window as written, and the same with one value for each axis."""

    fields: dict[str, Any]
    kernels: list[int]
    strides: list[int]
    paddings: list[tuple[int, int]]
    dilations: list[int]


def spread(value: Any, rank: int) -> list[Any]:
    """One value an axis; a list longer or shorter than `rank` is filled up or cut."""
    values = value if isinstance(value, list) else [value] * rank
    return (values + values[-1:] * rank)[:rank]


def word_padding(word: str, fields: dict[str, Any], shape: Shape) -> list[list[int]]:
    """Padding words as [before, after] an axis.

    `same_upper` and `same_lower` as TensorFlow states them, by the remainder of size / stride.
    """
    rank = len(shape) - 1
    kernels = spread(fields["kernel_size"], rank)
    strides = spread(fields.get("stride", fields["kernel_size"]), rank)
    dilations = spread(fields.get("dilation", 1), rank)
    pairs = []
    for size, k, s, d in zip(shape[1:], kernels, strides, dilations, strict=True):
        reach = (k - 1) * d + 1
        left_over = size % s
        total = max(reach - (left_over if left_over else s), 0)
        pairs.append(
            {
                "valid": [0, 0],
                "half": [reach // 2, reach // 2],
                "full": [reach - 1, reach - 1],
                "same": [(reach - 1) // 2, reach - 1 - (reach - 1) // 2],
                "causal": [reach - 1, 0],
                "same_upper": [total // 2, total - total // 2],
                "same_lower": [total - total // 2, total // 2],
            }[word]
        )
    return pairs


def _axes(rng: Random, rank: int, pick: Callable[[], int]) -> int | list[int]:
    """A scalar for all axes, or a list; now and then a list that is one too long."""
    if rng.random() < 0.5:
        return pick()
    return [pick() for _ in range(rank + (rng.random() < 0.02))]


def spoilt(rng: Random, value: Any) -> Any:
    """Now and then a 0 or a negative number where there should be none."""
    return rng.choice((0, -1)) if rng.random() < 0.015 else value


def any_window(rng: Random, rank: int, *, pool: bool, words: bool) -> Windows:
    kernel = spoilt(rng, _axes(rng, rank, lambda: rng.choice((1, 2, 2, 3, 3, 3, 4, 5))))
    stride = spoilt(rng, _axes(rng, rank, lambda: rng.choice((1, 1, 2, 2, 3, 4))))
    dilation: int | list[int] = 1
    if rng.random() < 0.4:
        dilation = spoilt(rng, _axes(rng, rank, lambda: rng.choice((1, 2, 2, 3))))
    kernels, strides, dilations = (spread(v, rank) for v in (kernel, stride, dilation))
    spans = [max(1, d * (k - 1) + 1) for k, d in zip(kernels, dilations, strict=True)]
    # A pool's padding has its limit at half the kernel; a convolution's has none.
    tops = [max(0, k // 2 + (rng.random() < 0.15)) for k in kernels] if pool else spans
    padding = any_padding(rng, rank, tops, words and rng.random() < 0.3)
    fields = {
        "kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation,
    }  # fmt: skip
    if pool and rng.random() < 0.2:
        del fields["stride"]
        strides = kernels
    return Windows(fields, kernels, strides, _pairs(padding, rank), dilations)


def any_padding(rng: Random, rank: int, tops: list[int], word: bool) -> Any:
    if word:
        names = ("valid", "half", "full", "same", "same_upper", "same_lower", "causal")
        return rng.choice(names)
    form = rng.random()
    if form < 0.4:
        return spoilt(rng, rng.randint(0, min(tops)))
    if form < 0.75:
        return [rng.randint(0, top) for top in tops]
    return [[rng.randint(0, top), rng.randint(0, top)] for top in tops]


def _pairs(padding: Any, rank: int) -> list[tuple[int, int]]:
    if isinstance(padding, str):
        return [(0, 0)] * rank
    return [(p[0], p[1]) if isinstance(p, list) else (p, p) for p in spread(padding, rank)]


def edge_sizes(rng: Random, windows: Windows, rank: int, slack: int = 0) -> list[int]:
    """Sizes around the smallest that holds the span; `slack` more pixels may be missing."""
    sizes = []
    for k, (before, after), d in zip(
        windows.kernels, windows.paddings, windows.dilations, strict=True
    ):
        snug = d * (k - 1) + 1 - before - after
        edge = snug + rng.randint(-1 - slack, 1)
        free = rng.randint(1, 6 if rank == 3 else 12)
        sizes.append(max(1, edge if rng.random() < 0.25 else max(free, snug)))
    return sizes


def any_rank(rng: Random) -> int:
    return rng.choice((1, 2, 2, 3))


def any_map(rng: Random, rank: int | None = None, channels: int | None = None) -> Shape:
    rank = rng.randint(0, 3) if rank is None else rank
    top = 5 if rank == 3 else 9
    spatial = (rng.choice((1, rng.randint(1, top))) for _ in range(rank))
    return (channels or rng.randint(1, 12), *spatial)


def _groups(rng: Random, channels: int) -> int | str:
    """Mostly a divisor of `channels`."""
    divisors = [g for g in range(1, channels + 1) if channels % g == 0]
    any_number = rng.randint(1, channels + 1)
    return rng.choice((1, 1, "depthwise", rng.choice(divisors), rng.choice(divisors), any_number))


def _filters(rng: Random, kind: str, rank: int) -> tuple[dict[str, Any], int]:
    channels = rng.choice((1, 2, 3, 4, 6, 8))
    groups = _groups(rng, channels)
    count = channels if groups == "depthwise" else groups
    out = rng.choice((1, 2, 3)) * (int(count) if rng.random() < 0.9 else 1)
    fields = {"out_channels": spoilt(rng, out), "groups": spoilt(rng, groups)}
    return fields | {"bias": rng.random() < 0.5}, channels


def conv(rng: Random) -> Case:
    rank = any_rank(rng)
    windows = any_window(rng, rank, pool=False, words=True)
    fields, channels = _filters(rng, "conv", rank)
    fields |= windows.fields
    if rng.random() < 0.35:
        fields["padding_mode"] = rng.choice(("zeros", "reflect", "replicate", "circular"))
    sizes = edge_sizes(rng, windows, rank)
    if fields.get("padding_mode", "zeros") != "zeros" and rng.random() < 0.4:
        sizes = [max(1, max(pair) + rng.randint(-1, 1)) for pair in windows.paddings]
    return Case("conv", fields, ((channels, *sizes),))


def conv_transpose(rng: Random) -> Case:
    rank = any_rank(rng)
    windows = any_window(rng, rank, pool=False, words=False)
    fields, channels = _filters(rng, "conv_transpose", rank)
    fields |= windows.fields
    sizes = [rng.randint(1, 3 if rank == 3 else 6) for _ in range(rank)]
    limits = [max(s, d) for s, d in zip(windows.strides, windows.dilations, strict=True)]
    choice = rng.random()
    if choice < 0.3:
        # At the limit, and just below it.
        fields["output_padding"] = [max(0, limit - rng.randint(0, 2)) for limit in limits]
    elif choice < 0.5:
        fields["output_size"] = [
            max(1, (i - 1) * s - sum(p) + d * (k - 1) + 1 + rng.randint(-1, s))
            for i, k, s, p, d in zip(sizes, *windows[1:], strict=True)
        ]
    return Case("conv_transpose", fields, ((channels, *sizes),))


def _pool(rng: Random, kind: str) -> Case:
    rank = any_rank(rng)
    windows = any_window(rng, rank, pool=True, words=True)
    fields = dict(windows.fields)
    if kind == "lp_pool":
        fields["norm_type"] = rng.randint(1, 3)
    symmetric = all(before == after for before, after in windows.paddings)
    # PyTorch has no uneven padding to compare ceil_mode with.
    even = symmetric and fields.get("padding") not in ("same", "same_upper", "same_lower", "causal")
    if even and rng.random() < 0.5:
        fields["ceil_mode"] = True
    if kind == "avg_pool" and rng.random() < 0.3:
        fields["count_include_pad"] = rng.random() < 0.5
    if kind == "avg_pool" and rng.random() < 0.2:
        fields["divisor_override"] = rng.randint(0, 3)
    slack = 3 if fields.get("ceil_mode") else 0
    return Case(kind, fields, ((rng.randint(1, 3), *edge_sizes(rng, windows, rank, slack)),))


def max_pool(rng: Random) -> Case:
    return _pool(rng, "max_pool")


def avg_pool(rng: Random) -> Case:
    return _pool(rng, "avg_pool")


def lp_pool(rng: Random) -> Case:
    return _pool(rng, "lp_pool")


def _adaptive(rng: Random, kind: str) -> Case:
    shape = any_map(rng, rng.choice((0, 1, 1, 2, 2, 2, 3, 3)))
    rank = max(1, len(shape) - 1)
    sizes = [rng.choice((None, rng.randint(1, 12))) for _ in range(rank + (rng.random() < 0.1))]
    size = sizes if rng.random() < 0.6 else rng.randint(0, 8)
    return Case(kind, {"output_size": size}, (shape,))


def adaptive_avg_pool(rng: Random) -> Case:
    return _adaptive(rng, "adaptive_avg_pool")


def adaptive_max_pool(rng: Random) -> Case:
    return _adaptive(rng, "adaptive_max_pool")


def linear(rng: Random) -> Case:
    fields = {"out_features": spoilt(rng, rng.randint(1, 20)), "bias": rng.random() < 0.5}
    if rng.random() < 0.4:
        fields["over"] = rng.choice(("all", "channels", "channels"))
    return Case("linear", fields, (any_map(rng, rng.choice((0, 0, 0, 1, 2, 3))),))


def _affine(rng: Random, **more: Any) -> dict[str, Any]:
    affine = {"affine": rng.random() < 0.5} if rng.random() < 0.7 else {}
    return more | affine | added(rng)


def added(rng: Random) -> dict[str, Any]:
    """Now and then another number that is added to a variance."""
    return {"eps": rng.choice((0.001, 1e-3, 1e-6, 0.5, 1))} if rng.random() < 0.4 else {}


def batch_norm(rng: Random) -> Case:
    return Case("batch_norm", _affine(rng), (any_map(rng),))


def instance_norm(rng: Random) -> Case:
    return Case("instance_norm", _affine(rng), (any_map(rng, rng.choice((0, 1, 1, 2, 2, 3))),))


def group_norm(rng: Random) -> Case:
    shape = any_map(rng)
    groups = spoilt(rng, rng.randint(1, shape[0] + 1))
    return Case("group_norm", _affine(rng, groups=groups), (shape,))


def _over(rng: Random, rank: int) -> Any:
    """One axis or several; now and then one that the map has not, or has twice."""
    names: list[str | int] = ["channels", *("depth", "height", "width")[-rank:]] if rank else [0]
    if rank == 1:
        names = ["channels", "length"]
    if rng.random() < 0.04:
        names = ["width", "depth", 3]
    if rng.random() < 0.4:
        return rng.choice(("all", "channels"))
    if rng.random() < 0.5:
        return rng.choice((*names, "positions", rank))
    some = [*rng.sample(names, rng.randint(1, len(names)))]
    return [*some, rank] if rng.random() < 0.1 else some


def layer_norm(rng: Random) -> Case:
    shape = any_map(rng)
    return Case("layer_norm", _affine(rng, over=_over(rng, len(shape) - 1)), (shape,))


def rms_norm(rng: Random) -> Case:
    shape = any_map(rng)
    return Case("rms_norm", _affine(rng, over=_over(rng, len(shape) - 1)), (shape,))


def l2_normalize(rng: Random) -> Case:
    shape = any_map(rng)
    return Case("l2_normalize", added(rng) | {"over": _over(rng, len(shape) - 1)}, (shape,))


def global_response_norm(rng: Random) -> Case:
    shape = any_map(rng, rng.choice((0, 1, 1, 2, 2, 2, 3)))
    return Case("global_response_norm", added(rng), (shape,))


def local_response_norm(rng: Random) -> Case:
    fields: dict[str, Any] = {"size": spoilt(rng, rng.randint(1, 14))}
    for name, values in (("alpha", (0.5, 2, 1e-3)), ("beta", (0.5, 1, 1.5)), ("k", (0.5, 2, 3))):
        if rng.random() < 0.4:
            fields[name] = spoilt(rng, rng.choice(values))
    return Case("local_response_norm", fields, (any_map(rng),))
