"""What undoes a layer, or each layer of a network, as `convcalc invert` answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, overload

from convcalc.core.records import Answer, Hidden, Key, Record, SizedAnswer, Sizes
from convcalc.core.shapes import Shape
from convcalc.features.invert.decoder import inversions
from convcalc.features.invert.figures import (
    AxisUndone,
    EqualPadding,
    FrameworkDialect,
    GuideDialect,
    InputSize,
    UndoingLayer,
)
from convcalc.features.invert.inverse_axis import AxisInverse
from convcalc.features.invert.layer import Entry, Inverse, invert_layer
from convcalc.features.invert.matrix import Matrix
from convcalc.features.shape.answer import shape
from convcalc.kinds.base import plain
from convcalc.network import InputShapes, Network
from convcalc.network.arguments import refused
from convcalc.planning import plan
from convcalc.shorthand.entries import in_shorthand
from convcalc.shorthand.making import refuse

# What a size without channels cannot know of an inverse.
_OF_CHANNELS = ("out_channels", "groups")


@dataclass(frozen=True, slots=True)
class LayerUndone(Record):
    """A layer with what undoes it, in size and connectivity."""

    inverse: Hidden[Inverse]
    has_channels: Hidden[bool]

    def _shown(self, shape: Shape) -> Shape:
        """A shape without made-up channels."""
        return shape if self.has_channels or len(shape) == 1 else shape[1:]

    @property
    @Key()
    def kind(self) -> str:
        """The layer's kind."""
        return self.inverse.layer.kind

    @property
    @Key()
    def input(self) -> Sizes:
        """Shape of its input; without channels where none were given."""
        return self._shown(self.inverse.x)

    @property
    @Key()
    def output(self) -> Sizes:
        """Shape of its output."""
        return self._shown(self.inverse.output)

    @property
    @Key()
    def restored(self) -> Sizes | None:
        """What the inverse makes of that; null where there is none."""
        restored = self.inverse.restored
        return None if restored is None else self._shown(restored)

    @property
    @Key()
    def kept(self) -> bool:
        """True for a layer that keeps the shape, and stays as it is."""
        return self.inverse.is_kept

    @property
    @Key()
    def exact(self) -> bool:
        """True where the values come back too."""
        return self.inverse.is_exact

    @property
    @Key(null=True)
    def reason(self) -> str:
        """Why there is no inverse, where there is none."""
        return self.inverse.reason

    @property
    @Key()
    def undone_by(self) -> tuple[UndoingLayer, ...]:
        """The layers to apply, none where there is no inverse."""
        return tuple(map(self._undoing, self.inverse.entries))

    @property
    @Key()
    def axes(self) -> tuple[AxisUndone, ...]:
        """The sums of each axis, for a layer with a window."""
        return tuple(map(_axis, self.inverse.axes))

    @property
    @Key()
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the values."""
        return self.inverse.notes

    def _undoing(self, entry: Entry) -> UndoingLayer:
        kind, fields = entry
        known = {
            name: plain(value)
            for name, value in fields.items()
            if self.has_channels or name not in _OF_CHANNELS
        }
        return UndoingLayer(kind, known, in_shorthand(kind, fields, self.has_channels))


@dataclass(frozen=True, slots=True)
class Inversion(LayerUndone, SizedAnswer):
    """What undoes a layer, in size and connectivity."""

    reading: Hidden[str] = ""


@dataclass(frozen=True)
class _Named(Record):
    name: Annotated[str, Key("The layer's name.")]


@dataclass(frozen=True)
class NamedLayer(LayerUndone, _Named):
    """A layer of a network with what undoes it."""


@dataclass(frozen=True, slots=True)
class NetworkInversion(Answer):
    """Every layer of a network with what undoes it."""

    name: Annotated[str, Key("The network's name.")]
    layers: Annotated[tuple[NamedLayer, ...], Key("The layers in their order.")]


@dataclass(frozen=True, slots=True)
class LayerMatrix(Record):
    """A small layer as a matrix: `w01` is the kernel's row 0 and column 1, `x01` such a pixel."""

    name: Annotated[Literal["C", "C^T", "windows"], Key("C, its transpose, or im2col's windows.")]
    title: Annotated[str, Key("What it is of, in words.")]
    entries: Annotated[Matrix, Key("Its rows, each with an entry a column.")]

    @property
    @Key(minimum=1)
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.entries)

    @property
    @Key(minimum=1)
    def columns(self) -> int:
        """How many columns it has."""
        return len(self.entries[0])


