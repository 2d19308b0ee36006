"""The smallest path to every layer: how much context the layer's inputs have at the very least.

A layer whose incoming smallest-path field already covers the input adds no spatial context: every
one of its inputs has seen all there is (Richter et al., "Should You Go Deeper? Optimizing
Convolutional Neural Network Architectures without Training", 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.links import Link
from convcalc.core.shapes import spatial
from convcalc.features.rf.equal_axes import by_axis
from convcalc.kinds.base import POINTWISE_LINKS

if TYPE_CHECKING:
    from convcalc.features.rf.lens import Lens
    from convcalc.kinds.base import Facts


class Path(NamedTuple):
    """The smallest path to a layer on one axis: its field, and the pixels between its units."""

    size: int | Fraction
    jump: int | Fraction


# Per source; None where no position is left.
Paths = dict[int, tuple[Path, ...] | None]


class Smallest:
    """The smallest paths of one walk, layer by layer, and the layers that add no context."""

    def __init__(self, lens: Lens) -> None:
        self.lens = lens
        self.windows: list[int] = []
        self.unproductive: list[int] = []
        self._paths: dict[int, Paths] = {}
        for source, index in enumerate(lens.sources):
            rank = len(lens.graph.shape_of(index)) - 1
            self._paths[index] = {source: (Path(1, 1),) * rank or None}

    def add(self, index: int) -> None:
        """Looks at the layer `index`, whose inputs were looked at before."""
        inputs, facts = self.lens.reads(index)
        if len(inputs) == 1:
            links = facts.links[0]
            before = self._paths.get(inputs[0], {})
            if links is not None and links is POINTWISE_LINKS[len(links)]:
                self._paths[index] = before
                return
            if _has_moved(facts, 0):
                # Of axes that have moved nothing is said.
                self._paths[index] = {}
                return
            self._judge(index, before, links)
            self._paths[index] = {source: _grown(paths, links) for source, paths in before.items()}
            return
        joined: Paths = {}
        for number, (at, links) in enumerate(zip(inputs, facts.links, strict=True)):
            if _has_moved(facts, number):
                continue
            for source, paths in self._paths.get(at, {}).items():
                own = _grown(paths, links)
                known = joined.get(source)
                if own is None:
                    joined.setdefault(source, None)
                elif known is None:
                    joined[source] = own
                else:
                    joined[source] = tuple(map(min, known, own))
        self._paths[index] = joined

    def _judge(self, index: int, before: Paths, links: tuple[Link, ...] | None) -> None:
        """Notes a window, and whether what comes in has seen the whole source already."""
        sliding = self.lens.graph.nodes[index].layer.sliding
        # What enlarges a map is there for its size, not for context.
        if links is None or not before or sliding == "transposed":
            return
        widened = [
            axis for axis, link in enumerate(links) if len(link.taps) == 1 and _widening(link)
        ]
        if not widened:
            return
        self.windows.append(index)
        for source, paths in before.items():
            sizes = spatial(self.lens.source_shape(source))
            if paths is not None and any(paths[axis].size < sizes[axis] for axis in widened):
                return
        self.unproductive.append(index)

    def before(self, index: int) -> tuple[int | Fraction, ...]:
        """The smallest incoming field of the layer `index`, of its first source."""
        inputs, _ = self.lens.reads(index)
        for paths in self._paths.get(inputs[0], {}).values():
            return tuple(path.size for path in paths or ())
        return ()


def _has_moved(facts: Facts, number: int) -> bool:
    if facts.flow.how in ("unfollowed", "sampled"):
        return True
    moves = facts.arrangements[number] if facts.arrangements else None
    return facts.links[number] is None and moves is not None


def _widening(link: Link) -> int:
    """Pixels of its input that a layer adds to every field at least."""
    return min((taps[-1] - taps[0] for taps in link.taps if taps), default=0)


def _grown(paths: Sequence[Path] | None, links: tuple[Link, ...] | None) -> tuple[Path, ...] | None:
    if paths is None or links is None:
        return None
    return by_axis(_grown_axis, paths, links)


def _grown_axis(path: Path, link: Link) -> Path:
    size, jump = path
    step = Fraction(jump * link.rise, max(1, len(link.taps)))
    return Path(size + _widening(link) * jump, step)
