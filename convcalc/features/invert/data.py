"""The answer of `convcalc invert` as JSON, version 1."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.features.invert.answer import Inverse
from convcalc.features.invert.axis import AxisInverse
from convcalc.features.invert.decoder import Mirrored
from convcalc.report.json_text import json_lines
from convcalc.shorthand.entries import in_shorthand

INVERT_VERSION = 1


def render(inverse: Inverse, has_channels: bool = True) -> str:
    """One layer's inverse as a JSON object."""
    return json_lines({"version": INVERT_VERSION, **to_dict(inverse, has_channels)})


def render_network(name: str, found: Sequence[Mirrored]) -> str:
    """Every layer of a network with its inverse, one a line."""
    layers = [{"name": one.row.name, **to_dict(one.inverse)} for one in found]
    return json_lines({"version": INVERT_VERSION, "name": name, "layers": layers})


def to_dict(inverse: Inverse, has_channels: bool = True) -> dict[str, Any]:
    """The inverse as JSON data; shapes and fields without made-up channels."""

    def shown(shape: Shape | None) -> list[int] | None:
        if shape is None:
            return None
        return list(shape if has_channels or len(shape) == 1 else shape[1:])

    return {
        "kind": inverse.layer.kind,
        "input": shown(inverse.x),
        "output": shown(inverse.output),
        "restored": shown(inverse.restored),
        "kept": inverse.is_kept,
        "exact": inverse.is_exact,
        "reason": inverse.reason or None,
        "undone_by": [
            {
                "kind": kind,
                "fields": _fields(fields, has_channels),
                "shorthand": in_shorthand(kind, fields, has_channels),
            }
            for kind, fields in inverse.entries
        ],
        "axes": [_axis(axis) for axis in inverse.axes],
        "notes": list(inverse.notes),
    }


def _fields(fields: dict[str, Any], has_channels: bool) -> dict[str, Any]:
    return {
        name: _plain(value)
        for name, value in fields.items()
        if has_channels or name not in ("out_channels", "groups")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, Fraction) else value


def _axis(axis: AxisInverse) -> dict[str, Any]:
    it = axis.transposed
    padding, extra, crop = axis.symmetric
    return {
        "input": axis.forward.size,
        "output": axis.forward.output,
        "restored": axis.inverse.output,
        "formula": axis.forward.formula,
        "inverse_formula": axis.inverse.formula,
        "framework": {
            "kernel": it.kernel,
            "stride": it.stride,
            "dilation": it.dilation,
            "cut": [it.before, it.after],
            "output_padding": axis.extra,
            "equal": {"padding": padding, "output_padding": extra, "crop": list(crop)},
        },
        "guide": {
            "kernel": it.kernel,
            "stride": 1,
            "dilation": it.dilation,
            "padding": list(axis.guide_padding),
            "zeros_between": axis.zeros,
            "stretched": axis.stretched,
            "zeros_after": axis.extra,
            "flipped": True,
        },
        "inputs": [{"size": size, "output_padding": a} for size, a in axis.siblings],
        "overlap": list(it.overlap),
        "relationship": it.regime,
    }
