"""Layers that a module's own code takes to pieces, found again as in files of ONNX.

Each operator is told in ONNX's words, the pieces are looked for there, and what is found is told
in PyTorch's words again, in the place of its last piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Any, Protocol, cast

from convcalc.core.shapes import Shape
from convcalc.importers.model import Operation
from convcalc.importers.named_arguments import Tensor
from convcalc.importers.onnx.pieces.joined_attention import READ, Step
from convcalc.importers.pytorch.program import Program
from convcalc.importers.pytorch.rules.attending import PIECES_OF_ATTENTION
from convcalc.importers.pytorch.rules.parts import PIECES_OF_PHASES
from convcalc.importers.pytorch.telling import Telling

# What is found, which PyTorch and we call so in small letters.
_FUNCTIONS = {
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "Log_Sigmoid",
    "Mish",
    "Quick_Gelu",
    "Silu",
    "Softsign",
    "Tanhshrink",
}
# Those of them that have fields.
_WITH_FIELDS = {"Gelu"}


# What scores are put under another shape with.
_SHAPING: tuple[Step, ...] = ("shaped",)


def found_again(program: Program) -> Program:
    """The program with the layers that were found in the place of their last pieces."""
    told = Telling(program)
    operations = list(program.operations)
    for at, whole in told.wholes():
        found = _FOUND.get(whole.op, _function)(told, operations[at], whole)
        if found is not None:
            operations[at] = found
    return replace(program, operations=tuple(operations))


def _function(told: Telling, operation: Operation, whole: Operation) -> Operation | None:
    """A function of single elements."""
    if whole.op not in _FUNCTIONS:
        return None
    (x,) = whole.inputs
    fields: dict[str, object] = {"self": Tensor(x)}
    if whole.op in _WITH_FIELDS:
        fields |= whole.attributes
    return replace(operation, op=f"aten.{whole.op.lower()}", inputs=whole.inputs, attributes=fields)


def _norm(told: Telling, operation: Operation, whole: Operation) -> Operation | None:
    """A norm over one axis, where what it learns lies along that axis."""
    x, *weights = whole.inputs
    shape = told.shape(x)
    axis = whole.attributes["axis"]
    if not isinstance(axis, int) or axis >= len(shape):
        return None
    along = (shape[axis], *(1 for _ in shape[axis + 1 :]))
    if any(told.shape(one) not in (along, (1,) * axis + along) for one in weights):
        return None
    is_layer = whole.op == "LayerNormalization"
    if is_layer and len(weights) == 1:
        return None
    fields: dict[str, Any] = {"input": Tensor(x), "axis": axis, "eps": whole.attributes["epsilon"]}
    fields |= zip(("weight", "bias"), map(Tensor, weights), strict=False)
    word = "pieces.layer_norm" if is_layer else "pieces.rms_norm"
    return replace(operation, op=word, inputs=tuple(whole.inputs), attributes=fields)


def _groups(told: Telling, operation: Operation, whole: Operation) -> Operation | None:
    """A norm of groups of channels."""
    x, weight, bias = whole.inputs
    shape = told.shape(x)
    if len(shape) < 2 or told.constants[weight].count != shape[1]:
        return None
    names = {"input": x, "weight": weight, "bias": bias}
    fields: dict[str, object] = {word: Tensor(name) for word, name in names.items()}
    fields |= {"num_groups": whole.attributes["num_groups"], "eps": whole.attributes["epsilon"]}
    return replace(operation, op="aten.group_norm", inputs=(x, weight, bias), attributes=fields)


def _vectors(told: Telling, operation: Operation, whole: Operation) -> Operation | None:
    """Vectors of length 1."""
    (x,) = whole.inputs
    fields = {"x": Tensor(x), "axis": whole.attributes["axis"]}
    fields["eps"] = whole.attributes["epsilon"]
    return replace(operation, op="pieces.l2_normalize", inputs=whole.inputs, attributes=fields)


class Told(Protocol):
    """What is asked of a program that is told in ONNX's words."""

    def shape(self, name: str) -> tuple[int | str, ...]:
        """The shape of a tensor, as far as it is known."""

    def number(self, name: str) -> float | None:
        """The number that a name stands for."""

    def sizes(self, name: str) -> Shape:
        """The sizes that a name stands for."""


def attention(told: Told, operation: Operation, whole: Operation) -> Operation | None:
    """Attention of pieces, with what it takes to go back to them: see `rules.attending`."""
    query, turned, value, *others = whole.inputs
    read = map(str, others)
    last = whole.attributes["axis"] in (-1, len(told.shape(query)) - 1)
    count, divisors = (whole.attributes[word] for word in ("factors", "divisors"))
    assert isinstance(count, int)
    assert isinstance(divisors, int)
    factors, over = (
        [told.number(name) or 0.0 for name in islice(read, many)] for many in (count, divisors)
    )
    if not last or not all((*factors, *over)):
        return None
    scale = prod(factors) / prod(over)
    steps: list[object] = []
    names = [query, turned, value]
    for step in cast(tuple[Step, ...], whole.attributes["steps"]):
        match [*islice(read, READ[step])]:
            case [sizes] if step in _SHAPING:
                steps.append((step, told.sizes(sizes)))
            case [mask, *numbers]:
                steps.append((step, Tensor(mask), *map(told.number, numbers)))
                names.append(mask)
    fields: dict[str, object] = {"query": Tensor(query), "key": Tensor(turned)}
    fields |= {"value": Tensor(value), "scale": scale, "steps": tuple(steps), "last": operation}
    fields["letters"] = whole.attributes["letters"]
    return replace(operation, op=PIECES_OF_ATTENTION, inputs=tuple(names), attributes=fields)


def _phases(told: Telling, operation: Operation, whole: Operation) -> Operation | None:
    """Every n-th place, whichever first, joined."""
    given, (x, *_) = whole.attributes, whole.inputs
    fields: dict[str, object] = {"x": Tensor(x), "axes": given["axes"], "by": given["by"]}
    fields |= {"into": given["axis"], "last": operation}
    return replace(operation, op=PIECES_OF_PHASES, inputs=(x,), attributes=fields)


_FOUND: Mapping[str, Callable[[Telling, Operation, Operation], Operation | None]] = {
    "LayerNormalization": _norm,
    "RMSNormalization": _norm,
    "Attention": attention,
    "Phases": _phases,
    "GroupNormalization": _groups,
    "LpNormalization": _vectors,
}
