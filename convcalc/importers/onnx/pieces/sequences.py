"""Sequences of tensors that are made to be taken apart, or joined, again."""

from __future__ import annotations

from dataclasses import replace

from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import Pieces, as_whole, last


@last("SequenceAt")
def _member(pieces: Pieces, operation: Operation) -> Operation | None:
    """One tensor of a sequence: a part of what was split, or one of those it was made of."""
    made = pieces.maker(operation.operand, "SplitToSequence", "SequenceConstruct")
    place = pieces.number(operation.inputs[1]) if len(operation.inputs) == 2 else None
    if made is None or place is None:
        return None
    index = int(place)
    if made.op == "SplitToSequence":
        found = as_whole(operation, "SequencePart", *made.inputs, **made.attributes, index=index)
    elif -len(made.inputs) <= index < len(made.inputs):
        found = as_whole(operation, "Identity", made.inputs[index])
    else:
        return None
    return replace(found, own_word=operation.op)


@last("ConcatFromSequence")
def _joined(pieces: Pieces, operation: Operation) -> Operation | None:
    """Tensors of a sequence one behind the other, or along a new axis."""
    made = pieces.maker(operation.operand, "SequenceConstruct")
    if made is None:
        return None
    op = "SequenceStack" if operation.attributes.get("new_axis") else "Concat"
    axis = operation.attributes.get("axis")
    return replace(as_whole(operation, op, *made.inputs, axis=axis), own_word=operation.op)
