"""What a file of several samples stores for each of them, as it is for one."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from convcalc.importers.mapped import stored_bytes
from convcalc.importers.onnx.shaping import is_elementwise
from convcalc.importers.onnx.use import Use
from convcalc.importers.placing import NoRuleError
from convcalc.network.held import Held, InFile, Written

_FOR_EACH = "what it reads is stored for each sample"


def of_one_sample(use: Use) -> dict[int, Held]:
    """The stored inputs that have something for each of several samples, for one, by place.

    Those of operations that put tensors side by side. Raises NoRuleError where samples differ.
    """
    operation = use.operation
    is_join = operation.op == "Concat"
    if not (is_join or operation.op == "Where" or is_elementwise(operation.op)):
        return {}
    along = use.walk.axis_of_samples(operation.inputs)
    if along is None:
        return {}
    found = {}
    for place in filter(use.has, range(use.count)):
        tensor = use.tensor(place)
        if not isinstance(tensor, Held) or len(tensor.dims) < -along:
            continue
        axis = along % len(tensor.dims)
        is_theirs = tensor.dims[axis] == use.walk.samples
        if not is_theirs or (is_join and use.axis(len(tensor.dims)) == axis):
            continue
        if use.walk.is_told(operation.inputs[place]):
            # What is learnt is as many parameters, although they begin alike.
            raise NoRuleError(_FOR_EACH)
        found[place] = _one(tensor, axis, use.walk.samples, use.walk.model.held_in)
    return found


def _one(held: Held, axis: int, samples: int, held_in: str | bytes) -> Held:
    """An array that is the same at each place of an axis, at one of them. Raises NoRuleError."""
    first = _first(held, samples, held_in)
    if first is None or prod(held.dims[:axis]) != 1:
        raise NoRuleError(_FOR_EACH)
    return replace(held, dims=(*held.dims[:axis], 1, *held.dims[axis + 1 :]), source=first)


def _first(held: Held, times: int, held_in: str | bytes) -> Written | InFile | None:
    """The first part of what is the same so many times; None where it is not, or lies elsewhere."""
    source = held.source
    if isinstance(source, Written):
        part = source.values[: len(source.values) // times]
        return Written(part) if part * times == source.values else None
    if not isinstance(source, InFile) or source.file is not held_in:
        return None
    data = stored_bytes(source)
    length = len(data) // times
    return replace(source, length=length) if data[:length] * times == data else None
