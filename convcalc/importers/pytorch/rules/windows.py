"""Convolutions and pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from convcalc.core.shapes import MAX_RANK
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.values import Value
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


def on_map(view: View, at: int, shape: Sequence[int], more: int) -> View:
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
        raise _worked_out(Conv, sizes | window, x, rank)
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
    held = call.weights(weight, bias)
    if more:
        dims = held["weight"].dims
        held["weight"] = call.array(call.stored(weight), (*dims[:2], 1, *dims[2:]))
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
    fields = {
        "out_channels": dims[1] * groups,
        "kernel_size": of_axes(dims[2:]),
        "stride": of_axes(per_axis(stride, rank)),
        "padding": of_axes(per_axis(padding, rank)),
        "output_padding": of_axes(per_axis(output_padding, rank)),
        "dilation": of_axes(per_axis(dilation, rank)),
        "groups": groups,
        "bias": bias is not None,
    }
    if isinstance(weight, View):
        raise _worked_out(ConvTranspose, fields, x, rank)
    view, more = over_map(call, call.view(x), rank)
    if more:
        raise NoRuleError("its batch holds more than samples")
    at = call.layer(ConvTranspose, fields, view, held=call.weights(weight, bias))
    return on_map(view, at, call.builder.shape(at), 0)


def _worked_out(
    kind: type[Conv] | type[ConvTranspose], fields: dict[str, Any], x: Value, rank: int
) -> NoRuleError:
    """What is said of a convolution whose weight an operation makes: its multiplies are known."""
    layer = kind.model_validate(fields)
    *lead, channels = x.dims[:-rank]
    one = (channels, *x.dims[-rank:])
    macs = prod(lead) * layer.macs(one, layer.output(one))
    return NoRuleError("its weight is worked out from others", macs)


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
