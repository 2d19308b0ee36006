"""What pieces are found with: who makes a tensor, what is a number, and the table of them.

A piece is known by its last operation, which becomes one that says the whole; what nobody needs
then is passed over. Whatever is not known stays as it is written, and its figures are exact too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isclose

from convcalc.importers.model import Model, Operation, needed
from convcalc.importers.onnx.use import values_of
from convcalc.network.held import Held

# Float16 files round their constants.
NEAR = 2e-3
# How many inputs an operation has, where that is not one at least.
_INPUTS = {"Add": 2, "Div": 2, "Greater": 2, "InstanceNormalization": 3, "MatMul": 2, "Mul": 2,
           "Pow": 2, "Reshape": 2, "Sub": 2, "Where": 3}  # fmt: skip
# How many products stand inside of each other in one function.
_DEEP = 3


class Pieces:
    """The operations of a model with what was found again in the place of its last piece."""

    def __init__(self, model: Model) -> None:
        self.constants = dict(model.constants)
        # As far as the file states them.
        self.shapes = model.shapes
        self.made: dict[str, Operation] = {}
        # What leads to no output reads nothing.
        read = needed(model.operations, model.outputs)
        self.uses = Counter(name for one in read for name in one.inputs)
        self.uses.update(model.outputs)
        # Names of what hangs on stored tensors and on sizes alone.
        self.sizes = set(model.constants)

    def of(self, operations: Sequence[Operation]) -> tuple[Operation, ...]:
        """The operations, each the same or the whole that it was the last piece of."""
        found = []
        for operation in operations:
            self._note(operation)
            for piece in PIECES.get(operation.op, ()) if is_whole(operation) else ():
                whole = piece(self, operation)
                if whole is not None:
                    operation = whole
                    break
            self.made.update(dict.fromkeys(operation.outputs, operation))
            found.append(operation)
        return tuple(found)

    def _note(self, operation: Operation) -> None:
        """Keeps what an operation makes of stored tensors and sizes alone."""
        if not operation.outputs:
            return
        if operation.op in ("Shape", "Size") or self.sizes.issuperset(
            filter(None, operation.inputs)
        ):
            self.sizes.update(operation.outputs)
        value = operation.attributes.get("value") if operation.op == "Constant" else None
        if operation.op == "Identity" and operation.inputs:
            value = self.constants.get(operation.operand)
        if isinstance(value, Held):
            self.constants[operation.result] = value

    def number(self, name: str) -> float | None:
        """The number that a stored tensor of one element is."""
        held = self.constants.get(name)
        small = values_of(held) if held is not None else None
        return float(small.values[0]) if small is not None and len(small.values) == 1 else None

    def wholes(self, name: str) -> tuple[int, ...]:
        """The whole numbers that a stored tensor holds; none where they are not known."""
        held = self.constants.get(name)
        small = values_of(held) if held is not None else None
        return small.whole if small is not None else ()

    def maker(self, name: str, *ops: str) -> Operation | None:
        """The operation that makes a tensor, where it is one of these."""
        found = self.made.get(name)
        is_wanted = found is not None and found.op in ops and is_whole(found)
        return found if is_wanted else None

    def beside(self, operation: Operation, wanted: float) -> str | None:
        """The other input of an operation, one of whose inputs is about this number."""
        for mine, other in (operation.inputs[:2], operation.inputs[1::-1]):
            value = self.number(mine)
            if value is not None and isclose(value, wanted, rel_tol=NEAR):
                return other
        return None

    def alone(self, name: str, *ops: str) -> Operation | None:
        """The operation that makes a tensor which nothing else reads, where it is one of these."""
        return self.maker(name, *ops) if self.uses[name] == 1 else None

    def bounds(self, clip: Operation) -> tuple[float | None, float | None]:
        """The least and the most that a Clip lets pass; None for what is no bound."""
        if len(clip.inputs) == 1:
            given = [clip.attributes.get(name) for name in ("min", "max")]
            numbers = [float(one) if isinstance(one, int | float) else None for one in given]
        else:
            numbers = [self.number(name) for name in (*clip.inputs[1:], "")[:2]]
        return numbers[0], numbers[1]

    def rank(self, name: str) -> int:
        """How many axes a tensor has, as far as the file states it; 0 where it does not."""
        for _ in range(_DEEP):
            if name in self.shapes:
                break
            made = self.maker(name, "Sub", "Pow", "Mul")
            name = made.operand if made is not None else name
        return len(self.shapes.get(name, ()))

    def factors(self, operation: Operation) -> list[tuple[float, tuple[str, ...]]]:
        """A product as a number and tensors, with ever more of its inner products opened."""
        number, names = 1.0, list(operation.inputs)
        found = []
        for _ in range(_DEEP):
            left: list[str] = []
            is_open = False
            for name in names:
                value = self.number(name)
                if value is not None:
                    number *= value
                else:
                    left.append(name)
            found.append((number, tuple(left)))
            names = []
            for name in left:
                inner = self.maker(name, "Mul", "Div")
                if inner is None or self.uses[name] > 1:
                    names.append(name)
                elif inner.op == "Mul":
                    names += inner.inputs
                    is_open = True
                else:
                    value = self.number(inner.inputs[1])
                    names.append(inner.operand if value else name)
                    number *= 1 / value if value else 1
                    is_open = is_open or bool(value)
            if not is_open:
                break
        return found


def is_whole(operation: Operation) -> bool:
    """True where an operation has the inputs that its pieces look at, no more and no less."""
    count = len(operation.inputs)
    return count == _INPUTS.get(operation.op, max(1, count)) and bool(operation.outputs)


Piece = Callable[[Pieces, Operation], Operation | None]
PIECES: dict[str, tuple[Piece, ...]] = {}


def last(*ops: str) -> Callable[[Piece], Piece]:
    """The piece whose last operation is one of these."""

    def kept(function: Piece) -> Piece:
        for op in ops:
            PIECES[op] = (*PIECES.get(op, ()), function)
        return function

    return kept


def as_whole(operation: Operation, op: str, *inputs: str, **attributes: object) -> Operation:
    """The operation that says the whole, in the place of its last piece."""
    return replace(operation, op=op, inputs=inputs, attributes=attributes)
