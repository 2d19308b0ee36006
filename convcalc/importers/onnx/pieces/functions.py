"""Functions of each element: GELU, SiLU, hard-swish, Mish, and their like."""

from __future__ import annotations

from math import isclose, pi, sqrt

from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import NEAR, Pieces, as_whole, last


@last("Mul", "Div")
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
        if made.inputs[0] == x:
            return "Silu", {}
        scaled = pieces.maker(made.inputs[0], "Mul")
        is_quick = scaled is not None and pieces.beside(scaled, 1.702) == x
        return ("Quick_Gelu", {}) if is_quick else None
    if made.op == "HardSigmoid" and isclose(number, 1) and made.inputs[0] == x:
        alpha = made.attributes.get("alpha", 0.2)
        is_sixth = isinstance(alpha, float) and isclose(alpha, 1 / 6, rel_tol=NEAR)
        return ("HardSwish", {}) if is_sixth else None
    if made.op == "Clip" and isclose(number, 1 / 6, rel_tol=NEAR):
        moved = _clipped_at_six(pieces, made)
        return ("HardSwish", {}) if moved == x else None
    if made.op == "Tanh" and isclose(number, 1):
        soft = pieces.maker(made.inputs[0], "Softplus")
        return ("Mish", {}) if soft is not None and soft.inputs[0] == x else None
    if made.op == "Add" and isclose(number, 0.5, rel_tol=NEAR):
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
        if not isclose(number, 0.044715, rel_tol=NEAR):
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


@last("Div", "Mul")
def _hardsigmoid(pieces: Pieces, operation: Operation) -> Operation | None:
    """min(max(x + 3, 0), 6) / 6."""
    wanted = 6.0 if operation.op == "Div" else 1 / 6
    clipped = pieces.beside(operation, wanted) if len(operation.inputs) == 2 else None
    clip = pieces.maker(clipped, "Clip") if clipped is not None else None
    x = _clipped_at_six(pieces, clip) if clip is not None else None
    return as_whole(operation, "HardSigmoid", x, alpha=1 / 6) if x is not None else None
