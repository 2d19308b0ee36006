"""`convcalc invert`: the layers that undo a layer, in size and connectivity.

A convolution is undone by the transposed convolution of the same window, and the other way
round; both dialects of it are stated. Other kinds name their inverse themselves.
Sources: Dumoulin & Visin, relationships 8-14; PyTorch's ConvTranspose.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.features.invert.inverse_axis import AxisInverse, axis_inverse
from convcalc.features.shape.walk import window_axes
from convcalc.kinds import find_kind
from convcalc.kinds.base import Form, Kind, LayerKind
from convcalc.kinds.base.field_values import MAX_COUNT
from convcalc.kinds.border_family import Crop
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.upsample import Upsample
from convcalc.shorthand.axis import Axis

# A layer of the answer: its kind and its fields, under the names of the YAML format.
Entry = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Inverse:
    """What undoes a layer that maps `x` to `output`.

    `entries` are the layers to apply, none where there is no inverse (`reason` says why); `axes`
    the sums of a layer with a window; `is_kept` marks layers that keep the shape and stay as
    they are, `is_exact` those whose values come back too.
    """

    layer: Kind
    x: Shape
    output: Shape
    entries: tuple[Entry, ...] = ()
    axes: tuple[AxisInverse, ...] = ()
    reason: str = ""
    is_kept: bool = False
    is_exact: bool = False
    notes: tuple[str, ...] = ()

    @property
    def restored(self) -> Shape | None:
        """What the entries make of the output, as their kinds say; None without an inverse."""
        if not self.entries:
            return None
        shape = self.output
        for kind, fields in self.entries:
            shape = made(kind, fields).facts((shape,)).output
        return shape


def made(kind: str, fields: dict[str, Any]) -> LayerKind:
    """The layer of an entry."""
    found = find_kind(kind)
    assert found is not None
    layer = found.model_validate(fields)
    assert isinstance(layer, LayerKind)
    return layer


def invert_layer(
    layer: Kind, inputs: tuple[Shape, ...], output: Shape, axes: tuple[Axis, ...] | None = None
) -> Inverse:
    """What undoes `layer`; `axes` are its windows where the caller knows them better.

    >>> from convcalc.kinds import find_kind
    >>> conv = find_kind("conv").model_validate({"out_channels": 64, "kernel_size": 3, "stride": 2})
    >>> invert_layer(conv, ((3, 32, 32),), (64, 15, 15)).entries[0][1]["output_padding"]
    (1, 1)
    """
    if not inputs:
        return Inverse(layer, output, output, reason="it has no input")
    if not layer.runs:
        return Inverse(layer, inputs[0], output, reason="what it computes is not told")
    if not isinstance(layer, LayerKind):
        return Inverse(layer, inputs[0], output, reason="it joins several inputs into one")
    found = _found(layer, inputs[0], output, axes)
    if any(_largest(value) > MAX_COUNT for _, fields in found.entries for value in fields.values()):
        reason = f"its inverse would need a number beyond {MAX_COUNT:,}"
        return Inverse(layer, inputs[0], output, reason=reason)
    return found


def _largest(value: Any) -> int:
    """The largest integer of a field, which may be a list of pairs; 0 where there is none."""
    if isinstance(value, tuple):
        return max(map(_largest, value), default=0)
    return value if isinstance(value, int) else 0


def _found(layer: LayerKind, x: Shape, output: Shape, axes: tuple[Axis, ...] | None) -> Inverse:
    # Windows that are only moved, not summed, are undone as their kind says.
    if layer.sliding and layer.role:
        known = axes if axes is not None else window_axes(layer, x)
        return _windowed(layer, x, output, known)
    undone = layer.undone(x, output)
    if undone is None:
        is_exact = layer.hands_on(x)
        return Inverse(layer, x, output, (_same(layer),), is_kept=True, is_exact=is_exact)
    return Inverse(layer, x, output, undone.steps, reason=undone.reason, is_exact=undone.is_exact)


def _same(layer: Kind) -> Entry:
    fields = {name: getattr(layer, name) for name in layer.model_fields_set}
    return layer.kind, {name: _written(value) for name, value in fields.items()}


def _written(value: Any) -> Any:
    """A field's value as it may be given: decimals are kept as fractions, and given as floats."""
    return float(value) if isinstance(value, Fraction) else value


