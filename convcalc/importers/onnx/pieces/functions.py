"""Functions of each element: GELU, SiLU, hard-swish, Mish, and their like."""

from __future__ import annotations

from math import isclose, pi, sqrt

from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import NEAR, Pieces, as_whole, last


@last("Mul", "Div")
def _function(pieces: Pieces, operation: Operation) -> Operation | None:
    """x times a gate of x."""
    if operation.op == "Div":
        divisor = pieces.number(operation.inputs[1])
        product = pieces.maker(operation.operand, "Mul") if divisor else None
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
                return as_whole(operation, op, x, **attributes)
    return None


def _gated(
    pieces: Pieces, number: float, x: str, gate: str
) -> tuple[str, dict[str, object]] | None:
    """The function that x times a gate is."""
    made = pieces.maker(gate, "Sigmoid", "HardSigmoid", "Tanh", "Add", "Clip")
    if made is None:
        return None
    if made.op == "Sigmoid" and isclose(number, 1):
        if made.operand == x:
            return "Silu", {}
        scaled = pieces.maker(made.operand, "Mul")
        is_quick = scaled is not None and pieces.beside(scaled, 1.702) == x
        return ("Quick_Gelu", {}) if is_quick else None
    if made.op == "HardSigmoid" and isclose(number, 1) and made.operand == x:
        alpha = made.attributes.get("alpha", 0.2)
        is_sixth = isinstance(alpha, float) and isclose(alpha, 1 / 6, rel_tol=NEAR)
        return ("HardSwish", {}) if is_sixth else None
    if made.op == "Clip" and isclose(number, 1 / 6, rel_tol=NEAR):
        moved = _clipped_at_six(pieces, made)
        return ("HardSwish", {}) if moved == x else None
    if made.op == "Tanh" and isclose(number, 1):
        soft = pieces.maker(made.operand, "Softplus")
        return ("Mish", {}) if soft is not None and soft.operand == x else None
    if made.op == "Add" and isclose(number, 0.5, rel_tol=NEAR):
        return _gelu(pieces, x, made)
    return None


def _clipped_at_six(pieces: Pieces, clip: Operation) -> str | None:
    """What x is where an operation is min(max(x + 3, 0), 6)."""
    moved = pieces.maker(clip.operand, "Add")
    is_six = moved is not None and pieces.bounds(clip) == (0, 6)
    return pieces.beside(moved, 3) if moved is not None and is_six else None


def _gelu(pieces: Pieces, x: str, added: Operation) -> tuple[str, dict[str, object]] | None:
    """x / 2 (1 + erf(x / sqrt(2))), or with a tanh of a cubic."""
    inner = pieces.beside(added, 1)
    curve = pieces.maker(inner, "Erf", "Tanh") if inner is not None else None
    if curve is None:
        return None
    scaled = pieces.maker(curve.operand, "Div", "Mul")
    if scaled is None:
        return None
    if curve.op == "Erf":
        wanted = sqrt(2) if scaled.op == "Div" else sqrt(0.5)
        return ("Gelu", {}) if pieces.beside(scaled, wanted) == x else None
    return ("Gelu", {"approximate": curve.op.lower()}) if _is_bent(pieces, x, scaled) else None


def _is_bent(pieces: Pieces, x: str, scaled: Operation) -> bool:
    """True for sqrt(2 / pi) (x + 0.044715 x^3), also with x before the sum."""
    for number, names in pieces.factors(scaled):
        total = next((one for name in names if (one := pieces.maker(name, "Add"))), None)
        if total is None or not isclose(number, sqrt(2 / pi), rel_tol=NEAR):
            continue
        if len(names) == 1 and x in total.inputs:
            other = total.inputs[1] if total.operand == x else total.operand
            return _is_cubic(pieces, x, other)
        if set(names) == {x, total.result}:
            square = pieces.beside(total, 1)
            return square is not None and _is_small_square(pieces, x, square)
    return False


def _is_small_square(pieces: Pieces, x: str, name: str) -> bool:
    """True for 0.044715 x^2."""
    made = pieces.maker(name, "Mul")
    for number, names in pieces.factors(made) if made is not None else ():
        square = pieces.maker(names[0], "Pow") if len(names) == 1 else None
        is_square = square is not None and square.operand == x
        if isclose(number, 0.044715, rel_tol=NEAR) and (
            names == (x, x) or (is_square and square and pieces.number(square.inputs[1]) == 2)
        ):
            return True
    return False


