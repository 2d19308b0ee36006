"""A whole file in ONNX's words: every operator as operations, with names and modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from convcalc.importers.model import Operation
from convcalc.importers.tensorflow_names import Place, modules, place_of, shared_root
from convcalc.importers.tflite.lowering import Constants, Lowering, NoWordsError
from convcalc.importers.tflite.rules import RULES
from convcalc.importers.tflite.schema import WITHOUT_PRODUCTS
from convcalc.importers.tflite.values import File, Operator
from convcalc.network.held import Held

# What comes of inputs and options that are too few, too many, or of the wrong kind.
_ODD = (ArithmeticError, IndexError, TypeError, ValueError)
# Stands before the words of operators that have none of ONNX's.
_OWN = "tflite."


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """The operations of a file, and its stored tensors with those that were made beside them."""

    operations: tuple[Operation, ...]
    constants: Mapping[str, Held]


def worded(file: File, operators: Sequence[Operator]) -> Worded:
    """The operators of a file as operations that ONNX's rules read."""
    constants = Constants(file)
    places = [_place(file, one) for one in operators]
    root = shared_root([one.scope for one in places])
    found: list[Operation] = []
    for operator, place in zip(operators, places, strict=True):
        scope, activation = place.scope[root:], place.activation[root:]
        # A function beside the layer that it follows is no module with it.
        activation = activation[:-1] if activation == scope else activation
        paths = modules(scope), modules(activation)
        found += _operations(Lowering(file, operator, constants, place.name, *paths))
    return Worded(tuple(found), constants.held)


def _place(file: File, operator: Operator) -> Place:
    name = file.tensors[operator.outputs[0]].name if operator.outputs else ""
    return place_of(operator.word, name)


def _operations(say: Lowering) -> list[Operation]:
    """What an operator is in ONNX's words; itself where there are none."""
    operator, tensors = say.operator, say.file.tensors
    outputs = tuple(tensors[one].label if one >= 0 else "" for one in operator.outputs)
    try:
        made = _made(say)
    except (NoWordsError, *_ODD) as error:
        why, macs = f"it is odd: {error}", None
        if isinstance(error, NoWordsError):
            why, macs = str(error), error.macs
        inputs = tuple(say.input(place) for place in range(say.count) if say.has(place))
        say.operations = []
        say.several(f"{_OWN}{operator.word}", len(outputs), *inputs, why=why, macs=macs)
        made = say.operations[-1].outputs
    return _renamed(say.operations, dict(zip(made, outputs, strict=False)))


def _made(say: Lowering) -> Sequence[str]:
    rule = None if say.operator.is_custom else RULES.get(say.operator.word)
    if rule is None:
        kind = "operator of its own" if say.operator.is_custom else "operator"
        macs = 0 if say.operator.word in WITHOUT_PRODUCTS else None
        raise NoWordsError(f"no kind does what this {kind} does", macs)
    return rule(say)


def _renamed(operations: Sequence[Operation], own: Mapping[str, str]) -> list[Operation]:
    """The operations with the file's own names for what comes out of the last of them."""
    return [
        replace(
            one,
            inputs=tuple(own.get(name, name) for name in one.inputs),
            outputs=tuple(own.get(name, name) for name in one.outputs),
        )
        for one in operations
    ]
