"""`convcalc shape`: the size of one layer or a short chain, with every reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from convcalc.core.arithmetic import WindowError
from convcalc.core.errors import LayerError, StackError
from convcalc.core.records import Count, Hidden, Key, SizedAnswer, Sizes
from convcalc.core.shapes import Shape
from convcalc.features.shape.dialects import DIALECTS, Dialect, DialectError, Reading, read_fields
from convcalc.features.shape.steps import LayerSizes, axis_sum
from convcalc.kinds import find_kind
from convcalc.kinds.base import Facts, LayerKind
from convcalc.network.arguments import one_of
from convcalc.planning.reaches import Reach, of_input, through
from convcalc.planning.receptive import ReceptiveField, receptive_field, reduced
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.making import make_layer, read_question, refuse, refuse_layer
from convcalc.shorthand.question import Layer, Question


@dataclass(frozen=True, slots=True)
class Step:
    """A layer of the question in its place.

    `x` and `output` are shapes with channels, made up where the question names none; `axes` say
    how each size comes about, for layers with a window. `elsewhere` are what other dialects
    answer to the same words, where a dialect was asked for.
    """

    written: Layer
    layer: LayerKind
    x: Shape
    output: Shape
    facts: Facts
    axes: tuple[Axis, ...]
    rules: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...]
    field: ReceptiveField | None


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
        return _Walk(asked, known).run()
    except StackError as error:
        help = _other_size(asked, known)
        if not help:
            raise
        (problem,) = error.problems
        help = f"{help}, or {problem.help}" if problem.help else help
        raise StackError([replace(problem, help=help)], error.source) from None


def _other_size(question: Question, dialect: Dialect | None) -> str:
    """The size to write where the layers do not stand as it was read, and do with that one."""
    what, size = question.read.instead
    if not size:
        return ""
    try:
        _Walk(read_question([size, question.text.partition(" ")[2]]), dialect).run()
    except StackError:
        return ""
    return f"write {size} for {what}"


class _Walk:
    """One pass over the layers, the shape and the receptive field handed on."""

    def __init__(self, question: Question, dialect: Dialect | None) -> None:
        self.question, self.dialect = question, dialect
        self.unfiltered = _unfiltered(question)
        self.has_channels = question.has_channels and self.unfiltered is None
        # Whether the shape at hand counts channels, which an unfiltered convolution ends.
        self.is_known = question.has_channels

    def run(self) -> ShapeAnswer:
        self._check_channels()
        x: Shape = (self.question.channels or 1, *self.question.axes)
        reach = of_input(0, x)
        source = x
        steps = []
        for written in self.question.layers:
            step, reach = self._step(written, x, reach, source)
            steps.append(step)
            x = step.output
        return ShapeAnswer(
            self.question, tuple(steps), self.has_channels, self.dialect, self.unfiltered
        )

    def _check_channels(self) -> None:
        """Refuses layers whose output depends on channels that a leading @ leaves out."""
        if self.question.marked is not False:
            return
        for written in self.question.layers:
            if written.needs_channels:
                size = self.question.token.text
                message = f"`{written.kind}` counts channels, and `{size}` names none"
                help = f"write them before the @, as in 3{size}"
                refuse(self.question, written.tokens["kind"], "missing-field", message, help=help)

    def _step(
        self, written: Layer, x: Shape, reach: tuple[Reach, ...], source: Shape
    ) -> tuple[Step, tuple[Reach, ...]]:
        reading = self._reading(written, x)
        rank = len(x) - 1
        layer = make_layer(self.question, written, reading.fields, rank, self.has_channels)
        groups = getattr(layer, "groups", 1)
        is_open = written.is_convolution and not written.names_filters
        if rank and (not self.is_known or (is_open and groups == "depthwise")):
            # Unnamed channels are as many as the layer needs to be legal.
            x = (groups if isinstance(groups, int) else 1, *x[1:])
        if written.is_convolution:
            self.is_known = self.question.has_channels and not is_open
        axes = self._axes(written, layer, x, reading)
        try:
            facts = layer.facts((x,))
        except LayerError as error:
            if self.dialect is None or self.dialect.pool_limit == "half":
                refuse_layer(self.question, written, layer, x, error)
            # What PyTorch alone refuses is legal elsewhere; there is another limit, or none.
            self._check_padding(written, layer, axes, x, error)
            facts = layer.facts_of(x, (x[0], *(axis.output for axis in axes)))
        output = facts.output
        if axes and len(output) == len(x):
            # Caffe's pools may have one window more than any kind of ours.
            output = (output[0], *(axis.output for axis in axes))
        reach = through([reach], facts)
        field = receptive_field(reduced(reach[0], {}), "input", source)
        elsewhere = self._elsewhere(written, x, axes) if self.dialect else ()
        step = Step(written, layer, x, output, facts, axes, reading.rules, elsewhere, field)
        return step, reach

    def _check_padding(
        self,
        written: Layer,
        layer: LayerKind,
        axes: tuple[Axis, ...],
        x: Shape,
        error: LayerError,
    ) -> None:
        """Raises StackError where the layer cannot stand in this dialect, either."""
        if layer.sliding != "pool" or not axes or error.slug != "pool-padding-too-big":
            refuse_layer(self.question, written, layer, x, error)
        assert self.dialect is not None
        found = [axis for axis in axes if max(axis.before, axis.after) >= axis.kernel]
        if self.dialect.pool_limit == "kernel" and found:
            most, kernel = max(found[0].before, found[0].after), found[0].kernel
            note = f"{self.dialect.title} pads a pool by less than its kernel, {kernel}, not {most}"
            raised = LayerError(error.slug, note, f"use `padding: {kernel - 1}`", field="padding")
            refuse_layer(self.question, written, layer, x, raised)

    def _reading(self, written: Layer, x: Shape) -> Reading:
        try:
            return _read(self.dialect, written, x)
        except DialectError as error:
            token = written.tokens.get(error.field, written.tokens["kind"])
            refuse(self.question, token, "wrong-value", str(error), help=error.help)

    def _axes(
        self, written: Layer, layer: LayerKind, x: Shape, reading: Reading
    ) -> tuple[Axis, ...]:
        try:
            return window_axes(layer, x, reading)
        except LayerError as error:
            refuse_layer(self.question, written, layer, x, error)
        except WindowError:
            # The kind says it better, with numbers and repairs.
            return ()

    def _elsewhere(
        self, written: Layer, x: Shape, axes: tuple[Axis, ...]
    ) -> tuple[tuple[str, str], ...]:
        """(dialect, its answer) for every other dialect that answers differently."""
        if not axes:
            return ()
        assert self.dialect is not None
        found = []
        for name, other in DIALECTS.items():
            if name == self.dialect.name:
                continue
            says = self._says(other, written, x)
            if isinstance(says, str):
                found.append((name, says))
            elif [axis.output for axis in says] != [axis.output for axis in axes]:
                found.append((name, "x".join(str(axis.output) for axis in says)))
            elif [axis.before for axis in says] != [axis.before for axis in axes]:
                pads = "x".join(str(axis.before) for axis in says)
                found.append((name, f"the same size, but {pads} padded before"))
        return tuple(found)

    def _says(self, other: Dialect, written: Layer, x: Shape) -> tuple[Axis, ...] | str:
        try:
            reading = _read(other, written, x)
            layer = make_layer(self.question, written, reading.fields, len(x) - 1, False)
            if layer.sliding == "pool" and other.pool_limit == "half":
                layer.output(x)
            return window_axes(layer, x, reading)
        except DialectError as error:
            return str(error)
        except LayerError as error:
            return error.note
        except StackError as error:
            is_unknown = error.problems[0].slug == "unknown-field"
            return "it has no such field" if is_unknown else "it does not fit there"
        except WindowError:
            return "it does not fit there"


def _unfiltered(question: Question) -> Layer | None:
    """The first convolution that leaves a question's channels open, where its sizes need none."""
    if not question.has_channels or any(layer.needs_channels for layer in question.layers):
        return None
    missing = (layer for layer in question.layers if layer.is_convolution)
    return next((layer for layer in missing if not layer.names_filters), None)


def _read(dialect: Dialect | None, written: Layer, x: Shape) -> Reading:
    kind = find_kind(written.word)
    assert kind is not None
    return read_fields(dialect, kind.sliding, written.fields, written.main, x[1:])


def window_axes(layer: LayerKind, x: Shape, reading: Reading | None = None) -> tuple[Axis, ...]:
    """How each size of a layer with a window comes about; nothing for other layers.

    Raises LayerError for windows that cannot be, WindowError for those that do not fit.
    """
    family = layer.sliding
    if not family or len(x) == 1:
        return ()
    windows = layer.windows(x)
    extras = layer.output_paddings(x)
    word = layer.padding_word()
    rounding = "ceil" if layer.rounds_up() else "floor"
    if reading is not None and family == "pool":
        rounding = reading.rounding
    return tuple(
        Axis(
            family,
            size,
            window.kernel,
            window.stride,
            window.before,
            window.after,
            window.dilation,
            word,
            rounding,
            extra,
        )
        for size, window, extra in zip(x[1:], windows, extras, strict=True)
    )
