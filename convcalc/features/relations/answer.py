"""What `convcalc relations` answers: the guide's fifteen, or how they stand with one layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, overload

from convcalc.core.records import Answer, Count, Hidden, Key, Record, SizedAnswer
from convcalc.features.invert.inverse_axis import AxisInverse, axis_inverse
from convcalc.features.relations.guide import RELATIONS, Guided
from convcalc.features.shape.answer import shape
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.making import refuse


@dataclass(frozen=True, slots=True)
class Relationship(Record):
    """A relationship of the guide, in letters."""

    guided: Hidden[Guided]

    @property
    @Key(minimum=1)
    def number(self) -> int:
        """Its number in the guide."""
        return self.guided.number

    @property
    @Key()
    def name(self) -> str:
        """What the guide calls it."""
        return self.guided.name

    @property
    @Key()
    def holds_for(self) -> str:
        """Its conditions."""
        return self.guided.holds_for

    @property
    @Key()
    def formula(self) -> str:
        """The size of the output."""
        return self.guided.formula

    @property
    @Key(null=True)
    def parameters(self) -> str:
        """k', s', p' and the zeros of a transposed layer as a convolution."""
        return self.guided.parameters

    @property
    @Key()
    def example(self) -> str:
        """A figure of the guide in the words of `convcalc shape`."""
        return self.guided.example

    @property
    @Key()
    def example_output(self) -> Count:
        """Its output."""
        return shape(self.guided.example).output[0]


@dataclass(frozen=True, slots=True)
class RelationTable(Answer):
    """The fifteen relationships of Dumoulin & Visin's guide."""

    relationships: Annotated[tuple[Relationship, ...], Key("The relationships by number.")]


@dataclass(frozen=True, slots=True)
class Applied(Record):
    """How a relationship stands with a layer along an axis."""

    number: Annotated[int, Key("Its number in the guide.", minimum=1)]
    name: Annotated[str, Key("What the guide calls it.")]
    holds_for: Annotated[str, Key("Its conditions in letters.")]
    holds: Annotated[bool, Key("Whether it holds.")]
    sum: Annotated[str | None, Key("The size with the numbers put in, where it holds.")]
    unmet: Annotated[tuple[str, ...], Key("What of the layer is otherwise, where it does not.")]


@dataclass(frozen=True, slots=True)
class AxisRelations(Record):
    """A layer along one axis: the convolution, the layer that transposes it, what holds."""

    inverse: Hidden[AxisInverse]

    @property
    def convolution(self) -> Axis:
        """The convolution, or the pool, of the two."""
        it = self.inverse
        return it.inverse if it.forward.family == "transposed" else it.forward

    @property
    def transposed(self) -> Axis:
        """The transposed layer of the two."""
        return self.inverse.transposed

    @property
    @Key()
    def input(self) -> Count:
        """i: pixels that the convolution reads."""
        return self.convolution.size

    @property
    @Key()
    def output(self) -> Count:
        """o: positions that it makes; i' of the transposed layer."""
        return self.convolution.output

    @property
    @Key()
    def restored(self) -> Count:
        """o': positions of the transposed layer."""
        return self.transposed.output

    @property
    @Key()
    def formula(self) -> str:
        """The convolution's sum, whichever relationship holds."""
        return self.convolution.formula

    @property
    @Key()
    def back_formula(self) -> str:
        """That of the transposed layer."""
        return self.transposed.formula

    @property
    @Key(name="a")
    def extra(self) -> int:
        """Zeros added at the end of the stretched input; negative where pixels must be cut."""
        return self.inverse.extra

    @property
    @Key()
    def a_sum(self) -> str:
        """a as (i + 2p - k) mod s, with the numbers put in.

        >>> relations("6 k3 s2 p1").axes[0].a_sum
        '(6 + 2·1 − 3) mod 2 = 5 mod 2 = 1'
        """
        axis = self.convolution
        pads = f"2·{axis.before}" if axis.before == axis.after else f"{axis.before} + {axis.after}"
        whole = axis.size + axis.before + axis.after - axis.span
        left = f"({axis.size} + {pads} − {axis.span}) mod {axis.stride}"
        return f"{left} = {whole} mod {axis.stride} = {whole % axis.stride}"

    @property
    @Key()
    def zeros_between(self) -> Count:
        """s - 1: zeros between two inputs of the transposed layer."""
        return self.inverse.zeros

    @property
    @Key()
    def border(self) -> tuple[int, int]:
        """p' before and after, without a; negative crops."""
        return self.inverse.guide_padding

    @property
    @Key(null=True)
    def forward(self) -> int | None:
        """The most special relationship of the convolution."""
        return self.convolution.regime

    @property
    @Key(null=True)
    def back(self) -> int | None:
        """The most special one of the transposed layer."""
        return self.transposed.regime

    @property
    @Key()
    def relationships(self) -> tuple[Applied, ...]:
        """All fifteen, and which of them hold."""
        return tuple(map(self._applied, RELATIONS))

    def _applied(self, guided: Guided) -> Applied:
        axis = self.transposed if guided.is_transposed else self.convolution
        unmet = guided.unmet(axis)
        filled = None if unmet else guided.filled(axis)
        return Applied(guided.number, guided.name, guided.holds_for, not unmet, filled, unmet)


@dataclass(frozen=True, slots=True)
class LayerRelations(SizedAnswer):
    """How the relationships stand with one layer."""

    question: Annotated[str, Key("The question as it was read.")]
    axes: Annotated[tuple[AxisRelations, ...], Key("Each axis of the layer.", minItems=1)]
    reading: Hidden[str] = ""


ANSWER = RelationTable | LayerRelations


@overload
def relations(words: None = None) -> RelationTable: ...
@overload
def relations(words: str | Sequence[str]) -> LayerRelations: ...
def relations(words: str | Sequence[str] | None = None) -> RelationTable | LayerRelations:
    """The fifteen relationships of the guide, or how they stand with a layer in shorthand.

    Raises StackError where the words do not stand, and for a chain or a layer without a window.

    >>> (axis,) = relations("5 k3 s2 p1").axes
    >>> [one.number for one in axis.relationships if one.holds], axis.forward, axis.back
    ([6, 13, 14], 6, 13)
    """
    if words is None:
        return RelationTable(tuple(map(Relationship, RELATIONS)))
    found = shape(words)
    if len(found.steps) > 1:
        second = found.question.layers[1].tokens["kind"]
        help = "ask for each by itself"
        refuse(found.question, second, "bad-layer", "one layer at a time", help=help)
    (step,) = found.steps
    if not step.axes:
        message = f"`{step.written.word}` slides no window over an axis"
        help = "ask for a convolution, a transposed one or a pool: 5 k3 s2 p1"
        refuse(found.question, step.written.tokens["kind"], "bad-layer", message, help=help)
    axes = (AxisRelations(axis_inverse(axis)) for axis in step.axes)
    return LayerRelations(found.question.text, tuple(axes), found.reading)
