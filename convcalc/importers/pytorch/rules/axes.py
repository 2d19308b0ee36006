"""Views, moves of axes, and parts of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.named_axes import listed
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import spread
from convcalc.importers.pytorch.values import Filled, Stored, Value
from convcalc.importers.tensor_views import View


def _turned(value: Value, order: Sequence[int]) -> Value:
    if isinstance(value, Filled):
        return Filled(tuple(value.dims[axis] for axis in order), value.number)
    if isinstance(value, Stored):
        return value._replace(view=value.view.transposed(order))
    return value.transposed(order)


def reshaped(call: Call, value: Value, dims: Shape) -> Value:
    """The same elements under a shape."""
    if prod(value.dims) != prod(dims):
        # Samples that come first stay in front of what they are joined with.
        given = call.given if call.batch == 0 else None
        dims = of_one_sample(value.dims, dims, given, call.ahead)
    if isinstance(value, Filled):
        return Filled(dims, value.number)
    if isinstance(value, Stored):
        found = value.view.reshaped(dims)
        if found is not None:
            return value._replace(view=found)
    return call.builder.reshaped(call.view(value), dims, call.operation)


def of_one_sample(dims: Shape, asked: Shape, given: Shape | None = None, ahead: int = 0) -> Shape:
    """The shape that is asked for several samples, for one: all planning is of one.

    They are divided out of the axis where they stand, so many elements `ahead` of them, or as what
    is `given` with all of them has it; where that does not tell, out of the first axis that is not
    as it was.

    >>> of_one_sample((1, 196, 768), (4, 196, 12, 64)), of_one_sample((6, 1, 8), (6, 4, 4))
    ((1, 196, 12, 64), (6, 2, 4))
    >>> of_one_sample((8, 16), (8, 8, 4, 4), (64, 16))
    (1, 8, 4, 4)
    >>> of_one_sample((48, 4), (48, 2, 4), (96, 4)), of_one_sample((48, 4), (48, 2, 4), (96, 4), 48)
    ((24, 2, 4), (48, 1, 4))
    >>> of_one_sample((6, 4), (4, 3, 4), None, 2)
    (2, 3, 4)
    """
    ratio, rest = divmod(prod(asked), max(1, prod(dims)))
    before = ahead or _before_samples(dims, given or (), ratio)
    if before and not rest:
        for axis, size in enumerate(asked):
            outer = prod(asked[:axis])
            if outer <= before < outer * size and not size % ratio:
                return (*asked[:axis], size // ratio, *asked[axis + 1 :])
    is_same = True
    for axis, size in enumerate(asked):
        is_same = is_same and axis < len(dims) and size == dims[axis]
        if not is_same and not rest and ratio and not size % ratio:
            return (*asked[:axis], size // ratio, *asked[axis + 1 :])
    raise NoRuleError("its shape does not fit its input")


def _before_samples(dims: Shape, given: Shape, samples: int) -> int:
    """Elements over the axes before that of the samples, in a tensor of all; 0 if none tells."""
    unequal = [axis for axis, pair in enumerate(zip(dims, given, strict=False)) if len({*pair}) > 1]
    if len(dims) != len(given) or len(unequal) != 1:
        return 0
    (axis,) = unequal
    return prod(dims[:axis]) if given[axis] == dims[axis] * samples else 0


def view(call: Call, x: Value, size: Sequence[int]) -> Value:
    """The same elements under another shape; one size may be -1."""
    asked = tuple(size)
    if -1 in asked:
        known = prod(one for one in asked if one != -1)
        count = prod(x.dims)
        if _holds_samples(call, x, asked, known):
            full = count * call.samples // known
            return reshaped(call, x, tuple(full if one == -1 else one for one in asked))
        if not known or count % known:
            if call.stated is None and asked[0] == -1:
                raise NoRuleError("its rows are of several samples")
            # Sizes that hold several samples: the first one is theirs.
            return view(call, x, _without_samples(count, asked, call.samples))
        asked = tuple(count // known if one == -1 else one for one in asked)
    return reshaped(call, x, asked)


def _holds_samples(call: Call, x: Value, asked: Shape, known: int) -> bool:
    """True where sizes, of which one is open, are those of all samples of the example.

    Where the batch is open, its size is asked of what goes in, and is that of one sample.
    """
    full, rest = divmod(prod(x.dims) * call.samples, max(1, known))
    if call.samples == 1 or rest:
        return False
    if call.stated is None:
        # A size that the file has written into it, where the samples are, counts them all.
        given = call.operation.attributes
        written = listed(given.get("size", given.get("shape")))[call.batch : call.batch + 1]
        size = next(iter(asked[call.batch :]), -1)
        is_of_all = size > 0 and not size % call.samples
        return isinstance(x, View) and is_of_all and written in ([], [size])
    return tuple(full if one == -1 else one for one in asked) == call.stated


def _without_samples(count: int, asked: Shape, samples: int) -> Shape:
    """Sizes that hold `samples`, one of them open, for `count` elements of one sample.

    >>> _without_samples(40, (-1, 6, 4), 3), _without_samples(40, (2, -1, 8), 2)
    ((-1, 2, 4), (1, -1, 8))
    """
    known = prod(one for one in asked if one != -1)
    for axis, size in enumerate(asked):
        if samples > 1 and size > 0 and not size % samples and not count % (known // samples):
            return (*asked[:axis], size // samples, *asked[axis + 1 :])
    raise NoRuleError("its shape does not fit its input")


def flatten(call: Call, x: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    """Axes in a row as one."""
    rank = len(x.dims)
    first, last = start_dim % rank, end_dim % rank
    dims = (*x.dims[:first], prod(x.dims[first : last + 1]), *x.dims[last + 1 :])
    return reshaped(call, x, dims)


def unflatten(call: Call, x: Value, dim: int, sizes: Sequence[int]) -> Value:
    """An axis as several."""
    axis = dim % len(x.dims)
    return view(call, x, (*x.dims[:axis], *sizes, *x.dims[axis + 1 :]))


def permute(call: Call, x: Value, dims: Sequence[int]) -> Value:
    """The axes in another order."""
    return _turned(x, [axis % len(x.dims) for axis in dims])


def transpose(call: Call, x: Value, dim0: int, dim1: int) -> Value:
    """Two axes swapped."""
    order = list(range(len(x.dims)))
    one, other = dim0 % len(order), dim1 % len(order)
    order[one], order[other] = other, one
    return _turned(x, order)


def swapaxes(call: Call, x: Value, axis0: int, axis1: int) -> Value:
    """Two axes swapped, as numpy calls it."""
    return transpose(call, x, axis0, axis1)


def turned(call: Call, x: Value) -> Value:
    """A matrix turned over, and any other tensor with its axes in the order from the last on."""
    return _turned(x, range(len(x.dims))[::-1])


def matrices_turned(call: Call, x: Value) -> Value:
    """The last two axes in each other's place."""
    return transpose(call, x, -2, -1)


