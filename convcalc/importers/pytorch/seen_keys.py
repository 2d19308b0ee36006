"""Which keys a mask lets its queries see, where a program works that out of constants.

A mask of many queries is never written out: it compares vectors, and these are worked out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Literal

from convcalc.core.shapes import Shape
from convcalc.importers.onnx import folding
from convcalc.importers.onnx.folding import FoldError, Number, Small
from convcalc.network.held import Held, Made, Nth, Written

# Where a mask is true: nowhere, everywhere, at keys up to the query, at those behind it.
Seen = Literal["none", "all", "before", "after"]
_Known = Small | Seen | None

# A number that leaves nothing of a score which it is added to.
_NONE = -1e4
_LONGEST = 8192
# Where it is false instead.
OTHERS: dict[Seen, Seen] = {"none": "all", "all": "none", "before": "after", "after": "before"}
_SAME = ("aten.to", "aten._to_copy", "aten.clone", "aten.contiguous", "aten.alias")
_COMPARED: dict[str, Callable[..., Number]] = {
    "aten.le": operator.le, "aten.lt": operator.lt, "aten.ge": operator.ge,
    "aten.gt": operator.gt, "aten.eq": operator.eq, "aten.ne": operator.ne,
}  # fmt: skip
_OF_NUMBERS: dict[str, Callable[..., Number]] = {
    **_COMPARED,
    "aten.add": operator.add, "aten.sub": operator.sub, "aten.mul": operator.mul,
}  # fmt: skip
_ALIKE = ("aten.eq", "aten.ne")
# Where what is known is 0, or any other number.
_ZERO: dict[str, dict[Seen, Seen]] = {"aten.eq": OTHERS, "aten.ne": {one: one for one in OTHERS}}
_PICKING = (
    *(f"aten.upsample_nearest{rank}d" for rank in (1, 2, 3)),
    *("aten.index_select", "aten.gather", "aten.expand", "aten.repeat"),
)


def seen(mask: Held) -> Seen | None:
    """Where a mask is true, or has any number but 0; None where that is not known."""
    return _truths(_worked_out(mask))


def counts_up(places: Held) -> bool:
    """True for 0, 1, 2 and so on."""
    found = _worked_out(places)
    return isinstance(found, Small) and found.values == tuple(range(places.count))


def _worked_out(array: Held) -> _Known:
    known: dict[int, _Known] = {}
    for one in array.in_order():
        try:
            known[id(one)] = _of(one, [known[id(part)] for part in _parts(one)])
        except (FoldError, LookupError, TypeError, ValueError, AttributeError):
            known[id(one)] = None
    return known[id(array)]


def added(mask: Held) -> Seen | None:
    """Where a mask of numbers leaves scores as they are, which it hides elsewhere."""
    source = mask.source
    while isinstance(source, Made) and source.how in ("arranged", "reshaped", "spread"):
        if _turns(source, mask.dims):
            return None
        mask, source = source.of[0], source.of[0].source
    if not isinstance(source, Made) or source.how != "calculated":
        return None
    given = _given(source, source.of)
    if source.fields["op"] == "aten.where":
        condition, at_true, at_false = given.get("condition"), given.get("x"), given.get("other")
    elif source.fields["op"] == "aten.masked_fill":
        condition, at_true, at_false = given.get("mask"), given.get("value"), given.get("x")
    else:
        return None
    where = seen(condition) if isinstance(condition, Held) else None
    numbers = _single(at_true), _single(at_false)
    if where is None or None in numbers:
        return None
    low, high = sorted(number for number in numbers if number is not None)
    if high or low > _NONE:
        return None
    return where if not numbers[0] else OTHERS[where]


def _single(value: object) -> float | None:
    """The one number that a value is."""
    if isinstance(value, int | float):
        return value
    source = value.source if isinstance(value, Held) else None
    if isinstance(source, Made) and source.how == "filled":
        by = source.fields["by"]
        return by if isinstance(by, int | float) else None
    return source.values[0] if isinstance(source, Written) and len(source.values) == 1 else None


def _parts(one: Held) -> tuple[Held, ...]:
    return one.source.of if isinstance(one.source, Made) else ()


def _given(made: Made, of: Sequence[Any]) -> dict[str, Any]:
    """The arguments of what is calculated, with these in the place of the arrays."""

    def named(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(named, value))
        return of[value] if isinstance(value, Nth) else value

    arguments = made.fields["arguments"]
    assert isinstance(arguments, Mapping)
    return {key: named(value) for key, value in arguments.items()}


def _of(one: Held, parts: list[_Known]) -> _Known:
    """What an array is, made of such parts."""
    source = one.source
    if isinstance(source, Written) and len(source.values) == one.count <= _LONGEST:
        return Small(one.dims, source.values)
    if not isinstance(source, Made):
        return None
    if source.how == "filled":
        by: Any = source.fields["by"]
        return Small(one.dims, (by,) * one.count) if one.count <= _LONGEST else _truth(by)
    if source.how == "calculated":
        given = _given(source, parts)
        if source.fields["op"] in _SAME:
            return _as_element(given["x"], one.element)
        return _calculated(str(source.fields["op"]), one.dims, given)
    (x, *_) = parts
    if isinstance(x, Small):
        return _moved(source, one.dims, x) if one.count <= _LONGEST else None
    return None if _turns(source, one.dims) else x


def _as_element(x: _Known, element: str) -> _Known:
    """The same in another type: truths of numbers, and whole numbers of those that are."""
    if not isinstance(x, Small) or element.startswith("float"):
        return x
    turned: Callable[[Number], int] = bool if element == "bool" else int
    return Small(x.dims, tuple(turned(value) for value in x.values))


def _truth(value: float) -> Seen:
    return "all" if value else "none"


def _truths(known: Any) -> Seen | None:
    """Where an array is true; of one that was worked out, if it is the same everywhere."""
    if isinstance(known, Small):
        found = {bool(value) for value in known.values}
        return _truth(found.pop()) if len(found) == 1 else None
    return known if known in OTHERS else None


def _turns(made: Made, dims: Shape) -> bool:
    """True unless queries and keys are the last two axes that they were, all others being 1."""
    before, order = made.of[0].dims, made.fields.get("axes", ())
    is_other = made.how not in ("arranged", "reshaped", "spread")
    is_cut = prod(before) != prod(before[-2:]) or before[-2:] != dims[-2:]
    assert isinstance(order, tuple)
    return is_other or is_cut or order != tuple(sorted(order))


def _moved(made: Made, dims: Shape, x: Small) -> Small | None:
    """A small array that is cut, turned or spread."""
    fields: Mapping[str, Any] = made.fields
    if made.how == "arranged":
        cut = x._replace(dims=tuple(fields["sizes"]))
        return folding.transposed(cut, fields["axes"])._replace(dims=dims)
    if made.how == "spread":
        return folding.expanded(x, dims)
    if made.how == "sliced":
        places = [fields["start"] + fields["step"] * at for at in range(dims[fields["axis"]])]
        return folding.sliced(x, fields["axis"], places)
    return x._replace(dims=dims) if made.how == "reshaped" else None


def _calculated(op: str, dims: Shape, given: Mapping[str, Any]) -> _Known:
    x, other = given.get("x"), given.get("other")
    if op in ("aten.logical_not", "aten.bitwise_not"):
        where = _truths(x)
        return OTHERS[where] if where else None
    if op in ("aten.bitwise_and", "aten.logical_and"):
        return _both(_truths(x), _truths(other))
    if op in ("aten.tril", "aten.triu"):
        kept: dict[tuple[str, int], Seen] = {("tril", 0): "before", ("triu", 1): "after"}
        is_square = dims[-1] == dims[-2] > 1
        place = (op.removeprefix("aten."), given.get("diagonal", 0))
        return kept.get(place) if is_square and _truths(x) == "all" else None
    if op in _PICKING:
        return _picked(x, dims)
    if op in _ZERO and x in OTHERS and other == 0:
        return _ZERO[op][x]
    if op in _COMPARED and len(dims) > 1 and min(dims[-2:]) > 1:
        return _compared(op, _vector(x, dims, -2), _vector(other, dims, -1))
    return _of_vectors(op, dims, given) if prod(dims) <= _LONGEST else None


def _picked(x: Any, dims: Shape) -> _Known:
    """Elements of an array whose numbers are all one: whichever these are."""
    values = {*x.values} if isinstance(x, Small) else {int(x == "all")}
    if len(values) != 1 or x in (None, "before", "after"):
        return None
    (value,) = values
    return Small(dims, (value,) * prod(dims)) if prod(dims) <= _LONGEST else _truth(value)


def _both(one: Seen | None, other: Seen | None) -> Seen | None:
    """Where two masks are true."""
    if one == "all" or one == other:
        return other
    if other == "all":
        return one
    return None if None in (one, other) else "none"


def _vector(x: Any, dims: Shape, axis: int) -> tuple[tuple[Number, ...], bool]:
    """The numbers along one of the last two axes, and whether it is the other one of them."""
    if not isinstance(x, Small):
        x = Small((), (x,))
    sizes = (1, 1, *x.dims)[-2:]
    if len(x.values) != max(sizes) or max(sizes) not in dims[-2:]:
        raise FoldError("it is no vector")
    lies = -2 if sizes[0] > 1 else -1 if sizes[1] > 1 else axis
    return x.values, lies != axis


def _compared(
    op: str, left: tuple[tuple[Number, ...], bool], right: tuple[tuple[Number, ...], bool]
) -> Seen | None:
    """Numbers of queries against those of keys; where both are turned, the other way round.

    Where it is so of each query's own key, and of none behind it, keys rise or fall all along, and
    it is so of all keys before and of none further on; the same the other way round.
    """
    (queries, is_turned), (keys, is_too) = left, right
    if is_turned != is_too:
        return None
    told = _COMPARED[op]
    if is_turned:
        queries, keys = keys, queries

    def is_so(query: Number, key: Number) -> bool:
        return bool(told(key, query) if is_turned else told(query, key))

    if op in _ALIKE:
        is_one = len({*queries, *keys}) == 1
        return _truth(is_so(queries[0], keys[0])) if is_one else None
    ends = [(one, other) for one in _ends(queries) for other in _ends(keys)]
    found = {is_so(*pair) for pair in ends}
    if len(found) == 1:
        return _truth(found.pop())
    if len(queries) != len(keys):
        return None
    own = {is_so(*pair) for pair in zip(queries, keys, strict=True)}
    behind = {is_so(*pair) for pair in zip(queries, keys[1:], strict=False)}
    if len(own) == len(behind) == 1 and own != behind:
        return "before" if own.pop() else "after"
    return None


def _ends(values: Sequence[Number]) -> tuple[Number, Number]:
    return min(values), max(values)


def _of_vectors(op: str, dims: Shape, given: Mapping[str, Any]) -> _Known:
    """What an operator makes of small arrays; None for those that masks are not made with."""
    if op == "aten.arange":
        start, step = given.get("start", 0), given.get("step", 1)
        return Small(dims, tuple(start + step * at for at in range(prod(dims))))
    x = given["x"]
    if op in _OF_NUMBERS and given.get("alpha", 1) == 1:
        other = given["other"]
        pair = (one if isinstance(one, Small) else Small((), (one,)) for one in (x, other))
        return folding.elementwise(_OF_NUMBERS[op], *pair)
    axis = given.get("dim", -1) % max(1, len(dims))
    if op == "aten.cumsum":
        return folding.summed_up(x, axis)
    if op == "aten.diff" and given.get("n", 1) == 1:
        whole = [one for one in (given.get("prepend"), x, given.get("append")) if one is not None]
        x = folding.joined(whole, axis)
        count = x.dims[axis]
        later = folding.sliced(x, axis, range(1, count))
        return folding.elementwise(operator.sub, later, folding.sliced(x, axis, range(count - 1)))
    if op == "aten.index":
        return _picked(x, dims) if isinstance(x, str) else _indexed(x, given["indices"])
    return None


def _indexed(x: Small, indices: Sequence[Small]) -> Small:
    """The elements at these indices, one for each axis."""
    dims = folding.spread([one.dims for one in indices])
    columns = [folding.expanded(one, dims).whole for one in indices]
    values = []
    for place in zip(*columns, strict=True):
        at = 0
        for index, size in zip(place, x.dims, strict=True):
            at = at * size + index % size
        values.append(x.values[at])
    return Small(dims, tuple(values))
