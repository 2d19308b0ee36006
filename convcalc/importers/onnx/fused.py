"""Operators that ONNX Runtime's optimiser fuses, in ONNX's plain words.

`sess_options.optimized_model_filepath` writes them: a convolution with its function, a product with
its factor and the turns of its matrices, a norm with the sum before it, a table with another.
Sources: ONNX Runtime's documentation of its contributed operators.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from convcalc.importers.model import Operation
from convcalc.network.held import Element, Held, Written

_DOMAIN = "com.microsoft."
Rule = Callable[["Unfused"], bool]
_RULES: dict[str, Rule] = {}

# The attributes of functions, in the order of `activation_params`.
_PARAMS = {
    "Clip": ("min", "max"), "Elu": ("alpha",), "HardSigmoid": ("alpha", "beta"), "HardSwish": (),
    "LeakyRelu": ("alpha",), "Relu": (), "Sigmoid": (), "Softplus": (), "Tanh": (),
}  # fmt: skip
_TURNS = ("trans", "transBatch")
# From this version on the ends of a Clip are inputs.
_ENDS_AS_INPUTS = 11
# Functions of each element, and what else keeps the number of axes that it reads.
_KEEP = frozenset({
    "Add", "BiasGelu", "Cast", "Div", "Dropout", "Erf", "FastGelu", "Gelu", "Identity", "MatMul",
    "Mul", "Pow", "QuickGelu", "Relu", "Sigmoid", "Slice", "Softmax", "Split", "Sqrt", "Sub",
    "Tanh", "Where",
})  # fmt: skip


def unfused(
    operations: Sequence[Operation],
    outputs: Iterable[str],
    opset: int,
    shapes: Mapping[str, Sequence[int | str]],
) -> tuple[Operation, ...]:
    """The operations, those that were fused in plain words; each keeps its own word.

    `outputs` are those of the graph, `shapes` those of stored tensors and inputs.
    """
    if not any(one.op.startswith(_DOMAIN) for one in operations):
        return tuple(operations)
    found: list[Operation] = []
    wanted = {*outputs}.union(*(one.inputs for one in operations))
    ranks = {name: len(dims) for name, dims in shapes.items()}
    counts = {
        name: dims[0]
        for name, dims in shapes.items()
        if len(dims) == 1 and isinstance(dims[0], int)
    }
    for operation in operations:
        ranks.update(dict.fromkeys(operation.outputs, _rank_of(operation, ranks, counts)))
        rule = _RULES.get(operation.op.removeprefix(_DOMAIN))
        if rule is None or not operation.op.startswith(_DOMAIN) or not operation.outputs:
            found.append(operation)
            continue
        say = Unfused(operation, wanted, opset, ranks)
        found += say.said if rule(say) else [operation]
    return tuple(found)


def _rule(*words: str) -> Callable[[Rule], Rule]:
    """The rule of these operators: it says them in plain words, or gives False."""

    def kept(function: Rule) -> Rule:
        _RULES.update(dict.fromkeys(words, function))
        return function

    return kept


def _rank_of(operation: Operation, ranks: Mapping[str, int], counts: Mapping[str, int]) -> int:
    """How many axes the first output has; 0 where it is not told.

    `counts` are the numbers of elements of stored tensors.
    """
    word, names = operation.op.removeprefix(_DOMAIN), operation.inputs
    order = operation.attributes.get("perm")
    if word == "Transpose" and isinstance(order, tuple):
        return len(order)
    if word == "Reshape" and len(names) > 1:
        return counts.get(names[1], 0)
    if word == "Constant" and isinstance(value := operation.attributes.get("value"), Held):
        return len(value.dims)
    if word in _KEEP or word.endswith(("MatMul", "LayerNormalization")):
        found = [ranks.get(name, 0) for name in names if name]
        return max(found, default=0) if all(found) or word not in _KEEP else 0
    return 0


class Unfused:
    """One operator, and the plain operations that are said in its place."""

    def __init__(
        self, operation: Operation, wanted: Container[str], opset: int, ranks: Mapping[str, int]
    ) -> None:
        self.operation = operation
        self._wanted = wanted
        self.opset = opset
        self.ranks = ranks
        self.said: list[Operation] = []

    @property
    def output(self) -> str:
        """The name of the first output."""
        return self.operation.result

    def input(self, place: int) -> str:
        """The name of an input; "" where it is left out."""
        names = self.operation.inputs
        return names[place] if place < len(names) else ""

    def has_output(self, place: int) -> bool:
        """True where something reads the output of that number."""
        return any(
            name in self._wanted for name in self.operation.outputs[place : place + 1] if name
        )

    def number(self, name: str, default: float) -> float:
        """An attribute that is a number."""
        value = self.operation.attributes.get(name, default)
        return value if isinstance(value, int | float) else default

    def flag(self, name: str) -> bool:
        """True where an attribute is a number other than 0."""
        return bool(self.number(name, 0))

    def add(self, op: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Says an operation; the name of what comes out."""
        made = output or f"{self.output} of {op} {len(self.said)}"
        names = inputs
        while names and not names[-1]:
            names = names[:-1]
        self.said.append(
            replace(
                self.operation,
                op=op,
                inputs=names,
                outputs=(made,),
                attributes=attributes,
                own_word=self.operation.op,
            )
        )
        return made

    def constant(self, *values: float, dims: tuple[int, ...] = ()) -> str:
        """A constant; whole numbers are int64."""
        is_whole = all(isinstance(one, int) for one in values)
        element: Element = "int64" if is_whole else "float32"
        return self.add("Constant", value=Held("", dims, element, Written(values)))

    def split(self, x: str, parts: int) -> list[str]:
        """Says that the last axis is cut in equal parts; their names."""
        names = [f"{self.output} of part {number}" for number in range(1, parts + 1)]
        self.add("Split", x, axis=-1)
        self.said.append(replace(self.said.pop(), outputs=tuple(names)))
        return names

    def bend(self, x: str, word: str, params: Iterable[float]) -> bool:
        """Says a function of each element; False for one that is none of these."""
        if word not in _PARAMS:
            return False
        given = dict(zip(_PARAMS[word], params, strict=False))
        if word == "Clip" and self.opset >= _ENDS_AS_INPUTS:
            ends = [self.constant(float(given[end])) for end in _PARAMS[word] if end in given]
            self.add(word, x, *ends, output=self.output)
        else:
            self.add(word, x, output=self.output, **given)
        return True


