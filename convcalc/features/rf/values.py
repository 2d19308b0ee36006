"""The figures of a report: frozen values, one for each layer and source."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Annotated, Literal, NamedTuple

from convcalc.core.records import Key, Record
from convcalc.core.shapes import Shape, spatial
from convcalc.features.rf.effective import DEVIATIONS
from convcalc.features.rf.equal_axes import by_axis


class AxisField(NamedTuple):
    """A layer's field on one axis, in pixels of the source.

    `size` is the centre unit's, `least` and `most` the smallest and the largest over the map.
    `stride` is the effective stride, None where units follow each other in no pattern, `start`
    the first pixel that unit 0 sees. `before` and `after` count the pixels of the centre unit's
    window that lie outside the source.
    """

    size: int
    least: int
    most: int
    stride: Fraction | None
    start: int
    before: int
    after: int

    @property
    def stride_text(self) -> str:
        """The stride in words, ? where it is none."""
        return "?" if self.stride is None else str(self.stride)

    @property
    def padding(self) -> int:
        """The effective padding: pixels that unit 0 sees before the source begins."""
        return -self.start

    @property
    def varies(self) -> bool:
        """True where the size depends on the position."""
        return self.least != self.most


@dataclass(frozen=True, slots=True)
class LayerField:
    """What the units of one layer see of one source.

    `axes` is the local field; it is empty where no position is left (a dense layer) and where
    its pattern is too long to follow. `is_global`: every unit also depends on all of the source.
    `aligned` is False where paths of unequal stride meet. `used` is the exact share of the
    centre unit's window that some path uses (1: a full window, less: holes; None: not counted),
    `is_gridded` says that whole rows or columns of it are unused, `deviations` are the standard
    deviations of the effective field (None: not followed). `is_new` is False for a layer that
    sees just what its input sees, such as an activation. `at_most`: the figures are upper bounds.
    `is_moved`: the axes of its map are not those of the source, as behind a `permute`.
    """

    index: int
    layer: str
    kind: str
    output: Shape
    source: str
    source_shape: Shape
    axes: tuple[AxisField, ...]
    is_global: bool
    aligned: bool
    used: Fraction | None
    is_gridded: bool
    deviations: tuple[float, ...] | None
    is_new: bool = True
    at_most: bool = False
    is_moved: bool = False

    @property
    def is_followed(self) -> bool:
        """False where the field's pattern is too long to follow, so that nothing is known."""
        return bool(self.axes) or self.is_global

    @property
    def sizes(self) -> tuple[int, ...]:
        """The centre unit's field on each axis; the whole source where `is_global`."""
        if self.is_global:
            return spatial(self.source_shape)
        return tuple([axis.size for axis in self.axes])

    @property
    def has_holes(self) -> bool:
        """True where the centre unit's window has pixels that no path uses."""
        return self.used is not None and self.used < 1

    @property
    def effective(self) -> tuple[float, ...] | None:
        """The effective size on each axis: from two standard deviations before to two behind.

        Never more than the field itself, which a few wide kernels fill to its edge.
        """
        if self.deviations is None:
            return None
        return by_axis(_effective_size, self.deviations, self.axes)

    @property
    def padding_share(self) -> Fraction:
        """The share of the centre unit's local window that lies outside the source.

        0 where it sees nothing by itself, as a class token.
        """
        inside = prod([max(0, axis.size - axis.before - axis.after) for axis in self.axes])
        window = prod([axis.size for axis in self.axes])
        return Fraction(window - inside, window) if window else Fraction(0)

    @property
    def exceeds(self) -> bool:
        """True where the local field is larger than the source on some axis."""
        sizes = spatial(self.source_shape)
        return any(axis.size > size for axis, size in zip(self.axes, sizes, strict=False))


def _effective_size(deviation: float, axis: AxisField) -> float:
    return min(DEVIATIONS * deviation, float(axis.size))


NoteSlug = Literal[
    "shifted-paths", "unequal-strides", "sees-everything", "not-followed", "declared"
]
VerdictSlug = Literal[
    "exceeds-input",
    "unproductive-layers",
    "object-size",
    "gridding-holes",
    "unused-corners",
    "skipped-pixels",
    "history",
]
Level = Literal["good", "note", "warning"]


@dataclass(frozen=True, slots=True)
class Note(Record):
    """A fact about some layers that their figures do not show."""

    slug: Annotated[NoteSlug, Key("Which fact.", name="note")]
    message: Annotated[str, Key("It in a sentence.")]
    layers: Annotated[tuple[str, ...], Key("The layers.")]


@dataclass(frozen=True, slots=True)
class Verdict(Record):
    """A judgement that helps to design; `level` is `good` where nothing is to be done."""

    slug: Annotated[VerdictSlug, Key("What is judged.", name="verdict")]
    level: Annotated[Level, Key("`good` where nothing is to be done.")]
    message: Annotated[str, Key("The judgement in a sentence.")]
    help: Annotated[str, Key("What to do, where there is something.")]
    layers: Annotated[tuple[str, ...], Key("The layers.")]
