"""What a reader makes of a model file, whatever its format: operations on tensors that have names.

Weights stay where they are: a plan wants their shapes and their places alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from convcalc.core.dtypes import DType
from convcalc.core.shapes import Shape
from convcalc.network.held import Held


class LimitError(Exception):
    """A file has more of something than is read: "has more than 200,000 operations"."""


class Module(NamedTuple):
    """A module of the source: its whole dotted name, and its class ("" where it is not told)."""

    name: str
    type: str = ""


# The sizes of an input as the file declares them: a number, or the name of an open one.
Declared = tuple[int | str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of the source.

    `op` is the word that rules know it by, `name` its own name, `path` the modules that it belongs
    to, outermost first (none where the source does not say), and `number` its place in the file,
    from 1. Inputs and outputs are names of tensors; "" is one that was left out. `own_word` is the
    source's word for it, where that is another.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, object] = field(default_factory=dict)
    path: tuple[Module, ...] = ()
    number: int = 0
    own_word: str = ""

    @property
    def operand(self) -> str:
        """Its first input. Raises ValueError where it reads nothing."""
        name, *_ = self.inputs
        return name

    @property
    def result(self) -> str:
        """Its first output. Raises ValueError where it gives nothing."""
        name, *_ = self.outputs
        return name

    @property
    def word(self) -> str:
        """What the source calls operations of its like."""
        return self.own_word or self.op

    @property
    def label(self) -> str:
        """What findings call it: its name, or its number where it has none."""
        return self.name or f"{self.word} number {self.number}"

    @property
    def title(self) -> str:
        """Its label and its word, as a finding begins.

        >>> Operation("Conv", "stem", ("x",), ("y",)).title
        '`stem` (Conv)'
        """
        return f"`{self.label}` ({self.word})"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model file as read: nothing of it has been interpreted yet.

    `format` and `producer` are words for people; `constants` are all stored tensors by name, and
    `learnt` those that training changes; `version` is that of the operations; `shapes` are
    those of tensors that the file states itself; `notes` say what a reader of the figures should
    know; `elements` are the types of the inputs' elements, where it states them, and `dtype` that
    of most numbers that are calculated; `held_in` is what its own arrays lie in: a path, or bytes;
    `causal` are stored masks of which it says that they hide what comes later; `unsaid` are
    stored arrays that count as learnt though it does not tell parameters from buffers, `doubtful`
    those of them whose names and places do not tell either; `derived` are stored arrays that were
    worked out of parameters which it has besides;
    `own_names` are what the program calls those that are attributes of its modules; where
    `is_whole`, no axis of the inputs is a batch, and all of each is one sample.
    """

    file: str
    name: str
    format: str
    producer: str
    inputs: Mapping[str, Declared]
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, Held]
    learnt: frozenset[str]
    version: int = 0
    shapes: Mapping[str, Declared] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dtype: DType = "float32"
    elements: Mapping[str, str] = field(default_factory=dict)
    held_in: str | bytes = ""
    causal: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    derived: frozenset[str] = frozenset()
    own_names: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = False

    def whole(self) -> Self:
        """The same, of which all that goes in is one sample."""
        note = "no axis of the inputs is their batch: all of each is one sample"
        return replace(self, is_whole=True, notes=(*self.notes, note))


def needed(operations: Sequence[Operation], outputs: Collection[str]) -> list[Operation]:
    """The operations that an output depends on, in their order."""
    wanted = set(outputs)
    found = []
    for operation in reversed(operations):
        if not wanted.isdisjoint(operation.outputs):
            found.append(operation)
            wanted.update(operation.inputs)
    return found[::-1]


def readers_of(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    """The operations that read each tensor, in their order; each of them once."""
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        for name in dict.fromkeys(operation.inputs):
            found.setdefault(name, []).append(operation)
    return found


def makers_of(model: Model) -> dict[str, Operation]:
    """The operation that makes each tensor: the last one."""
    return {name: one for one in model.operations for name in one.outputs}


def dims_of(declared: Declared) -> Shape:
    """The declared sizes, with 0 for an open one."""
    return tuple(size if isinstance(size, int) else 0 for size in declared)