def _with(say: Unfused, *gone: str) -> dict[str, Any]:
    """The attributes of the operator but for these."""
    return {name: one for name, one in say.operation.attributes.items() if name not in gone}


@_rule("FusedConv")
def _conv(say: Unfused) -> bool:
    """A convolution, a tensor that is added, and a function."""
    word = say.operation.attributes.get("activation", "")
    params = say.operation.attributes.get("activation_params", ())
    if not isinstance(word, str) or not isinstance(params, tuple):
        return False
    if not all(isinstance(one, int | float) for one in params):
        return False
    x, weight, bias, other = (say.input(place) for place in range(4))
    own = _with(say, "activation", "activation_params")
    last = "" if word or other else say.output
    made = say.add("Conv", x, weight, bias, output=last, **own)
    if other:
        made = say.add("Add", made, other, output="" if word else say.output)
    return not word or say.bend(made, word, params)


@_rule("FusedGemm")
def _gemm(say: Unfused) -> bool:
    """A dense layer and a function."""
    word = say.operation.attributes.get("activation", "")
    names = ("activation_alpha", "activation_beta", "activation_gamma")
    if not isinstance(word, str):
        return False
    own = _with(say, "activation", *names)
    made = say.add("Gemm", *say.operation.inputs, output="" if word else say.output, **own)
    given = [say.number(name, 0.0) for name in names if name in say.operation.attributes]
    return not word or say.bend(made, word, given)


@_rule("FusedMatMul")
def _matmul(say: Unfused) -> bool:
    """A product of matrices, each turned or not, times a number.

    `transBatchA` is a first axis that stands for rows behind those of the batch, `transA` rows and
    columns that change places after that.
    """
    sides = []
    for place, side in enumerate("AB"):
        name = say.input(place)
        is_turned, is_behind = (say.flag(f"{word}{side}") for word in _TURNS)
        rank = say.ranks.get(name, 0) if is_turned or is_behind else 0
        if rank < 2 and (is_turned or is_behind):
            return False
        order = [*range(1, rank - 1), 0, rank - 1] if is_behind else [*range(rank)]
        if is_turned:
            order[-2:] = order[:-3:-1]
        sides.append(say.add("Transpose", name, perm=tuple(order)) if rank else name)
    alpha = float(say.number("alpha", 1.0))
    if alpha == 1:
        say.add("MatMul", *sides, output=say.output)
    else:
        say.add("Mul", say.add("MatMul", *sides), say.constant(alpha), output=say.output)
    return True


