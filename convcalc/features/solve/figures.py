"""A solution as its JSON has it: layers in words and in fields, what they see and cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Count, Key, Record, Sizes
from convcalc.core.shapes import format_axes
from convcalc.features.solve.candidates import Bounds, Found


@dataclass(frozen=True, slots=True)
class LayerFields(Record):
    """A layer's fields, under the names of the YAML format."""

    kernel_size: Annotated[int, Key("The kernel, on every axis.", minimum=1)]
    stride: Annotated[int, Key("The stride, on every axis.", minimum=1)]
    padding: Annotated[tuple[Count, ...], Key("The padding before and after, one an axis.")]
    dilation: Annotated[int, Key("The dilation, on every axis.", minimum=1)]
    output_padding: Annotated[
        tuple[Count, ...], Key("What a transposed layer adds at the end, one an axis.")
    ]


Ends = tuple[Count, Count]


@dataclass(frozen=True, slots=True)
class SearchBounds(Record):
    """What was looked at: the smallest and the largest value of each field."""

    kernel_size: Annotated[Ends, Key("Of the kernel.")]
    stride: Annotated[Ends, Key("Of the stride.")]
    dilation: Annotated[Ends, Key("Of the dilation.")]
    padding: Annotated[
        Ends | None, Key("Of the padding; null: up to half the span, for pools half the kernel.")
    ]
    output_padding: Annotated[
        Ends | None, Key("Of the output padding; null: all that is legal, below max(s, d).")
    ]


@dataclass(frozen=True, slots=True)
class SolutionFigures(Record):
    """Layers that map the one size to the other, with what they see and cost."""

    shorthand: Annotated[str, Key("The layers in the words of `convcalc shape`.")]
    layers: Annotated[tuple[LayerFields, ...], Key("The layers in order.", minItems=1)]
    sizes: Annotated[tuple[Sizes, ...], Key("The sizes before, between and behind them.")]
    receptive_field: Annotated[
        tuple[Count, ...] | None,
        Key("The largest field of an output, one an axis; null where it is not followed."),
    ]
    params: Annotated[Count | None, Key("Learnt numbers; null without channels.")]
    macs: Annotated[Count | None, Key("Multiply-accumulates for one sample, null likewise.")]


def bounds_of(bounds: Bounds) -> SearchBounds:
    """The ends of all ranges."""
    padding, extra = bounds.padding, bounds.output_padding
    return SearchBounds(
        _ends(bounds.kernel),
        _ends(bounds.stride),
        _ends(bounds.dilation),
        None if padding is None else _ends(padding),
        None if extra is None else _ends(extra),
    )


def _ends(values: Sequence[int]) -> Ends:
    return min(values), max(values)


def fields_of(layer: Found) -> LayerFields:
    """A layer's fields by their names."""
    return LayerFields(layer.kernel, layer.stride, layer.padding, layer.dilation, layer.extra)


def layer_text(layer: Found) -> str:
    """A layer in shorthand.

    >>> layer_text(Found(16, 8, 1, (4, 8), (0, 1)))
    'k16 s8 p4x8 a0x1'
    """
    words = [f"k{layer.kernel}", f"s{layer.stride}", f"p{format_axes(layer.padding)}"]
    if layer.dilation > 1:
        words.append(f"d{layer.dilation}")
    if any(layer.extra):
        words.append(f"a{format_axes(layer.extra)}")
    return " ".join(words)
