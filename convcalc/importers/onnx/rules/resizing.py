"""Maps of another size: Resize and its forerunner Upsample."""

from __future__ import annotations

from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.rules.windows import as_maps, maps_of, of_axes
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.kinds.upsample import Upsample

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@rule("Resize", "Upsample")
def resize(use: Use) -> list[Tensor]:
    """Interpolation to a size, or by a factor."""
    x, extra = maps_of(use)
    sizes = x.shape[1 + extra :]
    wanted, scales = _wanted(use, sizes)
    is_part = use.word("coordinate_transformation_mode", "") == "tf_crop_and_resize"
    if wanted == sizes and not is_part:
        return [as_maps(use, x.at, extra)._replace(sizes=x.sizes, own=x.own)]
    fields = _mode(use, sizes, wanted)
    if extra:
        raise NoRuleError("it resizes several maps at once")
    if fields.get("align_corners"):
        # Where a factor leaves a part of a pixel, corners are those of whole pixels, as PyTorch
        # and ONNX Runtime have them; onnx's own reference has the part in between.
        fields["output_size"] = of_axes(wanted)
    elif scales:
        # Pixels are measured by the factors, as PyTorch does where a factor is given.
        factors = [int(one) if one == int(one) else one for one in scales]
        fields["scale_factor"] = factors[0] if len(set(factors)) == 1 else tuple(factors)
    else:
        fields["output_size"] = of_axes(wanted)
    at = use.layer(Upsample, fields, x)
    return [as_maps(use, at, extra)]


def _wanted(use: Use, sizes: Shape) -> tuple[Shape, tuple[float, ...]]:
    """The sizes of the output, and the factors where they are given."""
    rank = 2 + len(sizes)
    axes = use.axes(use.list("axes") or range(rank), rank)
    if use.operation.op == "Resize" and use.has(3) and use.dims(3) != (0,):
        if use.word("keep_aspect_ratio_policy", "stretch") != "stretch":
            raise NoRuleError("it keeps the ratio of its sides")
        given = dict(zip(axes, use.sizes(3), strict=True))
        if given.get(1, use.dims()[1]) != use.dims()[1]:
            raise NoRuleError("it resizes channels")
        return tuple(given.get(2 + at, size) for at, size in enumerate(sizes)), ()
    if use.operation.op == "Upsample" or use.opset < 11:
        listed = use.operation.attributes.get("scales")
        factors = listed if isinstance(listed, tuple) else None
        place = 1
    else:
        place, factors = 2, None
    if factors is None:
        found = use.values(place)
        if found is None or not found.values:
            raise NoRuleError("its size is known only when it runs")
        factors = found.values
    scaled = {axis: float(one) for axis, one in zip(axes, factors, strict=True)}
    scales = tuple(scaled.get(2 + at, 1.0) for at in range(len(sizes)))
    if any(scaled.get(axis, 1.0) != 1 for axis in (0, 1)):
        raise NoRuleError("it resizes channels")
    return tuple(int(size * one) for size, one in zip(sizes, scales, strict=True)), scales


def _has_ties(sizes: Shape, wanted: Shape) -> bool:
    """True where a new pixel's centre lies between two pixels: (u + 1/2) in / out is whole.

    For an odd 2 u + 1 that is where `in` has more factors of 2 than `out`.

    >>> _has_ties((8,), (4,)), _has_ties((8,), (12,)), _has_ties((6,), (4,))
    (True, True, False)
    """
    pairs = zip(sizes, wanted, strict=True)
    return any((old & -old) > (new & -new) for old, new in pairs)


def _mode(use: Use, sizes: Shape, wanted: Shape) -> dict[str, Any]:
    mode = use.word("mode", "nearest")
    if use.whole("exclude_outside", 0):
        raise NoRuleError("it leaves out what lies outside")
    is_old = use.operation.op == "Upsample" or use.opset < 11
    how = "asymmetric" if is_old else use.word("coordinate_transformation_mode", "half_pixel")
    is_whole = all(new % old == 0 for old, new in zip(sizes, wanted, strict=True))
    if use.whole("antialias", 0) and any(n < o for o, n in zip(sizes, wanted, strict=True)):
        raise NoRuleError("it smooths before it shrinks")
    if how == "pytorch_half_pixel" and any(n == 1 < o for o, n in zip(sizes, wanted, strict=True)):
        raise NoRuleError("it takes the first pixel where one is left")
    if mode == "nearest":
        rounding = "floor" if is_old else use.word("nearest_mode", "round_prefer_floor")
        if how == "asymmetric" and rounding == "floor":
            return {}
        if how in ("half_pixel", "pytorch_half_pixel") and rounding.startswith("round"):
            # Of whole factors each pixel is repeated, if its centre stays in the middle.
            if is_whole:
                return {}
            if rounding.endswith("ceil") or not _has_ties(sizes, wanted):
                return {"mode": "nearest-exact"}
        raise NoRuleError(f"it takes the nearest pixel by {how} and {rounding}")
    if how == "asymmetric":
        raise NoRuleError("its pixels are measured from their corners")
    fields: dict[str, Any] = {"align_corners": True} if how == "align_corners" else {}
    if how not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise NoRuleError(f"its pixels are measured as {how}")
    if mode == "linear":
        return {"mode": _LINEAR[len(sizes)], **fields}
    if use.number("cubic_coeff_a", -0.75) != -0.75 or len(sizes) != 2:
        raise NoRuleError("its cubic curve is another one")
    return {"mode": "bicubic", **fields}
