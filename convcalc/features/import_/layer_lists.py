"""Layer lists as they are to be written: their lines, what these read, and the blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcalc.features.import_.block_arguments import Argument, Arguments, Expression
from convcalc.features.import_.nested_parts import Part
from convcalc.features.import_.spelling import Value

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

Defaults = dict[tuple[str, str], Value]
# The parts of several groups at one place; None for a group that has none there.
Cells = Sequence[Part | None]


@dataclass(frozen=True, slots=True)
class Ref:
    """What a line reads: the entry at index `item` of its list; -1 what the list begins with.

    Or the argument that hands over a layer, or an input of the network by name.
    """

    item: int = -1
    word: str = ""


@dataclass(slots=True, eq=False)
class Line:
    """An entry of a layer list. `inputs` are those of a merge, `source` is what others read.

    What is made of nothing has neither.
    """

    word: str
    main: str = ""
    fields: dict[str, Value | Expression | Ref] = field(default_factory=dict)
    inputs: list[Ref] | None = None
    source: Ref | None = None
    repeat: Value | Expression = None
    each: dict[str, list[Value | Expression | Ref]] = field(default_factory=dict)
    condition: Expression | None = None
    weights: Ref | None = None
    item: int = -1
    name: str = ""
    block: Block | None = None
    kind: type[Kind] | None = None

    @property
    def reads(self) -> list[Ref]:
        """What it reads, but for the layers that a block is handed."""
        return self.inputs or ([self.source] if self.source else [])


@dataclass(slots=True, eq=False)
class Body:
    """A layer list and the parts that it stands for: one list of parts for each use."""

    uses: Sequence[Sequence[Part | None]]
    arguments: Arguments
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Block:
    """A block: its body, the parts that are its uses, and its arguments for layers by position."""

    parts: list[Part]
    body: Body
    layers: list[str] = field(default_factory=list)
    name: str = ""

    @property
    def values(self) -> list[Argument]:
        """The arguments that a use gives values to."""
        return [one for one in self.body.arguments.found if one.is_given]


def sample(column: Cells) -> Part:
    """Any part of a column; a layer of a block is a part of one use at least."""
    return next(part for part in column if part)
