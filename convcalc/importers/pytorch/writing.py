"""What a program reads in the end, and where it writes into tensors that it has already made."""

from __future__ import annotations

from collections.abc import Iterable

from convcalc.importers.building import NoRuleError
from convcalc.importers.model import Operation
from convcalc.importers.pytorch.program import Number, Program

# Operators whose output is the memory of their first input.
_WORDS = (
    "view slice select transpose permute unsqueeze squeeze t expand narrow reshape flatten "
    "diagonal unflatten"
)
_VIEWS = frozenset(f"aten.{word}" for word in _WORDS.split())


class Writes:
    """`wanted` are the tensors and numbers that lead to an output.

    An operator whose name ends in `_` writes into its first input. Where that is a whole tensor,
    whoever reads it later reads what was written: `written` names it, by the operation's number.
    Where it is a part of another, the other is not what it was: no rule reads it.
    """

    def __init__(self, program: Program) -> None:
        self.written: dict[int, str] = {}
        self._into: dict[int, str] = {}
        # The first operation that writes into parts of a tensor.
        self._parts: dict[str, int] = {}
        bases: dict[str, str] = {}
        for operation in program.operations:
            first = operation.inputs[0] if operation.inputs else ""
            if operation.op in _VIEWS and operation.outputs:
                bases[operation.outputs[0]] = bases.get(first, first)
            if operation.op.endswith("_") and not operation.op.endswith("__") and first:
                base = bases.get(first, first)
                self._into[operation.number] = base
                if first == base:
                    self.written[operation.number] = first
                else:
                    self._parts.setdefault(base, operation.number)
        self.wanted = self._read(program)
        self.tied = _tied(program)

    def _read(self, program: Program) -> frozenset[str]:
        wanted = set(program.outputs)
        for operation in reversed(program.operations):
            into = self._into.get(operation.number)
            if wanted.intersection(operation.outputs) or into in wanted:
                wanted.update(operation.outputs)
                wanted.update(operation.inputs)
                wanted.update(_numbers(operation.attributes.values()))
        return frozenset(wanted)

    def refuse(self, operation: Operation) -> None:
        """Raises NoRuleError where an operation makes or writes what is written into in parts."""
        if any(name in self._parts for name in operation.outputs):
            raise NoRuleError("parts of its output are written later")
        if operation.number in self._into and operation.number not in self.written:
            raise NoRuleError("it writes into a part of another tensor")


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
