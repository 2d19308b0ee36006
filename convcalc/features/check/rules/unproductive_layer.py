"""CC408 unproductive-layer."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.core.shapes import format_axes
from convcalc.core.text import in_words
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere
from convcalc.kinds.base import Kind
from convcalc.planning.plan_rows import Row


class UnproductiveLayer(Rule):
    """Layers with a kernel whose inputs have seen the whole input already, on every path.

    Why: they cannot add spatial context. Richter et al. measured that layers behind this border
    contribute little to the accuracy, and can be replaced or the input enlarged. One finding for
    all of them, at the first.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 8, 8]
    layers:
      - {conv: {out: 16, k: 5, p: 2}, repeat: 2}
      - relu
      - conv: {out: 16, k: 3, p: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - {conv: {out: 16, k: 5, p: 2}, repeat: 2}
      - relu
      - conv: {out: 16, k: 3, p: 1}
    ```

    Source: Richter et al., "Should You Go Deeper? Optimizing Convolutional Neural Network
    Architectures without Training by Receptive Field Analysis" (2021).
    """

    code: ClassVar[str] = "CC408"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        if subject.plan is None or subject.plan.unfollowed or not _may_be_covered(subject):
            return
        from convcalc.features.rf.lens import look
        from convcalc.features.rf.smallest import Smallest

        graph = subject.plan.graph
        smallest = Smallest(look(graph))
        for node in graph.layers:
            smallest.add(node.at)
        late = {graph.name_of(index): index for index in smallest.unproductive}

        def is_late(row: Row) -> bool:
            return row.name in late

        first = next(everywhere(subject, is_late, Kind), None)
        if first is None:
            return
        before = tuple(_shown(size) for size in smallest.before(late[first.name]))
        shape = next(iter(graph.inputs.values()))[1:]
        total = len(smallest.windows)
        others = (
            f"`{first.name}` and {len(late) - 1} more add"
            if len(late) > 1
            else (f"`{first.name}` adds")
        )
        yield cls.at(
            first,
            f"{others} no spatial context to an input of {format_axes(shape)}",
            note=f"its inputs have seen {format_axes(before)} pixels on the smallest path; "
            f"{len(late)} of {in_words(total, 'window')}",
            help="use a larger input, fewer layers, or 1x1 kernels from there on",
        )


def _may_be_covered(subject: Subject) -> bool:
    """False where not even the largest field covers its input: most networks stop here."""
    assert subject.plan is not None
    shapes = list(subject.plan.graph.inputs.values())
    last = None
    for row in subject.rows:
        if row.seen is last:
            continue
        last = row.seen
        for seen in row.seen:
            sizes = [axis.size for axis in seen.axes or ()]
            if sizes and all(map(int.__ge__, sizes, shapes[seen.source][1:])):
                return True
    return False


def _shown(size: int | Fraction) -> str:
    return str(size) if size == int(size) else f"{float(size):.1f}"


RULE = UnproductiveLayer
