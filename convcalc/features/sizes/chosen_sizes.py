"""Sizes on all axes at once: whether they are good, the smallest, those near one asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape, format_shape
from convcalc.features.sizes.answer import AxisSizes, Candidate, Near
from convcalc.features.sizes.axis_groups import AxisGroup
from convcalc.features.sizes.expect import ExpectCheck
from convcalc.features.sizes.pattern import nearest
from convcalc.features.sizes.place import Culprit, walk_by_planning
from convcalc.features.sizes.walk import Sample

if TYPE_CHECKING:
    from convcalc.network import Network, VariableValues
    from convcalc.network.graph import Graph
    from convcalc.shorthand.given_sizes import Size


def axes_asked(near: Size, groups: Sequence[AxisGroup], graph: Graph) -> Shape:
    """The axes of the size asked for. Raises StackError where the network has not so many."""
    read = near.read(len(groups))
    wanted = {shape[0] for shape in graph.inputs.values()}
    message = help = ""
    if read.channels not in (None, *wanted):
        listed = " or ".join(map(str, sorted(wanted)))
        message = f"the network's input has {listed} channels, not {read.channels}"
        help = f"write {read.turned or format_shape(read.axes)}"
    elif len(read.axes) != len(groups):
        message = f"the network has {len(groups)} axes to choose, not {len(read.axes)}"
        help = "give a size for each, or one number for all"
    if message:
        shown = Problem("wrong-rank", message, help=help, file=graph.file)
        raise StackError([shown])
    return read.axes


@dataclass(frozen=True, slots=True)
class ChosenSizes:
    """Judges sizes on all axes at once: each is planned, and nothing assumed."""

    network: Network
    graph: Graph
    groups: Sequence[AxisGroup]
    required: tuple[str, ...]
    variables: VariableValues
    expect: ExpectCheck

    def problem(self, sample: Sample) -> Problem | None:
        """The first thing that is wrong with the network at `sample`."""
        shapes = dict(zip(self.graph.inputs, sample, strict=True))
        try:
            self.network.graph(shapes, self.variables)
        except StackError as error:
            return error.problems[0]
        return None

    def smallest(self, axes: Sequence[AxisSizes]) -> Shape | None:
        """The smallest legal size of each axis; None where they do not stand together."""
        found = [axis.smallest_legal for axis in axes]
        sizes = tuple(size for size in found if size is not None)
        if len(sizes) < len(axes) or self.problem(self._sample(sizes)) is not None:
            return None
        return sizes

    def near(self, axes: Sequence[AxisSizes], asked: Shape) -> Near:
        """Whether `asked` is good, and the good sizes nearest to it."""
        around = [
            nearest(axis.good, axis.low, size) for axis, size in zip(axes, asked, strict=True)
        ]
        larger = [above for _, above in around if above is not None]
        smaller = [below for below, _ in around if below is not None]
        closest = [_closest(size, *pair) for size, pair in zip(asked, around, strict=True)]
        is_good, culprit, why = self._verdict(asked)
        return Near(
            asked,
            is_good,
            culprit,
            why,
            self._candidate(larger, axes),
            self._candidate(smaller, axes),
            self._candidate([size for size in closest if size is not None], axes),
        )

    def _candidate(self, found: Sequence[int], axes: Sequence[AxisSizes]) -> Candidate | None:
        if len(found) < len(axes):
            return None
        return Candidate(tuple(found), self._verdict(tuple(found))[0])

    def _verdict(self, chosen: Shape) -> tuple[bool, Culprit | None, str]:
        """Whether sizes on all axes at once are good; planned anew, with nothing assumed."""
        sample = self._sample(chosen)
        walk, culprits = walk_by_planning(
            self.network, self.graph, [sample], self.variables, self.groups
        )
        if walk.failed:
            return False, culprits[walk.failed[0]], "stands"
        bad = {
            "pixels": walk.dropping,
            "exact": walk.inexact,
            "strides": walk.uneven,
            "weights": walk.reweighted,
        }
        for criterion in self.required:
            if bad.get(criterion):
                culprit = culprits.get(walk.dropping.get(0, -1))
                return False, culprit if criterion == "pixels" else None, criterion
        if "expect" in self.required and not self.expect.holds(sample):
            return False, None, "expect"
        return True, None, ""

    def _sample(self, chosen: Shape) -> Sample:
        """The inputs with these sizes on the axes of the groups."""
        sample = tuple(self.graph.inputs.values())
        for group, size in zip(self.groups, chosen, strict=True):
            sample = group.resized(sample, size)
        return sample


def _closest(size: int, below: int | None, above: int | None) -> int | None:
    """The nearer of two; of equally near ones the larger, which needs padding and no cropping."""
    if below is None or above is None:
        return above if below is None else below
    return above if above - size <= size - below else below
