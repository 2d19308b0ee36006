"""Maps of another size: Resize and its forerunner Upsample."""

from __future__ import annotations

from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.rules.windows import as_maps, maps_of, of_axes
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.kinds.upsample import Upsample

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@rule("Resize", "Upsample")
def resize(use: Use) -> list[Tensor]:
    """Interpolation to a size, or by a factor."""
    x, extra = maps_of(use)
    sizes = x.shape[1 + extra :]
    wanted, scales = _wanted(use, sizes)
    if wanted == sizes:
        return [as_maps(use, x.at, extra)._replace(sizes=x.sizes, own=x.own)]
    fields = _mode(use, sizes, wanted)
    if extra:
        raise NoRuleError("it resizes several maps at once")
    exact = scales and all(one == int(one) for one in scales)
    if scales and exact:
        fields["scale_factor"] = of_axes([int(one) for one in scales])
    else:
        fields["output_size"] = of_axes(wanted)
    at = use.layer(Upsample, fields, x)
    return [as_maps(use, at, extra)]


def _wanted(use: Use, sizes: Shape) -> tuple[Shape, tuple[float, ...]]:
    """The sizes of the output, and the factors where they are given."""
    rank = len(sizes)
    if use.operation.op == "Upsample" or use.opset < 11:
        place: int | None = 1
        listed = use.operation.attributes.get("scales")
        factors = listed if isinstance(listed, tuple) else None
    else:
        place, factors = 2, None
    if use.operation.op == "Resize" and use.has(3) and use.dims(3) != (0,):
        return tuple(use.sizes(3)[-rank:]), ()
    if factors is None:
        found = use.values(place) if place is not None else None
        if found is None or not found.values:
            raise NoRuleError("its size is known only when it runs")
        factors = found.values
    scales = tuple(float(one) for one in factors[-rank:])
    return tuple(int(size * one) for size, one in zip(sizes, scales, strict=True)), scales


def _mode(use: Use, sizes: Shape, wanted: Shape) -> dict[str, Any]:
    mode = use.word("mode", "nearest")
    is_old = use.operation.op == "Upsample" or use.opset < 11
    how = "asymmetric" if is_old else use.word("coordinate_transformation_mode", "half_pixel")
    is_whole = all(new % old == 0 for old, new in zip(sizes, wanted, strict=True))
    if use.whole("antialias", 0) and any(n < o for o, n in zip(sizes, wanted, strict=True)):
        raise NoRuleError("it smooths before it shrinks")
    if mode == "nearest":
        rounding = "floor" if is_old else use.word("nearest_mode", "round_prefer_floor")
        # Of whole factors each pixel is repeated, however places are rounded.
        if (how == "asymmetric" and rounding == "floor") or (is_whole and how != "align_corners"):
            return {}
        raise NoRuleError(f"it takes the nearest pixel by {how} and {rounding}")
    if how == "asymmetric" and sizes != wanted:
        raise NoRuleError("its pixels are measured from their corners")
    fields: dict[str, Any] = {"align_corners": True} if how == "align_corners" else {}
    if how not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise NoRuleError(f"its pixels are measured as {how}")
    if mode == "linear":
        return {"mode": _LINEAR[len(sizes)], **fields}
    if use.number("cubic_coeff_a", -0.75) != -0.75 or len(sizes) != 2:
        raise NoRuleError("its cubic curve is another one")
    return {"mode": "bicubic", **fields}
