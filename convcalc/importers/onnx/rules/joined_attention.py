"""Attention of pieces, as exporters write it: one layer, or what the pieces are."""

from __future__ import annotations

import struct
from collections.abc import Container, Sequence
from dataclasses import replace
from math import inf, prod
from typing import NamedTuple, cast

from convcalc.core.shapes import Shape
from convcalc.importers.attended_heads import Attended, Mask
from convcalc.importers.attended_letters import Letters
from convcalc.importers.mapped import stored_bytes
from convcalc.importers.model import Operation
from convcalc.importers.onnx.folding import Small
from convcalc.importers.onnx.pieces.joined_attention import READ, Step
from convcalc.importers.onnx.use import Tensor, Use, held_of, values_of
from convcalc.importers.placing import NoRuleError
from convcalc.importers.stored_layers import held_view
from convcalc.importers.tensor_views import View
from convcalc.network.held import Held, InFile, Made, Nth, Written

# A number below it leaves nothing of a score beside others, and what does so for any scores.
_NONE, _LEAST = -1e4, -1e38
# A mask of so many bytes is looked at: one of 2,048 positions.
_MOST_BYTES = 1 << 24


def joined(use: Use) -> Sequence[Tensor]:
    """One layer, or its pieces where they are none."""
    try:
        return [_one_layer(use)]
    except NoRuleError:
        return _as_written(use)


def _one_layer(use: Use) -> View:
    """The pieces as one layer. Raises NoRuleError where they are not one."""
    q, k, v = (use.view(place) for place in range(3))
    if len(q.axes) < 2 or use.axis(len(q.axes), -1) != len(q.axes) - 1:
        raise NoRuleError("its shares are of another axis")
    scale = 1.0
    count = use.whole("factors", 0)
    for place in range(3, 3 + count + use.whole("divisors", 0)):
        factor = use.single(place)
        if not factor or use.counts(place):
            # What is learnt has one number by chance, as long as nobody trains it.
            raise NoRuleError("its scale is no number")
        scale = scale * factor if place < 3 + count else scale / factor
    last = len(k.axes) - 1
    said = cast(Letters | None, use.operation.attributes["letters"])
    q, keys, v = (
        said.laid(q, k, v) if said else (q, k.transposed([*range(last - 1), last, last - 1]), v)
    )
    masks, fields, dims = _masks(use, (*q.dims[:-1], keys.dims[-2]))
    whole = Attended(q, keys, v, masks, dims[:-2])
    found = whole.layer(use.builder, use.operation, scale, fields)
    return said.given(found) if said else found


class _Read(NamedTuple):
    """A mask, its numbers where they are known, and whether they are truths."""

    mask: Mask
    values: Sequence[float] | None
    is_boolean: bool


def _masks(use: Use, scores: Shape) -> tuple[list[Mask], dict[str, object], Shape]:
    """The masks of scores of this shape, the fields that say what they are, and the last shape."""
    read, scores = _read_masks(use, scores)
    read = [one for one in read if not _adds_nothing(one)]
    causal = [one for one in read if _is_causal(one, use.walk.model.causal)]
    others = [one for one in read if one not in causal]
    fields: dict[str, object] = {"causal": True} if causal else {}
    kinds = {one.is_boolean for one in others}
    if len(kinds) > 1:
        raise NoRuleError("it has masks of numbers and of truths")
    if True in kinds:
        fields["masks"] = "boolean"
    return [one.mask for one in others], fields, scores


def _read_masks(use: Use, scores: Shape) -> tuple[list[_Read], Shape]:
    place = 3 + use.whole("factors", 0) + use.whole("divisors", 0)
    found, dims = [], scores
    for step in cast(tuple[Step, ...], use.operation.attributes["steps"]):
        if step == "shaped":
            dims = _shaped(use, place, dims)
        elif step in ("added", "seen"):
            found.append(_of_tensor(use, place, dims, is_boolean=step == "seen"))
        elif step in ("kept", "hidden"):
            found.append(_filled(use, place, dims, keeps=step == "kept"))
        place += READ[step]
    return found, dims


def _shaped(use: Use, place: int, dims: Shape) -> Shape:
    """Scores under another shape, whose last two axes are still theirs."""
    sizes = list(use.walk.of_one_sample(use.sizes(place)))
    sizes = [dims[n] if size == 0 and n < len(dims) else size for n, size in enumerate(sizes)]
    if -1 in sizes:
        sizes[sizes.index(-1)] = prod(dims) // max(1, -prod(sizes))
    if tuple(sizes[-2:]) != dims[-2:] or prod(sizes) != prod(dims):
        raise NoRuleError("its scores become others")
    return tuple(sizes)


