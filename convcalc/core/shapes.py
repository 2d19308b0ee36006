"""Shapes of one sample, windows on an axis, and how they are written.

A shape is a plain tuple of integers, channels first and without the batch: `(C, H, W)` for an
image, `(C, L)` for a sequence, `(F,)` for a vector. Rows come before columns everywhere.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from convcalc.core.arithmetic import span

Shape = tuple[int, ...]

AXIS_NAMES: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("length",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}
MAX_RANK = 3


class Window(NamedTuple):
    """A kernel on one axis, its padding split into before and after.

    `before` or `after` may be negative where a layer crops.
    """

    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1

    @property
    def span(self) -> int:
        """Pixels from the first tap to the last.

        >>> Window(kernel=3, dilation=2).span
        5
        """
        return span(self.kernel, self.dilation)


def spatial(shape: Shape) -> Shape:
    """The axes behind the channels.

    >>> spatial((3, 224, 192))
    (224, 192)
    """
    return shape[1:]


def elements(shape: Shape) -> int:
    """Number of values in one sample.

    >>> elements((3, 2, 2))
    12
    """
    return prod(shape)


def padded_elements(x: Shape, windows: tuple[Window, ...]) -> int:
    """Elements of the padded input of one sample.

    >>> padded_elements((3, 8), (Window(kernel=3, before=2),))
    30
    """
    sizes = zip(x[1:], windows, strict=True)
    return x[0] * prod(size + window.before + window.after for size, window in sizes)


def axis_name(axis: int, rank: int) -> str:
    """The axis in words, `height` for axis 0 of an image; empty where there is only one.

    >>> axis_name(0, 2), axis_name(0, 1)
    ('height', '')
    """
    return AXIS_NAMES[rank][axis] if 1 < rank <= MAX_RANK else ""


def format_shape(shape: Shape) -> str:
    """The shape as people write it.

    >>> format_shape((64, 112, 112)), format_shape((1000,))
    ('64x112x112', '1000')
    """
    return "x".join(map(str, shape))


def format_axes(values: tuple[object, ...]) -> str:
    """Per-axis values, folded to one where all axes agree.

    >>> format_axes((3, 3)), format_axes((1, 7)), format_axes(())
    ('3', '1x7', '')
    """
    if len(set(values)) == 1:
        return str(values[0])
    return "x".join(map(str, values))


def parse_shape(text: str) -> Shape | None:
    """The shape that `3x224x224` or `3,224,224` writes; None if it writes none.

    >>> parse_shape("3x224x224"), parse_shape("3x0"), parse_shape("big")
    ((3, 224, 224), None, None)
    """
    parts = text.replace(",", "x").lower().split("x")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        return None
    shape = tuple(map(int, parts))
    return shape if all(size > 0 for size in shape) and len(shape) <= 1 + MAX_RANK else None


# Channels of pictures: grey, RGB, RGB with an alpha channel.
_OF_PICTURES = (1, 3, 4)
_LEAST_SIDE = 5


def channels_first(shape: Shape) -> Shape | None:
    """The shape with its last axis first, where that looks like the channels of a picture.

    Keras, TensorFlow and many texts write pictures so. None where nothing speaks for it.

    >>> channels_first((224, 224, 3)), channels_first((3, 224, 224)), channels_first((64, 3))
    ((3, 224, 224), None, None)
    """
    *sides, last = shape
    if len(sides) != 2 or last not in _OF_PICTURES or min(sides) < _LEAST_SIDE:
        return None
    return (last, *sides)
