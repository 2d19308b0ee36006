"""From written fields to windows: paddings in words, legality, and the sizes that follow.

Shared by every kind that slides a window. Padding words follow PyTorch (`same`), TensorFlow and
ONNX (`same_upper`, `same_lower`), Keras (`causal`) and Dumoulin & Visin (`valid`, `half`, `full`).
"""

from __future__ import annotations

from math import prod
from typing import Any

from convcalc.core.arithmetic import output_size, pool_output_size, span, word_padding
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, Window, axis_name, padded_elements
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.fields import NumericPaddingValue, PaddingValue, PerAxisValue, per_axis
from convcalc.kinds.base.kind import Kept


def sides(padding: NumericPaddingValue, rank: int) -> tuple[tuple[int, int], ...]:
    """(before, after) on each axis for padding given in numbers.

    >>> sides(1, 2), sides((1, 2), 2), sides(((0, 1), (2, 2)), 2)
    (((1, 1), (1, 1)), ((1, 1), (2, 2)), ((0, 1), (2, 2)))
    """
    values: tuple[int | tuple[int, int], ...] = per_axis(padding, rank, "padding")
    return tuple(value if isinstance(value, tuple) else (value, value) for value in values)


def resolve_windows(
    x: Shape,
    kernel_size: PerAxisValue,
    stride: PerAxisValue | None,
    padding: PaddingValue,
    dilation: PerAxisValue = 1,
) -> tuple[Window, ...]:
    """The window on each spatial axis of `x`; a stride of None is the kernel's size.

    Raises LayerError for a list of the wrong length or a padding word that does not fit.
    """
    rank = len(x) - 1
    kernels = per_axis(kernel_size, rank, "kernel_size")
    strides = kernels if stride is None else per_axis(stride, rank, "stride")
    dilations = per_axis(dilation, rank, "dilation")
    geometry = list(zip(x[1:], kernels, strides, dilations, strict=True))
    if isinstance(padding, str):
        pads = [_word(padding, *axis, rank) for axis in geometry]
    else:
        pads = list(sides(padding, rank))
    return tuple(
        Window(kernel, step, before, after, apart)
        for (_, kernel, step, apart), (before, after) in zip(geometry, pads, strict=True)
    )


def _word(
    word: str, size: int, kernel: int, stride: int, dilation: int, rank: int
) -> tuple[int, int]:
    reach = span(kernel, dilation)
    if word == "half" and reach % 2 == 0:
        raise _unfit(
            f"`half` wants an odd span, but kernel {kernel} with dilation {dilation} spans {reach}",
            "use an odd kernel, or `same` (stride 1), `same_upper` or `same_lower`",
        )
    if word == "same" and stride != 1:
        raise _unfit(
            f"`same` is for stride 1, but the stride is {stride}",
            "write `same_upper` (TensorFlow, ONNX: the odd pixel after) or `same_lower`; "
            "PyTorch would take numbers",
        )
    if word == "causal" and rank != 1:
        raise _unfit(
            f"`causal` is for one spatial axis, but the input has {rank}",
            "write pairs, as in [[2, 0], [1, 1]]",
        )
    return word_padding(word, size, reach, stride)


def _unfit(note: str, help: str) -> LayerError:
    return LayerError("padding-word-unfit", note, help, field="padding")


def positions(x: Shape, windows: tuple[Window, ...]) -> Shape:
    """Spatial output of windows that slide over `x`, rounding down.

    Raises LayerError kernel-exceeds-input with the numbers and the padding that would do.
    """
    return tuple(
        output_size(size, window.span, window.stride, window.before, window.after)
        for size, window in _fitting(x, windows)
    )


def pool_positions(
    x: Shape, windows: tuple[Window, ...], ceil_mode: bool, takes_padding: bool = True
) -> Shape:
    """Spatial output of pooling windows. Raises LayerError as `positions` does."""
    return tuple(
        pool_output_size(size, w.span, w.stride, w.before, w.after, ceil_mode)
        for size, w in _fitting(x, windows, ceil_mode, 1 if takes_padding else 0)
    )


