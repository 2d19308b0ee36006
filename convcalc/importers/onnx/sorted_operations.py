"""Operations in an order in which each stands behind those that make what it reads.

ONNX demands it of a file, and ONNX Runtime sorts for itself: programs that change files
(`convert_float_to_float16` of onnxruntime.transformers) put their casts behind their readers.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.importers.model import Operation


def in_order(operations: Sequence[Operation]) -> list[int]:
    """The numbers of the operations in order; as they are where there is none, or no need of one.

    What stands too late comes directly before the first that needs it.
    """
    as_it_is = [*range(len(operations))]
    makers: dict[str, int] = {}
    for at, one in enumerate(operations):
        for name in one.outputs:
            if name and makers.setdefault(name, at) != at:
                # A tensor that is made twice has no one maker.
                return as_it_is
    if all(makers.get(name, -1) < at for at, one in enumerate(operations) for name in one.inputs):
        return as_it_is
    order: list[int] = []
    placed, begun = set[int](), set[int]()
    for first in as_it_is:
        pending = [first]
        while pending:
            at = pending[-1]
            if at in placed:
                pending.pop()
                continue
            read = (makers[name] for name in operations[at].inputs if name in makers)
            missing = [maker for maker in dict.fromkeys(read) if maker not in placed]
            if not missing:
                order.append(at)
                placed.add(at)
            elif at in begun:
                # It waits for what waits for it.
                return as_it_is
            else:
                begun.add(at)
                pending += reversed(missing)
    return order
