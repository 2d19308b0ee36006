"""One pass over the layers of a question: each in its place, with every reason for its size."""

from __future__ import annotations

from dataclasses import dataclass

from convcalc.core.arithmetic import WindowError
from convcalc.core.errors import LayerError, StackError
from convcalc.core.shapes import Shape
from convcalc.features.shape.dialects import DIALECTS, Dialect, DialectError, Reading, read_fields
from convcalc.kinds import find_kind
from convcalc.kinds.base import Facts, LayerKind
from convcalc.planning.reach_merges import through
from convcalc.planning.reaches import Reach, of_input
from convcalc.planning.receptive import ReceptiveField, receptive_field, reduced
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.making import make_layer, refuse, refuse_layer
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


class Walk:
    """One pass over the layers, the shape and the receptive field handed on."""

    def __init__(self, question: Question, dialect: Dialect | None) -> None:
        self.question, self.dialect = question, dialect
        self.unfiltered = _unfiltered(question)
        self.has_channels = question.has_channels and self.unfiltered is None
        # Whether the shape at hand counts channels, which an unfiltered convolution ends.
        self.is_known = question.has_channels

    def steps(self) -> tuple[Step, ...]:
        """The layers in order. Raises StackError where one does not fit."""
        self._check_channels()
        x: Shape = (self.question.channels or 1, *self.question.axes)
        reach = of_input(0, x)
        source = x
        steps = []
        for written in self.question.layers:
            step, reach = self._step(written, x, reach, source)
            steps.append(step)
            x = step.output
        return tuple(steps)

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
            if other.pool_limit == "half":
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
    return read_fields(dialect, kind, written.fields, written.main, x[1:])


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
    if reading is not None:
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
