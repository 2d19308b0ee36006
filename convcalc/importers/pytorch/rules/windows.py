"""Convolutions and pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from math import prod
from typing import Any

from convcalc.core.shapes import MAX_RANK
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call, few
from convcalc.importers.pytorch.rules.parts import part
from convcalc.importers.pytorch.values import Value, resized
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.adaptive_family import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    GlobalAvgPool,
    GlobalMaxPool,
)
from convcalc.kinds.base import Kind
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.fold import Fold
from convcalc.kinds.pool_family import AvgPool, MaxPool
from convcalc.kinds.unfold import Unfold
from convcalc.network.held import Held

Sizes = Sequence[int] | int


def per_axis(value: Sizes, rank: int) -> tuple[int, ...]:
    """One value an axis: a single one holds for all."""
    found = (value,) if isinstance(value, int) else tuple(value)
    return found * rank if len(found) == 1 else found


def of_axes(values: Sequence[Any]) -> Any:
    """One value for all axes where they are equal.

    >>> of_axes((3, 3)), of_axes((1, 7))
    (3, (1, 7))
    """
    return values[0] if len(set(values)) == 1 else tuple(values)


def over_map(call: Call, view: View, rank: int) -> tuple[View, int]:
    """`(N, C, *S)` as `[C, *S]`, and how many axes stand before those of the windows.

    What has been folded into the batch becomes an axis along which windows have one position. A
    sample may come without its batch.
    """
    if len(view.axes) not in (rank + 1, rank + 2):
        raise NoRuleError(f"its input has {len(view.axes)} axes")
    *batch, channels = view.axes[:-rank]
    lead = batch[0] if batch else ()
    more = 1 if lead else 0
    if rank + more > MAX_RANK:
        raise NoRuleError("its batch holds more than samples")
    wanted = [channels, *([lead] if lead else []), *view.axes[-rank:]]
    return call.arranged(view, wanted), more


def on_map(view: View, at: int, shape: Sequence[int], more: int = 0) -> View:
    """A layer's output `[C, *S]` as `(N, C, *S)`: `over_map` the other way round."""
    rank = len(shape) - 1
    has_batch = len(view.axes) > rank - more + 1
    lead: list[tuple[int, ...]] = [(1,) if more else ()] if has_batch else []
    return whole(at, tuple(shape), [*lead, (0,), *((n,) for n in range(1 + more, rank + 1))])


