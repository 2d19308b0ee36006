"""What does nothing when a network runs: Identity, Cast, Dropout."""

from __future__ import annotations

from dataclasses import replace

from convcalc.importers.narrow_integers import check_reach
from convcalc.importers.onnx.origins import MADE_BY_TORCHSCRIPT
from convcalc.importers.onnx.rules.pointwise import unless, worded
from convcalc.importers.onnx.stored import ELEMENTS
from convcalc.importers.onnx.use import WHOLE_TYPES, Tensor, Use, rule, values_of
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.comparison_family import NotEqual
from convcalc.kinds.identity_family import Dropout
from convcalc.kinds.number_family import AddNumber, DivNumber
from convcalc.network.held import Held

# The number of bool in TensorProto.DataType.
_BOOL = 9


@rule("Identity", "Cast", "CastLike", "StopGradient")
def nothing(use: Use) -> list[Tensor]:
    """The input itself, whatever its element type, but for the truths of numbers.

    A copy of a stored tensor is one of its own: TorchScript's exporter stores equal ones once,
    but for what it made of one weight for several calls of one module.
    """
    x = use.tensor()
    if use.operation.op != "Identity" and use.operation.operand in use.walk.quantised:
        return [_integers(use)]
    if isinstance(x, View) and _asks(use):
        return [*use.pointwise(NotEqual, value=0)]
    if isinstance(x, View) and _cuts_off(use):
        check_reach(use.builder, x, ELEMENTS.get(use.whole("to", 1)))
        return [*use.pointwise(worded("Trunc"))]
    if not isinstance(x, Held) or _are_calls(use):
        return [x]
    return [replace(x, name=use.operation.result)]


def _asks(use: Use) -> bool:
    """True for a cast of numbers to truths: what is not 0 is true."""
    are_truths = use.walk.is_of_truths(use.operation.operand)
    return use.operation.op == "Cast" and use.whole("to", 1) == _BOOL and not are_truths


def _integers(use: Use) -> View:
    """The integers of a stored scale as numbers: the reals over it, and from its zero on."""
    scale, zero = use.walk.quantised[use.operation.operand]
    first = values_of(use.walk.tensors[zero]) if zero else None
    if not scale or (zero and (first is None or len(first.values) != 1)):
        raise NoRuleError("it takes integers of several scales for numbers")
    view = use.builder.pointwise(DivNumber, {"value": scale}, use.view(), use.operation)
    if first is None or not first.values[0]:
        return view
    return use.builder.pointwise(AddNumber, {"value": first.values[0]}, view, use.operation)


def _cuts_off(use: Use) -> bool:
    """True for a cast of reals to integers: the fraction goes."""
    name = use.operation.operand
    to_whole = use.operation.op == "Cast" and use.whole("to", 1) in WHOLE_TYPES
    return to_whole and not use.walk.is_of_truths(name) and not use.walk.is_whole(name)


def _are_calls(use: Use) -> bool:
    """True where both names are the exporter's own, and are read by calls of the same module."""
    copy, original = use.operation.result, use.operation.operand
    if not copy.startswith(MADE_BY_TORCHSCRIPT) or not original.startswith(MADE_BY_TORCHSCRIPT):
        return False
    return not use.walk.modules_reading(copy).isdisjoint(use.walk.modules_reading(original))


@rule("Dropout")
def dropout(use: Use) -> list[Tensor]:
    """The input itself when a network runs."""
    if isinstance(use.tensor(), Held):
        return [use.tensor()]
    if use.opset >= 12 and use.has(2) and use.single(2) != 0:
        raise NoRuleError("it drops while the network runs")
    share = use.single(1) if use.has(1) else use.number("ratio", 0.5)
    return [*use.pointwise(Dropout, **unless(0.5, p=share if share is not None else 0.5))]
