"""Judgements that help to design: what the fields mean for this input, object or history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_axes, spatial
from convcalc.core.text import in_words
from convcalc.features.rf.gridding import repair
from convcalc.features.rf.history import history_verdicts
from convcalc.features.rf.phrases import number, percent, several, sizes
from convcalc.features.rf.smallest import Smallest
from convcalc.features.rf.values import LayerField, Level, Verdict
from convcalc.kinds.base import Facts

if TYPE_CHECKING:
    from convcalc.features.rf.lens import Lens
    from convcalc.features.rf.walk import Visited


class Judge:
    """Follows a walk and then says what it found.

    The layers judged are the wanted ones, and nothing is said of others; without any, the last
    layer with positions on the way to each output.
    """

    def __init__(self, lens: Lens, wanted: frozenset[int]) -> None:
        self.lens, self.wanted = lens, wanted
        self.smallest = Smallest(lens)
        self.fields: dict[int, list[LayerField]] = {}
        self.exceeding: list[LayerField] = []
        self.gaps: list[int] = []

    def add(self, seen: Visited, fields: list[LayerField]) -> None:
        """Looks at one layer."""
        self.smallest.add(seen.node)
        self.fields[seen.node] = fields
        if self.wanted and seen.node not in self.wanted:
            return
        # A vector made into a map of one pixel has nothing to exceed.
        self.exceeding += [
            field for field in fields if field.exceeds and max(spatial(field.source_shape)) > 1
        ]
        _, facts = self.lens.reads(seen.node)
        if fields and _skips(facts):
            self.gaps.append(seen.node)

    def verdicts(
        self, object_size: int | None, history: int | None, is_placed: bool
    ) -> Iterator[Verdict]:
        """All verdicts. Raises StackError where `history` does not apply."""
        finals = self._finals()
        if is_placed:
            yield from self._exceeding()
            yield from self._unproductive()
        own = [field for field in finals if not self.wanted or field.index in self.wanted]
        yield from self._holes(own)
        if object_size is not None:
            # Of two inputs that are added, each is seen alike.
            yield from dict.fromkeys(self._object(object_size, finals))
        yield from history_verdicts(self.lens, history, own if history is None else finals)

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
        found: list[int] = []
        while waiting:
            at = waiting.pop()
            if at in met:
                continue
            met.add(at)
            if any(field.axes for field in self.fields.get(at, ())):
                found.append(at)
            else:
                waiting += self.lens.reads(at)[0]
        return max(found, default=None)

    def _exceeding(self) -> Iterator[Verdict]:
        if not self.exceeding:
            return
        first, last = self.exceeding[0], self.exceeding[-1]
        names = tuple(dict.fromkeys(field.layer for field in self.exceeding))
        about, at = f"from `{first.layer}` on the field", f"at `{last.layer}` it is"
        if self.wanted:
            about = f"the field of {several(names)}"
            at = at if len(names) > 1 else "it is"
        message = (
            f"{about} is larger than `{first.source}` "
            f"({format_axes(spatial(first.source_shape))}); {at} "
            f"{sizes(last.axes)}, and {percent(last.padding_share)} of the centre unit's window is "
            "padding"
        )
        yield Verdict("exceeds-input", "note", message, "", names)

    def _unproductive(self) -> Iterator[Verdict]:
        late, total = self.smallest.unproductive, len(self.smallest.windows)
        if self.wanted:
            late = [index for index in late if index in self.wanted]
        if not late:
            return
        names = tuple(map(self.lens.graph.name_of, late))
        before = format_axes(tuple(map(number, self.smallest.before(late[0]))))
        shape = spatial(self.lens.source_shape(0))
        about, first = f"{len(late)} of {total} windows add", f"`{names[0]}`"
        if self.wanted:
            about = f"{several(names)} add{'s' if len(names) == 1 else ''}"
            first = first if len(names) > 1 else "it"
        message = (
            f"{about} no spatial context at {format_axes(shape)}: what "
            f"{first} reads has seen {before} already on its smallest path"
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
                f"`{field.layer}` uses {percent(field.used)} of its window of {sizes(field.axes)}; "
                f"the first layer with holes is `{first}`"
            )
            if not field.is_gridded:
                message += ", where branches of unequal shape meet and leave corners over"
                yield Verdict("unused-corners", "note", message, "", (field.layer,))
                continue
            yield Verdict(
                "gridding-holes",
                "warning",
                message,
                repair(self.lens, self.fields, field),
                (field.layer,),
            )
        # Only where no other layer reads what is left out.
        readers = self._readers() if self.gaps else {}
        skipped = [index for index in self.gaps if readers[self._input(index)] == 1]
        if skipped:
            names = tuple(map(self.lens.graph.name_of, skipped))
            message = (
                f"the stride of {several(names)} exceeds the kernel's reach: pixels in between "
                "are never read"
            )
            help = "use a kernel at least as large as the stride, or pool before"
            yield Verdict("skipped-pixels", "note", message, help, names)

    def _input(self, index: int) -> int:
        return self.lens.reads(index)[0][0]

    def _readers(self) -> dict[int, int]:
        readers: dict[int, int] = {}
        for index in self.lens.layers:
            for source in self.lens.reads(index)[0]:
                readers[source] = readers.get(source, 0) + 1
        return readers

    def _object(self, size: int, finals: Sequence[LayerField]) -> Iterator[Verdict]:
        told: dict[int, set[tuple[object, ...]]] = {}
        for field in finals:
            figures = (field.axes, field.is_global, field.at_most)
            told.setdefault(field.index, set()).add(figures)
        for field in finals:
            least = min(axis.least for axis in field.axes)
            if least < size and field.is_global and not field.at_most:
                message = (
                    f"`{field.layer}` depends on the whole input, objects of {size} pixels "
                    f"included; its local field is {sizes(field.axes)}"
                )
                help = "`--ignore global` judges the local field alone"
                yield Verdict("object-size", "note", message, help, (field.layer,))
                continue
            of = f" of `{field.source}`" if len(told[field.index]) > 1 else ""
            about = f"`{field.layer}` sees {'at most ' * field.at_most}{sizes(field.axes)}{of}"
            if least < size:
                message = f"{about}, so no unit has all of an object of {size} pixels in view"
                if any(axis.size >= size for axis in field.axes):
                    message = f"{about}, so not every unit has an object of {size} pixels in view"
                missing = in_words(size - least, "pixel")
                are = "is" if size - least == 1 else "are"
                help = f"{missing} {are} missing: add layers, strides or dilation"
                yield Verdict("object-size", "warning", message, help, (field.layer,))
                continue
            covers = "may cover" if field.at_most else "covers"
            message = f"{about}, which {covers} an object of {size} pixels"
            level, help = _of_weights(field, size)
            yield Verdict("object-size", level, message, help, (field.layer,))


def _of_weights(field: LayerField, size: int) -> tuple[Level, str]:
    """How an object that the field covers is judged by the effective size, with a word on it."""
    if field.effective is None:
        return "note", "its effective size is not followed, so what the borders weigh is not known"
    effective = min(field.effective)
    if effective < size:
        about = f"its effective size is about {effective:.0f}"
        return "note", f"{about}, so the object's borders weigh little"
    return ("note" if field.at_most else "good"), ""


def _skips(facts: Facts) -> bool:
    """True for a window that steps over pixels which it does not read."""
    for links in facts.links:
        for link in links or ():
            if len(link.taps) == 1 and link.rise:
                reads = {tap % link.rise for tap in link.taps[0]}
                if 0 < len(reads) < link.rise:
                    return True
    return False
