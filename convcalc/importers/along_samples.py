"""Operations that work along samples: what they give for one says nothing of several.

A network is planned for one sample. A file may have been written for several, or for any number
of them, and then have operations that join what is apart: a mean over the batch, shares or a
cumulative sum along it, a turn of it. Of one sample each would be nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from math import prod
from typing import Final

from convcalc.core.shapes import Shape
from convcalc.importers.placing import NoRuleError

# How many samples a file was written for, or the name of an open number.
Samples = int | str

# Of an axis that nothing tells.
UNKNOWN: Final = -1

_WORKS_ALONG = "it works along samples, of which there is one here"
_JOINS = "it joins samples with something else"


class MixedSamplesError(NoRuleError):
    """An operation that works along samples."""

    def __init__(self) -> None:
        super().__init__(_WORKS_ALONG)


def axis_of_samples(
    dims: Shape, stated: Sequence[int | str] | None, samples: Samples
) -> int | None:
    """The axis of a tensor along which samples stand; None where it is no one axis, or UNKNOWN.

    `dims` are those for one sample, `stated` those of the file.

    >>> axis_of_samples((1, 3, 4), (2, 3, 4), 2), axis_of_samples((1, 3, 4), (1, 3, 4), 2)
    (0, None)
    >>> axis_of_samples((3, 7, 4), (3, "7*batch", 4), "batch")
    1
    >>> axis_of_samples((3, 5, 4), (6, 10, 4), 2)
    >>> axis_of_samples((3, 5), ("3*batch", "5*batch"), "batch")
    >>> axis_of_samples((3, 5), ("s0", 5), "batch") == UNKNOWN
    True
    >>> axis_of_samples((3, 5), (3, 5), "batch"), axis_of_samples((3, 5), (3, 5), "2*n") == UNKNOWN
    (None, True)
    """
    if stated is None or len(stated) != len(dims):
        return UNKNOWN
    pairs = enumerate(zip(dims, stated, strict=True))
    places = [axis for axis, pair in pairs if _holds_samples(*pair, samples)]
    if len(places) == 1:
        return places[0]
    # Where a file has no name for it, sizes may be those of one sample.
    is_named = isinstance(samples, int) or samples.isidentifier()
    is_told = is_named and all(isinstance(size, int) for size in stated)
    return None if is_told or len(places) > 1 else UNKNOWN


def _holds_samples(one: int, every: int | str, samples: Samples) -> bool:
    if isinstance(every, str):
        return samples == every or samples in re.split(r"\W+", every)
    return isinstance(samples, int) and every == one * samples != one


def handed_on(axis: int, dims: Shape, found: Shape) -> int:
    """Where samples stand that stood along `axis`, as far as shapes tell; or UNKNOWN.

    >>> handed_on(1, (7, 1, 4), (7, 1, 9)), handed_on(0, (1, 3, 4), (1, 12))
    (1, 0)
    """
    if len(dims) == len(found) and dims[axis] == found[axis]:
        return axis
    # Where axes are joined or split, they still come first.
    return 0 if axis == 0 and found else UNKNOWN


class Act(Enum):
    """What an operation does with the places along the axis of samples."""

    KEEPS = auto()  # It takes or works on them place by place.
    SHAPES = auto()  # The same elements, in the same order, under another shape.
    JOINS = auto()  # Those of all its tensors, one behind the other.
    CUTS = auto()  # Some that follow each other.


class Standing:
    """Where samples stand in tensors: along which axis, and how many times one behind the other.

    What joins tensors along samples has first all samples of one, then all of the next: two rounds
    of all samples. A tensor of `size` along the axis for one sample has size / rounds of it in each
    round.
    """

    def __init__(self) -> None:
        self.axes: dict[str, int] = {}
        self._rounds: dict[str, int] = {}

    def rounds(self, name: str) -> int:
        """How many times all samples stand one behind the other; 1 where it is not told."""
        return self._rounds.get(name, 1)

    def note(self, name: str, axis: int, rounds: int) -> None:
        """Keeps where samples stand in a tensor."""
        self.axes[name] = axis
        self._rounds[name] = rounds

    def ahead(self, name: str, dims: Shape) -> int:
        """Elements of one sample's tensor that stand before all of the second sample's."""
        return prod(dims[: self.axes[name]]) * self.rounds(name)

    def through(
        self,
        act: Act,
        names: Sequence[str],
        dims_of: Callable[[str], Shape],
        axis: int,
        found: Shape,
        start: int = 0,
    ) -> int:
        """The rounds of what an operation makes of tensors, one of which has samples.

        `axis` is that of samples in the shape `found` of its output; a cut takes places from
        `start` on. Raises NoRuleError where it mixes samples, or leaves some of them out.
        """
        name = next(one for one in names if one in self.axes)
        dims = dims_of(name)
        if act is Act.SHAPES:
            return self._seen(name, dims, axis, found)
        if act is Act.JOINS:
            return self._joined((one, dims_of(one)[axis]) for one in names)
        if act is Act.CUTS:
            return self._cut(name, dims[axis], start, found[axis])
        return self._kept(names)

    def _joined(self, sizes: Iterable[tuple[str, int]]) -> int:
        """The rounds of tensors joined along their axis of samples, of which each has such a size.

        Raises NoRuleError where they stand otherwise in each.
        """
        parts = [(name, size, self.rounds(name)) for name, size in sizes]
        is_known = all(name in self.axes for name, _, _ in parts)
        if not is_known or len({size // many for _, size, many in parts}) > 1:
            raise NoRuleError(_JOINS)
        return sum(many for _, _, many in parts)

    def _cut(self, name: str, size: int, start: int, taken: int) -> int:
        """The rounds of `taken` places from one on. Raises NoRuleError where it takes a part."""
        each = size // self.rounds(name)
        if not taken or start % each or taken % each:
            raise MixedSamplesError
        return taken // each

    def _seen(self, name: str, dims: Shape, axis: int, found: Shape) -> int:
        """The rounds along an axis of the same elements under the shape `found`.

        Raises NoRuleError where other elements stand there.
        """
        rounds, rest = divmod(self.ahead(name, dims), prod(found[:axis]))
        if rest or not rounds or found[axis] % rounds:
            raise MixedSamplesError
        return rounds

    def _kept(self, names: Sequence[str]) -> int:
        """The rounds of what is made of these tensors place by place. Raises NoRuleError."""
        found = {self.rounds(name) for name in names if name in self.axes}
        if len(found) > 1:
            raise MixedSamplesError
        return found.pop()
