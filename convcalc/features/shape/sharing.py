"""Sums of the layers without a sliding window, in words and numbers."""

from __future__ import annotations

from collections.abc import Callable

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
    texts = layer.sums(x, output)
    if not texts:
        same = " (the same shape)" if x == output else ""
        texts = [f"{format_shape(shown(x))} → {format_shape(shown(output))}{same}"]
    return [("" if index else layer.sums_of, text) for index, text in enumerate(texts)]
