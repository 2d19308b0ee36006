"""The operators of PyTorch in the words of ONNX, in which pieces of layers are looked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from convcalc.core.shapes import Shape
from convcalc.importers.model import Operation
from convcalc.importers.named_arguments import Tensor
from convcalc.importers.onnx.pieces import Pieces
from convcalc.importers.pytorch.program import Program
from convcalc.importers.pytorch.writing import Writes
from convcalc.network.held import Held, Written

# Operators of single tensors, and of two tensors or a tensor and a number.
_SINGLE = {
    "aten.abs",
    "aten.erf",
    "aten.log",
    "aten.reciprocal",
    "aten.sigmoid",
    "aten.softplus",
    "aten.sqrt",
    "aten.tanh",
}
_PAIRS = {"aten.add", "aten.div", "aten.mul", "aten.pow", "aten.sub"}
_PRODUCTS = {"aten.matmul", "aten.bmm"}
# Larger numbers are no part of any piece.
_MOST = 1e38
# An end that is that of the axis, as PyTorch writes it.
_NO_END = (1 << 63) - 1
# What gives the same numbers.
_SAME = {
    "aten.alias",
    "aten.clone",
    "aten.contiguous",
    "aten.detach",
    "aten.dropout",
    "aten.to",
    "aten.type_as",
    "aten.float",
    "aten._to_copy",
}


class Telling:
    """The operators of a program in the words of ONNX."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.constants: dict[str, Held] = dict(program.constants)
        self.same: dict[str, str] = {}
        # Where something is written, its name tells not which numbers are meant.
        writes = Writes(program)
        self._written, self._plain = _written(program, writes)
        self._wanted = writes.wanted

    def wholes(self) -> Iterator[tuple[int, Operation]]:
        """What is found: the place of its last operator, and what it is in ONNX's words."""
        told: list[Operation] = []
        places: list[int] = []
        for at, operation in enumerate(self.program.operations):
            if self._written.isdisjoint((*operation.inputs, *operation.outputs)):
                for one in self._told(operation):
                    told.append(one)
                    places.append(at)
        given = replace(self.program, operations=tuple(told), constants=self.constants)
        pieces = Pieces(replace(given, outputs=self._read_besides({*places})))
        pieces.sizes |= _of_constants(self.program)
        for at, before, after in zip(places, told, pieces.of(told), strict=True):
            if before is not after:
                yield at, after

    def _read_besides(self, told: set[int]) -> tuple[str, ...]:
        """The outputs, and what operators read that are not told, by first names."""
        names = [*self.program.outputs]
        for at, operation in enumerate(self.program.operations):
            is_same = not self.same.keys().isdisjoint(operation.outputs)
            if at not in told and not is_same and self._wanted.intersection(operation.outputs):
                names += operation.inputs
        return tuple(self.same.get(name, name) for name in names)

    def name(self, value: object) -> str:
        """What an argument is called: a tensor by its first name, a number by itself."""
        if isinstance(value, Tensor):
            return self.same.get(value, value)
        if isinstance(value, int | float) and abs(value) < _MOST:
            return self._of_number(value)
        return ""

    def filling(self, value: object) -> str:
        """What a number is called that stands in the place of others, however large it is."""
        return self._of_number(value) if isinstance(value, int | float) else self.name(value)

    def _of_number(self, value: float) -> str:
        name = f"number {value}"
        self.constants[name] = Held(name, (), "float64", Written((float(value),)))
        return name

    def number(self, name: str) -> float | None:
        """The number that a name stands for."""
        match self._values(name):
            case (value,):
                return float(value)
        return None

    def sizes(self, name: str) -> Shape:
        """The sizes that a name stands for."""
        return tuple(map(int, self._values(name)))

    def _values(self, name: str) -> tuple[int | float, ...]:
        held = self.constants.get(name)
        return held.source.values if held and isinstance(held.source, Written) else ()

    def shape(self, name: str) -> Shape:
        """The shape of a tensor in the example."""
        held = self.program.constants.get(name)
        return self.program.example.get(name, () if held is None else held.dims)

    def _told(self, operation: Operation) -> Iterator[Operation]:
        op = operation.op.removesuffix("_" if operation.number in self._plain else "")
        given = operation.attributes
        first = self.name(given.get("self", given.get("input")))
        if not operation.outputs:
            return
        output = operation.result
        if op in _SAME and first:
            self.same[output] = first
            return
        if op in _SINGLE:
            yield replace(operation, op=_told_as(op), inputs=(first,), attributes={})
        elif op in _PAIRS:
            other = self.name(given.get("other", given.get("exponent")))
            plain = given.get("alpha", 1) == 1 and not given.get("rounding_mode")
            if first and other and plain:
                yield replace(operation, op=_told_as(op), inputs=(first, other), attributes={})
        elif op in _PRODUCTS:
            other = self.name(given.get("other", given.get("mat2")))
            yield replace(operation, op="MatMul", inputs=(first, other), attributes={})
        elif op in _TOLD:
            yield from _TOLD[op](self, operation, first)


