"""The panels of one layer: its window over the input, or both dialects of a transposed layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from convcalc.features.shape.drawing.axis_cells import stamped, stretched, windowed
from convcalc.features.shape.drawing.planes import Plane, Read, Spot, plane_of
from convcalc.kinds.base import Form
from convcalc.report.drawing.boards import BoardError, Cell, Cursor, Grid, Mark, Panel, Tap
from convcalc.report.drawing.boards.drawn_panel import MOST_STEPS
from convcalc.shorthand.axis import AXIS_TITLES, Axis

Texts = Mapping[Spot, str]
# Sums of more taps are read by nobody.
_WRITTEN = 9
_SIGNS: dict[Mark, str] = {"padding": "0", "inserted": "0", "extra": "a"}
_NOTED = ("output", "span", "padding", "dropped", "clipped", "regime")


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """The numbers of a layer as texts by their places: those read, a map each, and one map made.

    `sums` say how each output comes about; `winners` are the pixels that a max pool picks.
    """

    names: tuple[str, ...] = ("input x",)
    read: tuple[Texts, ...] = ({},)
    kernels: tuple[Texts, ...] = ({},)
    name: str = "output y"
    made: Texts = field(default_factory=dict)
    sums: Texts = field(default_factory=dict)
    winners: Mapping[Spot, Spot] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """A layer to draw: its words, one or two axes, and what a unit makes of what it reads.

    `note` says what of it is drawn, `rest` what each sum has beside what is drawn, and `border`
    what stands in its padding. `divisor` is that of a
    mean: "" counts the padding, "inside" does not, a number is always the same.
    """

    text: str
    axes: tuple[Axis, ...]
    form: Form
    numbers: KnownNumbers = field(default_factory=KnownNumbers)
    note: str = ""
    rest: str = ""
    border: str = "zeros"
    divisor: str = ""

    def with_numbers(self, numbers: KnownNumbers, note: str = "") -> Subject:
        """The same layer with numbers."""
        return replace(self, numbers=numbers, note=note)

    @property
    def plane(self) -> Plane:
        """The cells that it reads, where a transposed layer is the guide's convolution."""
        if self.axes[0].family == "transposed":
            return plane_of(self.axes, stretched)
        return plane_of(self.axes, lambda axis: windowed(axis, self.border))

    @property
    def signs(self) -> Mapping[Mark, str]:
        """What stands in cells that are no pixel."""
        has_zeros = self.form == "sum" or (self.form == "mean" and not self.divisor)
        return _SIGNS if has_zeros else {}

    @property
    def sizes(self) -> str:
        """Its sizes, before and after."""
        before, after = ([axis.size for axis in self.axes], [axis.output for axis in self.axes])
        return f"{'x'.join(map(str, before))} → {'x'.join(map(str, after))}"


# More can never be told apart.
_MOST_PIXELS = 10_000


def layer_panels(subject: Subject) -> tuple[Panel, ...]:
    """The panels of a layer. Raises BoardError where it has three axes."""
    if len(subject.axes) > 2:
        raise BoardError("three axes are not drawn")
    # Before a cell of it is made: a map may have any size.
    for label, sizes in (
        ("steps", [axis.output for axis in subject.axes]),
        ("pixels", [axis.size for axis in subject.axes]),
    ):
        most = MOST_STEPS if label == "steps" else _MOST_PIXELS
        if prod(sizes) > most:
            raise BoardError(
                f"its picture would have {prod(sizes):,} {label}; {most:,} at most are drawn"
            )
    if subject.axes[0].family == "transposed":
        return (guide_panel(subject), framework_panel(subject))
    return (window_panel(subject),)


def window_panel(subject: Subject) -> Panel:
    """A window over its padded input."""
    notes = _each_axis(subject.axes, _axis_note)
    return _over(subject, f"{subject.text}: {subject.sizes}", notes)


def _each_axis(axes: Sequence[Axis], note: Callable[[Axis], str]) -> tuple[str, ...]:
    """A note on each axis, or one where all agree."""
    notes = [note(axis) for axis in axes]
    if len(set(notes)) == 1:
        return (notes[0],)
    titles = AXIS_TITLES[len(axes)]
    return tuple(f"{title}: {text}" for title, text in zip(titles, notes, strict=True))


def _axis_note(axis: Axis) -> str:
    """How the size comes about."""
    return "; ".join(
        text if label == "output" else f"{label}: {text}"
        for label, text in axis.lines()
        if label in _NOTED
    )


def guide_panel(subject: Subject) -> Panel:
    """A turned kernel over the stretched input of a transposed layer."""
    title = f"{subject.text} in the guide's dialect, a convolution of stride 1: {subject.sizes}"
    notes = _each_axis(subject.axes, _guide_note)
    return _over(subject, title, notes)


def _guide_note(axis: Axis) -> str:
    zeros = axis.stride - 1
    words = [f"s − 1 = {zeros} zero{'' if zeros == 1 else 's'} between two inputs"]
    sides = [(axis.span - 1 - side, side) for side in dict.fromkeys((axis.before, axis.after))]
    for at, (border, side) in enumerate(sides):
        where = " around" if len(sides) == 1 else (" before", " after")[at]
        cut = ", below zero: cut off" if border < 0 else ""
        span = "K" if axis.dilation > 1 else "k"
        number = f"{border}".replace("-", "−")
        words.append(f"p' = {span} − 1 − p = {axis.span} − 1 − {side} = {number}{where}{cut}")
    if axis.extra > 0:
        words.append(f"a = {axis.extra} more at the end")
    return f"{'; '.join(words)}; the kernel is turned by 180°"


