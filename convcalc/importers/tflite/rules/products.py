"""Dense layers, products of matrices, rows of tables."""

from __future__ import annotations

from convcalc.importers.tflite.lowering import Lowering, NoWordsError, rule


@rule("FULLY_CONNECTED")
def dense(say: Lowering) -> list[str]:
    """A dense layer of weights (out, in), over the last axis or over all but the first."""
    if say.whole(1, "b"):
        raise NoWordsError("its weights are shuffled")
    x, weight = say.input(), say.input(1)
    if not say.flag(2) and say.rank() != 2:
        x = say.reshaped(x, -1, say.dims(1)[1])
    turned = say.turned(weight, 1, 0)
    if say.tensor(1).held is None:
        made = say.add("MatMul", x, turned)
        made = say.add("Add", made, say.input(2)) if say.has(2) else made
    elif say.has(2):
        made = say.add("Linear", x, turned, say.input(2))
    else:
        made = say.add("MatMul", x, turned)
    return say.activated(made, 0)


@rule("BATCH_MATMUL")
def matmul(say: Lowering) -> list[str]:
    """A product of the last two axes, of which either may be turned."""
    pair = []
    for place, slot in ((0, 0), (1, 1)):
        name, rank = say.input(place), say.rank(place)
        if say.flag(slot):
            name = say.turned(name, *range(rank - 2), rank - 1, rank - 2)
        pair.append(name)
    return [say.add("MatMul", *pair)]


@rule("GATHER")
def gather(say: Lowering) -> list[str]:
    """Rows of a table, or positions along an axis."""
    if say.whole(1):
        raise NoWordsError("its indices are of each sample")
    return [say.add("Gather", say.input(), say.input(1), axis=say.whole(0))]


@rule("EMBEDDING_LOOKUP")
def embedding(say: Lowering) -> list[str]:
    """Rows of a table, by numbers."""
    return [say.add("Gather", say.input(1), say.input(0), axis=0)]
