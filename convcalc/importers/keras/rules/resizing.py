"""Borders and resampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.keras.layer import Layer
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules.resizing import pad
from convcalc.importers.pytorch.rules.windows import of_axes, on_map, over_map, per_axis
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.upsample import Upsample

_NEAREST = "nearest"
_SMOOTH = {1: "linear", 2: "bilinear"}
_ONE_MORE = {"linear": "bilinear", "bilinear": "trilinear"}


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
        fields = _of_each_place(fields, view.shape[1], rank)
    at = layer.layer(Upsample, fields, view)
    return layer.as_it_was(on_map(view, at, layer.call.builder.shape(at), more))


def _of_each_place(fields: dict[str, Any], places: int, rank: int) -> dict[str, Any]:
    """The fields for an axis more before the map, which keeps its places."""
    first = {"output_size": places, "scale_factor": 1}
    found: dict[str, Any] = {
        name: (first[name], *per_axis(value, rank)) if name in first else value
        for name, value in fields.items()
    }
    return {**found, "mode": _ONE_MORE.get(found["mode"], found["mode"])}


def _mode(layer: Layer, rank: int, default: str) -> dict[str, str] | None:
    """The mode of interpolation; the pixels of smooth ones are taken at their centres.

    None for one that our kind has not.
    """
    word = layer.word("interpolation", default=default)
    if word == _NEAREST:
        return {"mode": word}
    return {"mode": _SMOOTH[rank]} if word == "bilinear" and rank in _SMOOTH else None


def _told(layer: Layer, view: View, sizes: Sequence[int]) -> View:
    """A map of these sizes `(N, C, *S)`, by a filter that is none of ours."""
    dims = layer.as_it_was(view).dims
    space = dims[2:] if layer.is_channels_first else dims[1:-1]
    assert len(space) == len(sizes)
    lead, last = (dims[:2], ()) if layer.is_channels_first else (dims[:1], dims[-1:])
    word = layer.word("interpolation", default="bilinear")
    why = f"it takes pixels by {word:.20}"
    return layer.opaque((*lead, *sizes, *last), [layer.as_it_was(view)], why, 0, 0)


def upsample(rank: int) -> Callable[..., View]:
    """A map enlarged by whole factors."""

    def rule(layer: Layer, x: Value) -> View:
        factors = layer.sizes("size", "length", rank=rank, default=2)
        mode = _mode(layer, rank, _NEAREST)
        if mode is None:
            view = layer.map(x, rank)
            sizes = [n * times for n, times in zip(view.dims[2:], factors, strict=True)]
            return _told(layer, view, sizes)
        return resampled(layer, x, rank, {"scale_factor": of_axes(factors), **mode})

    return rule


def resize(layer: Layer, x: Value) -> View:
    """A map of another size; nearest pixels are those under the new one's centre.

    It is cut before, or gets borders, where the ratio of its sides is to be kept.
    """
    size = (layer.whole("height"), layer.whole("width"))
    view = layer.map(x, 2)
    if layer.flag("crop_to_aspect_ratio", default=False):
        view = _in_ratio(layer.part("crop"), view, size, -1)
    elif layer.flag("pad_to_aspect_ratio", default=False):
        value = layer.number("fill_value", default=0.0)
        if layer.word("fill_mode", default="constant") != "constant":
            raise NoRuleError("it has borders that are not constant")
        view = _in_ratio(layer.part("pad"), view, size, 1, value)
    mode = _mode(layer, 2, "bilinear")
    if mode is None or layer.flag("antialias", default=False):
        return _told(layer, view, size)
    if view.dims[2:] == size:
        return layer.as_it_was(view)
    if mode == {"mode": _NEAREST}:
        mode = {"mode": nearest(view.dims[2:], size)}
    return resampled(layer, layer.as_it_was(view), 2, {"output_size": size, **mode})


def nearest(sizes: Shape, wanted: Shape) -> str:
    """Our mode for the pixels under the new ones' centres: for whole factors, those repeated.

    >>> nearest((8, 10), (16, 10)), nearest((8, 10), (16, 15))
    ('nearest', 'nearest-exact')
    """
    is_whole = not any(new % old for old, new in zip(sizes, wanted, strict=True))
    return _NEAREST if is_whole else f"{_NEAREST}-exact"


def _in_ratio(layer: Layer, view: View, size: tuple[int, int], sign: int, value: float = 0) -> View:
    """The map `(N, C, H, W)` cut to the ratio of `size`, `sign` -1, or filled up to it, 1.

    Source: `resize` of `keras.src.backend.torch.image`, Keras 3.15.
    """
    height, width = view.dims[2:]
    wanted = (max(width * size[0] // size[1], 1), max(height * size[1] // size[0], 1))
    pairs = zip(wanted, (height, width), strict=True)
    amounts = [max(0, sign * (other - has)) for other, has in pairs]
    halves = [(one // 2, one // 2 if sign > 0 else one - one // 2) for one in amounts]
    return _bordered(layer, view, halves, sign, value)


def _bordered(
    layer: Layer, view: View, pairs: Sequence[tuple[int, int]], sign: int, value: float = 0
) -> View:
    amounts = [sign * n for pair in pairs[::-1] for n in pair]
    return pad(layer.call, view, amounts, "constant", value) if any(amounts) else view


def center_crop(layer: Layer, x: Value) -> View:
    """The middle of a map, which is enlarged before where it is too small.

    A random crop is the middle, too, once training is over.
    """
    view = layer.map(x, 2)
    size = (layer.whole("height"), layer.whole("width"))
    left = [has - wanted for has, wanted in zip(view.dims[2:], size, strict=True)]
    if min(left) < 0:
        cut = _in_ratio(layer.part("crop"), view, size, -1)
        fields = {"output_size": size, "mode": _SMOOTH[2]}
        return resampled(layer, layer.as_it_was(cut), 2, fields)
    pairs = [(one // 2, one - one // 2) for one in left]
    return layer.as_it_was(_bordered(layer, view, pairs, -1))


RULES: dict[str, Callable[..., object]] = {
    **{f"ZeroPadding{n}D": borders("padding", 1, n) for n in (1, 2, 3)},
    **{f"Cropping{n}D": borders("cropping", -1, n) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": upsample(n) for n in (1, 2, 3)},
    "Resizing": resize,
    "CenterCrop": center_crop,
    "RandomCrop": center_crop,
}
