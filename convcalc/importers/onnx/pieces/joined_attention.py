"""Attention: two products with a softmax between them, scales and a mask.

Scores and shares that something else reads are layers of their own, and so are the products.

Which mask it is, is known when sizes are. So the pieces go along: the rule walks over them where
they turn out not to be one layer.
"""

from __future__ import annotations

from math import inf
from typing import Literal, NamedTuple

from convcalc.importers.attended_letters import Letters, letters
from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import Pieces, as_whole, last

# What happens to scores, and what is read beside them: a mask that is added, or of truths, with
# minus infinity added where they are false (`seen`); a stored one that says where scores are
# `kept`, or `hidden`, and the number that stands in their place; another shape, or another type.
Step = Literal["added", "seen", "kept", "hidden", "shaped", "cast"]
READ: dict[Step, int] = {"added": 1, "seen": 1, "kept": 2, "hidden": 2, "shaped": 1, "cast": 0}
# How many steps there are at most.
_DEEPEST = 8


class _Scaled(NamedTuple):
    """A tensor without the numbers that it is multiplied by, and without those it is divided by."""

    name: str
    times: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    pieces: tuple[Operation, ...] = ()


class _Scores(NamedTuple):
    """The queries, the turned keys, their product, and what it is scaled by."""

    query: _Scaled
    key: _Scaled
    product: Operation
    behind: _Scaled


class _Step(NamedTuple):
    """What is done to scores, what is read beside them, and by which operations it is done."""

    word: Step
    names: tuple[str, ...]
    pieces: tuple[Operation, ...]


class _Masked(NamedTuple):
    """Scores, and what happens to them before their softmax, in order: see `Step`."""

    scores: _Scores
    steps: tuple[_Step, ...] = ()

    def then(self, step: Step, made: Operation, *names: str) -> _Masked:
        """The same with one step more, which reads the tensors `names` beside the scores."""
        return self._replace(steps=(*self.steps, _Step(step, names, (made,))))


@last("MatMul", "Einsum")
def _attention(pieces: Pieces, operation: Operation) -> Operation | None:
    """softmax(scale q k + masks) v."""
    if len(operation.inputs) != 2:
        return None
    shares, value = operation.inputs
    guard = _guard(pieces, shares)
    softmax = _softmax(pieces, guard[-1].inputs[-1], 2) if guard else _softmax(pieces, shares)
    if softmax is None:
        return None
    found = _masked(pieces, softmax[-1].operand)
    if found is None:
        return None
    query, key, product, behind = found.scores
    said = _letters(product, operation)
    if product.op != operation.op or (operation.op == "Einsum" and said is None):
        return None
    times = (*query.times, *key.times, *behind.times)
    over = (*query.over, *key.over, *behind.over)
    steps = [_of_truths(pieces, one) for one in found.steps]
    own = [made for one in steps for made in one.pieces]
    first = (*query.pieces, *key.pieces, product, *behind.pieces, *own, *softmax[::-1])
    # What the pieces read beside, so that it is there when they are walked over.
    made = {name for one in (*first, *guard) for name in one.outputs}
    read = dict.fromkeys(name for one in (*first, *guard) for name in one.inputs)
    inputs = (
        query.name,
        key.name,
        value,
        *times,
        *over,
        *(name for one in steps for name in one.names),
    )
    return as_whole(
        operation,
        "Attention",
        *inputs,
        *(name for name in read if name not in made and name not in inputs),
        factors=len(times),
        divisors=len(over),
        steps=tuple(one.word for one in steps),
        axis=softmax[-1].attributes.get("axis", -1),
        pieces=first,
        guard=guard,
        letters=said,
        last=operation,
    )


def _letters(first: Operation, second: Operation) -> Letters | None:
    """The axes of the two products, where equations say them."""
    return letters(*(str(one.attributes.get("equation", "")) for one in (first, second)))


def _masked(pieces: Pieces, name: str, depth: int = _DEEPEST) -> _Masked | None:
    """The scores that a tensor is, masked and under other shapes; None where it is none."""
    scores = _scores(pieces, name)
    if scores is not None:
        return _Masked(scores)
    made = pieces.alone(name, "Add", "Reshape", "Where", "Cast") if depth else None
    if made is None:
        return None
    if made.op == "Add":
        for one, other in (made.inputs[:2], made.inputs[1::-1]):
            found = _masked(pieces, one, depth - 1)
            if found is not None:
                return found.then("added", made, other)
        return None
    if made.op == "Where":
        return _filled(pieces, made, depth)
    found = _masked(pieces, made.operand, depth - 1)
    if made.op == "Cast":
        return found and found.then("cast", made)
    return found and found.then("shaped", made, made.inputs[1])


def _filled(pieces: Pieces, made: Operation, depth: int) -> _Masked | None:
    """Scores in the place of which a number stands where a stored mask says so."""
    match made.inputs:
        case condition, yes, no if condition in pieces.sizes:
            steps: tuple[tuple[Step, str, str], ...] = (("kept", yes, no), ("hidden", no, yes))
            for step, scores, number in steps:
                if number in pieces.sizes:
                    found = _masked(pieces, scores, depth - 1)
                    return found and found.then(step, made, condition, number)
    return None


def _of_truths(pieces: Pieces, step: _Step) -> _Step:
    """The step; a mask that is calculated of truths is read as these."""
    name = step.names[0] if step.word == "added" else ""
    made = pieces.maker(name, "Where") if name not in pieces.sizes else None
    if made is None:
        return step
    match made.inputs:
        case condition, yes, no if pieces.number(yes) == 0 and pieces.number(no) == -inf:
            return _Step("seen", (condition,), (made, *step.pieces))
    return step


def _scores(pieces: Pieces, name: str) -> _Scores | None:
    """The scores that a tensor is, as long as both maps of their product are calculated."""
    behind = _scaled(pieces, name)
    product = pieces.alone(behind.name, "MatMul", "Einsum")
    if product is None or any(one in pieces.constants for one in product.inputs):
        return None
    if len(product.inputs) != 2:
        return None
    query, key = (_scaled(pieces, one) for one in product.inputs[:2])
    return _Scores(query, key, product, behind)


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


def _softmax(pieces: Pieces, name: str, reads: int = 1) -> tuple[Operation, ...] | None:
    """The softmax that makes a tensor, and what does nothing behind it, the last one first.

    None where the tensor is read more often than `reads`, or another on the way more than once.
    """
    found: list[Operation] = []
    while True:
        made = pieces.maker(name, "Softmax", "Dropout", "Identity", "Cast")
        if made is None or pieces.uses[name] > reads:
            return None
        found.append(made)
        if made.op == "Softmax":
            return tuple(found)
        name, reads = made.operand, 1


def _guard(pieces: Pieces, name: str) -> tuple[Operation, ...]:
    """The two operations that give 0 for rows of which everything is masked; none without."""
    chosen = pieces.alone(name, "Where")
    if chosen is None:
        return ()
    match chosen.inputs:
        case condition, yes, no if pieces.number(yes) == 0:
            test = pieces.alone(condition, "IsNaN")
            if test is not None and test.operand == no:
                return test, chosen
    return ()
