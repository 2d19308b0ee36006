"""A transposed layer as the convolution of a stretched input.

s - 1 zeros stand between two inputs, and p' = K - 1 - p around them (a further ones at the end;
where that is negative, the input is cropped). The kernel is flipped and its channels change
places. Source: Dumoulin & Visin, relationships 8 to 14.
"""

from __future__ import annotations

from itertools import product

from convcalc.core.shapes import Shape, Window
from convcalc.features.show.values import Mark, Numbers, Stretched
from convcalc.kinds.conv_transpose import ConvTranspose


def stretched(layer: ConvTranspose, x: Numbers, weight: Numbers) -> Stretched:
    """The input and the kernel of that convolution."""
    windows = layer.windows(x.shape)
    extras = layer.output_paddings(x.shape)
    border = tuple(
        (w.span - 1 - w.before, w.span - 1 - w.after + extra)
        for w, extra in zip(windows, extras, strict=True)
    )
    sizes = tuple(
        (size - 1) * w.stride + 1 + before + after
        for size, w, (before, after) in zip(x.shape[1:], windows, border, strict=True)
    )
    shape = (x.shape[0], *sizes)
    values: list[float] = []
    marks: list[Mark] = []
    for channel, *position in product(*map(range, shape)):
        place, mark = _at(position, x.shape[1:], windows, border)
        values.append(x[(channel, *place)] if mark == "value" else 0.0)
        marks.append(mark)
    return Stretched(
        Numbers(shape, tuple(values)),
        tuple(marks),
        flipped(weight, layer.group_count(x.shape)),
        border,
        tuple(w.stride - 1 for w in windows),
        tuple(w.dilation for w in windows),
    )


def _at(
    position: list[int],
    sizes: Shape,
    windows: tuple[Window, ...],
    border: tuple[tuple[int, int], ...],
) -> tuple[Shape, Mark]:
    place = []
    mark: Mark = "value"
    for at, size, window, (before, _) in zip(position, sizes, windows, border, strict=True):
        steps, rest = divmod(at - before, window.stride)
        place.append(steps)
        if not 0 <= steps < size or (rest and steps + 1 >= size):
            mark = "border"
        elif rest and mark == "value":
            mark = "inserted"
    return tuple(place), mark


def flipped(weight: Numbers, groups: int) -> Numbers:
    """The kernel (cin, out / g, *k) as that of the convolution: (out, cin / g, *k), flipped.

    >>> flipped(Numbers((1, 1, 3), (1.0, 2.0, 3.0)), 1).values
    (3.0, 2.0, 1.0)
    """
    cin, filters, *kernel = weight.shape
    each = cin // groups
    shape = (filters * groups, each, *kernel)
    values = []
    for channel, own, *tap in product(*map(range, shape)):
        group, inner = divmod(channel, filters)
        back = (size - 1 - at for size, at in zip(kernel, tap, strict=True))
        values.append(weight[(group * each + own, inner, *back)])
    return Numbers(shape, tuple(values))
