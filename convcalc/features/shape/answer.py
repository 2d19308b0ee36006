"""`convcalc shape`: the size of one layer or a short chain, with every reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from convcalc.core.errors import StackError
from convcalc.core.records import Count, Hidden, Key, SizedAnswer, Sizes
from convcalc.core.shapes import Shape
from convcalc.features.shape.dialects import DIALECTS, Dialect
from convcalc.features.shape.steps import LayerSizes, axis_sum
from convcalc.features.shape.walk import Step, Walk
from convcalc.network.arguments import one_of
from convcalc.shorthand.making import read_question
from convcalc.shorthand.question import Layer, Question


@dataclass(frozen=True, slots=True)
class ShapeAnswer(SizedAnswer):
    """The size of a layer or a short chain, with its sums.

    `unfiltered` is the first convolution without a number of filters, which leaves the channels
    open.
    """

    question: Hidden[Question]
    steps: Hidden[tuple[Step, ...]]
    has_channels: Annotated[
        bool,
        Key(
            "Whether shapes count channels, so that there are costs: the size may name none, or a "
            "convolution not say how many filters it has."
        ),
    ]
    dialect: Hidden[Dialect | None]
    unfiltered: Hidden[Layer | None] = None

    @property
    @Key(name="question")
    def text(self) -> str:
        """The question as it was read."""
        return self.question.text

    @property
    @Key(name="dialect")
    def dialect_name(self) -> str | None:
        """The dialect that was asked for."""
        return self.dialect.name if self.dialect else None

    @property
    @Key()
    def channels(self) -> int | None:
        """Channels of the input; null where it names none."""
        return self.question.channels

    @property
    @Key()
    def sizes(self) -> Sizes:
        """Sizes of the input's axes, without channels."""
        return self.question.axes

    @property
    def reading(self) -> str:
        """How the size was read."""
        return self.question.reading

    def shown(self, shape: Shape) -> Shape:
        """A shape as far as the question knows it: without made-up channels."""
        return shape if self.has_channels or len(shape) == 1 else shape[1:]

    @property
    @Key()
    def input(self) -> Sizes:
        """The input's shape; without channels where none were given."""
        return self.shown(self.steps[0].x)

    @property
    @Key()
    def output(self) -> Sizes:
        """The last layer's output; without channels where none were given."""
        return self.shown(self.steps[-1].output)

    @property
    @Key()
    def params(self) -> Count | None:
        """Parameters of all layers; null without channels."""
        return sum(step.facts.params for step in self.steps) if self.has_channels else None

    @property
    @Key()
    def macs(self) -> Count | None:
        """Multiply-accumulates of all layers, for one sample; null without channels."""
        return sum(step.facts.macs for step in self.steps) if self.has_channels else None

    @property
    @Key()
    def layers(self) -> tuple[LayerSizes, ...]:
        """The layers in order."""
        return tuple(map(self._layer, self.steps))

    def _layer(self, step: Step) -> LayerSizes:
        counted = self.has_channels
        return LayerSizes(
            step.written.text,
            step.layer.kind,
            self.shown(step.x),
            self.shown(step.output),
            step.facts.params if counted else None,
            step.facts.macs if counted else None,
            step.field,
            step.rules,
            dict(step.elsewhere),
            tuple(map(axis_sum, step.axes)),
        )


ANSWER = ShapeAnswer


def shape(question: str | Sequence[str], *, dialect: str | None = None) -> ShapeAnswer:
    """The output size of the layer or short chain that `question` writes, as `convcalc shape` does.

    It is one string, or a list of words. `dialect` rounds, pads and defaults as `torch`, `tf`,
    `onnx`, `caffe` or `darknet` does. Raises StackError where a word does not parse or a layer
    does not fit.

    >>> found = shape("3x224x224 conv 64 k7 s2 p3 , max_pool k3 s2 p1")
    >>> found.output, found.params, found.layers[-1].receptive_field.size
    ((64, 56, 56), 9472, (11, 11))
    """
    words = question.split() if isinstance(question, str) else list(question)
    known = None if dialect is None else DIALECTS[one_of(dialect, DIALECTS, "dialect")]
    asked = read_question(words)
    try:
        return _answered(Walk(asked, known))
    except StackError as error:
        help = _other_size(asked, known)
        if not help:
            raise
        (problem,) = error.problems
        help = f"{help}, or {problem.help}" if problem.help else help
        raise StackError([replace(problem, help=help)], error.source) from None


def _answered(walk: Walk) -> ShapeAnswer:
    return ShapeAnswer(
        walk.question, walk.steps(), walk.has_channels, walk.dialect, walk.unfiltered
    )


def _other_size(question: Question, dialect: Dialect | None) -> str:
    """The size to write where the layers do not stand as it was read, and do with that one."""
    what, size = question.read.instead
    if not size:
        return ""
    try:
        Walk(read_question([size, question.text.partition(" ")[2]]), dialect).steps()
    except StackError:
        return ""
    return f"write {size} for {what}"