def _fitting(
    x: Shape, windows: tuple[Window, ...], ceil_mode: bool = False, half_kernels: int | None = None
) -> list[tuple[int, Window]]:
    """Sizes and windows that fit; a pool's padding is at most so many halves of the kernel."""
    rank = len(windows)
    fitting = list(zip(x[1:], windows, strict=True))
    for axis, (size, window) in enumerate(fitting):
        # Rounding up forgives less than a stride of missing pixels, as in PyTorch.
        forgiven = window.stride - 1 if ceil_mode else 0
        if size + window.before + window.after + forgiven < window.span:
            most = None if half_kernels is None else half_kernels * (window.kernel // 2)
            raise _too_wide(size, window, axis_name(axis, rank), most)
    return fitting


def _too_wide(size: int, window: Window, axis: str, most_padding: int | None) -> LayerError:
    kernel, _, before, after, dilation = window
    padded = size + before + after
    spans = f" with dilation {dilation} spans {window.span}" if dilation > 1 else ""
    on_axis = f" on the {axis}" if axis else ""
    pads = f" ({size} + {before} + {after})" if before or after else ""
    missing = window.span - padded
    enough = max(before, after) + (missing + 1) // 2
    repairs = [f"`padding: {enough}`"] if most_padding is None or enough <= most_padding else []
    widest = (padded - 1) // dilation + 1
    if widest >= 1:
        repairs.append(f"`kernel_size: {widest}`")
    if dilation > 1 and kernel > 1 and (padded - 1) // (kernel - 1) >= 1:
        repairs.append(f"`dilation: {(padded - 1) // (kernel - 1)}`")
    return LayerError(
        "kernel-exceeds-input",
        f"kernel {kernel}{spans}, but the padded input has only {padded}{pads}{on_axis}",
        f"use {', or '.join(repairs)}, or a larger input",
        field="kernel_size",
    )


def kept_input(x: Shape, windows: tuple[Window, ...]) -> Kept:
    """What the backward pass needs of the input of a layer with these windows.

    PyTorch's layers pad evenly; where before and after differ, a layer before them pads, and
    the padded copy is kept in place of the input.
    """
    if all(window.before == window.after for window in windows):
        return Kept(inputs=True)
    return Kept(values=padded_elements(x, windows))


def check_pool_padding(windows: tuple[Window, ...], output: Shape) -> None:
    """Raises LayerError where padding exceeds half the kernel, as PyTorch refuses it.

    A window could otherwise stand on padding alone. The limit ignores dilation.
    """
    for window in windows:
        most = max(window.before, window.after)
        if most > window.kernel // 2:
            raise LayerError(
                "pool-padding-too-big",
                f"padding {most} is more than half the kernel ({window.kernel} // 2 = "
                f"{window.kernel // 2})",
                f"use `padding: {window.kernel // 2}`, or a `pad` layer before",
                field="padding",
                recovered=output,
            )


def kernel_volume(windows: tuple[Window, ...]) -> int:
    """Taps of a kernel over all axes.

    >>> kernel_volume((Window(3), Window(5)))
    15
    """
    return prod(window.kernel for window in windows)


def thinned_convolution(layer: Any, inputs: tuple[Shape, ...]) -> Copy:
    """Up to three groups of two channels in and two out; groups stay groups.

    `layer` is a convolution, transposed or not.
    """
    (x,) = inputs
    groups = layer.group_count(x)
    kept = min(groups, 3)
    fields: dict[str, Any] = {"out_channels": kept * min(layer.out_channels // groups, 2)}
    if not isinstance(layer.groups, str):
        fields["groups"] = kept
    return Copy(layer.model_copy(update=fields), ((kept * min(x[0] // groups, 2), *x[1:]),))
