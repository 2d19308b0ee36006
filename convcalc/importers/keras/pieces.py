"""Attention that a model takes to pieces of `keras.ops`, found again as in files of ONNX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcalc.core.shapes import Shape
from convcalc.importers.keras.config import KerasModel
from convcalc.importers.model import Operation, needed
from convcalc.importers.named_arguments import Tensor
from convcalc.importers.onnx.pieces import Pieces
from convcalc.importers.pytorch.pieces import attention
from convcalc.importers.pytorch.rules.attending import PIECES_OF_ATTENTION
from convcalc.kinds.softmax_family import Softmax
from convcalc.network.held import Held, Written

_OF_TWO = {
    "ops.Matmul": "MatMul",
    "ops.Add": "Add",
    "ops.Multiply": "Mul",
    "ops.Divide": "Div",
    "ops.TrueDivide": "Div",
}
_PRODUCTS = frozenset({"ops.Matmul", "ops.Einsum"})
_SAME = ("Dropout", "ops.Cast", "ops.Identity")
# Larger numbers are no part of any piece.
_MOST = 1e38


def found_again(model: KerasModel) -> KerasModel:
    """The model with each attention in the place of its last piece."""
    if _PRODUCTS.isdisjoint(one.op for one in model.operations):
        return model
    told = _Telling(model)
    operations = list(model.operations)
    for at, whole in told.wholes():
        last = operations[at]
        found = attention(told, last, whole) if whole.op == "Attention" else None
        if found is not None:
            given = {**last.attributes, "args": (), "kwargs": dict(found.attributes)}
            operations[at] = replace(found, op=PIECES_OF_ATTENTION, attributes=given)
    return replace(model, operations=tuple(operations))


class _Telling:
    """The operations of a model in the words of ONNX."""

    def __init__(self, model: KerasModel) -> None:
        self.model = model
        self.constants: dict[str, Held] = {}
        self.same: dict[str, str] = {}

    def wholes(self) -> Iterator[tuple[int, Operation]]:
        """What is found: the place of its last operation, and what it is in ONNX's words."""
        pairs = [
            (at, one)
            for at, operation in enumerate(self.model.operations)
            for one in self._told(operation)
        ]
        told = tuple(one for _, one in pairs)
        given = replace(self.model, operations=told, constants=self.constants)
        outputs = self._read_besides({at for at, _ in pairs})
        pieces = Pieces(replace(given, outputs=outputs))
        for (at, before), after in zip(pairs, pieces.of(told), strict=True):
            if before is not after:
                yield at, after

    def _read_besides(self, told: set[int]) -> tuple[str, ...]:
        """The outputs, and what operations read that are not told, by first names."""
        own = {self.model.operations[at] for at in told}
        names = [*self.model.outputs]
        for one in needed(self.model.operations, self.model.outputs):
            if one not in own and self.same.keys().isdisjoint(one.outputs):
                names += one.inputs
        return tuple(self.same.get(name, name) for name in names)

    def number(self, name: str) -> float | None:
        """The number that a name stands for."""
        held = self.constants.get(name)
        return float(held.source.values[0]) if held and isinstance(held.source, Written) else None

    def sizes(self, name: str) -> Shape:
        """The sizes that a name stands for: of none that are looked for here."""
        return ()

    def shape(self, name: str) -> tuple[int | str, ...]:
        """The shape of a tensor, as far as the file states it."""
        return self.model.shapes.get(name, ())

    def _told(self, operation: Operation) -> Iterator[Operation]:
        op, args = operation.op, operation.attributes["args"]
        config = operation.attributes["config"]
        assert isinstance(args, tuple)
        assert isinstance(config, dict)
        names = tuple(map(self._name, args))
        if len(operation.outputs) != 1 or not all(names):
            return
        if op in _SAME and names:
            self.same[operation.outputs[0]] = names[0]
        elif op in _OF_TWO and len(names) == 2:
            yield replace(operation, op=_OF_TWO[op], inputs=names, attributes={})
        elif op == "ops.Einsum" and isinstance(config.get("subscripts"), str):
            fields = {"equation": config["subscripts"]}
            yield replace(operation, op="Einsum", inputs=names, attributes=fields)
        elif len(names) == 1 and (
            op in ("ops.Softmax", "Softmax")
            or (op == "Activation" and config.get("activation") == Softmax.kind)
        ):
            fields = {"axis": config.get("axis", -1)}
            yield replace(operation, op="Softmax", inputs=names, attributes=fields)

    def _name(self, value: object) -> str:
        """What an argument is called: a tensor by its first name, a number by itself."""
        if isinstance(value, Tensor):
            return self.same.get(value, value)
        if not isinstance(value, int | float) or abs(value) > _MOST:
            return ""
        name = f"number {value}"
        self.constants[name] = Held(name, (), "float64", Written((float(value),)))
        return name
