"""What is shown of a layer, as values: numbers with their places, channels first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

from convcalc.core.shapes import Shape
from convcalc.features.shape.drawing import Subject
from convcalc.kinds.base import Form, LayerKind

View = Literal["windows", "im2col", "matrix", "stretched", "sums", "gradient", "flip", "shift"]
VIEWS: tuple[View, ...] = (
    "windows",
    "im2col",
    "matrix",
    "stretched",
    "sums",
    "gradient",
    "flip",
    "shift",
)
# How an output comes of what it reads: a weighted sum, the largest, the mean, a norm, or in a
# way that is not written out.
# What an array's cell is: a value of the input, a zero between two of them, or the border.
Mark = Literal["value", "inserted", "border"]
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array: its shape (channels first) and its numbers in row-major order."""

    shape: Shape
    values: tuple[float, ...]

    def __getitem__(self, place: Place) -> float:
        index = 0
        for at, size in zip(place, self.shape, strict=True):
            index = index * size + at
        return self.values[index]

    @property
    def places(self) -> Iterator[Place]:
        """Every place, in row-major order."""
        return product(*map(range, self.shape))


class Read(NamedTuple):
    """What one tap reads: the input's place, None in the padding; and the weight's place."""

    place: Place | None
    weight: Place | None = None
    # A zero between the values of a stretched input, in place of one around them.
    is_inserted: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """An output: its place, what it reads in the order of the taps, and its value.

    `divisor` is that of a mean; of a norm the pixels of its window that are not beyond the end.
    """

    place: Place
    reads: tuple[Read, ...]
    value: float
    divisor: int = 1

    @property
    def inside(self) -> tuple[Read, ...]:
        """The reads that are no padding."""
        return tuple(read for read in self.reads if read.place is not None)


@dataclass(frozen=True, slots=True)
class Matrix:
    """y = C x + b, a row for each output, a column for each input; `winners` for a max pool.

    A max pool is no matrix: there C picks, for this input alone, the winner of each window.
    """

    rows: tuple[tuple[float, ...], ...]
    offset: tuple[float, ...]
    winners: bool = False


@dataclass(frozen=True, slots=True)
class Stretched:
    """A transposed layer as a convolution of stride 1: its input and its kernel.

    `marks` says what each cell of `input` is. `border` has the zeros (before, after) each axis,
    negative where the input is cropped; `inserted` those between two values. `dilation` is that of
    the kernel, which the transposed layer and the convolution have in common.
    """

    input: Numbers
    marks: tuple[Mark, ...]
    weight: Numbers
    border: tuple[tuple[int, int], ...]
    inserted: tuple[int, ...]
    dilation: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A layer worked out. `arrays` are its learnt arrays, by name.

    `has_channels` is False where the question names none; `subject` is the layer as it is drawn,
    None where it slides no window. `above` is the gradient that comes to its output, where it is
    not 1, 2, 3, ... `agreeing` are the ways in which the
    output was found that gave the same numbers.
    """

    text: str
    kind: str
    has_channels: bool
    input: Numbers
    output: Numbers
    arrays: dict[str, Numbers]
    form: Form
    cells: tuple[Cell, ...]
    matrix: Matrix | None
    stretched: Stretched | None
    kernel: Shape
    dilation: Shape
    norm: int
    agreeing: tuple[str, ...]
    layer: LayerKind
    subject: Subject | None = None
    above: Numbers | None = None

    @property
    def bias(self) -> Numbers | None:
        """The bias, where there is one."""
        return self.arrays.get("bias")

    @property
    def views(self) -> tuple[View, ...]:
        """The views that this layer has."""
        slides = self.subject is not None and self.stretched is None
        has = {
            "windows": bool(self.cells and self.kernel),
            "im2col": bool(self.cells and self.kernel),
            "matrix": self.matrix is not None,
            "stretched": self.stretched is not None,
            "sums": bool(self.cells),
            "gradient": bool(self.cells),
            "flip": slides and self.form == "sum",
            "shift": slides,
        }
        return tuple(view for view in VIEWS if has[view])