def _is_cubic(pieces: Pieces, x: str, name: str) -> bool:
    """True for 0.044715 x^3, whatever it is made of."""
    made = pieces.maker(name, "Mul")
    if made is None:
        return False
    for number, names in pieces.factors(made):
        if not isclose(number, 0.044715, rel_tol=NEAR):
            continue
        if names == (x, x, x):
            return True
        power = pieces.maker(names[0], "Pow") if len(names) == 1 else None
        square = pieces.maker(next((one for one in names if one != x), x), "Pow")
        if power is not None and power.operand == x and pieces.number(power.inputs[1]) == 3:
            return True
        if square is not None and set(names) == {x, square.result} and len(names) == 2:
            return square.operand == x and pieces.number(square.inputs[1]) == 2
    return False


@last("Div", "Mul")
def _hardsigmoid(pieces: Pieces, operation: Operation) -> Operation | None:
    """min(max(x + 3, 0), 6) / 6."""
    wanted = 6.0 if operation.op == "Div" else 1 / 6
    clipped = pieces.beside(operation, wanted)
    clip = pieces.maker(clipped, "Clip") if clipped is not None else None
    x = _clipped_at_six(pieces, clip) if clip is not None else None
    return as_whole(operation, "HardSigmoid", x, alpha=1 / 6) if x is not None else None


@last("Mul")
def _glu(pieces: Pieces, operation: Operation) -> Operation | None:
    """One half of an axis times a sigmoid of the other; that they are halves, sizes tell."""
    for half, gate in (operation.inputs, operation.inputs[::-1]):
        made = pieces.maker(gate, "Sigmoid")
        split = pieces.maker(half, "Split") if made is not None else None
        if made is not None and split is not None and split.outputs == (half, made.operand):
            fields = {**split.attributes, "pieces": (split, made), "last": operation}
            return as_whole(operation, "Glu", *split.inputs, **fields)
    return None


@last("Clip")
def _clipped_line(pieces: Pieces, operation: Operation) -> Operation | None:
    """min(max(x / 6 + 1 / 2, 0), 1)."""
    added = pieces.maker(operation.operand, "Add") if pieces.bounds(operation) == (0, 1) else None
    line = pieces.beside(added, 0.5) if added is not None else None
    scaled = pieces.maker(line, "Mul", "Div") if line is not None else None
    if scaled is None:
        return None
    x = pieces.beside(scaled, 6 if scaled.op == "Div" else 1 / 6)
    is_over = scaled.op == "Div" and x != scaled.operand
    return None if x is None or is_over else as_whole(operation, "HardSigmoid", x, alpha=1 / 6)


@last("Div")
def _softsign(pieces: Pieces, operation: Operation) -> Operation | None:
    """x / (1 + |x|)."""
    x, divisor = operation.inputs
    added = pieces.maker(divisor, "Add")
    size = pieces.beside(added, 1) if added is not None else None
    bare = pieces.maker(size, "Abs") if size is not None else None
    is_own = bare is not None and bare.operand == x
    return as_whole(operation, "Softsign", x) if is_own else None


@last("Log")
def _log_sigmoid(pieces: Pieces, operation: Operation) -> Operation | None:
    gate = pieces.maker(operation.operand, "Sigmoid")
    return as_whole(operation, "Log_Sigmoid", gate.operand) if gate is not None else None


@last("Sub")
def _tanhshrink(pieces: Pieces, operation: Operation) -> Operation | None:
    """x - tanh(x)."""
    x, bent = operation.inputs
    curve = pieces.maker(bent, "Tanh")
    is_own = curve is not None and curve.operand == x
    return as_whole(operation, "Tanhshrink", x) if is_own else None


@last("Where")
def _softplus(pieces: Pieces, operation: Operation) -> Operation | None:
    """softplus(x), and x itself from 20 on, where float32 knows no difference."""
    test, x, soft = operation.inputs
    compared, bent = pieces.maker(test, "Greater"), pieces.maker(soft, "Softplus")
    if compared is None or bent is None or compared.operand != x or bent.operand != x:
        return None
    least = pieces.number(compared.inputs[1])
    return as_whole(operation, "Softplus", x) if least is not None and least >= 15 else None
