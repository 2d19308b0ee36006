"""Operators of TFLite in ONNX's words: channels-first operations between transposes.

Both say the same of most layers, and transposes take no layer where axes are followed, so that
one set of rules reads both. An operator may become several operations; each keeps its word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from convcalc.core.shapes import Shape
from convcalc.importers.model import Module, Operation
from convcalc.importers.tflite.values import File, Operator, Tensor, wholes_of
from convcalc.network.held import Element, Held, Made, Written

Rule = Callable[["Lowering"], Sequence[str]]
RULES: dict[str, Rule] = {}
# Functions of each element, which other operators have fused into them.
Function = Callable[["Lowering", str], str]
FUNCTIONS: dict[str, Function] = {}

# Fused functions by their number in ActivationFunctionType: TFLite's words.
_FUSED = {1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH", 5: "SIGN_BIT"}


class NoWordsError(Exception):
    """What ONNX has no words for; the text says why, for people.

    `macs` are its multiply-accumulates for a sample, where they are known all the same.
    """

    def __init__(self, why: str, macs: int | None = None) -> None:
        super().__init__(why)
        self.macs = macs


def rule(*words: str) -> Callable[[Rule], Rule]:
    """The rule of these operators: it gives the names of the tensors that come out."""

    def kept(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(words, function))
        return function

    return kept


def function(*words: str) -> Callable[[Function], Function]:
    """The function of each element that these operators are: it is given a tensor's name."""

    def kept(found: Function) -> Function:
        FUNCTIONS.update(dict.fromkeys(words, found))
        return found

    return kept


class Constants:
    """All stored tensors by name, and those that are made beside them."""

    def __init__(self, file: File) -> None:
        self.held = {one.label: one.held for one in file.tensors if one.held is not None}

    def add(self, name: str, held: Held) -> str:
        """Keeps an array under a name of its own."""
        self.held[name] = held
        return name


class Lowering:
    """One operator, and the operations that say it."""

    def __init__(
        self,
        file: File,
        operator: Operator,
        constants: Constants,
        name: str,
        path: tuple[Module, ...],
        activation_path: tuple[Module, ...],
    ) -> None:
        self.file = file
        self.operator = operator
        self.constants = constants
        self.operations: list[Operation] = []
        self._name = name
        self._path = path
        self._activation_path = activation_path

    # What it reads.

    @property
    def count(self) -> int:
        """How many inputs it has."""
        return len(self.operator.inputs)

    def has(self, place: int) -> bool:
        """True where the input of this number is there."""
        return place < self.count and self.operator.inputs[place] >= 0

    def tensor(self, place: int = 0) -> Tensor:
        """An input. Raises NoWordsError where there is none."""
        if not self.has(place):
            raise NoWordsError(f"it has no input {place + 1}")
        return self.file.tensors[self.operator.inputs[place]]

    def input(self, place: int = 0) -> str:
        """The name of an input."""
        tensor = self.tensor(place)
        if self.operator.inputs[place] not in self.file.made and tensor.held is None:
            # A state, or room to work in: zeros before anything ran.
            zeros = Held("", tensor.dims, "float32", Made("filled", (), {"by": 0.0}))
            self.constants.held.setdefault(tensor.label, zeros)
        return tensor.label

    def inputs(self) -> list[str]:
        """The names of all inputs."""
        return [self.input(place) for place in range(self.count)]

    def dims(self, place: int = 0) -> Shape:
        """The shape of an input as the file states it, 1 for an open size."""
        return self.tensor(place).dims

    def rank(self, place: int = 0) -> int:
        """How many axes an input has."""
        return len(self.dims(place))

    def held(self, place: int) -> Held:
        """An input that the file stores. Raises NoWordsError where it is calculated."""
        found = self.tensor(place).held
        if found is None:
            raise NoWordsError(f"its input {place + 1} is calculated, not stored")
        return found

    def wholes(self, place: int) -> tuple[int, ...]:
        """A stored input as integers. Raises NoWordsError where they are not known."""
        found = wholes_of(self.held(place))
        if found is None:
            raise NoWordsError(f"its input {place + 1} is too long")
        return found

    def output(self, place: int = 0) -> Tensor:
        """An output."""
        return self.file.tensors[self.operator.outputs[place]]

    # Its options.

    def whole(self, slot: int, code: str = "i", default: int = 0) -> int:
        """An option that is an integer."""
        options = self.operator.options
        return options.whole(slot, code, default) if options is not None else default

    def flag(self, slot: int) -> bool:
        """An option that is true or false."""
        return bool(self.whole(slot, "B"))

    def real(self, slot: int, default: float = 0.0) -> float:
        """An option that is a float."""
        options = self.operator.options
        return options.real(slot, default) if options is not None else default

    def sequence(self, slot: int) -> tuple[int, ...]:
        """An option that is a list of integers."""
        options = self.operator.options
        return options.wholes(slot) if options is not None else ()

    # What it becomes.

    def add(self, op: str, *inputs: str, **attributes: object) -> str:
        """An operation of one output; the output's name."""
        return self.several(op, 1, *inputs, **attributes)[0]

    def several(self, op: str, count: int, *inputs: str, **attributes: object) -> list[str]:
        """An operation of several outputs; their names."""
        number = self.operator.number
        names = [f"operator {number}, {len(self.operations)}.{one}" for one in range(count)]
        self.operations.append(
            Operation(
                op,
                self._name,
                inputs,
                tuple(names),
                attributes,
                self._path,
                number,
                self.operator.word,
            )
        )
        return names

    def constant(self, *values: float, dims: Shape | None = None) -> str:
        """A small stored tensor of these numbers."""
        is_whole = all(isinstance(one, int) for one in values)
        element: Element = "int64" if is_whole else "float32"
        shape = (len(values),) if dims is None else dims
        name = f"operator {self.operator.number}, constant {len(self.constants.held)}"
        return self.constants.add(name, Held("", shape, element, Written(tuple(values))))

    def stored(self, held: Held) -> str:
        """A stored tensor that was made of others."""
        name = f"operator {self.operator.number}, constant {len(self.constants.held)}"
        return self.constants.add(name, held)

    def turned(self, name: str, *order: int) -> str:
        """A tensor with its axes in another order."""
        return name if list(order) == sorted(order) else self.add("Transpose", name, perm=order)

    def maps(self, place: int, rank: int) -> str:
        """An input of so many axes, the last of which becomes the second: channels first."""
        tensor = self.tensor(place)
        if tensor.is_known and len(tensor.dims) != rank:
            raise NoWordsError(f"its input {place + 1} has {len(tensor.dims)} axes")
        return self.turned(self.input(place), 0, rank - 1, *range(1, rank - 1))

    def channels_last(self, name: str, rank: int) -> str:
        """A tensor whose second axis becomes the last."""
        return self.turned(name, 0, *range(2, rank), 1)

    def reshaped(self, name: str, *sizes: int) -> str:
        """A tensor under another shape; -1 for a size that follows."""
        return self.add("Reshape", name, self.constant(*sizes), allowzero=1)

    def activated(self, name: str, slot: int) -> list[str]:
        """A tensor after the fused function that an option of the operator names."""
        fused = self.whole(slot, "b")
        if not fused:
            return [name]
        word = _FUSED.get(fused, "")
        function_ = FUNCTIONS.get(word)
        if function_ is None:
            raise NoWordsError(f"its fused function {word or fused} has no kind")
        path = self._activation_path
        own_name = self._name if path else ""
        operator = replace(self.operator, word=word)
        after = Lowering(self.file, operator, self.constants, own_name, path, path)
        after.operations = self.operations
        return [function_(after, name)]