def _over(subject: Subject, title: str, notes: tuple[str, ...]) -> Panel:
    """A kernel over what it reads, and the output beside it."""
    numbers, plane = subject.numbers, subject.plane
    steps = plane.steps
    rows = tuple(
        tuple(Cell("result", numbers.made.get((row, column), "")) for column in columns)
        for row, columns in _ranges(plane)
    )
    output = Grid(numbers.name, rows, (Cursor((Tap(0, 0),), steps, "result"),))
    return Panel(
        title,
        _with(notes, subject),
        (tuple(read_grids(subject)), (output,)),
        ("→",),
        tuple(captions(subject)),
        plane.middle,
        plane.wrap,
    )


def read_grids(subject: Subject) -> Iterator[Grid]:
    """What is read, a grid for each map, with the kernel over it."""
    numbers, plane = subject.numbers, subject.plane
    for name, texts, kernel in zip(numbers.names, numbers.read, numbers.kernels, strict=True):
        weights = kernel or (plane.weight_names if subject.form == "sum" else {})
        cursors = [Cursor(plane.taps(weights), plane.places)]
        if numbers.winners:
            cursors.append(_winners(plane, numbers.winners))
        yield Grid(name, plane.cells(subject.signs, texts), tuple(cursors))


def captions(subject: Subject) -> Iterator[str]:
    """How each output comes about."""
    plane, sums = subject.plane, subject.numbers.sums
    for step in plane.steps:
        yield sums.get(step) or _caption(subject, plane, step)


def _with(notes: tuple[str, ...], subject: Subject) -> tuple[str, ...]:
    return (*notes, subject.note) if subject.note else notes


def _ranges(plane: Plane) -> Iterator[tuple[int, range]]:
    for row in range(len(plane.rows.starts)):
        yield row, range(len(plane.columns.starts))


def _winners(plane: Plane, winners: Mapping[Spot, Spot]) -> Cursor:
    """The pixel that is picked, at each step."""
    ahead = (plane.rows.pixels.index(0), plane.columns.pixels.index(0))
    found = [winners.get(step) for step in plane.steps]
    places = tuple(None if one is None else (one[0] + ahead[0], one[1] + ahead[1]) for one in found)
    return Cursor((Tap(0, 0),), places, "winner")


def _caption(subject: Subject, plane: Plane, step: Spot) -> str:
    reads = list(plane.reads(step))
    inside = [read for read in reads if read.pixel is not None]
    name = plane.name("y", step)
    if len(reads) <= _WRITTEN:
        padded = sum(read.mark == "padding" for read in reads if read.pixel is None)
        return f"{name} = {_sum(subject, plane, inside, padded)}"
    outside = len(reads) - len(inside)
    words = f"{name} reads {len(inside)} inputs"
    return f"{words}, {outside} of {len(reads)} taps meet zeros" if outside else words


def _sum(subject: Subject, plane: Plane, inside: Sequence[Read], padded: int) -> str:
    """What becomes of the pixels that are read, in letters, and of as many padded ones."""
    pixels = [plane.name("x", read.pixel) for read in inside if read.pixel is not None]
    if not pixels:
        return f"0{subject.rest}, it reads nothing but zeros"
    if subject.form == "max":
        return f"max({', '.join(pixels)})"
    if subject.form == "sum":
        weights = [plane.name("w", read.weight) for read in inside]
        products = " + ".join(f"{w}·{x}" for w, x in zip(weights, pixels, strict=True))
        return f"{products}{subject.rest}"
    if subject.form == "norm":
        return f"norm of {', '.join(pixels)}"
    if subject.divisor.isdigit():
        return f"({' + '.join(pixels)})/{subject.divisor}"
    zeros = f" and {padded} zero{'' if padded == 1 else 's'}" if padded else ""
    return f"mean of {', '.join(pixels)}{'' if subject.divisor else zeros}"


def framework_panel(subject: Subject) -> Panel:
    """Each input of a transposed layer stamps the kernel onto the output; the ends are cut."""
    numbers, axes = subject.numbers, subject.axes
    plane = plane_of(axes, stamped)
    steps = plane.steps
    inputs = tuple(
        Grid(
            name,
            tuple(
                tuple(Cell("value", texts.get((row, column), "")) for column in columns)
                for row, columns in _ranges(plane)
            ),
            (Cursor((Tap(0, 0),), steps),),
        )
        for name, texts in zip(numbers.names, numbers.read, strict=True)
    )
    # Several inputs stamp several kernels on the same places.
    weights = numbers.kernels[0] or plane.weight_names if len(inputs) == 1 else {}
    stamp = Cursor(plane.taps(weights), plane.places)
    output = Grid(numbers.name, plane.cells({"extra": "a"}, numbers.made), (stamp,))
    return Panel(
        f"{subject.text} as frameworks have it: {subject.sizes}",
        _with(_each_axis(axes, _framework_note), subject),
        (inputs, (output,)),
        ("→",),
        tuple(_stamp_words(plane, step) for step in steps),
        plane.middle,
        plane.wrap,
    )


def _framework_note(axis: Axis) -> str:
    cut = f"{axis.before} before, {axis.after} after" if axis.before or axis.after else "nothing"
    span = "K" if axis.dilation > 1 else "k"
    return (
        f"(i − 1)s − 2p + {span} + a: {axis.formula}; cut off: {cut}; overlap {axis.overlap_line()}"
    )


def _stamp_words(plane: Plane, step: Spot) -> str:
    reads = list(plane.reads(step))
    kept = sum(read.pixel is not None for read in reads)
    cut = len(reads) - kept
    lost = f", of which {cut} {'is' if cut == 1 else 'are'} cut off" if cut else ""
    return f"{plane.name('x', step)}·w is added to {len(reads)} places{lost}"
