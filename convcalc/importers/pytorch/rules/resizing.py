"""Resampling, borders, pixel moves and rolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcalc.core.arrangement import Parts
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.windows import Sizes, on_map, over_map
from convcalc.importers.pytorch.values import Value, resized
from convcalc.importers.rolled_axes import rolled
from convcalc.importers.tensor_views import View
from convcalc.kinds.border_family import Crop, Pad
from convcalc.kinds.channel_family import ChannelShuffle
from convcalc.kinds.flip import Flip
from convcalc.kinds.pixel_family import PixelShuffle, PixelUnshuffle
from convcalc.kinds.upsample import Upsample


def _map_of(call: Call, x: Value) -> View:
    """`(N, C, *S)` as `[C, *S]`, over all axes of a map; N are samples alone."""
    given = call.view(x)
    view, more = over_map(call, given, len(given.axes) - 2)
    if more:
        raise NoRuleError("its batch holds more than samples")
    return view


def upsample(mode: str) -> Callable[..., View]:
    """Resampling to a size, or by factors."""

    def rule(
        call: Call,
        x: Value,
        output_size: Sequence[int] | None = None,
        align_corners: bool = False,
        scale_factors: Sequence[float] | None = None,
        **single: float | None,
    ) -> View:
        view = _map_of(call, x)
        factors = scale_factors or [one for one in single.values() if one is not None]
        fields: dict[str, Any] = {"mode": mode, "align_corners": align_corners}
        if factors:
            fields["scale_factor"] = tuple(factors)
        elif output_size is not None:
            fields["output_size"] = tuple(output_size)
        at = call.layer(Upsample, fields, view)
        return on_map(view, at, call.builder.shape(at))

    return rule


def pad(
    call: Call, x: Value, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> View:
    """Borders around the last axes: added, or cut where negative."""
    view = call.view(x)
    pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    first = len(view.axes) - len(pairs)
    by_axis = {first + n: pair for n, pair in enumerate(pairs) if any(pair)}
    if not by_axis:
        return view
    added = {axis: (max(0, a), max(0, b)) for axis, (a, b) in by_axis.items()}
    cut = {axis: (max(0, -a), max(0, -b)) for axis, (a, b) in by_axis.items()}
    fields: dict[str, Any] = {"mode": mode if mode != "constant" or value else "zeros"}
    if mode == "constant" and value:
        fields["value"] = value
    for kind, amounts, more in ((Crop, cut, {}), (Pad, added, fields)):
        wanted = {axis: pair for axis, pair in amounts.items() if any(pair)}
        if wanted:
            view = _bordered(call, view, kind, wanted, more)
    return view


def _bordered(
    call: Call, view: View, kind: type[Pad] | type[Crop], amounts: dict[int, tuple[int, int]],
    fields: dict[str, Any],
) -> View:  # fmt: skip
    """Borders of a map: the channels are an axis that has none, if there is one."""
    others = [n for n, axis in enumerate(view.axes) if n not in amounts and axis]
    if not others and len(view.axes) == len(amounts):
        raise NoRuleError("it adds to every axis")
    wanted = [view.axes[axis] for axis in sorted(amounts)]
    kept = [n for n, parts in enumerate(view.own) if parts in wanted]
    if others and () not in wanted and 0 not in kept and len(kept) == len(amounts):
        places = {axis: view.own.index(view.axes[axis]) for axis in amounts}
    else:
        # Where all others are axes of 1, one of them stands as channels.
        joined: Parts = tuple(part for n in others for part in view.axes[n])
        view = call.arranged(view, [joined, *wanted])
        places = {axis: place for place, axis in enumerate(sorted(amounts), 1)}
    pairs = {places[axis]: pair for axis, pair in amounts.items()}
    paddings = tuple(pairs.get(place, (0, 0)) for place in range(1, len(view.own)))
    at = call.layer(kind, {"padding": paddings, **fields}, view)
    shape = call.builder.shape(at)
    for axis, place in places.items():
        view = resized(view, at, place, axis, shape[place])
    return view.on(at)


def pixels(kind: type[PixelShuffle] | type[PixelUnshuffle]) -> Callable[..., View]:
    """Blocks of pixels from channels, or the other way round."""

    def rule(call: Call, x: Value, upscale_factor: int = 0, downscale_factor: int = 0) -> View:
        view = _map_of(call, x)
        at = call.layer(kind, {"factor": upscale_factor or downscale_factor}, view)
        return on_map(view, at, call.builder.shape(at))

    return rule


def shuffled(call: Call, x: Value, groups: int) -> View:
    """Channels of several groups in turn."""
    view = _map_of(call, x)
    at = call.layer(ChannelShuffle, {"groups": groups}, view)
    return on_map(view, at, call.builder.shape(at))


def roll(call: Call, x: Value, shifts: Sizes, dims: Sizes = ()) -> View:
    """Positions moved around the end of their axes."""
    view = call.view(x)
    moves = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    axes = (dims,) if isinstance(dims, int) else tuple(dims)
    if len(axes) != len(moves):
        raise NoRuleError("it rolls all elements as one axis")
    rank = len(view.axes)
    by = dict.fromkeys((axis % rank for axis in axes), 0)
    for axis, move in zip(axes, moves, strict=True):
        by[axis % rank] += move
    return rolled(call.builder, view, by, call.operation)


def flip(call: Call, x: Value, dims: Sizes) -> View:
    """The last first, along each of the axes."""
    view = call.view(x)
    for axis in (dims,) if isinstance(dims, int) else dims:
        if view.axes[axis]:
            view, place = call.alone(view, axis)
            view = call.same(Flip, {"axis": place}, view)
    return view


RULES: dict[str, Callable[..., object]] = {
    **{f"aten.upsample_nearest{n}d": upsample("nearest") for n in (1, 2, 3)},
    **{f"aten._upsample_nearest_exact{n}d": upsample("nearest-exact") for n in (1, 2, 3)},
    "aten.upsample_linear1d": upsample("linear"),
    "aten.upsample_bilinear2d": upsample("bilinear"),
    "aten.upsample_trilinear3d": upsample("trilinear"),
    "aten.upsample_bicubic2d": upsample("bicubic"),
    "aten.pad": pad,
    "aten.constant_pad_nd": pad,
    "aten.pixel_shuffle": pixels(PixelShuffle),
    "aten.pixel_unshuffle": pixels(PixelUnshuffle),
    **dict.fromkeys(("aten.channel_shuffle", "aten.native_channel_shuffle"), shuffled),
    "aten.roll": roll,
    "aten.flip": flip,
}