def movedim(call: Call, x: Value, source: Any, destination: Any) -> Value:
    """Axes moved to other places."""
    rank = len(x.dims)
    ones = (source,) if isinstance(source, int) else source
    places = (destination,) if isinstance(destination, int) else destination
    to = {place % rank: one % rank for one, place in zip(ones, places, strict=True)}
    others = iter([axis for axis in range(rank) if axis not in to.values()])
    return _turned(x, [to[n] if n in to else next(others) for n in range(rank)])


def unsqueeze(call: Call, x: Value, dim: int) -> Value:
    """A new axis of 1."""
    axis = dim % (len(x.dims) + 1)
    return reshaped(call, x, (*x.dims[:axis], 1, *x.dims[axis:]))


def squeeze(call: Call, x: Value, dim: Sequence[int] | int | None = None) -> Value:
    """Less its axes of 1, or those of them that are named."""
    rank = len(x.dims)
    if dim is None:
        # The batch goes, too, if the example is of one sample alone.
        is_alone = call.stated == tuple(size for size in x.dims if size != 1)
        named = set(range(0 if is_alone else 1, rank))
    else:
        named = {axis % rank for axis in ((dim,) if isinstance(dim, int) else dim)}
    dims = tuple(size for axis, size in enumerate(x.dims) if size != 1 or axis not in named)
    return reshaped(call, x, dims)


