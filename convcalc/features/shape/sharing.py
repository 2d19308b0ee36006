"""Sums of the layers without a sliding window, in words and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.core.arithmetic import adaptive_bin
from convcalc.core.shapes import Shape, format_shape
from convcalc.kinds.base import LayerKind

Lines = list[tuple[str, str]]


def other_lines(
    layer: LayerKind, x: Shape, output: Shape, shown: Callable[[Shape], Shape] = tuple
) -> Lines:
    """How the output shape comes about, as (label, text); what went in and out, at least.

    `shown` leaves out channels that are made up.

    >>> from convcalc.kinds import find_kind
    >>> flatten = find_kind("flatten").model_validate({})
    >>> other_lines(flatten, (512, 7, 7), (25088,))
    [('output', '512·7·7 = 25088')]
    """
    rule = _RULES.get(layer.kind)
    if rule is None:
        same = " (the same shape)" if x == output else ""
        way = f"{format_shape(shown(x))} → {format_shape(shown(output))}"
        return [("output", f"{way}{same}")]
    return rule(layer, x, output)


def _flatten(layer: Any, x: Shape, output: Shape) -> Lines:
    return [("output", f"{'·'.join(map(str, x))} = {output[0]}")]


def _linear(layer: Any, x: Shape, output: Shape) -> Lines:
    where = " at each position" if len(x) > 1 else ""
    return [("output", f"{output[0]} sums over all {x[0]} inputs{where}")]


def _global(layer: Any, x: Shape, output: Shape) -> Lines:
    return [("output", f"one number a channel, over all {format_shape(x[1:])} pixels")]


def _adaptive(layer: Any, x: Shape, output: Shape) -> Lines:
    return [
        ("output" if not index else "", text)
        for index, text in enumerate(dict.fromkeys(map(_bins, x[1:], output[1:])))
    ]


def _bins(size: int, bins: int) -> str:
    if size % bins == 0:
        return f"{size} → {bins}: bins of {size // bins} pixels"
    # The widths of the bins repeat their pattern; a bounded number of them tells.
    spans = {
        end - first for first, end in (adaptive_bin(j, size, bins) for j in range(min(bins, 1000)))
    }
    widths = f"{min(spans)} to {max(spans)}" if len(spans) > 1 else str(min(spans))
    return f"{size} → {bins}: bins of {widths} pixels that overlap ({bins} does not divide {size})"


def _upsample(layer: Any, x: Shape, output: Shape) -> Lines:
    if layer.scale_factor is None:
        return [("output", f"{format_shape(x[1:])} → {format_shape(output[1:])}, as asked")]
    factors = (
        layer.scale_factor * (len(x) - 1) if len(layer.scale_factor) == 1 else layer.scale_factor
    )
    texts = []
    for size, factor, out in zip(x[1:], factors, output[1:], strict=True):
        shown = factor.numerator if factor.denominator == 1 else float(factor)
        product = f"{size}·{shown}"
        texts.append(f"{product if size * factor == out else f'⌊{product}⌋'} = {out}")
    return [("output" if not i else "", text) for i, text in enumerate(dict.fromkeys(texts))]


def _shuffle(layer: Any, x: Shape, output: Shape) -> Lines:
    factor, rank = layer.factor, len(x) - 1
    power = str(factor) if rank == 1 else f"{factor}^{rank}"
    up = layer.kind == "pixel_shuffle"
    channels = f"channels {x[0]}{'/' if up else '·'}{power} = {output[0]}"
    sizes = [
        f"{a}{'·' if up else '/'}{factor} = {b}" for a, b in zip(x[1:], output[1:], strict=True)
    ]
    return [("output", f"{channels}; {'; '.join(dict.fromkeys(sizes))}")]


def _unfold(layer: Any, x: Shape, output: Shape) -> Lines:
    taps = "·".join(str(window.kernel) for window in layer.windows(x))
    return [("columns", f"{x[0]}·{taps} = {output[0]} values in each of {output[1]} columns")]


def _border(layer: Any, x: Shape, output: Shape) -> Lines:
    sign = "−" if layer.kind == "crop" else "+"
    texts = []
    for size, window, out in zip(x[1:], layer.windows(x), output[1:], strict=True):
        texts.append(f"{size} {sign} {abs(window.before)} {sign} {abs(window.after)} = {out}")
    return [("output" if not i else "", text) for i, text in enumerate(dict.fromkeys(texts))]


_RULES: dict[str, Callable[[Any, Shape, Shape], Lines]] = {
    "flatten": _flatten,
    "linear": _linear,
    "global_avg_pool": _global,
    "global_max_pool": _global,
    "adaptive_avg_pool": _adaptive,
    "adaptive_max_pool": _adaptive,
    "upsample": _upsample,
    "pixel_shuffle": _shuffle,
    "pixel_unshuffle": _shuffle,
    "unfold": _unfold,
    "pad": _border,
    "crop": _border,
}
