"""From written fields to windows: paddings in words, legality, and the sizes that follow.

Shared by every kind that slides a window. Padding words follow PyTorch (`same`), TensorFlow and
ONNX (`same_upper`, `same_lower`), Keras (`causal`) and Dumoulin & Visin (`valid`, `half`, `full`).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convcalc.core.arithmetic import output_size, pool_output_size, span, word_padding
from convcalc.core.errors import LayerError, OnAxes
from convcalc.core.shapes import Shape, Window, axis_name, padded_elements
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.field_values import NumericPaddingValue, PaddingValue, PerAxisValue
from convcalc.kinds.base.fields import per_axis
from convcalc.kinds.base.stated import Kept


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
    if padding == "causal" and rank != 1:
        raise _not_causal(geometry)
    if isinstance(padding, str):
        pads = [_word(padding, *axis) for axis in geometry]
    else:
        pads = list(sides(padding, rank))
    return tuple(
        Window(kernel, step, before, after, apart)
        for (_, kernel, step, apart), (before, after) in zip(geometry, pads, strict=True)
    )


def _word(word: str, size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    reach = span(kernel, dilation)
    if word == "half" and reach % 2 == 0:
        raise _unfit(
            f"`half` wants an odd span, but kernel {kernel} with dilation {dilation} spans {reach}",
            ("same", "same_upper", "same_lower"),
            "an odd kernel",
        )
    if word == "same" and stride != 1:
        raise _unfit(
            f"`same` is for stride 1, but the stride is {stride}",
            # TensorFlow and ONNX, which have the odd pixel after, go before Caffe's successors.
            ("same_upper", "same_lower"),
            "numbers, as PyTorch does",
        )
    return word_padding(word, size, reach, stride)


def _unfit(note: str, words: tuple[str, ...], help: str) -> LayerError:
    repairs = [{"padding": word} for word in words]
    return LayerError("padding-word-unfit", note, help, field="padding", repairs=repairs)


def _not_causal(geometry: list[tuple[int, int, int, int]]) -> LayerError:
    """One axis in time, the others padded alike: what was meant where there are several axes."""
    spans = [span(kernel, dilation) for _, kernel, _, dilation in geometry]
    pads = [(spans[0] - 1, 0), *(((reach - 1) // 2, reach // 2) for reach in spans[1:])]
    return LayerError(
        "padding-word-unfit",
        f"`causal` is for one spatial axis, but the input has {len(geometry)}",
        "other pairs of before and after",
        field="padding",
        repairs=[{"padding": tuple(pads)}],
    )


def positions(x: Shape, windows: tuple[Window, ...]) -> Shape:
    """Spatial output of windows that slide over `x`, rounding down.

    Raises LayerError kernel-exceeds-input with the numbers, and what would do on every axis.
    """
    _check_fit(x, windows, False)
    return tuple(
        output_size(size, window.span, window.stride, window.before, window.after)
        for size, window in zip(x[1:], windows, strict=True)
    )


def pool_positions(x: Shape, windows: tuple[Window, ...], ceil_mode: bool) -> Shape:
    """Spatial output of pooling windows. Raises LayerError as `positions` does."""
    _check_fit(x, windows, ceil_mode)
    return tuple(
        pool_output_size(size, w.span, w.stride, w.before, w.after, ceil_mode)
        for size, w in zip(x[1:], windows, strict=True)
    )


def _check_fit(x: Shape, windows: tuple[Window, ...], ceil_mode: bool) -> None:
    rank = len(windows)
    fitting = list(zip(x[1:], windows, strict=True))
    for axis, (size, window) in enumerate(fitting):
        if _missing(size, window, ceil_mode) > 0:
            raise _too_wide(fitting, axis, axis_name(axis, rank), ceil_mode)


def _missing(size: int, window: Window, ceil_mode: bool) -> int:
    """Pixels that the padded input lacks for one position; 0 or less where there is one."""
    # Rounding up forgives less than a stride of missing pixels, as in PyTorch.
    forgiven = window.stride - 1 if ceil_mode else 0
    return window.span - (size + window.before + window.after + forgiven)


def _too_wide(
    fitting: list[tuple[int, Window]], axis: int, name: str, ceil_mode: bool
) -> LayerError:
    size, window = fitting[axis]
    kernel, _, before, after, dilation = window
    padded = size + before + after
    spans = f" with dilation {dilation} spans {window.span}" if dilation > 1 else ""
    on_axis = f" on the {name}" if name else ""
    pads = f" ({size} + {before} + {after})" if before or after else ""
    fits = [_fitting(size, window, ceil_mode) for size, window in fitting]
    return LayerError(
        "kernel-exceeds-input",
        f"kernel {kernel}{spans}, but the padded input has only {padded}{pads}{on_axis}",
        "a larger input",
        field="kernel_size",
        repairs=[
            {"padding": OnAxes(tuple((w.before, w.after) for w, _, _ in fits))},
            {"kernel_size": OnAxes(tuple(narrow for _, narrow, _ in fits))},
            {"dilation": OnAxes(tuple(close for _, _, close in fits))},
        ],
    )


def _fitting(size: int, window: Window, ceil_mode: bool) -> tuple[Window, int, int]:
    """(the window padded enough, the largest kernel, the largest dilation) on one axis."""
    kernel, _, before, after, dilation = window
    missing = _missing(size, window, ceil_mode)
    if missing <= 0:
        return window, kernel, dilation
    padded = size + before + after
    # Evenly where it was even: PyTorch's layers pad both sides alike.
    more = (missing + 1) // 2
    wide = window._replace(
        before=before + more, after=after + (more if before == after else missing // 2)
    )
    closer = (padded - 1) // (kernel - 1) if kernel > 1 else dilation
    return wide, (padded - 1) // dilation + 1, closer


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
        half = window.kernel // 2
        most = max(window.before, window.after)
        if most > half:
            raise LayerError(
                "pool-padding-too-big",
                f"padding {most} is more than half the kernel ({window.kernel} // 2 = {half})",
                "a `pad` layer before",
                field="padding",
                recovered=output,
                repairs=[{"padding": cut_to(windows, [w.kernel // 2 for w in windows])}],
            )


def cut_to(windows: tuple[Window, ...], most: Sequence[int]) -> OnAxes:
    """The padding of each axis, before and after at most so much.

    >>> cut_to((Window(3, before=2, after=1), Window(3, before=1)), [1, 1])
    ((1, 1), (1, 0))
    """
    pairs = zip(windows, most, strict=True)
    return OnAxes((min(w.before, limit), min(w.after, limit)) for w, limit in pairs)


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
