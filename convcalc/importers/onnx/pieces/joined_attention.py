"""Attention: two products with a softmax between them, scales and a mask.

Which mask it is, is known when sizes are. So the pieces go along: the rule walks over them where
they turn out not to be one layer.
"""

from __future__ import annotations

from typing import NamedTuple

from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import Pieces, as_whole, last


class _Scaled(NamedTuple):
    """A tensor without the numbers that it is multiplied by, and without those it is divided by."""

    name: str
    times: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    pieces: tuple[Operation, ...] = ()


@last("MatMul")
def _attention(pieces: Pieces, operation: Operation) -> Operation | None:
    """softmax(scale q k + mask) v."""
    shares, value = operation.inputs
    guard = _guard(pieces, shares)
    softmax = _softmax(pieces, guard[-1].inputs[-1] if guard else shares)
    if softmax is None:
        return None
    last_scores = softmax[-1].inputs[0]
    masked = pieces.alone(last_scores, "Add")
    found = None
    mask = ""
    if masked is not None:
        for scores, other in (masked.inputs[:2], masked.inputs[1::-1]):
            found = _scores(pieces, scores)
            mask = other
            if found is not None:
                break
    else:
        found = _scores(pieces, last_scores)
    if found is None:
        return None
    query, key, product, behind = found
    times = (*query.times, *key.times, *behind.times)
    over = (*query.over, *key.over, *behind.over)
    own = (masked,) if masked is not None else ()
    first = (*query.pieces, *key.pieces, product, *behind.pieces, *own, *softmax[::-1])
    # What the pieces read beside, so that it is there when they are walked over.
    made = {name for one in (*first, *guard) for name in one.outputs}
    read = dict.fromkeys(name for one in (*first, *guard) for name in one.inputs)
    inputs = (query.name, key.name, value, mask, *times, *over)
    return as_whole(
        operation,
        "Attention",
        *inputs,
        *(name for name in read if name not in made and name not in inputs),
        factors=len(times),
        divisors=len(over),
        axis=softmax[-1].attributes.get("axis", -1),
        pieces=first,
        guard=guard,
        last=operation,
    )


def _scores(pieces: Pieces, name: str) -> tuple[_Scaled, _Scaled, Operation, _Scaled] | None:
    """The queries, the turned keys, their product, and what it is scaled by."""
    behind = _scaled(pieces, name)
    product = pieces.alone(behind.name, "MatMul")
    if product is None or any(one in pieces.constants for one in product.inputs):
        return None
    query, key = (_scaled(pieces, one) for one in product.inputs[:2])
    return query, key, product, behind


def _scaled(pieces: Pieces, name: str) -> _Scaled:
    made = pieces.alone(name, "Mul", "Div")
    if made is None:
        return _Scaled(name)
    x, factor = made.inputs[:2]
    if factor in pieces.sizes and x not in pieces.sizes:
        if made.op == "Mul":
            return _Scaled(x, times=(factor,), pieces=(made,))
        return _Scaled(x, over=(factor,), pieces=(made,))
    if made.op == "Mul" and x in pieces.sizes and factor not in pieces.sizes:
        return _Scaled(factor, times=(x,), pieces=(made,))
    return _Scaled(name)


def _softmax(pieces: Pieces, name: str) -> tuple[Operation, ...] | None:
    """The softmax that makes a tensor, and what does nothing behind it, the last one first."""
    found: list[Operation] = []
    while True:
        made = pieces.maker(name, "Softmax", "Dropout", "Identity", "Cast")
        if made is None or (found and pieces.uses[name] > 1):
            return None
        found.append(made)
        if made.op == "Softmax":
            return tuple(found)
        name = made.inputs[0]


def _guard(pieces: Pieces, name: str) -> tuple[Operation, ...]:
    """The two operations that give 0 for rows of which everything is masked; none without."""
    chosen = pieces.alone(name, "Where")
    if chosen is None or len(chosen.inputs) < 3:
        return ()
    test = pieces.alone(chosen.inputs[0], "IsNaN")
    is_guard = test is not None and test.inputs[0] == chosen.inputs[2]
    is_zero = pieces.number(chosen.inputs[1]) == 0
    return (test, chosen) if test is not None and is_guard and is_zero else ()
