"""The network as written: layers, blocks and limits before any shape is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcalc.core.shapes import Shape
from convcalc.document import Node

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind
    from convcalc.network.expectations import Expectation
    from convcalc.network.expressions import Function

# Names that mean a place, not a layer: the layer before, the block's input, the network's.
PREV, BLOCK_INPUT, NETWORK_INPUT = "prev", "in", "input"
RESERVED = frozenset({PREV, BLOCK_INPUT, NETWORK_INPUT})


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field (or block argument) of a layer: its value, its place, and how it was spelt."""

    value: object
    node: Node
    written: str
    dynamic: bool


@dataclass(frozen=True, slots=True, eq=False)
class LayerTemplate:
    """One entry of a layer list.

    Either `kind` or `block` is set, or neither where the entry could not be read. `layer` is the
    finished layer where no field is an expression. `label` is the name it bears in the plan,
    given or made up. `names_inputs` marks a merge that names what it reads; else that is `from`,
    or the layer before.
    """

    word: str
    label: str
    node: Node
    kind: type[Kind] | None
    block: str | None
    fields: dict[str, Field]
    layer: Kind | None = None
    name: str | None = None
    source: Field | None = None
    repeat: Field | None = None
    each: tuple[tuple[str, Field], ...] = ()
    condition: Field | None = None
    weights: Field | None = None
    expect: Expectation | None = None
    names_inputs: bool = False

    @property
    def is_readable(self) -> bool:
        """False where its word is unknown; its name then still counts as taken."""
        return self.kind is not None or self.block is not None

    @property
    def values(self) -> list[Field]:
        """Every value that it is given: fields, `each`, and the keys beside its kind."""
        beside = (self.source, self.repeat, self.condition, self.weights)
        series = (field for _, field in self.each)
        return [*self.fields.values(), *series, *filter(None, beside)]

    @property
    def is_series(self) -> bool:
        """True where `repeat` or `each` numbers the layers."""
        return self.repeat is not None or bool(self.each)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A named list of layers; `args` has the default of each argument, None where required."""

    name: str
    node: Node
    args: dict[str, Field | None]
    layers: tuple[LayerTemplate, ...] = ()
    # The layers whose outputs are results beside the last one's, by the name of the result.
    gives: Mapping[str, Field] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Template:
    """A whole file as written."""

    name: str
    inputs: dict[str, Shape]
    variables: dict[str, Field] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    layers: tuple[LayerTemplate, ...] = ()
    outputs: tuple[tuple[str, Node], ...] = ()
    expect: Expectation | None = None