def _of_tensor(use: Use, place: int, dims: Shape, is_boolean: bool) -> _Read:
    tensor = use.tensor(place)
    if not isinstance(tensor, Held):
        return _Read(Mask(tensor, dims[:-2]), None, is_boolean)
    if is_boolean or tensor.element == "bool":
        raise NoRuleError("its mask of truths is stored")
    view = held_view(tensor)
    view = view if tensor.dims else view._replace(axes=())
    mask = Mask(view, dims[:-2], tensor, use.is_learnt(place))
    return _Read(mask, _numbers(use, tensor), False)


def _filled(use: Use, place: int, dims: Shape, keeps: bool) -> _Read:
    """A stored mask of truths as what is added: scores are kept where it is true, or hidden."""
    condition, number = use.held(place), use.single(place + 1)
    if number is None or number > _NONE:
        raise NoRuleError("scores become a number")
    low = -inf if number == -inf else _LEAST
    pair = (0.0, low) if keeps else (low, 0.0)
    # Layers that have one mask read one layer.
    made = use.builder.worked_out
    held = made.get((condition, pair)) or _added(condition, _numbers(use, condition), pair)
    made[condition, pair] = held
    values = values_of(held)
    mask = Mask(held_view(held), dims[:-2], held)
    return _Read(mask, values.values if values is not None else None, False)


def _added(condition: Held, values: Sequence[float] | None, pair: tuple[float, float]) -> Held:
    """The first number where the condition is true, the second elsewhere."""
    if values is not None:
        added = tuple(pair[0] if one else pair[1] for one in values)
        return replace(held_of(Small(condition.dims, added)), name=condition.name)
    arguments = {"condition": Nth(0), "x": pair[0], "other": pair[1]}
    given = {"op": "aten.where", "arguments": arguments, "element": "float32"}
    return Held(condition.name, condition.dims, "float32", Made("calculated", (condition,), given))


def _numbers(use: Use, mask: Held) -> Sequence[float] | None:
    """The numbers of a mask that the file itself holds, where they are few."""
    source = mask.source
    if isinstance(source, Written):
        return source.values if len(source.values) == mask.count else None
    kinds = {"float32": "f", "bool": "?"}
    if (
        isinstance(source, InFile)
        and source.file == use.walk.model.held_in
        and mask.element in kinds
        and source.length <= _MOST_BYTES
    ):
        return struct.unpack(f"<{mask.count}{kinds[mask.element]}", stored_bytes(source))
    return None


def _adds_nothing(read: _Read) -> bool:
    """True for a mask of zeros, which nobody will ever train."""
    return read.values is not None and not read.mask.is_learnt and not any(read.values)


def _is_causal(read: _Read, said: Container[str]) -> bool:
    """True for a mask that hides what comes later, for all heads alike; `said` to do so or seen."""
    held = read.mask.held
    dims = held.dims if held is not None else ()
    if len(dims) < 2 or prod(dims[:-2]) != 1 or dims[-1] < 2:
        return False
    if held is not None and held.name in said:
        return dims[-1] == dims[-2]
    if read.values is None:
        return False
    count = dims[-1]
    hidden = read.values[count - 1]
    rows = [tuple(read.values[at : at + count]) for at in range(0, len(read.values), count)]
    return hidden <= _NONE and all(
        values == (0.0,) * row + (hidden,) * (count - row) for row, values in enumerate(rows, 1)
    )


def _as_written(use: Use) -> Sequence[Tensor]:
    """What the pieces are, walked over as if they had not been found."""
    operation, walk = use.operation, use.walk
    guard = cast(tuple[Operation, ...], operation.attributes["guard"])
    mask = _only_mask(use)
    known = use.values(mask) if mask is not None else None
    if mask is not None and (known is not None or not guard):
        _bound(use, mask)
    if guard and known is not None and not hides_a_row(known):
        # There is no row for it to guard: the shares are what they are.
        chosen = guard[-1]
        same = replace(chosen, op="Identity", inputs=chosen.inputs[2:])
        return walk.as_written(operation, same)
    return walk.as_written(operation, *guard)


def _only_mask(use: Use) -> int | None:
    """The place of the mask, where all that happens to the scores is that it is added."""
    place = 3 + use.whole("factors", 0) + use.whole("divisors", 0)
    return place if use.operation.attributes["steps"] == ("added",) else None


def _bound(use: Use, place: int) -> None:
    """Makes what a stored mask hides a number that can be added to: nothing comes of it either."""
    mask = use.tensor(place)
    if isinstance(mask, Held):
        (use.walk.tensors[use.operation.inputs[place]],) = (
            mask.made("least", mask.dims, by=_LEAST),
        )


def hides_a_row(mask: Small) -> bool:
    """True where a query sees no key, as far as a mask says what is added to its scores."""
    columns = mask.dims[-1] if mask.dims else 1
    rows = range(0, len(mask.values), columns)
    return any(max(mask.values[row : row + columns]) <= _NONE for row in rows)