def expand(call: Call, x: Value, size: Sequence[int], implicit: bool = False) -> Value:
    """Axes of 1 spread out, as a constant where it is one."""
    dims = (1,) * (len(size) - len(x.dims)) + x.dims
    wide = [own if one == -1 else one for own, one in zip(dims, size, strict=True)]
    batch = call.batch
    if len(wide) > batch and dims[batch] == 1 and _is_of_samples(call, x, wide[batch]):
        # The batch is of one sample here, whatever it was.
        wide[batch] //= call.samples
    asked = tuple(wide)
    if isinstance(x, Filled):
        return Filled(asked, x.number)
    found: Value = reshaped(call, x, dims)
    if asked == dims:
        return found
    if isinstance(found, Stored) and not found.is_learnt:
        return spread(call.builder, found, asked)
    for axis, (own, count) in enumerate(zip(dims, asked, strict=True)):
        if own == 1 and count > 1:
            found = call.spread(call.view(found), axis, (count,))
    return found


def _is_of_samples(call: Call, x: Value, count: int) -> bool:
    """True where so many are all samples: a constant may have as many rows by itself."""
    is_constant = isinstance(x, Filled) or (isinstance(x, Stored) and not x.is_learnt)
    return count == call.samples or not (is_constant or count % call.samples)


def expand_as(call: Call, x: Value, other: Value) -> Value:
    """Spread to the shape of another."""
    return expand(call, x, other.dims)


def reshape_as(call: Call, x: Value, other: Value) -> Value:
    """Under the shape of another."""
    return view(call, x, other.dims)


def repeat_interleave(
    call: Call, x: Value, repeats: Any, dim: int | None = None, **_: object
) -> Value:
    """Each place of an axis several times in a row."""
    if not isinstance(repeats, int) or dim is None:
        raise NoRuleError("it repeats places unequally")
    if repeats == 1:
        return x
    axis = dim % len(x.dims)
    wide = call.spread(call.view(unsqueeze(call, x, axis + 1)), axis + 1, (repeats,))
    return _joined(wide, axis)


def repeat(call: Call, x: Value, repeats: Sequence[int]) -> Value:
    """The whole of an axis several times."""
    found = x
    while len(found.dims) < len(repeats):
        found = unsqueeze(call, found, 0)
    for axis, times in enumerate(repeats):
        # The first axis of what goes through is that of the samples.
        if (axis or isinstance(x, Stored)) and times > 1:
            wide = call.spread(call.view(unsqueeze(call, found, axis)), axis, (times,))
            found = _joined(wide, axis)
    return found


def tile(call: Call, x: Value, dims: Sequence[int]) -> Value:
    """The whole of each of the last axes several times."""
    return repeat(call, x, (*[1] * (len(x.dims) - len(dims)), *dims))


def _joined(view: View, axis: int) -> View:
    """Two axes of the tensor as one."""
    both = (*view.axes[axis], *view.axes[axis + 1])
    return view._replace(axes=(*view.axes[:axis], both, *view.axes[axis + 2 :]))


RULES: dict[str, Callable[..., object]] = {
    **dict.fromkeys(("aten.view", "aten.reshape", "aten._unsafe_view"), view),
    "aten.flatten": flatten,
    "aten.unflatten": unflatten,
    "aten.permute": permute,
    "aten.transpose": transpose,
    "aten.swapaxes": swapaxes,
    **dict.fromkeys(("aten.t", "aten.numpy_T"), turned),
    **dict.fromkeys(("aten.mT", "aten.mH", "aten.adjoint"), matrices_turned),
    "aten.movedim": movedim,
    "aten.unsqueeze": unsqueeze,
    "aten.squeeze": squeeze,
    "aten.expand": expand,
    "aten.expand_as": expand_as,
    **dict.fromkeys(("aten.reshape_as", "aten.view_as"), reshape_as),
    "aten.repeat": repeat,
    "aten.tile": tile,
    "aten.repeat_interleave": repeat_interleave,
}