@dataclass(frozen=True, slots=True)
class LayerMatrices(SizedAnswer):
    """A small layer as matrices, for one channel, pixels and positions in row-major order."""

    matrices: Annotated[tuple[LayerMatrix, ...], Key("C and its transpose, or the windows.")]
    reading: Hidden[str] = ""


ANSWER = Inversion | NetworkInversion | LayerMatrices


@overload
def invert(source: str | Sequence[str]) -> Inversion: ...
@overload
def invert(source: Network, *, layer: str, input: InputShapes | None = None) -> Inversion: ...
@overload
def invert(
    source: Network, *, layer: None = None, input: InputShapes | None = None
) -> NetworkInversion: ...
def invert(
    source: str | Sequence[str] | Network,
    *,
    layer: str | None = None,
    input: InputShapes | None = None,
) -> Inversion | NetworkInversion:
    """What undoes a layer in the words of `convcalc shape`, or each layer of a network.

    Of a network, `layer` asks for one alone, and `input` for another input. Raises StackError
    where the words or the network do not stand, and for a name that no layer has.

    >>> found = invert("32 k3 s2 p1")
    >>> found.undone_by[0].shorthand, found.axes[0].framework.output_padding
    ('conv_transpose k3 s2 p1 a1', 1)
    """
    if not isinstance(source, Network):
        if layer is not None:
            raise refused("layer picks a layer of a network", "leave it out")
        if input is not None:
            raise refused("input is that of a network", "write the size before the layer")
        return _of_words(source)
    planned = plan(source, input=input)
    if layer is None:
        named = (NamedLayer(one.row.name, one.inverse, True) for one in inversions(planned))
        return NetworkInversion(planned.name, tuple(named))
    try:
        row = planned[layer]
    except KeyError as error:
        raise refused(str(error.args[0])) from None
    shapes = planned.graph.shapes_of(row.node)
    return Inversion(invert_layer(row.node.layer, shapes, row.output), True)


def _of_words(words: str | Sequence[str]) -> Inversion:
    found = shape(words)
    if len(found.steps) > 1:
        message = "one layer at a time: a chain is inverted as a file"
        help = "write it as a file, then convcalc invert FILE --yaml"
        second = found.question.layers[1].tokens["kind"]
        refuse(found.question, second, "bad-layer", message, help=help)
    (step,) = found.steps
    inverse = invert_layer(step.layer, (step.x,), step.output, step.axes or None)
    return Inversion(inverse, found.has_channels, found.reading)


def _axis(axis: AxisInverse) -> AxisUndone:
    it = axis.transposed
    return AxisUndone(
        axis.forward.size,
        axis.forward.output,
        axis.inverse.output,
        axis.forward.formula,
        axis.inverse.formula,
        FrameworkDialect(
            it.kernel,
            it.stride,
            it.dilation,
            (it.before, it.after),
            axis.extra,
            EqualPadding(*axis.symmetric),
        ),
        GuideDialect(
            it.kernel,
            1,
            it.dilation,
            axis.guide_padding,
            axis.zeros,
            axis.stretched,
            axis.extra,
            True,
        ),
        tuple(InputSize(size, extra) for size, extra in axis.siblings),
        axis.forward.siblings,
        it.overlap,
        it.regime,
    )
