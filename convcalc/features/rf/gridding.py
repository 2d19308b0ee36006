"""What repairs a grid of holes: other dilations for the layers of the widest path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from convcalc.core.shapes import axis_name
from convcalc.features.rf.holes import Comb, Dilated, repaired
from convcalc.features.rf.phrases import listed, several

if TYPE_CHECKING:
    from convcalc.features.rf.lens import Lens
    from convcalc.features.rf.values import LayerField
    from convcalc.kinds.base import Facts

    Fields = Mapping[int, Sequence[LayerField]]


def repair(lens: Lens, known: Fields, field: LayerField) -> str:
    """Dilations without holes for the widest path, in words."""
    chain = _widest_path(lens, known, field.index)
    rank = len(field.axes)
    found = [_dilated(chain, axis, lens) for axis in range(rank)]
    dilations = [[layer.dilation for layer in layers] for layers, _, _ in found]
    for axis, (layers, fixed, names) in enumerate(found):
        if not layers:
            continue
        better, old = repaired(layers, fixed), dilations[axis]
        if better is None or list(better) == old:
            continue
        if len(layers) == 1 and better[0] == 1:
            # To leave its dilation out is no repair of a dilated layer.
            step = layers[0].dilation * layers[0].jump
            return (
                f"widen the window in front of `{names[0]}` to {step} pixels, over which its "
                f"dilation of {old[0]} steps, or use a smaller one"
            )
        width = (
            1
            + sum(
                (layer.taps - 1) * layer.jump * dilation
                for layer, dilation in zip(layers, better, strict=True)
            )
            + sum((comb.taps - 1) * comb.step for comb in fixed)
        )
        size = field.axes[axis].size
        where = "" if dilations == [old] * rank else f" on the {axis_name(axis, rank)}"
        same = "the same field" if width == size else f"a field of {width}"
        return (
            f"dilations {listed(better)} in place of {listed(old)} ({several(names)}){where} "
            f"give {same} without holes"
        )
    return "use kernels at least as large as the strides, or smaller dilations"


def _widest_path(lens: Lens, known: Fields, index: int) -> list[tuple[int, Facts, int]]:
    """(layer, facts, place among its inputs) from the layer back to a source."""
    path = []
    while index not in lens.sources:
        inputs, facts = lens.reads(index)
        places = [at for at, links in enumerate(facts.links) if links is not None]
        if not places:
            break
        place = max(places, key=lambda at: _width(known, inputs[at]))
        path.append((index, facts, place))
        index = inputs[place]
    return path[::-1]


def _width(known: Fields, index: int) -> int:
    fields = known.get(index, ())
    return max((axis.size for field in fields for axis in field.axes), default=0)


def _dilated(
    chain: Sequence[tuple[int, Facts, int]], axis: int, lens: Lens
) -> tuple[list[Dilated], list[Comb], tuple[str, ...]]:
    """The path's dilated layers, which may be changed, and its other combs, on one axis."""
    layers: list[Dilated] = []
    fixed: list[Comb] = []
    names: list[str] = []
    jump = Fraction(1)
    for index, facts, place in chain:
        link = (facts.links[place] or ())[axis]
        taps = min((one for one in link.taps if one), key=len, default=range(1))
        step = jump * taps.step
        if len(taps) > 1 and step.denominator == 1:
            if taps.step > 1 and len(link.taps) == 1 and jump.denominator == 1:
                layers.append(Dilated(len(taps), int(jump), taps.step))
                names.append(lens.graph.name_of(index))
            else:
                fixed.append(Comb(int(step), len(taps)))
        # A pattern too long to follow has no taps listed, and says nothing of holes.
        jump *= Fraction(link.rise, max(1, len(link.taps)))
    return layers, fixed, tuple(names)
