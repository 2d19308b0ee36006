"""Borders and resampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.keras.layer import Layer
from convcalc.importers.pytorch.rules.resizing import pad
from convcalc.importers.pytorch.rules.windows import of_axes, on_map, over_map
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.upsample import Upsample

_SMOOTH = {1: "linear", 2: "bilinear"}


def _pairs(layer: Layer, name: str, rank: int) -> list[tuple[int, int]]:
    """(before, after) on each axis: one number, one an axis, or a pair an axis."""
    found = layer.field(name)
    if rank == 1 and isinstance(found, list) and len(found) == 2:
        found = [found]
    values = found if isinstance(found, list | tuple) else [found] * rank
    pairs = [tuple(one) if isinstance(one, list | tuple) else (one, one) for one in values]
    whole = all(len(pair) == 2 and all(isinstance(n, int) for n in pair) for pair in pairs)
    if len(pairs) != rank or not whole:
        raise NoRuleError(f"its `{name}` is {found!s:.40}")
    return pairs


def borders(name: str, sign: int, rank: int) -> Callable[..., View]:
    """Zeros around a map, or its borders cut."""

    def rule(layer: Layer, x: Value) -> View:
        view = layer.map(x, rank)
        amounts = [sign * n for pair in _pairs(layer, name, rank)[::-1] for n in pair]
        return layer.as_it_was(pad(layer.call, view, amounts))

    return rule


def resampled(layer: Layer, x: Value, rank: int, fields: dict[str, Any]) -> View:
    """A map with other pixels."""
    view, more = over_map(layer.call, layer.map(x, rank), rank)
    if more:
        raise NoRuleError("its batch holds more than samples")
    at = layer.layer(Upsample, fields, view)
    return layer.as_it_was(on_map(view, at, layer.call.builder.shape(at), 0))


def _mode(layer: Layer, rank: int, default: str) -> dict[str, str]:
    """The mode of interpolation; the pixels of smooth ones are taken at their centres."""
    word = layer.word("interpolation", default=default)
    if word == "nearest":
        return {"mode": word}
    if word != "bilinear" or rank not in _SMOOTH:
        raise NoRuleError(f"its `interpolation` is {word:.40}")
    return {"mode": _SMOOTH[rank]}


def upsample(rank: int) -> Callable[..., View]:
    """A map enlarged by whole factors."""

    def rule(layer: Layer, x: Value) -> View:
        factors = layer.sizes("size", "length", rank=rank, default=2)
        mode = _mode(layer, rank, "nearest")
        return resampled(layer, x, rank, {"scale_factor": of_axes(factors), **mode})

    return rule


def resize(layer: Layer, x: Value) -> View:
    """A map of another size; nearest pixels are those under the new one's centre."""
    for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"):
        if layer.flag(name, default=False):
            raise NoRuleError(f"it has `{name}`")
    size = (layer.whole("height"), layer.whole("width"))
    return resampled(layer, x, 2, {"output_size": size, **_mode(layer, 2, "bilinear")})


def center_crop(layer: Layer, x: Value) -> View:
    """The middle of a map."""
    view = layer.map(x, 2)
    amounts = []
    for size, wanted in zip(
        view.dims[2:], (layer.whole("height"), layer.whole("width")), strict=True
    ):
        if wanted > size:
            raise NoRuleError("it crops to more than there is")
        before = (size - wanted) // 2
        amounts.append((before, size - wanted - before))
    return layer.as_it_was(pad(layer.call, view, [-n for pair in amounts[::-1] for n in pair]))


RULES: dict[str, Callable[..., object]] = {
    **{f"ZeroPadding{n}D": borders("padding", 1, n) for n in (1, 2, 3)},
    **{f"Cropping{n}D": borders("cropping", -1, n) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": upsample(n) for n in (1, 2, 3)},
    "Resizing": resize,
    "CenterCrop": center_crop,
}
