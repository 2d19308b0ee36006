"""What is calculated of constants that are too large to be worked out while the file is read.

It is written down, and worked out when the network runs: masks of windows, tables of positions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.folding import spread
from convcalc.importers.onnx.stored import ELEMENTS
from convcalc.importers.onnx.use import Use, of_whole_numbers
from convcalc.importers.placing import NoRuleError
from convcalc.network.held import Element, Held, Made, Nth

# PyTorch's operators that do the same to each element, as `arrays.calculated` knows them.
_TRUTHS = {
    "And": "aten.logical_and", "Equal": "aten.eq", "Greater": "aten.gt",
    "GreaterOrEqual": "aten.ge", "Less": "aten.lt", "LessOrEqual": "aten.le",
    "Not": "aten.logical_not", "Or": "aten.logical_or", "Xor": "aten.logical_xor",
}  # fmt: skip
_NUMBERS = {
    "Abs": "aten.abs", "Add": "aten.add", "Ceil": "aten.ceil", "Cos": "aten.cos",
    "Div": "aten.div", "Exp": "aten.exp", "Floor": "aten.floor", "Log": "aten.log",
    "Max": "aten.maximum", "Min": "aten.minimum", "Mod": "aten.remainder", "Mul": "aten.mul",
    "Neg": "aten.neg", "Pow": "aten.pow", "Reciprocal": "aten.reciprocal", "Round": "aten.round",
    "Sign": "aten.sign", "Sin": "aten.sin", "Sqrt": "aten.sqrt", "Sub": "aten.sub",
    "Tanh": "aten.tanh", "Where": "aten.where", "Cast": "aten.to",
}  # fmt: skip
# What is learnt goes through a few of them alone: anything else is a layer's work.
_OF_LEARNT = frozenset({"Add", "Sub", "Mul", "Div"})
_ARGUMENTS = {"Where": ("condition", "x", "other"), "Pow": ("x", "exponent")}
_USUAL = ("x", "other")


def later(use: Use) -> Sequence[Held] | None:
    """What comes out where all inputs are constants; None where nobody works it out."""
    held = [one for one in map(use.tensor, range(use.count)) if isinstance(one, Held)]
    op = use.operation.op
    is_learnt = not use.walk.learnt.isdisjoint(use.operation.inputs)
    if not held or len(held) < use.count or (is_learnt and op not in _OF_LEARNT):
        return None
    if op == "ScatterND":
        if len(held) != 3 or use.word("reduction", "none") != "none":
            return None
        return [held[0].made("put", held[0].dims, *held[1:])]
    if op == "Range":
        return [_range(use, held)]
    if op == "Trilu":
        word = "aten.triu" if use.whole("upper", 1) else "aten.tril"
        shift = use.sizes(1)[0] if use.has(1) else 0
        return [_made(held[:1], word, held[0].dims, held[0].element, {"diagonal": shift})]
    return _of_elements(use, held)


def _range(use: Use, held: Sequence[Held]) -> Held:
    start, limit, step = (use.single(place) for place in range(3))
    if start is None or limit is None or not step:
        raise NoRuleError("its length is known only when it runs")
    count = max(0, -int(-(limit - start) // step))
    given = {"start": start, "end": limit, "step": step}
    return _made((), "aten.arange", (count,), held[0].element, given)


def _of_elements(use: Use, held: Sequence[Held]) -> Sequence[Held] | None:
    op = use.operation.op
    word = _TRUTHS.get(op) or _NUMBERS.get(op)
    names = _ARGUMENTS.get(op, _USUAL)
    if word is None or len(held) > len(names) or (op == "Mod" and use.whole("fmod", 0)):
        return None
    element = held[-1].element
    if op == "Cast":
        element = ELEMENTS.get(use.whole("to", 1), "other")
    elif op in _TRUTHS:
        element = "bool"
    more: dict[str, object] = {}
    if op == "Div" and of_whole_numbers(element):
        more["rounding_mode"] = "trunc"
    dims = spread([one.dims for one in held])
    if use.counts_learnt((prod(dims),)):
        return None
    return [_made(held, word, dims, element, more, names)]


def _made(
    of: Sequence[Held],
    word: str,
    dims: Shape,
    element: Element,
    more: Mapping[str, object],
    names: Sequence[str] = _USUAL,
) -> Held:
    arguments = {name: Nth(place) for place, name in enumerate(names[: len(of)])}
    fields = {"op": word, "arguments": arguments | {**more}, "element": element}
    name = of[0].name if of else ""
    return Held(name, dims, element, Made("calculated", tuple(of), fields))