@_rule("Gelu", "BiasGelu", "FastGelu")
def _gelu(say: Unfused) -> bool:
    """The function by its word, of a sum where there are two; the fast one is by a tanh."""
    x = say.add("Add", *say.operation.inputs) if say.input(1) else say.input(0)
    how = "tanh" if say.operation.op.endswith("FastGelu") else "none"
    say.add("Gelu", x, output=say.output, approximate=how)
    return True


@_rule("SkipLayerNormalization", "SkipSimplifiedLayerNormalization")
def _skip_norm(say: Unfused) -> bool:
    """The norm of a sum: of two tensors, and of a bias; the sum may be read besides."""
    is_plain = say.operation.op.endswith("SkipLayerNormalization")
    x, skip, gamma, *rest = (say.input(place) for place in range(5))
    beta, bias = rest if is_plain else ("", rest[0])
    if say.has_output(1) or say.has_output(2):
        return False
    total = say.operation.outputs[3] if say.has_output(3) else ""
    x = say.add("Add", x, skip, output="" if bias else total)
    if bias:
        x = say.add("Add", x, bias, output=total)
    word = "LayerNormalization" if is_plain else "SimplifiedLayerNormalization"
    say.add(word, x, gamma, beta, output=say.output, axis=-1, epsilon=say.number("epsilon", 1e-12))
    return True


@_rule("EmbedLayerNormalization")
def _embed(say: Unfused) -> bool:
    """Rows of two or three tables, added and normed; a place's row is its number, if not said."""
    names = [say.input(place) for place in range(9)]
    ids, segments, words, places, segment, gamma, beta, mask, numbers = names
    if say.has_output(1) or mask or bool(segments) != bool(segment):
        return False
    if numbers:
        rows = say.add("Gather", places, numbers, axis=0)
    else:
        shape = say.add("Shape", ids)
        count = say.add("Gather", shape, say.constant(1, dims=(1,)), axis=0)
        first = say.constant(0, dims=(1,))
        rows = say.add("Slice", places, first, count, first)
    total = say.add("Add", say.add("Gather", words, ids, axis=0), rows)
    if segment:
        total = say.add("Add", total, say.add("Gather", segment, segments, axis=0))
    if say.has_output(2):
        total = say.add("Identity", total, output=say.operation.outputs[2])
    epsilon = say.number("epsilon", 1e-12)
    say.add("LayerNormalization", total, gamma, beta, output=say.output, axis=-1, epsilon=epsilon)
    return True


@_rule("Attention", "MultiHeadAttention")
def _attention(say: Unfused) -> bool:
    """Attention of heads that lie in a row, as the operator of opset 23 has it.

    One projects queries, keys and values from one tensor, the other is given them.
    """
    word = say.operation.op.removeprefix(_DOMAIN)
    heads = say.number("num_heads", 0)
    gone = (3, 4, 6, 7, 8, 9) if word == "MultiHeadAttention" else (3, 4, 6)
    if any(map(say.input, gone)) or any(map(say.has_output, (1, 2, 3))) or not heads:
        # Masks that count keys, keys of earlier steps, keys that are given out.
        return False
    if say.flag("do_rotary") or say.operation.attributes.get("qkv_hidden_sizes"):
        return False
    if word == "Attention":
        x, weight, bias, added = (say.input(place) for place in (0, 1, 2, 5))
        made = say.add("MatMul", x, weight)
        made = say.add("Add", made, bias) if bias else made
        parts = say.split(made, 3)
    else:
        *parts, added = (say.input(place) for place in (0, 1, 2, 5))
        if not all(parts) or say.input(3):
            return False
    fields: dict[str, object] = {"q_num_heads": heads, "kv_num_heads": heads}
    fields["is_causal"] = int(say.flag("unidirectional"))
    fields["scale"] = say.number("scale", 0.0)
    say.add("Attention", *parts, added, output=say.output, **fields)
    return True


@_rule("QuickGelu")
def _quick_gelu(say: Unfused) -> bool:
    """x sigmoid(alpha x)."""
    x = say.input(0)
    scaled = say.add("Mul", x, say.constant(float(say.number("alpha", 1.702))))
    say.add("Mul", x, say.add("Sigmoid", scaled), output=say.output)
    return True
