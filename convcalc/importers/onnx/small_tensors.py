"""Operations whose inputs are all known: what comes out is known, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import product
from math import prod

from convcalc.importers.model import Operation
from convcalc.importers.onnx import folding
from convcalc.importers.onnx.asked_sizes import new_dims, slices, split_sizes, spread_sizes
from convcalc.importers.onnx.folding import MOST_VALUES, FoldError, NotFoldedError, Small
from convcalc.importers.onnx.use import Tensor, Use, held_of, of_whole_numbers, values_of
from convcalc.importers.tensor_views import View
from convcalc.network.held import Held, Written

# Images of windows are masks: what is put into more numbers than sizes have is written down.
_MOST_PUT = 512

# What may leave an input out that is not the last one, and looks at them by their places.
_MAY_LACK = frozenset({"Clip"})

# What leaves every number of an array as it is, in another order or in parts.
_LAID_OUT = frozenset({"Split", "Transpose"})

# What is given beside the operation are the tensors that it reads.
Fold = Callable[..., Sequence[Small]]
_FOLDS: dict[str, Fold] = {}


def _fold(*ops: str) -> Callable[[Fold], Fold]:
    def kept(function: Fold) -> Fold:
        _FOLDS.update(dict.fromkeys(ops, function))
        return function

    return kept


def folded(use: Use) -> Sequence[Tensor] | None:
    """What comes out where all inputs are known, or their shapes are enough; else None."""
    op = use.operation.op
    if op == "Constant":
        return [_constant(use)]
    if op in ("Shape", "Size"):
        return _of_shape(use)
    if op == "CastLike":
        return _cast_like(use)
    known = op in _FOLDS or op in folding.BINARY or op in folding.UNARY or op in folding.FOLDS
    if not known and op not in folding.REDUCTIONS:
        return None
    inputs: list[Small] = []
    for place in range(use.count):
        if not use.has(place):
            if op in _MAY_LACK:
                continue
            return None
        tensor = use.tensor(place)
        found = values_of(tensor)
        if found is None:
            return None
        inputs.append(found)
    if not inputs or (op == "Gather" and use.looks_up) or (op in _LAID_OUT and use.is_learnt()):
        # What is learnt stays what it is, by which it is known where it is read again.
        return None
    try:
        made = _worked_out(use, inputs)
    except NotFoldedError:
        # Kept as an operation on what the file holds.
        return None
    if use.counts_learnt([len(one.values) for one in made]):
        return None
    # What is made of a learnt array is known by its name where several layers read it.
    learnt = use.learnt_arrays()
    name = learnt[0].name if learnt else ""
    return [replace(held_of(one), name=name) for one in made]


def _worked_out(use: Use, inputs: list[Small]) -> Sequence[Small]:
    op = use.operation.op
    if op in _FOLDS:
        return _FOLDS[op](use, *inputs)
    if op in folding.BINARY:
        return [folding.elementwise(folding.BINARY[op], *inputs)]
    if op in folding.UNARY:
        return [folding.elementwise(folding.UNARY[op], *inputs)]
    if op in folding.FOLDS:
        function = folding.FOLDS[op]
        return [reduce(lambda a, b: folding.elementwise(function, a, b), inputs)]
    return [_reduction(use, *inputs)]


def written_by(constant: Operation, value: Held) -> Held:
    """The numbers that stand in an operation, under the name of its output."""
    return value if value.name else replace(value, name=constant.result)


def _constant(use: Use) -> Held:
    attributes = use.operation.attributes
    value = attributes.get("value")
    if isinstance(value, Held):
        return written_by(use.operation, value)
    for name in ("value_float", "value_int"):
        one = attributes.get(name)
        if isinstance(one, (int, float)):
            return Held("", (), "int64" if name == "value_int" else "float32", Written((one,)))
    for name in ("value_floats", "value_ints"):
        several = attributes.get(name)
        if isinstance(several, tuple):
            return held_of(folding.small(*several))
    return Held("", (), "other", Written(()))


def _of_shape(use: Use) -> list[Held]:
    dims = use.dims()
    if use.operation.op == "Size":
        return [held_of(Small((), (prod(dims),)))]
    rank = len(dims)
    start, end = use.whole("start", 0), use.whole("end", rank)
    return [held_of(folding.small(*dims[slice(start, end)]))]


def _reduction(use: Use, x: Small, over: Small | None = None) -> Small:
    given = use.list("axes") or (over.whole if over is not None else None)
    rank = len(x.dims)
    if not given and use.whole("noop_with_empty_axes", 0):
        return x
    axes = use.axes(given, rank) if given else tuple(range(rank))
    if not x.values:
        raise FoldError("a figure of no numbers")
    function = folding.REDUCTIONS[use.operation.op]
    return folding.reduced(x, axes, bool(use.whole("keepdims", 1)), function)


@_fold("Dropout", "StopGradient")
def _same(use: Use, x: Small, *_: Small) -> list[Small]:
    return [x]


@_fold("Cast")
def _cast(use: Use, x: Small) -> list[Small]:
    is_real = use.whole("to", 1) in (1, 10, 11, 16)
    turned = float if is_real else _integer
    return [x._replace(values=tuple(map(turned, x.values)))]


@_fold("Clip")
def _clip(use: Use, x: Small, *_: Small) -> list[Small]:
    """No less than the second input, or `min` of old files, and then no more than the third."""
    for place, word, bounded in ((1, "min", max), (2, "max", min)):
        bound = use.values(place)
        if use.opset < 11 and word in use.operation.attributes:
            bound = folding.small(use.number(word, 0.0))
        if bound is not None:
            x = folding.elementwise(bounded, x, bound._replace(dims=()))
    return [x]


def _cast_like(use: Use) -> list[Held] | None:
    """Whole numbers as reals, or the other way round; None where the type stays what it is."""
    x, found = use.tensor(), use.values(0)
    if not isinstance(x, Held) or found is None or not use.has(1):
        return None
    to_whole = use.walk.is_whole(use.operation.inputs[1])
    if to_whole == of_whole_numbers(x.element):
        return None
    turned = _integer if to_whole else float
    return [held_of(found._replace(values=tuple(map(turned, found.values))))]


def _integer(value: int | float) -> int:
    """The integer that processors make of a number: of what is none, the lowest."""
    return int(value) if math.isfinite(value) else -(1 << 63)


@_fold("Mod")
def _remainder(use: Use, *inputs: Small) -> list[Small]:
    """What is left, with the sign of the divisor, or by `fmod` with that of what is divided."""
    function = folding.remainder if use.whole("fmod", 0) else folding.BINARY["Mod"]
    return [folding.elementwise(function, *inputs)]


@_fold("GatherElements")
def _gather_elements(use: Use, x: Small, indices: Small) -> list[Small]:
    return [folding.picked(x, use.axis(len(x.dims)), indices)]


@_fold("Gather")
def _gather(use: Use, x: Small, indices: Small) -> list[Small]:
    axis = use.axis(len(x.dims))
    found = folding.sliced(x, axis, indices.whole)
    return [found._replace(dims=(*x.dims[:axis], *indices.dims, *x.dims[axis + 1 :]))]


@_fold("Concat")
def _concat(use: Use, x: Small, *others: Small) -> list[Small]:
    if not x.dims or any(len(one.dims) != len(x.dims) for one in others):
        raise FoldError("tensors of unequal ranks cannot be joined")
    return [folding.joined((x, *others), use.axis(len(x.dims)))]


@_fold("Slice")
def _slice(use: Use, x: Small, *bounds: Small) -> list[Small]:
    for axis, indices in slices(use, x.dims, [one.whole for one in bounds]):
        x = folding.sliced(x, axis, indices)
    return [x]


@_fold("Unsqueeze", "Squeeze", "Reshape", "Flatten")
def _renamed(use: Use, x: Small, given: Small | None = None) -> list[Small]:
    dims = new_dims(use, x.dims, given.whole if given is not None else None)
    return [x._replace(dims=dims)]


@_fold("Transpose")
def _transpose(use: Use, x: Small) -> list[Small]:
    axes = list(range(len(x.dims)))
    order = use.list("perm") or axes[::-1]
    if sorted(order) != axes:
        raise FoldError(f"{list(order)} is no order of {len(axes)} axes")
    return [folding.transposed(x, order)]


@_fold("Expand")
def _expand(use: Use, x: Small, sizes: Small) -> list[Small]:
    return [folding.expanded(x, spread_sizes(use, x.dims, sizes.whole))]


@_fold("Tile")
def _tile(use: Use, x: Small, repeats: Small) -> list[Small]:
    for axis, times in enumerate(repeats.whole):
        if times < 0 or len(x.values) * times > MOST_VALUES:
            raise NotFoldedError(f"{times} times {len(x.values)} numbers")
        x = folding.sliced(x, axis, [*range(x.dims[axis])] * times)
    return [x]


@_fold("Range")
def _range(use: Use, *inputs: Small) -> list[Small]:
    start, limit, step = (x.values[0] for x in inputs)
    if not step:
        raise FoldError("a range of steps of 0")
    count = max(0, -int(-(limit - start) // step))
    if count > MOST_VALUES:
        raise NotFoldedError(f"a range of {count:,} numbers")
    return [folding.small(*(start + step * place for place in range(count)))]


@_fold("ConstantOfShape")
def _filled(use: Use, sizes: Small) -> list[Small]:
    value = use.operation.attributes.get("value")
    found = values_of(value) if isinstance(value, (Held, View)) else None
    fill = found.values[0] if found is not None and found.values else 0.0
    dims = sizes.whole
    if min(dims, default=0) < 0:
        raise FoldError(f"{list(dims)} is no shape")
    if prod(dims) > MOST_VALUES:
        raise NotFoldedError(f"{prod(dims):,} numbers")
    return [Small(dims, (fill,) * prod(dims))]


@_fold("Split")
def _split(use: Use, x: Small, sizes: Small | None = None) -> list[Small]:
    axis = use.axis(len(x.dims))
    parts = split_sizes(use, x.dims[axis], sizes.whole if sizes is not None else None)
    found, at = [], 0
    for part in parts:
        found.append(folding.sliced(x, axis, range(at, at + part)))
        at += part
    return found


@_fold("ScatterND")
def _put(use: Use, x: Small, indices: Small, updates: Small) -> list[Small]:
    if use.word("reduction", "none") != "none":
        raise NotFoldedError("what stands there is changed, not replaced")
    if len(x.values) > _MOST_PUT:
        raise NotFoldedError(f"{len(x.values)} numbers")
    return [folding.put(x, indices, updates)]


@_fold("NonZero")
def _places(use: Use, x: Small) -> list[Small]:
    at = [
        place for place, value in zip(product(*map(range, x.dims)), x.values, strict=True) if value
    ]
    values = [place[axis] for axis in range(len(x.dims)) for place in at]
    return [Small((len(x.dims), len(at)), tuple(values))]


@_fold("Trilu")
def _triangle(use: Use, x: Small, diagonal: Small | None = None) -> list[Small]:
    (shift,) = diagonal.whole if diagonal is not None else (0,)
    is_upper = bool(use.whole("upper", 1))
    *_, rows, columns = x.dims

    def is_kept(at: int) -> bool:
        behind = at % columns - at // columns % rows
        return behind >= shift if is_upper else behind <= shift

    return [x._replace(values=tuple(v if is_kept(at) else 0 for at, v in enumerate(x.values)))]


@_fold("Mean")
def _mean(use: Use, *inputs: Small) -> list[Small]:
    total = reduce(lambda a, b: folding.elementwise(folding.FOLDS["Sum"], a, b), inputs)
    return [total._replace(values=tuple(one / len(inputs) for one in total.values))]


@_fold("CumSum")
def _cumsum(use: Use, x: Small, axis: Small) -> list[Small]:
    if use.whole("exclusive", 0) or use.whole("reverse", 0):
        raise NotFoldedError("sums that begin elsewhere")
    (along,) = use.axes(axis.whole, len(x.dims))
    return [folding.summed_up(x, along)]