def _told_as(op: str) -> str:
    """ONNX's word for an operator that has the same one, in small letters."""
    return op.removeprefix("aten.").capitalize()


def _rsub(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    other = told.name(operation.attributes.get("other"))
    if operation.attributes.get("alpha", 1) == 1:
        yield replace(operation, op="Sub", inputs=(other, x), attributes={})


def _rsqrt(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    root = f"{operation.result} root"
    yield replace(operation, op="Sqrt", inputs=(x,), outputs=(root,), attributes={})
    yield replace(operation, op="Reciprocal", inputs=(root,), attributes={})


def _axis(told: Telling, operation: Operation, x: str) -> int | None:
    """The axis that a figure is taken over and left with size 1."""
    dims = operation.attributes.get("dim")
    rank = len(told.shape(x))
    is_kept = operation.attributes.get("keepdim")
    match dims if isinstance(dims, tuple) else (dims,):
        case (int(axis),) if rank and is_kept:
            return axis % rank
    return None


def _mean(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    axis = _axis(told, operation, x)
    if axis is not None:
        yield replace(operation, op="ReduceMean", inputs=(x,), attributes={"axes": (axis,)})


def _var(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    given, axis = operation.attributes, _axis(told, operation, x)
    is_of_all = given.get("unbiased") is False or given.get("correction", 1) == 0
    if axis is None or not is_of_all:
        return
    mean, apart, square = (f"{operation.result} {word}" for word in ("mean", "apart", "squares"))
    axes = {"axes": (axis,)}
    yield replace(operation, op="ReduceMean", inputs=(x,), outputs=(mean,), attributes=axes)
    yield replace(operation, op="Sub", inputs=(x, mean), outputs=(apart,), attributes={})
    yield replace(operation, op="Mul", inputs=(apart, apart), outputs=(square,), attributes={})
    yield replace(operation, op="ReduceMean", inputs=(square,), attributes=axes)


def _clip(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    given = operation.attributes
    least, most = (
        (0, 6)
        if operation.op == "aten.relu6"
        else (given.get(word, given.get(f"{word}_val")) for word in ("min", "max"))
    )
    bounds = (told.name(least), told.name(most))
    yield replace(operation, op="Clip", inputs=(x, *bounds), attributes={})


def _softmax(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    fields = {"axis": operation.attributes.get("dim", -1)}
    yield replace(operation, op="Softmax", inputs=(x,), attributes=fields)


def _length(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    given, axis = operation.attributes, _axis(told, operation, x)
    if axis is not None and given.get("ord", given.get("p", 2)) == 2:
        yield replace(operation, op="ReduceL2", inputs=(x,), attributes={"axes": (axis,)})


def _expand(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    yield replace(operation, op="Expand", inputs=(x,), attributes={})


def _view(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    output = operation.result
    shape = told.shape(output)
    held = told.constants.get(x)
    if held is not None:
        told.constants[output] = held.made("reshaped", shape)
        return
    sizes = f"{output} sizes"
    told.constants[sizes] = Held(sizes, (len(shape),), "int64", Written(shape))
    yield replace(operation, op="Reshape", inputs=(x, sizes), attributes={})


def _where(told: Telling, operation: Operation, condition: str) -> Iterator[Operation]:
    given = operation.attributes
    condition = told.name(given.get("condition"))
    inputs = (condition, told.filling(given.get("self")), told.filling(given.get("other")))
    yield replace(operation, op="Where", inputs=inputs, attributes={})


def _fill(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    given = operation.attributes
    inputs = (told.name(given.get("mask")), told.filling(given.get("value")), x)
    yield replace(operation, op="Where", inputs=inputs, attributes={})


def _einsum(told: Telling, operation: Operation, _: str) -> Iterator[Operation]:
    tensors = operation.attributes.get("tensors")
    names = tuple(map(told.name, tensors)) if isinstance(tensors, tuple | list) else ()
    fields = {"equation": operation.attributes.get("equation", "")}
    if all(names):
        yield replace(operation, op="Einsum", inputs=names, attributes=fields)


def _slice(told: Telling, operation: Operation, x: str) -> Iterator[Operation]:
    given = operation.attributes
    start, end, step = given.get("start") or 0, given.get("end"), given.get("step", 1)
    end = _NO_END if end is None else end
    if (start, end, step) == (0, _NO_END, 1):
        told.same[operation.result] = x
        return
    bounds = (start, end, given.get("dim", 0), step)
    yield replace(operation, op="Slice", inputs=(x, *map(told.name, bounds)), attributes={})


def _cat(told: Telling, operation: Operation, _: str) -> Iterator[Operation]:
    tensors = operation.attributes.get("tensors")
    names = tuple(map(told.name, tensors)) if isinstance(tensors, tuple | list) else ()
    axis = operation.attributes.get("dim", 0)
    if names and all(names):
        yield replace(operation, op="Concat", inputs=names, attributes={"axis": axis})


_TOLD: dict[str, Callable[[Telling, Operation, str], Iterator[Operation]]] = {
    "aten.cat": _cat,
    "aten.einsum": _einsum,
    "aten.slice": _slice,
    "aten.rsub": _rsub,
    "aten.rsqrt": _rsqrt,
    "aten.mean": _mean,
    "aten.var": _var,
    "aten.clamp": _clip,
    "aten.clamp_min": _clip,
    "aten.expand": _expand,
    "aten.expand_as": _expand,
    **dict.fromkeys(("aten.linalg_vector_norm", "aten.norm"), _length),
    **dict.fromkeys(("aten.reshape", "aten.unsqueeze", "aten.view"), _view),
    "aten.hardtanh": _clip,
    "aten.relu6": _clip,
    "aten.where": _where,
    "aten.masked_fill": _fill,
    "aten.softmax": _softmax,
    "aten._softmax": _softmax,
}


def _of_constants(program: Program) -> set[str]:
    """Tensors that hang on constants alone."""
    found = set(program.constants) - program.learnt
    for operation in program.operations:
        if found.issuperset(operation.inputs):
            found.update(operation.outputs)
    return found


def _written(program: Program, writes: Writes) -> tuple[frozenset[str], frozenset[int]]:
    """Tensors whose memory something is written into, by whichever name.

    And the numbers of operations that write into a tensor which nobody else reads: they are what
    they would be without writing.
    """
    found: set[str] = set()
    plain: set[int] = set()
    reads = Counter(name for one in program.operations for name in {*one.inputs})
    made = {name for one in program.operations for name in one.outputs} - {*program.outputs}
    for operation in program.operations:
        write = writes.writes.get(operation.number)
        if write is None:
            continue
        looks = (*write.back, *write.again)
        if not looks and write.tensor in made and reads[write.tensor] == 1:
            plain.add(operation.number)
            continue
        found.update((write.tensor, *operation.outputs))
        found.update(name for one in looks for name in (one.operand, one.result))
    return frozenset(found), frozenset(plain)
