"""Operators on quantised tensors, in ONNX's plain words.

One that reads and gives integers of a scale is `DequantizeLinear` of what it reads, the operator
on reals, and `QuantizeLinear` of what it gives; a table of integers is made real before rows of it
are looked up. Sources: ONNX's QLinearConv and QLinearMatMul; the contributed operators of ONNX
Runtime, as its `quantize_static` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from convcalc.importers.model import Operation, readers_of
from convcalc.network.held import Held

# What puts integers elsewhere, or picks some, as they are.
MOVES_INTEGERS = frozenset({
    "Expand", "Flatten", "Gather", "Identity", "MaxPool", "Reshape", "Slice", "Split", "Squeeze",
    "Transpose", "Unsqueeze",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plain:
    """The operator on reals; where each real input's integers, scale and zero point begin.

    `given` is where the scale and the zero point of the output stand. An input in `read` is read
    as it is; `bias` is one of integers on the scale of both others, times `alpha`.
    """

    op: str
    reals: tuple[int, ...]
    given: int
    bias: int | None = None
    read: tuple[int, ...] = ()


_PLAIN = {
    "QLinearConv": _Plain("Conv", (0, 3), 6, bias=8),
    "QLinearMatMul": _Plain("MatMul", (0, 3), 6),
    "QGemm": _Plain("Gemm", (0, 3), 7, bias=6),
    "QLinearAdd": _Plain("Add", (0, 3), 6),
    "QLinearMul": _Plain("Mul", (0, 3), 6),
    "QLinearSigmoid": _Plain("Sigmoid", (0,), 3),
    "QLinearLeakyRelu": _Plain("LeakyRelu", (0,), 3),
    "QLinearSoftmax": _Plain("Softmax", (0,), 3),
    "QLinearAveragePool": _Plain("AveragePool", (0,), 3),
    "QLinearGlobalAveragePool": _Plain("GlobalAveragePool", (0,), 3),
    "QLinearReduceMean": _Plain("ReduceMean", (0,), 3),
    "QLinearWhere": _Plain("Where", (1, 4), 7, read=(0,)),
}


# ONNX Runtime's own, and where the scales and zero points of its matrices begin.
_OWN_LSTM, _SCALES = "com.microsoft.DynamicQuantizeLSTM", 8


def lowered(
    operations: Sequence[Operation], opset: int, constants: Mapping[str, Held]
) -> tuple[Operation, ...]:
    """The operations, those on quantised tensors in plain words; each keeps its own."""
    by_op = {one.op: one for one in operations}
    if _OWN_LSTM not in by_op and not any(map(_reals_of, by_op.values())):
        return tuple(operations)
    written = {
        name: value
        for one in operations
        for name in one.outputs[:1]
        if one.op == "Constant" and isinstance(value := one.attributes.get("value"), Held)
    }
    found = _Lowering(opset, {**constants, **written}, readers_of(operations))
    for operation in operations:
        found.add(operation)
    return tuple(found.operations)


def _plain_of(operation: Operation) -> _Plain | None:
    op = operation.op.removeprefix("com.microsoft.")
    if op == "QLinearConcat":
        return _Plain("Concat", tuple(range(2, len(operation.inputs), 3)), 0)
    return _PLAIN.get(op)


def _reals_of(operation: Operation) -> tuple[int, ...]:
    """Which of its inputs it reads as integers of the scale, and the zero point, behind them."""
    plain = _plain_of(operation)
    return plain.reals if plain else (0,) if operation.op == "DequantizeLinear" else ()


class _Lowering:
    """Operations in plain words; what several read is made real once."""

    def __init__(
        self,
        opset: int,
        constants: Mapping[str, Held],
        readers: Mapping[str, Sequence[Operation]],
    ) -> None:
        self._opset = opset
        self._constants = constants
        self.operations: list[Operation] = []
        self._reals: dict[tuple[str, ...], str] = {}
        self._readers = readers

    def add(self, operation: Operation) -> None:
        """Adds an operation, or those that it stands for."""
        plain = _plain_of(operation)
        if operation.op == _OWN_LSTM and len(operation.inputs) > _SCALES + 2:
            self._lstm(operation)
            return
        if operation.op == "Gather" and operation.inputs[:1] and operation.outputs:
            operation = self._of_reals(operation)
        if plain is None or not self._is_plain(operation, plain):
            self.operations.append(operation)
            return
        names = operation.inputs
        # A kernel has a scale for each map, a matrix for each column.
        are_columns = plain.op in ("MatMul", "Gemm") and not operation.attributes.get("transB")
        axis = -1 if are_columns else 0
        read = {at: self._real(operation, names[at : at + 3], axis) for at in plain.reals}
        read |= {at: names[at] for at in plain.read}
        inputs = [read[at] for at in sorted(read)]
        if plain.bias is not None and "".join(names[plain.bias : plain.bias + 1]):
            inputs.append(self._bias(operation, names[plain.bias]))
        given = names[plain.given : plain.given + 2]
        (output,) = operation.outputs[:1]
        # A product of integers without a scale gives reals.
        real = f"{output} as real" if given and given[0] else output
        self._append(operation, plain.op, inputs, real, name=operation.name)
        if real != output:
            self._append(operation, "QuantizeLinear", (real, *given), output)

    def _lstm(self, operation: Operation) -> None:
        """An LSTM on the reals of its two matrices."""
        names = list(operation.inputs)
        for at in (1, 2):
            begin = _SCALES + 2 * (at - 1)
            scaled = [name for name in names[begin : begin + 2] if name]
            names[at] = self._upright(operation, names[at], scaled)
        self.operations.append(
            replace(operation, op="LSTM", inputs=tuple(names[:_SCALES]), own_word=operation.op)
        )

    def _upright(self, operation: Operation, matrix: str, scaled: list[str]) -> str:
        """The reals of a matrix of each direction, which lies on its side there.

        A scale is that of a direction, or of each of its columns: a block of all rows.
        """
        held, scale = (self._constants.get(name) for name in (matrix, *scaled[:1]))
        rows = 0
        if held is not None and scale is not None and len(scale.dims) > 1 and len(held.dims) == 3:
            rows = held.dims[1]
            columns = [f"{name} of columns" for name in scaled]
            for name, column in zip(scaled, columns, strict=True):
                self._append(operation, "Unsqueeze", (name,), column, axes=(1,))
            scaled = columns
        real = f"{matrix} as real"
        ends = (matrix, *scaled)
        axis = 1 if rows else 0
        self._append(operation, "DequantizeLinear", ends, real, axis=axis, block_size=rows)
        self._append(operation, "Transpose", (real,), f"{real}, upright", perm=(0, 2, 1))
        return f"{real}, upright"

    def _is_plain(self, operation: Operation, plain: _Plain) -> bool:
        """False for channels that are last, shares as an older version has them, scaled biases.

        And for what lacks an input or an output.
        """
        attributes = operation.attributes
        if not operation.outputs or not plain.reals:
            return False
        if len(operation.inputs) <= max(plain.reals) + 1:
            return False
        version = attributes.get("opset", self._opset)
        is_other = isinstance(version, int) and (version < 13) != (self._opset < 13)
        has_factor = operation.op.endswith("QGemm") and attributes.get("alpha", 1.0) != 1
        return not (attributes.get("channels_last") or is_other or has_factor)

    def _real(self, operation: Operation, names: Sequence[str], axis: int) -> str:
        """The name of the reals that integers of a scale, from a zero point, stand for."""
        key = (*names, str(axis))
        if key not in self._reals:
            name = self._reals[key] = " ".join((names[0], "as real", *names[1:2]))
            self._append(operation, "DequantizeLinear", names, name, axis=axis)
        return self._reals[key]

    def _of_reals(self, lookup: Operation) -> Operation:
        """A look-up of rows of the reals, where it is known on which scale integers are read."""
        table, *rows = lookup.inputs
        names = self._scale_of(lookup.result) if table in self._constants else None
        if names is None or self._constants[names[0]].count != 1:
            return lookup
        return replace(lookup, inputs=(self._real(lookup, (table, *names), 0), *rows))

    def _scale_of(self, name: str) -> Sequence[str] | None:
        """The scale, and the zero point, on which the integers of a tensor are read."""
        names, seen = [name], {name}
        for one in names:
            for reader in self._readers.get(one, ()):
                if reader.op in MOVES_INTEGERS and reader.operand == one:
                    names += [other for other in reader.outputs if other not in seen]
                    seen.update(reader.outputs)
                for at in _reals_of(reader):
                    read, *scaled = reader.inputs[at : at + 3] or ("",)
                    if read == one and scaled and scaled[0] in self._constants:
                        return scaled
        return None

    def _bias(self, operation: Operation, bias: str) -> str:
        """Its integers on the scale of what is multiplied: that of the one, of the other's."""
        inner = self._real(operation, (bias, operation.inputs[4]), 0)
        return self._real(operation, (inner, operation.inputs[1]), 0)

    def _append(
        self,
        operation: Operation,
        op: str,
        inputs: Iterable[str],
        output: str,
        name: str = "",
        **attributes: object,
    ) -> None:
        known = attributes or ({} if op == "QuantizeLinear" else operation.attributes)
        self.operations.append(
            replace(
                operation,
                op=op,
                name=name or operation.name,
                inputs=tuple(inputs),
                outputs=(output,),
                attributes=known,
                own_word=operation.op,
            )
        )
