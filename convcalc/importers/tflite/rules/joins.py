"""Arithmetic of two tensors, comparisons, and tensors one behind the other."""

from __future__ import annotations

from convcalc.importers.tflite.lowering import Lowering, NoWordsError, rule

# ONNX's word, and the slot of the fused function where there is one.
_PAIRS: dict[str, tuple[str, int | None]] = {
    "ADD": ("Add", 0), "SUB": ("Sub", 0), "MUL": ("Mul", 0), "DIV": ("Div", 0),
    "MAXIMUM": ("Max", None), "MINIMUM": ("Min", None), "POW": ("Pow", None),
    "FLOOR_MOD": ("Mod", None), "EQUAL": ("Equal", None), "LESS": ("Less", None),
    "LESS_EQUAL": ("LessOrEqual", None), "GREATER": ("Greater", None),
    "GREATER_EQUAL": ("GreaterOrEqual", None), "LOGICAL_AND": ("And", None),
    "LOGICAL_OR": ("Or", None),
}  # fmt: skip


@rule(*_PAIRS)
def arithmetic(say: Lowering) -> list[str]:
    """Two tensors, element by element."""
    op, slot = _PAIRS[say.operator.word]
    tensor = say.output()
    is_whole = not tensor.element.startswith("float") and tensor.scales is None
    rounding = {"rounding": "Trunc"} if op == "Div" and is_whole else {}
    made = say.add(op, say.input(), say.input(1), **rounding)
    return [made] if slot is None else say.activated(made, slot)


@rule("ADD_N")
def total(say: Lowering) -> list[str]:
    """The sum of tensors."""
    return [say.add("Sum", *say.inputs())]


@rule("NOT_EQUAL")
def unequal(say: Lowering) -> list[str]:
    """True where two tensors differ."""
    return [say.add("Not", say.add("Equal", say.input(), say.input(1)))]


@rule("FLOOR_DIV")
def floor_div(say: Lowering) -> list[str]:
    """The quotient, rounded down."""
    return [say.add("Div", say.input(), say.input(1), rounding="Floor")]


@rule("SQUARED_DIFFERENCE")
def squared_difference(say: Lowering) -> list[str]:
    """The difference, times itself."""
    made = say.add("Sub", say.input(), say.input(1))
    return [say.add("Pow", made, say.constant(2.0, dims=()))]


@rule("SELECT", "SELECT_V2")
def select(say: Lowering) -> list[str]:
    """One tensor or another, element by element."""
    if say.operator.word == "SELECT" and say.rank(0) != say.rank(1):
        raise NoWordsError("it picks whole rows")
    return [say.add("Where", *say.inputs())]


@rule("CONCATENATION")
def concat(say: Lowering) -> list[str]:
    """Tensors one behind the other along an axis."""
    return say.activated(say.add("Concat", *say.inputs(), axis=say.whole(0)), 1)


@rule("PACK")
def pack(say: Lowering) -> list[str]:
    """Tensors one behind the other along a new axis."""
    axis = say.whole(1)
    at = say.constant(axis)
    return [say.add("Concat", *(say.add("Unsqueeze", one, at) for one in say.inputs()), axis=axis)]


@rule("UNPACK")
def unpack(say: Lowering) -> list[str]:
    """Each index of an axis as a tensor without it."""
    axis, count = say.whole(1), len(say.operator.outputs)
    parts = say.several("Split", count, say.input(), axis=axis)
    at = say.constant(axis)
    return [say.add("Squeeze", one, at) for one in parts]


@rule("SPLIT")
def split(say: Lowering) -> list[str]:
    """Equal ranges of an axis, which its first input names."""
    (axis,) = say.wholes(0)
    return say.several("Split", len(say.operator.outputs), say.input(1), axis=axis)


@rule("SPLIT_V")
def split_sizes(say: Lowering) -> list[str]:
    """Ranges of an axis, of given sizes; one of them may be what is left."""
    (axis,) = say.wholes(2)
    sizes = list(say.wholes(1))
    if sizes.count(-1) == 1:
        whole = say.dims()[axis]
        sizes[sizes.index(-1)] = whole - sum(one for one in sizes if one != -1)
    return say.several(
        "Split", len(say.operator.outputs), say.input(), say.constant(*sizes), axis=axis
    )
