"""What a program reads in the end, and where it writes into tensors that it has already made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from convcalc.importers.model import Operation
from convcalc.importers.named_arguments import Number
from convcalc.importers.pytorch.program import Program

# Operators whose output is the memory of their first input.
_WORDS = (
    "adjoint alias detach diagonal expand expand_as flatten mH mT movedim narrow numpy_T permute "
    "reshape reshape_as select slice squeeze swapaxes t transpose unflatten unsqueeze view view_as"
)
_VIEWS = frozenset(f"aten.{word}" for word in _WORDS.split())
# Operators whose outputs are parts of that memory along an axis, side by side or a place each.
_UNBIND = "aten.unbind"
_PARTS = frozenset(
    (_UNBIND, "aten.chunk", "aten.split", "aten.split_with_sizes", "aten.tensor_split")
)


def parts_apart(program: Program) -> Program:
    """The program with a look of its own for each part of a tensor that is written into.

    `a, b = x.chunk(2)` is two operations, `a = x.narrow(...)` and `b = x.narrow(...)`.
    """
    whole: dict[str, str] = {}
    for one in program.operations:
        if _looks(one) or (one.op in _PARTS and one.inputs):
            base = whole.get(one.operand, one.operand)
            whole.update(dict.fromkeys(one.outputs, base))
    written = {
        whole.get(one.operand, one.operand)
        for one in program.operations
        if one.inputs and is_write(one.op)
    }
    if written.isdisjoint(whole.values()):
        return program
    operations: list[Operation] = []
    for one in program.operations:
        is_written = one.op in _PARTS and whole.get(next(iter(one.outputs), "")) in written
        operations += _parts(one, program) if is_written else [one]
    return replace(program, operations=tuple(operations))


def _parts(operation: Operation, program: Program) -> list[Operation]:
    """A look for each output of an operation that divides a tensor, if it says along which axis."""
    dim, found, start = operation.attributes.get("dim", 0), [], 0
    for index, name in enumerate(operation.outputs):
        op, place = "aten.select", {"index": index}
        if operation.op != _UNBIND:
            match program.example.get(name, ()), dim:
                case shape, int(axis) if -len(shape) <= axis < len(shape):
                    op, place = "aten.narrow", {"start": start, "length": shape[axis]}
                case _:
                    return [operation]
            start += place["length"]
        look = {"self": operation.attributes.get("self"), "dim": dim, **place}
        found.append(replace(operation, op=op, name=name, outputs=(name,), attributes=look))
    return found


class Write(NamedTuple):
    """What an operation that writes into a tensor changes for those that read it later.

    `tensor` has what was written. `back` are the operations that looked at it through other
    tensors, the nearest first: what was written goes back through them into the tensor that they
    begin with. `again` are other looks at that tensor, which read what was written, too.
    """

    tensor: str
    back: tuple[Operation, ...]
    again: tuple[Operation, ...]


class Writes:
    """`wanted` are the tensors and numbers that lead to an output.

    An operator whose name ends in `_` writes into its first input, which may be a part of another
    tensor, or another look at it. `writes` says what that changes, by the operation's number.
    """

    def __init__(self, program: Program) -> None:
        looks = {one.result: one for one in program.operations if _looks(one)}
        bases: dict[str, str] = {}
        seen: dict[str, list[str]] = {}
        for name, operation in looks.items():
            base = bases[name] = bases.get(operation.operand, operation.operand)
            seen.setdefault(base, []).append(name)
        last = _last_reads(program)
        self.writes: dict[int, Write] = {}
        self._into: dict[int, str] = {}
        for operation in program.operations:
            if operation.inputs and is_write(operation.op):
                tensor = operation.operand
                base = bases.get(tensor, tensor)
                self._into[operation.number] = base
                others = [looks[name] for name in seen.get(base, ())]
                self.writes[operation.number] = _write(operation, tensor, others, looks, last)
        self.wanted = self._read(program, bases)
        self.tied = _tied(program)

    def _read(self, program: Program, bases: Mapping[str, str]) -> frozenset[str]:
        wanted = set(program.outputs)
        # Whoever reads a look at a tensor reads what was written into that.
        memory = {bases.get(name, name) for name in wanted}
        for operation in reversed(program.operations):
            into = self._into.get(operation.number)
            if wanted.intersection(operation.outputs) or into in memory:
                if into is not None:
                    wanted.update(operation.outputs)
                wanted.update(operation.inputs)
                memory.update(bases.get(name, name) for name in operation.inputs)
                wanted.update(_numbers(operation.attributes.values()))
        return frozenset(wanted)


def _looks(operation: Operation) -> bool:
    """True where the output is the memory of the first input; what was written is, too."""
    is_look = operation.op in _VIEWS or is_write(operation.op)
    return is_look and bool(operation.outputs) and bool(operation.inputs)


def is_write(op: str) -> bool:
    """True for an operator that writes into its first input.

    >>> is_write("aten.relu_"), is_write("aten.__and__")
    (True, False)
    """
    return op.endswith("_") and not op.endswith("__")


def _last_reads(program: Program) -> dict[str, int]:
    """The last operation that reads each tensor; behind all of them for what is put out."""
    last = {name: one.number for one in program.operations for name in one.inputs}
    return last | dict.fromkeys(program.outputs, len(program.operations) + 1)


def _write(
    operation: Operation,
    tensor: str,
    others: Iterable[Operation],
    looks: Mapping[str, Operation],
    last: Mapping[str, int],
) -> Write:
    """What a write into `tensor` changes; `others` are the looks at the same base."""
    back = []
    name = tensor
    while name in looks:
        back.append(looks[name])
        name = looks[name].operand
    on_the_way = {one.result for one in back}
    now = operation.number
    again = [
        one
        for one in others
        if one.number < now < last.get(one.result, 0) and one.result not in on_the_way
    ]
    # What nobody reads any more need not be put together again.
    while back and not again and last.get(back[-1].operand, 0) <= now:
        back.pop()
    return Write(tensor, tuple(back), tuple(again))


def _tied(program: Program) -> frozenset[str]:
    """Matrices, by the module's name, that dense layers use with several biases, or as a table."""
    partners: dict[str, set[str]] = {}
    for operation in program.operations:
        if operation.op in ("aten.linear", "aten.embedding"):
            weight = program.constants.get(str(operation.attributes.get("weight", "")))
            if weight is not None:
                bias = str(operation.attributes.get("bias") or "")
                partners.setdefault(weight.name, set()).add(bias)
    return frozenset(name for name, biases in partners.items() if len(biases) > 1)


def _numbers(values: Iterable[object]) -> set[str]:
    found = set()
    for value in values:
        if isinstance(value, Number):
            found.add(str(value))
        elif isinstance(value, tuple):
            found |= _numbers(value)
    return found
