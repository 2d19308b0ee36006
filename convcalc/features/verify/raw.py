"""Windows as the fields of a layer write them, read here a second time.

The references use these and never `Kind.windows` or `kinds.windowing`, so that a mistake there
shows as a difference. Source: the table of paddings in docs/format.md, read from the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convcalc.core.shapes import Shape


class Axis(NamedTuple):
    """A window along one axis of `size` pixels."""

    size: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def reach(self) -> int:
        """Pixels from the first tap to the last."""
        return (self.kernel - 1) * self.dilation + 1

    def starts(self, rounds_up: bool = False) -> Iterator[int]:
        """Where the window stands, from `-before` on, a stride apart, as long as it fits.

        Rounding up lets one more stand that sticks out by less than a stride, if it begins
        before the input ends.

        >>> list(Axis(4, 3, 2, 1, 0, 1).starts()), list(Axis(4, 3, 2, 1, 0, 1).starts(True))
        ([-1, 1], [-1, 1])
        >>> list(Axis(5, 2, 2, 0, 0, 1).starts()), list(Axis(5, 2, 2, 0, 0, 1).starts(True))
        ([0, 2], [0, 2, 4])
        """
        start, end = -self.before, self.size + self.after
        while start + self.reach <= end:
            yield start
            start += self.stride
        if rounds_up and start + self.reach < end + self.stride and start < self.size:
            yield start


def each(value: Any, rank: int) -> tuple[Any, ...]:
    """A field's value for each axis; one alone, or in a list of its own, holds for all.

    >>> each(3, 2), each((3,), 2), each((1, 7), 2)
    ((3, 3), (3, 3), (1, 7))
    """
    if isinstance(value, tuple) and len(value) > 1:
        return value
    return (value[0] if isinstance(value, tuple) else value,) * rank


def group_count(layer: Any, channels: int) -> int:
    """Groups of a convolution."""
    return channels if layer.groups == "depthwise" else int(layer.groups)


def axes(layer: Any, sizes: Shape) -> tuple[Axis, ...]:
    """The window of `layer` along each axis of a map of these sizes.

    >>> from convcalc.kinds import find_kind
    >>> conv = find_kind("conv").model_validate(
    ...     {"out_channels": 1, "kernel_size": 4, "stride": 2, "padding": "same_upper"})
    >>> axes(conv, (7,))
    (Axis(size=7, kernel=4, stride=2, before=1, after=2, dilation=1),)
    """
    rank = len(sizes)
    kernels = each(layer.kernel_size, rank)
    strides = kernels if layer.stride is None else each(layer.stride, rank)
    dilations = each(getattr(layer, "dilation", 1), rank)
    padding = getattr(layer, "padding", 0)
    found = []
    for axis, (size, k, s, d) in enumerate(zip(sizes, kernels, strides, dilations, strict=True)):
        reach = (k - 1) * d + 1
        if isinstance(padding, str):
            before, after = _in_words(padding, size, reach, s)
        else:
            given = each(padding, rank)[axis]
            before, after = given if isinstance(given, tuple) else (given, given)
        found.append(Axis(size, k, s, before, after, d))
    return tuple(found)


def _in_words(word: str, size: int, reach: int, stride: int) -> tuple[int, int]:
    if word == "valid":
        return 0, 0
    if word == "full":
        return reach - 1, reach - 1
    if word == "half":
        return reach // 2, reach // 2
    if word == "causal":
        return reach - 1, 0
    if word == "same":
        # As many outputs as inputs; the odd pixel after.
        less, more = (reach - 1) // 2, reach // 2
        return less, more
    wanted = -(-size // stride)
    missing = max(0, stride * (wanted - 1) + reach - size)
    small, large = missing // 2, missing - missing // 2
    return (small, large) if word == "same_upper" else (large, small)


def mirrored(pixel: int, size: int, mode: str) -> int | None:
    """The pixel that stands at `pixel` in a padding of that mode; None for a constant.

    >>> [mirrored(-2, 5, mode) for mode in ("reflect", "replicate", "circular", "zeros")]
    [2, 0, 3, None]
    """
    if 0 <= pixel < size:
        return pixel
    if mode == "reflect":
        return -pixel if pixel < 0 else 2 * (size - 1) - pixel
    if mode == "replicate":
        return 0 if pixel < 0 else size - 1
    return pixel % size if mode == "circular" else None


def pairs(padding: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """(before, after) on each axis of a padding in numbers."""
    return tuple(one if isinstance(one, tuple) else (one, one) for one in each(padding, rank))


def extras(layer: Any, sizes: Shape) -> tuple[int, ...]:
    """Output padding a of a transposed convolution on each axis, given or implied by its size."""
    if layer.output_size is None:
        return each(layer.output_padding, len(sizes))
    wanted = each(layer.output_size, len(sizes))
    return tuple(
        want - ((axis.size - 1) * axis.stride + axis.reach - axis.before - axis.after)
        for want, axis in zip(wanted, axes(layer, sizes), strict=True)
    )
