"""Tensors of a source as views of our layers: reshapes and transposes cost nothing until read.

A source moves axes where it likes (batch first, channels last, windows folded into the batch);
our layers want channels first and no batch. A view says which elementary axes make up the axes of
our layer, and which those of the source's tensor. Moves of the source change the second alone;
only a layer that needs its axes otherwise has them arranged, once, by one layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain, pairwise
from math import prod
from operator import mul
from typing import NamedTuple

from convcalc.core.arrangement import Parts, reshaped
from convcalc.core.shapes import MAX_RANK, Shape


class View(NamedTuple):
    """Node `at` of our graph as a tensor of the source.

    `sizes` are those of the elementary axes, none of them 1; `own` says which make up the axes of
    our layer, channels first, and `axes` which those of the tensor. An axis of size 1 has none.
    `by` is the number of the operation that last moved axes, 0 where none did.
    """

    at: int
    sizes: Shape
    own: tuple[Parts, ...]
    axes: tuple[Parts, ...]
    by: int = 0

    @property
    def dims(self) -> Shape:
        """The shape of the source's tensor."""
        return tuple(self.size(parts) for parts in self.axes)

    @property
    def shape(self) -> Shape:
        """The shape of our layer."""
        return tuple(self.size(parts) for parts in self.own)

    def size(self, parts: Parts) -> int:
        """Elements along these elementary axes."""
        return prod(self.sizes[part] for part in parts)

    def on(self, at: int) -> View:
        """The same axes of another node, whose layer kept the shape."""
        return self._replace(at=at)

    def transposed(self, order: Sequence[int]) -> View:
        """The tensor with its axes in another order."""
        return self._replace(axes=tuple(self.axes[axis] for axis in order))

    def reshaped(self, dims: Shape) -> View | None:
        """The tensor under another shape; None where its axes do not divide into those.

        >>> x = whole(0, (6, 4), ((), (0,), (1,)))
        >>> x.reshaped((2, 3, 4)).dims, x.reshaped((2, 3, 4)).own
        ((2, 3, 4), ((0, 1), (2,)))
        >>> x.reshaped((8, 3)) is None
        True
        """
        order = tuple(chain.from_iterable(self.axes))
        found = reshaped(tuple(self.sizes[part] for part in order), dims)
        if found is None:
            return None
        became = dict(zip(order, found.before, strict=True))
        own = tuple(tuple(chain.from_iterable(became[p] for p in axis)) for axis in self.own)
        return View(self.at, found.sizes, own, found.after, self.by)

    def has_channels(self, axis: int) -> bool:
        """True where the tensor's `axis` is the first axis of our layer."""
        return self.own[0] == self.axes[axis]

    def leading(self, axis: int) -> int | None:
        """Which of our axes begins with the parts of the tensor's `axis`, and has others inside.

        >>> whole(0, (6, 4), ((0,), (1,))).reshaped((2, 3, 4)).leading(0)
        0
        """
        parts = self.axes[axis]
        for place, own in enumerate(self.own):
            if parts and len(own) > len(parts) and own[: len(parts)] == parts:
                return place
        return None

    def cut(self, at: int, axis: int, size: int) -> View:
        """Another node, with `size` places of the tensor's `axis`, wherever its parts stand.

        >>> whole(0, (6, 4), ((0,), (1,))).reshaped((2, 3, 4)).cut(1, 0, 1)
        View(at=1, sizes=(3, 4), own=((0,), (1,)), axes=((), (0,), (1,)), by=0)
        """
        first, *others = self.axes[axis]
        gone = {*others} | ({first} if size == 1 else set())
        kept = [part for part in range(len(self.sizes)) if part not in gone]
        number = {part: place for place, part in enumerate(kept)}
        sizes = tuple(size if part == first else self.sizes[part] for part in kept)
        own, axes = (
            tuple(tuple(number[part] for part in parts if part in number) for parts in all_parts)
            for all_parts in (self.own, self.axes)
        )
        return View(at, sizes, own, axes, self.by)

    def resized(self, at: int, place: int, size: int, axis: int) -> View:
        """Another node whose axis `place`, the tensor's `axis`, has `size`; the others stay.

        >>> whole(0, (6, 4), ((), (1,), (0,))).resized(1, 0, 8, 2).dims
        (1, 4, 8)
        """
        old = set(self.own[place])
        kept = [part for part in range(len(self.sizes)) if part not in old]
        number = {part: count for count, part in enumerate(kept)}
        sizes = tuple(self.sizes[part] for part in kept)
        new: Parts = (len(kept),) if size != 1 else ()

        def renamed(all_parts: tuple[Parts, ...], changed: int) -> tuple[Parts, ...]:
            return tuple(
                new if count == changed else tuple(number[part] for part in parts)
                for count, parts in enumerate(all_parts)
            )

        own, axes = renamed(self.own, place), renamed(self.axes, axis)
        return View(at, (*sizes, size) if new else sizes, own, axes, self.by)