def _windowed(layer: Any, x: Shape, output: Shape, axes: tuple[Axis, ...]) -> Inverse:
    inverses = tuple(map(axis_inverse, axes))
    for axis in inverses:
        if axis.inverse.size < 1:
            reason = f"less its output padding of {axis.extra}, nothing of its output is left"
            return Inverse(layer, x, output, reason=reason)
    notes = _window_notes(layer)
    if axes[0].family == "transposed":
        entries = _convolution(layer, x, inverses)
    elif axes[0].family == "pool":
        entries = _unpooled(x, inverses)
    else:
        entries = _transposed(x[0], layer.groups, layer.bias, inverses)
    return Inverse(layer, x, output, entries, inverses, notes=notes)


# What becomes of the values of a window, by what was made of them.
_OF_VALUES: dict[Form, str] = {
    "max": "values: unpooling puts each maximum back where it was (nn.MaxUnpool)",
    "mean": "values: the mean's transpose spreads each value evenly over its window",
    "norm": "values: do not come back: a norm does not tell the values of its window apart",
}


def _window_notes(layer: Any) -> tuple[str, ...]:
    notes = [_OF_VALUES[layer.form]] if layer.form in _OF_VALUES else []
    if getattr(layer, "padding_mode", "zeros") != "zeros":
        mode = layer.padding_mode
        notes.append(f"padding: a transposed layer cuts; it does not fold `{mode}` pixels back")
    return tuple(notes)


def _common(axes: tuple[Axis, ...]) -> dict[str, Any]:
    return {
        "kernel_size": tuple(axis.kernel for axis in axes),
        "stride": tuple(axis.stride for axis in axes),
        "padding": tuple((axis.before, axis.after) for axis in axes),
        "dilation": tuple(axis.dilation for axis in axes),
    }


def _transposed(
    channels: int, groups: int | str, bias: bool, axes: tuple[AxisInverse, ...]
) -> tuple[Entry, ...]:
    fields = {"out_channels": channels, **_common(tuple(axis.inverse for axis in axes))}
    fields["output_padding"] = tuple(max(0, axis.extra) for axis in axes)
    # One group an input channel is several outputs a group on the way back.
    fields["groups"] = channels if groups == "depthwise" else groups
    fields["bias"] = bias
    crop = tuple((0, max(0, -axis.extra)) for axis in axes)
    entries: tuple[Entry, ...] = ((ConvTranspose.kind, fields),)
    return (*entries, (Crop.kind, {"padding": crop})) if any(map(any, crop)) else entries


def _convolution(layer: Any, x: Shape, axes: tuple[AxisInverse, ...]) -> tuple[Entry, ...]:
    fields = {"out_channels": x[0], **_common(tuple(axis.inverse for axis in axes))}
    fields["groups"] = layer.group_count(x)
    fields["bias"] = layer.bias
    crop = tuple((0, axis.forward.output - axis.inverse.size) for axis in axes)
    entries: tuple[Entry, ...] = ((Conv.kind, fields),)
    return ((Crop.kind, {"padding": crop}), *entries) if any(map(any, crop)) else entries


def _unpooled(x: Shape, axes: tuple[AxisInverse, ...]) -> tuple[Entry, ...]:
    forwards = [axis.forward for axis in axes]
    tiles = all(
        axis.kernel == axis.stride and axis.dilation == 1 and not (axis.before or axis.after)
        for axis in forwards
    )
    if not tiles:
        return _transposed(x[0], "depthwise", False, axes)
    if all(axis.size == axis.output * axis.stride for axis in forwards):
        return ((Upsample.kind, {"scale_factor": tuple(axis.stride for axis in forwards)}),)
    return ((Upsample.kind, {"output_size": x[1:]}),)
