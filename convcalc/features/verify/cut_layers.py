"""Copies of a layer to show its laws and its field on: few channels, and a map that is cut."""

from __future__ import annotations

from convcalc.core.shapes import Shape
from convcalc.kinds.base import Kind
from convcalc.kinds.base.copies import Copy


def small(layer: Kind, inputs: tuple[Shape, ...], room: int = 1) -> Copy:
    """Few channels, and no more pixels than let a window move `room` times.

    >>> from convcalc.kinds.conv import Conv
    >>> copy = small(Conv(out_channels=64, kernel_size=3, stride=2), ((64, 56, 57),))
    >>> copy.layer.out_channels, copy.inputs
    (2, ((2, 6, 5),))
    """
    thin = layer.thinned(inputs)
    turns = thin.layer.turns(thin.inputs)
    sizes = tuple(min(turn.size, turn.short(room)) for turn in turns)
    if sizes == tuple(turn.size for turn in turns):
        return thin
    return thin.layer.on_map(thin.inputs, sizes)


def long(layer: Kind, inputs: tuple[Shape, ...], axis: int) -> Copy:
    """Few channels, and a map in which units repeat along one axis; short along the others.

    >>> from convcalc.kinds.conv import Conv
    >>> long(Conv(out_channels=64, kernel_size=3, stride=2), ((64, 56, 57),), 1).inputs
    ((2, 6, 15),)
    """
    thin = layer.thinned(inputs)
    turns = thin.layer.turns(thin.inputs)
    if axis >= len(turns):
        return thin
    sizes = tuple(turn.long if n == axis else turn.short() for n, turn in enumerate(turns))
    return thin.layer.on_map(thin.inputs, sizes)
