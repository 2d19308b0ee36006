"""Lines of PyTorch and Keras code: calls, and values as both of them write them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convcalc.core.shapes import Window

Sides = Sequence[tuple[int, int]]


def torch_call(name: str, *values: object, **named: object) -> str:
    """A module of `torch.nn`; arguments that are None are left out.

    >>> torch_call("Conv2d", 3, 64, kernel_size=7, stride=2, padding=None)
    'nn.Conv2d(3, 64, kernel_size=7, stride=2)'
    """
    return f"nn.{_call(name, values, named)}"


def keras_call(name: str, *values: object, **named: object) -> str:
    """A layer of `keras.layers`; arguments that are None are left out."""
    return f"layers.{_call(name, values, named)}"


def _call(name: str, values: tuple[object, ...], named: dict[str, object]) -> str:
    shown = [repr(value) for value in values]
    shown += [f"{key}={value!r}" for key, value in named.items() if value is not None]
    return f"{name}({', '.join(shown)})"


def folded(values: Sequence[Any]) -> Any:
    """One value for all axes where they agree, else all of them.

    >>> folded((3, 3)), folded((3, 1))
    (3, (3, 1))
    """
    return values[0] if len(set(values)) == 1 else tuple(values)


def unless(value: Any, usual: Any) -> Any:
    """The value, None where it is the usual one."""
    return None if value == usual else value


def number(value: Fraction) -> int | float:
    """A fraction as code has it."""
    return int(value) if value.denominator == 1 else float(value)


def is_even(windows: Sequence[Window]) -> bool:
    """True where every axis is padded alike before and after."""
    return all(window.before == window.after for window in windows)


def torch_border(name: str, sides: Sides, *beside: object, sign: int = 1) -> list[str]:
    """A padding layer, none where there is nothing to pad.

    PyTorch lists the last axis first; negative numbers crop.

    >>> torch_border("ZeroPad", [(0, 0), (1, 2)])
    ['nn.ZeroPad2d((1, 2, 0, 0))']
    """
    if not any(map(any, sides)):
        return []
    flat = tuple(sign * side for pair in reversed(sides) for side in pair)
    return [torch_call(f"{name}{len(sides)}d", flat, *beside)]


def keras_border(name: str, sides: Sides) -> list[str]:
    """A padding or cropping layer of Keras, none where there is nothing to do.

    >>> keras_border("Cropping", [(1, 1), (1, 1)]), keras_border("ZeroPadding", [(0, 1)])
    (['layers.Cropping2D(1)'], ['layers.ZeroPadding1D((0, 1))'])
    """
    if not any(map(any, sides)):
        return []
    flat = {side for pair in sides for side in pair}
    value: object = flat.pop() if len(flat) == 1 else tuple(sides) if len(sides) > 1 else sides[0]
    return [keras_call(f"{name}{len(sides)}D", value)]


def torch_window(
    name: str,
    channels: tuple[int, int],
    windows: Sequence[Window],
    padding: Sequence[int],
    **named: object,
) -> str:
    """A convolution, transposed or not, from so many channels to so many."""
    return torch_call(
        f"{name}{len(windows)}d",
        *channels,
        kernel_size=folded([window.kernel for window in windows]),
        stride=unless(folded([window.stride for window in windows]), 1),
        padding=unless(folded(padding), 0),
        output_padding=named.get("output_padding"),
        dilation=unless(folded([window.dilation for window in windows]), 1),
        groups=named.get("groups"),
        bias=named.get("bias"),
        padding_mode=named.get("padding_mode"),
    )