def whole(at: int, shape: Shape, axes: Sequence[Sequence[int]]) -> View:
    """A node of `shape` as a tensor, each of whose axes is made of axes of the node.

    >>> whole(0, (64, 1, 7), ((), (0,), (1,), (2,)))
    View(at=0, sizes=(64, 7), own=((0,), (), (1,)), axes=((), (0,), (), (1,)), by=0)
    """
    kept = [place for place, size in enumerate(shape) if size != 1]
    number = {place: part for part, place in enumerate(kept)}
    own = tuple((number[place],) if place in number else () for place in range(len(shape)))
    made = tuple(tuple(number[place] for place in axis if place in number) for axis in axes)
    return View(at, tuple(shape[place] for place in kept), own, made)


def uncut(view: View) -> View:
    """The same, with each axis of the tensor as one elementary axis, where ours are the tensor's.

    >>> uncut(View(0, (2, 3, 4), ((0, 1), (2,)), ((), (0, 1), (2,))))
    View(at=0, sizes=(6, 4), own=((0,), (1,)), axes=((), (0,), (1,)), by=0)
    """
    if any(axis and axis not in view.own for axis in view.axes):
        return view
    place = {axis: number for number, axis in enumerate(view.own)}
    axes = [(place[axis],) if axis else () for axis in view.axes]
    return whole(view.at, view.shape, axes)._replace(by=view.by)


def _cuts(view: View, axis: Parts) -> list[int]:
    """Elements behind each cut of an axis, from its end."""
    return list(accumulate((view.sizes[part] for part in reversed(axis)), mul, initial=1))


def refined(view: View, axis: int, cuts: Sequence[int]) -> View | None:
    """The view with the tensor's `axis` cut at these places, too; None where that cannot be.

    `cuts` are numbers of elements from the axis's end, 1 and the whole among them.
    """
    parts = view.axes[axis]
    all_cuts = sorted({*cuts, *_cuts(view, parts)})
    if any(more % less for less, more in pairwise(all_cuts)):
        return None
    dims = [more // less for less, more in pairwise(all_cuts)][::-1]
    before, after = view.dims[:axis], view.dims[axis + 1 :]
    split = view.reshaped((*before, *dims, *after))
    if split is None:
        return None
    end = axis + len(dims)
    joined = tuple(chain.from_iterable(split.axes[axis:end]))
    return split._replace(axes=(*split.axes[:axis], joined, *split.axes[end:]))


def aligned(first: View, second: View, beside: int | None = None) -> tuple[View, View] | None:
    """Both views, cut alike on every axis that both have; None where that cannot be.

    The tensors have as many axes; where one has size 1, the other is left as it is, and so is
    the axis `beside`.
    """
    for axis in range(len(first.axes)):
        if axis == beside or not first.axes[axis] or not second.axes[axis]:
            continue
        if _cuts(first, first.axes[axis]) == _cuts(second, second.axes[axis]):
            continue
        cuts = [*_cuts(first, first.axes[axis]), *_cuts(second, second.axes[axis])]
        left, right = refined(first, axis, cuts), refined(second, axis, cuts)
        if left is None or right is None:
            return None
        first, second = left, right
    return first, second


def expanded(view: View, rank: int) -> View:
    """The tensor with axes of size 1 before its own, as broadcasting adds them."""
    return view._replace(axes=((),) * (rank - len(view.axes)) + view.axes)


def grown(view: View, sizes: Mapping[int, Shape]) -> View:
    """The view as it would be with axes of 1 spread to elementary axes of these sizes, by axis.

    Each is an axis of our layer by itself, in the place of one of size 1 where there is one.
    """
    all_sizes, own, axes = list(view.sizes), list(view.own), list(view.axes)
    for axis, new_sizes in sizes.items():
        new = tuple(range(len(all_sizes), len(all_sizes) + len(new_sizes)))
        all_sizes += new_sizes
        axes[axis] = new
        empty = [place for place, parts in enumerate(own) if not parts]
        if empty:
            own[empty[-1]] = new
        elif len(own) <= MAX_RANK:
            own.append(new)
        else:
            own[-1] = (*own[-1], *new)
    return View(view.at, tuple(all_sizes), tuple(own), tuple(axes), view.by)


def like(view: View, other: View, beside: int | None = None) -> tuple[Parts, ...]:
    """The axes of our layer that would lay `view` out as `other`, with which it is aligned.

    Where `other` has an axis that `view` has not, one of size 1 stands. The tensor's axis
    `beside` is one of our axes in `other`, and in `view` whatever its size there.
    """
    part_of = {
        theirs: mine
        for axis, (own, its) in enumerate(zip(view.axes, other.axes, strict=True))
        if own and axis != beside
        for mine, theirs in zip(own, its, strict=True)
    }
    place = other.own.index(other.axes[beside]) if beside is not None else None
    return tuple(
        view.axes[beside]
        if beside is not None and at == place
        else tuple(part_of[part] for part in axis if part in part_of)
        for at, axis in enumerate(other.own)
    )


def plain_axes(view: View) -> list[Parts]:
    """The tensor's own axes but for those of size 1, joined from the front to as many as fit.

    >>> plain_axes(whole(0, (2, 1, 3, 4, 5, 6, 7), [(n,) for n in range(7)]))
    [(0, 1, 2), (3,), (4,), (5,)]
    >>> plain_axes(whole(0, (1, 1), [(0,), (1,)]))
    [()]
    """
    axes = [axis for axis in view.axes if axis] or [()]
    while len(axes) > 1 + MAX_RANK:
        first, second, *others = axes
        axes = [(*first, *second), *others]
    return axes