def conv(
    call: Call,
    x: Value,
    weight: Value,
    bias: Value | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> View:
    """A convolution over as many axes as its kernel has."""
    kernel = weight.dims[2:]
    rank = len(kernel)
    if isinstance(weight, View):
        words = {"stride": stride, "padding": padding, "dilation": dilation}
        window = {
            name: value if isinstance(value, str) else of_axes(per_axis(value, rank))
            for name, value in words.items()
        }
        sizes = {"out_channels": weight.dims[0], "kernel_size": of_axes(kernel), "groups": groups}
        raise _worked_out(call, Conv, sizes | window, x, rank)
    view, more = over_map(call, call.view(x), rank)
    ones, zeros = (1,) * more, (0,) * more
    if isinstance(padding, str):
        pads: Any = padding
    else:
        pads = of_axes(zeros + per_axis(padding, rank))
    fields = {
        "out_channels": weight.dims[0],
        "kernel_size": of_axes(ones + kernel),
        "stride": of_axes(ones + per_axis(stride, rank)),
        "padding": pads,
        "dilation": of_axes(ones + per_axis(dilation, rank)),
        "groups": "depthwise" if groups == view.shape[0] > 1 else groups,
        "bias": bias is not None,
    }
    held = over_more(call, weight, call.weights(weight, bias), more)
    at = call.layer(Conv, fields, view, held=held)
    return on_map(view, at, call.builder.shape(at), more)


def conv_transpose(
    call: Call,
    x: Value,
    weight: Value,
    bias: Value | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> View:
    """A transposed convolution."""
    dims = weight.dims
    rank = len(dims) - 2
    window = {
        "kernel_size": dims[2:],
        "stride": per_axis(stride, rank),
        "padding": per_axis(padding, rank),
        "output_padding": per_axis(output_padding, rank),
        "dilation": per_axis(dilation, rank),
    }
    fields = {"out_channels": dims[1] * groups, "groups": groups, "bias": bias is not None}
    if isinstance(weight, View):
        window = {name: of_axes(values) for name, values in window.items()}
        raise _worked_out(call, ConvTranspose, fields | window, x, rank)
    view, more = over_map(call, call.view(x), rank)
    for name, values in window.items():
        # Along what was folded into the batch each place is read by itself.
        alone = (0 if name.endswith("padding") else 1,) * more
        fields[name] = of_axes(alone + values)
    held = over_more(call, weight, call.weights(weight, bias), more)
    at = call.layer(ConvTranspose, fields, view, held=held)
    return on_map(view, at, call.builder.shape(at), more)


def over_more(call: Call, weight: Value, held: dict[str, Held], more: int) -> dict[str, Held]:
    """The arrays of a convolution along one axis more, of which it reads one place."""
    if not more:
        return held
    dims = held["weight"].dims
    return held | {"weight": call.array(call.stored(weight), (*dims[:2], 1, *dims[2:]))}


def _worked_out(
    call: Call, kind: type[Conv] | type[ConvTranspose], fields: dict[str, Any], x: Value, rank: int
) -> NoRuleError:
    """What is said of a convolution whose weight an operation makes: its multiplies are known."""
    *lead, channels = x.dims[:-rank]
    one = (channels, *x.dims[-rank:])
    _, facts = call.builder.of(kind, fields, (one,), call.operation)
    return NoRuleError("its weight is worked out from others", prod(lead) * facts.macs)


def convolution(
    call: Call,
    x: Value,
    weight: Value,
    bias: Value | None,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    transposed: bool,
    output_padding: Sizes,
    groups: int,
) -> View:
    """The core operator that both kinds of convolution become."""
    if transposed:
        return conv_transpose(
            call, x, weight, bias, stride, padding, output_padding, groups, dilation
        )
    return conv(call, x, weight, bias, stride, padding, dilation, groups)


def _pool(
    call: Call, kind: type[Kind], rank: int, x: Value, kernel_size: Sizes, stride: Sizes,
    padding: Sizes, more_fields: dict[str, Any],
) -> View:  # fmt: skip
    view, more = over_map(call, call.view(x), rank)
    ones, zeros = (1,) * more, (0,) * more
    kernel = per_axis(kernel_size, rank)
    fields: dict[str, Any] = {
        "kernel_size": of_axes(ones + kernel),
        "stride": of_axes(ones + (per_axis(stride, rank) if stride != () else kernel)),
        "padding": of_axes(zeros + per_axis(padding, rank)),
        **more_fields,
    }
    if "dilation" in fields:
        fields["dilation"] = of_axes(ones + per_axis(fields["dilation"], rank))
    at = call.layer(kind, fields, view)
    return on_map(view, at, call.builder.shape(at), more)


def max_pool(rank: int) -> Callable[..., View]:
    """The largest of each window; its places, where asked for as well, are not read."""

    def rule(
        call: Call,
        x: Value,
        kernel_size: Sizes,
        stride: Sizes = (),
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
    ) -> View:
        fields = {"dilation": dilation, "ceil_mode": ceil_mode}
        return _pool(call, MaxPool, rank, x, kernel_size, stride, padding, fields)

    return rule


def avg_pool(rank: int) -> Callable[..., View]:
    """The mean of each window."""

    def rule(
        call: Call,
        x: Value,
        kernel_size: Sizes,
        stride: Sizes = (),
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> View:
        fields = {
            "ceil_mode": ceil_mode,
            "count_include_pad": count_include_pad,
            "divisor_override": divisor_override,
        }
        return _pool(call, AvgPool, rank, x, kernel_size, stride, padding, fields)

    return rule


def adaptive_pool(
    kind: type[AdaptiveAvgPool] | type[AdaptiveMaxPool],
    over_all: type[GlobalAvgPool] | type[GlobalMaxPool],
    rank: int,
) -> Callable[..., View]:
    """Bins over the map; one bin is the pool over all of it."""

    def rule(call: Call, x: Value, output_size: Sizes) -> View:
        view, more = over_map(call, call.view(x), rank)
        bins = per_axis(output_size, rank)
        if set(bins) == {1} and not more:
            at = call.layer(over_all, {"keepdim": True}, view)
        else:
            at = call.layer(kind, {"output_size": (None,) * more + bins}, view)
        return on_map(view, at, call.builder.shape(at), more)

    return rule


def unfold(
    call: Call,
    x: Value,
    kernel_size: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    stride: Sequence[int],
) -> View:
    """im2col: `(N, C k, L)`, without N where a sample comes alone."""
    given = call.view(x)
    view, more = over_map(call, given, 2)
    if more:
        raise NoRuleError("its batch holds more than samples")
    fields = {
        "kernel_size": of_axes(kernel_size),
        "dilation": of_axes(dilation),
        "padding": of_axes(padding),
        "stride": of_axes(stride),
    }
    at = call.layer(Unfold, fields, view)
    shape = call.builder.shape(at)
    batch: list[tuple[int, ...]] = [()] * (len(given.axes) - 3)
    return whole(at, shape, [*batch, (0,), tuple(range(1, len(shape)))])


def windows_of_axis(call: Call, x: Value, dimension: int, size: int, step: int) -> View:
    """`Tensor.unfold`: windows along one axis, with their places on a new one behind the others.

    Windows that lie side by side are the tensor, seen otherwise.
    """
    view = call.view(x)
    axis = dimension % len(view.axes)
    whole_size = view.dims[axis]
    if not 0 < size <= whole_size:
        raise NoRuleError(f"it takes {size} of {whole_size} places")
    count = (whole_size - size) // step + 1
    if step == size or count == 1:
        spans = call.view(part(call, view, axis, 0, count * size))
        split = spans.reshaped((*view.dims[:axis], count, size, *view.dims[axis + 1 :]))
        if split is not None:
            order = [n for n in range(len(view.axes) + 1) if n != axis + 1]
            return split.transposed([*order, axis + 1])
    others = [parts for n, parts in enumerate(view.axes) if n != axis and parts]
    channels = view.own[0] if view.own[0] in others else (others or [()])[0]
    others = [parts for parts in others if parts != channels]
    laid = call.arranged(view, few([channels, view.axes[axis], *others], 2))
    ones = (1,) * len(laid.own[2:])
    fields = {"kernel_size": (size, *ones), "stride": (step, *ones)}
    at = call.layer(Unfold, fields, laid)
    # The places of windows stand where those of the axis stood, and the taps behind all others.
    found = resized(laid, at, 1, axis, count)
    taps = len(found.sizes)
    first, *rest = found.own
    return found._replace(
        sizes=(*found.sizes, size),
        own=((*first, taps), tuple(chain.from_iterable(rest))),
        axes=(*found.axes, (taps,)),
    )


def fold(
    call: Call,
    x: Value,
    output_size: Sequence[int],
    kernel_size: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    stride: Sequence[int],
) -> View:
    """col2im: `(N, C k, L)` as `(N, C, H, W)`, without N where a sample comes alone."""
    view = call.view(x)
    *batch, channels, places = view.axes
    if any(batch):
        raise NoRuleError("its batch holds more than samples")
    fields = {
        "output_size": tuple(output_size),
        "kernel_size": of_axes(kernel_size),
        "dilation": of_axes(dilation),
        "padding": of_axes(padding),
        "stride": of_axes(stride),
    }
    at = call.layer(Fold, fields, call.arranged(view, [channels, places]))
    shape = call.builder.shape(at)
    return whole(at, shape, [*batch, *((axis,) for axis in range(len(shape)))])


RULES: dict[str, Callable[..., object]] = {
    "aten.unfold": windows_of_axis,
    **dict.fromkeys((f"aten.conv{n}d" for n in (1, 2, 3)), conv),
    **dict.fromkeys((f"aten.conv_transpose{n}d" for n in (1, 2, 3)), conv_transpose),
    "aten.convolution": convolution,
    **{f"aten.max_pool{n}d": max_pool(n) for n in (1, 2, 3)},
    **{f"aten.max_pool{n}d_with_indices": max_pool(n) for n in (1, 2, 3)},
    **{f"aten.avg_pool{n}d": avg_pool(n) for n in (1, 2, 3)},
    **{
        f"aten.{word}adaptive_avg_pool{n}d": adaptive_pool(AdaptiveAvgPool, GlobalAvgPool, n)
        for n in (1, 2, 3)
        for word in ("", "_")
    },
    **{
        f"aten.adaptive_max_pool{n}d": adaptive_pool(AdaptiveMaxPool, GlobalMaxPool, n)
        for n in (1, 2, 3)
    },
    "aten.im2col": unfold,
    "aten.col2im": fold,
}
