"""Judgements that help to design: what the fields mean for this input, object or history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from convcalc.errors import Problem, StackError
from convcalc.kinds.base import Facts
from convcalc.receptive.holes import Comb, Dilated, repaired
from convcalc.receptive.smallest import Smallest
from convcalc.receptive.values import LayerField, Verdict
from convcalc.shapes import format_axes, spatial

if TYPE_CHECKING:
    from convcalc.receptive.lens import Lens
    from convcalc.receptive.walk import Seen


class Judge:
    """Follows a walk and then says what it found.

    The layers judged are the wanted ones; without any, the last layer with positions on the way
    to each output.
    """

    def __init__(self, lens: Lens, wanted: frozenset[int]) -> None:
        self.lens, self.wanted = lens, wanted
        self.smallest = Smallest(lens)
        self.fields: dict[int, list[LayerField]] = {}
        self.exceeding: list[LayerField] = []
        self.gaps: list[int] = []

    def add(self, seen: Seen, fields: list[LayerField]) -> None:
        """Looks at one layer."""
        self.smallest.add(seen.node)
        self.fields[seen.node] = fields
        # A vector made into a map of one pixel has nothing to exceed.
        self.exceeding += [
            field for field in fields if field.exceeds and max(spatial(field.source_shape)) > 1
        ]
        _, facts = self.lens.reads(seen.node - len(self.lens.graph.inputs))
        if fields and _skips(facts):
            self.gaps.append(seen.node)

    def verdicts(
        self, object_size: int | None, history: int | None, is_placed: bool
    ) -> Iterator[Verdict]:
        """All verdicts. Raises StackError where `history` does not apply."""
        finals = self._finals()
        if is_placed and self.lens.graph.nodes:
            yield from self._exceeding()
            yield from self._unproductive()
        yield from self._holes(finals)
        if object_size is not None:
            yield from self._object(object_size, finals)
        yield from self._history(history, finals)

    def _finals(self) -> list[LayerField]:
        """The last local field on the way to each output."""
        found: dict[int, list[LayerField]] = {}
        for index in sorted(self.wanted) or self.lens.graph.outputs:
            at = self._last_local(index)
            if at is not None:
                found[at] = self.fields[at]
        return [field for fields in found.values() for field in fields if field.axes]

    def _last_local(self, index: int) -> int | None:
        waiting, met = [index], set[int]()
        shift = len(self.lens.graph.inputs)
        found: list[int] = []
        while waiting:
            at = waiting.pop()
            if at in met or at < shift:
                continue
            met.add(at)
            if any(field.axes for field in self.fields.get(at, ())):
                found.append(at)
            else:
                waiting += self.lens.reads(at - shift)[0]
        return max(found, default=None)

    def _exceeding(self) -> Iterator[Verdict]:
        if not self.exceeding:
            return
        first, last = self.exceeding[0], self.exceeding[-1]
        names = tuple(dict.fromkeys(field.layer for field in self.exceeding))
        message = (
            f"from `{first.layer}` on the field is larger than `{first.source}` "
            f"({format_axes(spatial(first.source_shape))}); at `{last.layer}` it is "
            f"{_sizes(last)}, and {_percent(last.padding_share)} of the centre unit's window is "
            "padding"
        )
        yield Verdict("exceeds-input", "info", message, "", names)

    def _unproductive(self) -> Iterator[Verdict]:
        late, total = self.smallest.unproductive, len(self.smallest.windows)
        if not late:
            return
        names = tuple(map(self.lens.graph.name_of, late))
        before = format_axes(tuple(map(_number, self.smallest.before(late[0]))))
        shape = spatial(self.lens.source_shape(0))
        message = (
            f"{len(late)} of {total} windows add no spatial context at {format_axes(shape)}: what "
            f"`{names[0]}` reads has seen {before} already on its smallest path"
        )
        help = "use a larger input, or fewer or 1x1 layers from there on (Richter et al. 2021)"
        yield Verdict("unproductive-layers", "warning", message, help, names)

    def _holes(self, finals: Sequence[LayerField]) -> Iterator[Verdict]:
        said: set[int] = set()
        for field in finals:
            if not field.has_holes or field.index in said or field.used is None:
                continue
            said.add(field.index)
            first = next(
                (
                    own[0].layer
                    for index, own in sorted(self.fields.items())
                    if own
                    and own[0].has_holes
                    and own[0].is_gridded == field.is_gridded
                    and index <= field.index
                ),
                field.layer,
            )
            message = (
                f"`{field.layer}` uses {_percent(field.used)} of its window of {_sizes(field)}; "
                f"the first layer with holes is `{first}`"
            )
            if not field.is_gridded:
                message += ", where branches of unequal shape meet and leave corners over"
                yield Verdict("unused-corners", "info", message, "", (field.layer,))
                continue
            yield Verdict("gridding-holes", "warning", message, self._repair(field), (field.layer,))
        # Only where no other layer reads what is left out.
        readers = self._readers() if self.gaps else {}
        skipped = [index for index in self.gaps if readers[self._input(index)] == 1]
        if skipped:
            names = tuple(map(self.lens.graph.name_of, skipped))
            message = (
                f"the stride of {_several(names)} exceeds the kernel's reach: pixels in between "
                "are never read"
            )
            help = "use a kernel at least as large as the stride, or pool before"
            yield Verdict("skipped-pixels", "info", message, help, names)

    def _input(self, index: int) -> int:
        return self.lens.reads(index - len(self.lens.graph.inputs))[0][0]

    def _readers(self) -> dict[int, int]:
        readers: dict[int, int] = {}
        for step in range(self.lens.first_step, len(self.lens.graph.nodes)):
            for source in self.lens.reads(step)[0]:
                readers[source] = readers.get(source, 0) + 1
        return readers

    def _repair(self, field: LayerField) -> str:
        """Dilations without holes for the widest path, in words."""
        chain = self._widest_path(field.index)
        for axis in range(len(field.axes)):
            layers, fixed, names = _dilated(chain, axis, self.lens)
            if not layers:
                continue
            better = repaired(layers, fixed)
            old = [layer.dilation for layer in layers]
            if better is None or list(better) == old:
                continue
            width = (
                1
                + sum(
                    (layer.taps - 1) * layer.jump * dilation
                    for layer, dilation in zip(layers, better, strict=True)
                )
                + sum((comb.taps - 1) * comb.step for comb in fixed)
            )
            size = field.axes[axis].size
            same = "the same field" if width == size else f"a field of {width}"
            return (
                f"dilations {_listed(better)} in place of {_listed(old)} ({_several(names)}) give "
                f"{same} without holes"
            )
        return "use kernels at least as large as the strides, or smaller dilations"

    def _widest_path(self, index: int) -> list[tuple[int, Facts, int]]:
        """(layer, facts, place among its inputs) from the layer back to a source."""
        path = []
        shift = len(self.lens.graph.inputs)
        while index not in self.lens.sources and index >= shift:
            inputs, facts = self.lens.reads(index - shift)
            places = [at for at, links in enumerate(facts.links) if links is not None]
            if not places:
                break
            place = max(places, key=lambda at: self._width(inputs[at]))
            path.append((index, facts, place))
            index = inputs[place]
        return path[::-1]

    def _width(self, index: int) -> int:
        fields = self.fields.get(index, [])
        return max((axis.size for field in fields for axis in field.axes), default=0)

    def _object(self, size: int, finals: Sequence[LayerField]) -> Iterator[Verdict]:
        for field in finals:
            least = min(axis.least for axis in field.axes)
            effective = min(field.effective or (0.0,))
            about = f"`{field.layer}` sees {_sizes(field)}"
            if least < size:
                message = f"{about}, so no unit has all of an object of {size} pixels in view"
                if any(axis.size >= size for axis in field.axes):
                    message = f"{about}, so not every unit has an object of {size} pixels in view"
                help = f"{size - least} pixels are missing: add layers, strides or dilation"
                yield Verdict("object-size", "warning", message, help, (field.layer,))
                continue
            message = f"{about}, which covers an object of {size} pixels"
            level = "good" if effective >= size else "info"
            help = ""
            if effective < size:
                help = (
                    f"its effective size is about {effective:.0f}, so the object's borders weigh "
                    "little"
                )
            yield Verdict("object-size", level, message, help, (field.layer,))  # type: ignore[arg-type]

    def _history(self, wanted: int | None, finals: Sequence[LayerField]) -> Iterator[Verdict]:
        for field in finals:
            if len(field.axes) != 1:
                if wanted is not None:
                    raise StackError(
                        [
                            Problem(
                                "wrong-value",
                                f"a history is asked of `{field.layer}`, which has "
                                f"{len(field.axes)} spatial axes",
                                help="--history is for networks over sequences; --object is for "
                                "images",
                                file=self.lens.graph.file,
                            )
                        ]
                    )
                continue
            yield from self._one_history(wanted, field)

    def _one_history(self, wanted: int | None, field: LayerField) -> Iterator[Verdict]:
        axis = field.axes[0]
        # A cropped map does not begin at sample 0, so unit 0 tells nothing of the present.
        if axis.varies or axis.stride != 1:
            return
        shift = _shift(self.lens, field.index)
        behind, ahead = shift - axis.start, axis.start + axis.size - 1 - shift
        if ahead > 0:
            kind = f"looks {ahead} ahead and {max(behind, 0)} back"
        else:
            kind = f"is causal: it sees the present sample and {behind} before it"
        message = f"`{field.layer}` {kind}"
        if wanted is None:
            if ahead <= 0 and behind > 0:
                yield Verdict("history", "info", message, "", (field.layer,))
            return
        span = behind + 1
        if span >= wanted:
            yield Verdict(
                "history", "good", f"{message}, which covers {wanted}", "", (field.layer,)
            )
            return
        help = ""
        if behind > 0:
            times = ceil(Fraction(wanted - 1, behind))
            help = f"the same layers {times} times over see {times * behind + 1}"
        yield Verdict(
            "history",
            "warning",
            f"{message}, {wanted - span} short of {wanted}",
            help,
            (field.layer,),
        )


def _shift(lens: Lens, index: int) -> int:
    """Samples that the crops and pads on the way to a layer move its unit 0 by."""
    shift = 0
    start = len(lens.graph.inputs)
    while index not in lens.sources and index >= start:
        inputs, facts = lens.reads(index - start)
        if lens.graph.nodes[index - start].layer.kind in ("crop", "pad"):
            links = facts.links[0]
            if links:
                shift += links[0].taps[0].start
        if not inputs:
            break
        index = inputs[0]
    return shift


def _skips(facts: Facts) -> bool:
    """True for a window that steps over pixels which it does not read."""
    for links in facts.links:
        for link in links or ():
            if len(link.taps) == 1 and link.taps[0]:
                taps = link.taps[0]
                reads = {tap % link.rise for tap in taps} if link.rise > 1 else {0}
                if len(reads) < link.rise:
                    return True
    return False


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
        jump *= Fraction(link.rise, len(link.taps))
    return layers, fixed, tuple(names)


def _sizes(field: LayerField) -> str:
    return format_axes(tuple(axis.size for axis in field.axes))


def _number(size: int | Fraction) -> str:
    return str(size) if Fraction(size).denominator == 1 else f"{float(size):.1f}"


def _listed(numbers: Sequence[int]) -> str:
    return "[" + ", ".join(map(str, numbers)) + "]"


def _several(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def _percent(share: Fraction) -> str:
    """A share in words, never rounded to all or nothing.

    >>> _percent(Fraction(49, 169)), _percent(Fraction(9999, 10000))
    ('29 %', '99.99 %')
    """
    percent = float(share) * 100
    for digits in range(6):
        text = f"{percent:.{digits}f}"
        if 0 < float(text) < 100:
            return f"{text} %"
    return f"{percent:.6f} %"
