"""Layers that exporters take to pieces, found again: GELU, SiLU, dense layers, norms.

A piece is known by its last operation, which becomes one that says the whole; what nobody needs
then is passed over. Whatever is not known stays as it is written, and its figures are exact too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isclose, pi, sqrt

from convcalc.importers.model import Model, Operation
from convcalc.importers.onnx.use import values_of
from convcalc.network.held import Held

# Float16 files round their constants.
_NEAR = 2e-3
# How many inputs an operation has, where that is not one at least.
_INPUTS = {"Add": 2, "Div": 2, "InstanceNormalization": 3, "MatMul": 2, "Mul": 2, "Pow": 2,
           "Reshape": 2, "Sub": 2}  # fmt: skip
# How many products stand inside of each other in one function.
_DEEP = 3


class Pieces:
    """The operations of a model with what was found again in the place of its last piece."""

    def __init__(self, model: Model) -> None:
        self.constants = dict(model.constants)
        self.made: dict[str, Operation] = {}
        self.uses = Counter(name for one in model.operations for name in one.inputs)
        self.uses.update(model.outputs)

    def of(self, operations: Sequence[Operation]) -> tuple[Operation, ...]:
        """The operations, each the same or the whole that it was the last piece of."""
        found = []
        for operation in operations:
            self._note(operation)
            for piece in _PIECES.get(operation.op, ()) if _is_whole(operation) else ():
                whole = piece(self, operation)
                if whole is not None:
                    operation = whole
                    break
            self.made.update(dict.fromkeys(operation.outputs, operation))
            found.append(operation)
        return tuple(found)

    def _note(self, operation: Operation) -> None:
        """Keeps what an operation makes of stored tensors alone: a constant, or a copy."""
        if not operation.outputs:
            return
        value = operation.attributes.get("value") if operation.op == "Constant" else None
        if operation.op == "Identity" and operation.inputs:
            value = self.constants.get(operation.inputs[0])
        if isinstance(value, Held):
            self.constants[operation.outputs[0]] = value

    def number(self, name: str) -> float | None:
        """The number that a stored tensor of one element is."""
        held = self.constants.get(name)
        small = values_of(held) if held is not None else None
        return float(small.values[0]) if small is not None and len(small.values) == 1 else None

    def maker(self, name: str, *ops: str) -> Operation | None:
        """The operation that makes a tensor, where it is one of these."""
        found = self.made.get(name)
        is_wanted = found is not None and found.op in ops and _is_whole(found)
        return found if is_wanted else None

    def beside(self, operation: Operation, wanted: float) -> str | None:
        """The other input of an operation, one of whose inputs is about this number."""
        for mine, other in (operation.inputs[:2], operation.inputs[1::-1]):
            value = self.number(mine)
            if value is not None and isclose(value, wanted, rel_tol=_NEAR):
                return other
        return None

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
                    names.append(inner.inputs[0] if value else name)
                    number *= 1 / value if value else 1
                    is_open = is_open or bool(value)
            if not is_open:
                break
        return found


def _is_whole(operation: Operation) -> bool:
    """True where an operation has the inputs that its pieces look at, no more and no less."""
    count = len(operation.inputs)
    return count == _INPUTS.get(operation.op, max(1, count)) and bool(operation.outputs)


Piece = Callable[[Pieces, Operation], Operation | None]
_PIECES: dict[str, tuple[Piece, ...]] = {}


def _last(*ops: str) -> Callable[[Piece], Piece]:
    """The piece whose last operation is one of these."""

    def kept(function: Piece) -> Piece:
        for op in ops:
            _PIECES[op] = (*_PIECES.get(op, ()), function)
        return function

    return kept


def _whole(operation: Operation, op: str, *inputs: str, **attributes: object) -> Operation:
    return replace(operation, op=op, inputs=inputs, attributes=attributes)


@_last("Mul", "Div")
def _function(pieces: Pieces, operation: Operation) -> Operation | None:
    """x times a gate of x."""
    if operation.op == "Div":
        divisor = pieces.number(operation.inputs[1]) if len(operation.inputs) > 1 else None
        product = pieces.maker(operation.inputs[0], "Mul") if divisor else None
        if product is None or not divisor:
            return None
        found = [(number / divisor, names) for number, names in pieces.factors(product)]
    else:
        found = pieces.factors(operation)
    for number, names in found:
        if len(names) != 2:
            continue
        for x, gate in (names, names[::-1]):
            word = _gated(pieces, number, x, gate)
            if word is not None:
                op, attributes = word
                return _whole(operation, op, x, **attributes)
    return None


def _gated(
    pieces: Pieces, number: float, x: str, gate: str
) -> tuple[str, dict[str, object]] | None:
    """The function that x times a gate is."""
    made = pieces.maker(gate, "Sigmoid", "HardSigmoid", "Tanh", "Add", "Clip")
    if made is None:
        return None
    if made.op == "Sigmoid" and isclose(number, 1):
        if made.inputs[0] == x:
            return "Silu", {}
        scaled = pieces.maker(made.inputs[0], "Mul")
        is_quick = scaled is not None and pieces.beside(scaled, 1.702) == x
        return ("Quick_Gelu", {}) if is_quick else None
    if made.op == "HardSigmoid" and isclose(number, 1) and made.inputs[0] == x:
        alpha = made.attributes.get("alpha", 0.2)
        is_sixth = isinstance(alpha, float) and isclose(alpha, 1 / 6, rel_tol=_NEAR)
        return ("HardSwish", {}) if is_sixth else None
    if made.op == "Clip" and isclose(number, 1 / 6, rel_tol=_NEAR):
        moved = _clipped_at_six(pieces, made)
        return ("HardSwish", {}) if moved == x else None
    if made.op == "Tanh" and isclose(number, 1):
        soft = pieces.maker(made.inputs[0], "Softplus")
        return ("Mish", {}) if soft is not None and soft.inputs[0] == x else None
    if made.op == "Add" and isclose(number, 0.5, rel_tol=_NEAR):
        return _gelu(pieces, x, made)
    return None


def _clipped_at_six(pieces: Pieces, clip: Operation) -> str | None:
    """What x is where an operation is min(max(x + 3, 0), 6)."""
    bounds = [pieces.number(name) for name in clip.inputs[1:3]]
    bounds = bounds or [clip.attributes.get(name) for name in ("min", "max")]  # type: ignore[misc]
    moved = pieces.maker(clip.inputs[0], "Add")
    return pieces.beside(moved, 3) if moved is not None and bounds == [0, 6] else None


def _gelu(pieces: Pieces, x: str, added: Operation) -> tuple[str, dict[str, object]] | None:
    """x / 2 (1 + erf(x / sqrt(2))), or with a tanh."""
    inner = pieces.beside(added, 1)
    curve = pieces.maker(inner, "Erf", "Tanh") if inner is not None else None
    if curve is None:
        return None
    scaled = pieces.maker(curve.inputs[0], "Div", "Mul")
    if scaled is None:
        return None
    if curve.op == "Erf":
        wanted = sqrt(2) if scaled.op == "Div" else sqrt(0.5)
        return ("Gelu", {}) if pieces.beside(scaled, wanted) == x else None
    cubic = pieces.beside(scaled, sqrt(2 / pi))
    total = pieces.maker(cubic, "Add") if cubic is not None else None
    if total is None or x not in total.inputs:
        return None
    other = total.inputs[1] if total.inputs[0] == x else total.inputs[0]
    return ("Gelu", {"approximate": curve.op.lower()}) if _is_cubic(pieces, x, other) else None


def _is_cubic(pieces: Pieces, x: str, name: str) -> bool:
    """True for 0.044715 x^3, whatever it is made of."""
    made = pieces.maker(name, "Mul")
    if made is None:
        return False
    for number, names in pieces.factors(made):
        if not isclose(number, 0.044715, rel_tol=_NEAR):
            continue
        if names == (x, x, x):
            return True
        power = pieces.maker(names[0], "Pow") if len(names) == 1 else None
        square = pieces.maker(next((one for one in names if one != x), x), "Pow")
        if power is not None and power.inputs[0] == x and pieces.number(power.inputs[1]) == 3:
            return True
        if square is not None and set(names) == {x, square.outputs[0]} and len(names) == 2:
            return square.inputs[0] == x and pieces.number(square.inputs[1]) == 2
    return False


@_last("Div", "Mul")
def _hardsigmoid(pieces: Pieces, operation: Operation) -> Operation | None:
    """min(max(x + 3, 0), 6) / 6."""
    wanted = 6.0 if operation.op == "Div" else 1 / 6
    clipped = pieces.beside(operation, wanted) if len(operation.inputs) == 2 else None
    clip = pieces.maker(clipped, "Clip") if clipped is not None else None
    x = _clipped_at_six(pieces, clip) if clip is not None else None
    return _whole(operation, "HardSigmoid", x, alpha=1 / 6) if x is not None else None


@_last("Add")
def _linear(pieces: Pieces, operation: Operation) -> Operation | None:
    """A product with a stored matrix, and a stored vector."""
    for product, bias in (operation.inputs, operation.inputs[::-1]):
        made, held = pieces.maker(product, "MatMul"), pieces.constants.get(bias)
        if made is None or held is None or pieces.uses[product] > 1:
            continue
        weight = pieces.constants.get(made.inputs[1])
        if weight is not None and len(weight.dims) == 2 and held.dims == weight.dims[1:]:
            whole = _whole(operation, "Linear", *made.inputs, bias)
            return replace(whole, name=made.name, path=made.path)
    return None


@_last("Div", "Mul")
def _standard(pieces: Pieces, operation: Operation) -> Operation | None:
    """(x - mean) / sqrt(variance + eps), over the last axis."""
    if operation.op == "Mul":
        pairs = [operation.inputs, operation.inputs[::-1]]
        inverse = next(
            ((a, one) for a, b in pairs for one in [pieces.maker(b, "Reciprocal")] if one), None
        )
        if inverse is None:
            return None
        centred, root = inverse[0], inverse[1].inputs[0]
    else:
        centred, root = operation.inputs
    sub, square_root = pieces.maker(centred, "Sub"), pieces.maker(root, "Sqrt")
    total = pieces.maker(square_root.inputs[0], "Add") if square_root is not None else None
    if total is None:
        return None
    for mean_name, eps_name in (total.inputs, total.inputs[::-1]):
        eps, mean = pieces.number(eps_name), pieces.maker(mean_name, "ReduceMean")
        square = pieces.maker(mean.inputs[0], "Pow", "Mul") if mean is not None else None
        if eps is None or mean is None or square is None:
            continue
        axis = _single_axis(pieces, mean)
        if axis is None or not _is_square(pieces, square):
            continue
        if sub is not None and _is_difference(pieces, square.inputs[0], centred):
            middle = pieces.maker(sub.inputs[1], "ReduceMean")
            is_mean = middle is not None and middle.inputs[0] == sub.inputs[0]
            if middle is not None and is_mean and _single_axis(pieces, middle) == axis:
                fields = {"axis": axis, "epsilon": eps}
                return _whole(operation, "LayerNormalization", sub.inputs[0], **fields)
        elif square.inputs[0] == centred:
            fields = {"axis": axis, "epsilon": eps}
            return _whole(operation, "RMSNormalization", centred, **fields)
    return None


def _is_difference(pieces: Pieces, name: str, centred: str) -> bool:
    """True for what is centred, or for the same difference once more."""
    other, sub = pieces.maker(name, "Sub"), pieces.maker(centred, "Sub")
    is_equal = other is not None and sub is not None and other.inputs == sub.inputs
    return name == centred or is_equal


def _is_square(pieces: Pieces, operation: Operation) -> bool:
    if operation.op == "Pow":
        return pieces.number(operation.inputs[1]) == 2
    return operation.inputs[0] == operation.inputs[1]


def _single_axis(pieces: Pieces, operation: Operation) -> int | None:
    """The one axis that a mean is taken over."""
    axes = operation.attributes.get("axes")
    if len(operation.inputs) > 1:
        held = pieces.constants.get(operation.inputs[1])
        small = values_of(held) if held is not None else None
        axes = small.whole if small is not None else None
    return axes[0] if isinstance(axes, tuple) and len(axes) == 1 else None


@_last("Mul")
def _scaled_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """A norm and its stored factors."""
    for normed, weight in (operation.inputs, operation.inputs[::-1]):
        norm = pieces.maker(normed, "LayerNormalization", "RMSNormalization")
        held = pieces.constants.get(weight)
        is_alone = norm is not None and len(norm.inputs) == 1 and pieces.uses[normed] == 1
        if norm is not None and is_alone and held is not None and len(held.dims) == 1:
            return _whole(operation, norm.op, *norm.inputs, weight, **norm.attributes)
    return None


@_last("Add")
def _shifted_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """A norm with its factors, and its stored shifts."""
    for normed, bias in (operation.inputs, operation.inputs[::-1]):
        norm, held = pieces.maker(normed, "LayerNormalization"), pieces.constants.get(bias)
        if norm is None or held is None or pieces.uses[normed] > 1:
            continue
        if len(norm.inputs) == 2 and len(held.dims) == 1:
            attributes = dict(norm.attributes)
            return _whole(operation, norm.op, *norm.inputs, bias, **attributes)
    return None


@_last("Add")
def _group_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """Groups as instances: Reshape, InstanceNormalization, Reshape, stored factors and shifts."""
    for scaled, bias in (operation.inputs, operation.inputs[::-1]):
        product = pieces.maker(scaled, "Mul")
        if product is None or bias not in pieces.constants:
            continue
        for normed, weight in (product.inputs, product.inputs[::-1]):
            back = pieces.maker(normed, "Reshape")
            norm = pieces.maker(back.inputs[0], "InstanceNormalization") if back else None
            grouped = pieces.maker(norm.inputs[0], "Reshape") if norm else None
            if norm is None or grouped is None or weight not in pieces.constants:
                continue
            sizes = pieces.constants.get(grouped.inputs[1])
            small = values_of(sizes) if sizes is not None else None
            count = pieces.constants[weight].count
            if small is None or len(small.values) != 3 or count % (small.whole[1] or 1):
                continue
            if not _is_plain(pieces, norm) or pieces.constants[bias].count != count:
                continue
            fields = {"num_groups": small.whole[1], "epsilon": norm.attributes.get("epsilon", 1e-5)}
            return _whole(
                operation, "GroupNormalization", grouped.inputs[0], weight, bias, **fields
            )
    return None


def _is_plain(pieces: Pieces, norm: Operation) -> bool:
    """True where a norm scales by 1 and shifts by 0."""
    scale, shift = (pieces.constants.get(name) for name in norm.inputs[1:3])
    values = [values_of(held) if held is not None else None for held in (scale, shift)]
    return all(
        small is not None and set(small.values) == {wanted}
        for small, wanted in zip(values, (1.0, 0.0), strict=True)
    )
