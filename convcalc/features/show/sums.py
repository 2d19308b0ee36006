"""The sums of `convcalc show` as text, and how outputs are named."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from convcalc.features.show.boxes import number
from convcalc.features.show.values import Cell, Place, Read, Shown
from convcalc.report.style import Style


def index(place: Place) -> str:
    """`[0,1]`, or nothing."""
    return f"[{','.join(map(str, place))}]" if place else ""


def place_of(shown: Shown, place: Place) -> Place:
    """A place as the question counts: without made-up channels."""
    return place if shown.has_channels or len(place) == 1 else place[1:]


def weight_of(shown: Shown, read: Read) -> float:
    """The number of the kernel that a tap multiplies."""
    assert read.weight is not None
    return shown.arrays["weight"][read.weight]


def sums(shown: Shown, style: Style) -> Iterator[str]:
    """The title of the view, then each output with its sum."""
    words = {
        "sum": "input*kernel over the window",
        "max": "the largest of the window",
        "mean": "the mean of the window",
        "norm": f"the {shown.norm}-norm of the window",
    }
    has_padding = any(len(cell.inside) < len(cell.reads) for cell in shown.cells)
    left_out = ", without the zeros" if shown.stretched is not None else ", without the padding"
    yield f"sums: {words[shown.form]}{left_out if has_padding else ''}"
    named = [
        (f"y{index(place_of(shown, cell.place))}", sum_of(shown, cell)) for cell in shown.cells
    ]
    yield from folded(named, style)


def folded(named: Sequence[tuple[str, str]], style: Style) -> Iterator[str]:
    """Lines of a name and what it is, folded between words."""
    width = max((len(name) for name, _ in named), default=0)
    for name, text in named:
        line = f"  {name.ljust(width)} = {text}"
        if style.width is None or len(line) <= style.width:
            yield line
            continue
        yield from textwrap.wrap(
            line,
            max(style.width, width + 25),
            subsequent_indent=" " * (width + 5),
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )


def sentence(text: str, style: Style) -> list[str]:
    """A sentence below a drawing, folded between words."""
    if style.width is None:
        return [f"  {text}"]
    return textwrap.wrap(text, max(style.width, 20), initial_indent="  ", subsequent_indent="  ")


def sum_of(shown: Shown, cell: Cell) -> str:
    """How an output comes about, and what it is."""
    values = [number(shown.input[read.place]) for read in cell.inside if read.place is not None]
    result = number(cell.value)
    if shown.form == "max":
        return f"max({', '.join(values)}) = {result}"
    if shown.form == "mean":
        return f"({' + '.join(map(signed, values))})/{cell.divisor} = {result}"
    if shown.form == "norm":
        bar = "" if shown.norm % 2 else "|"
        powers = " + ".join(f"{bar}{value}{bar}^{shown.norm}" for value in values) or "0"
        if cell.divisor < len(cell.reads):
            powers = f"{len(cell.reads)}/{cell.divisor}*({powers})"
        return f"({powers})^(1/{shown.norm}) = {result}"
    terms = [
        f"{signed(value) if n else value}*{signed(number(weight_of(shown, read)))}"
        for n, (value, read) in enumerate(zip(values, cell.inside, strict=True))
    ]
    bias = shown.bias
    if bias is not None and any(bias.values):
        terms.append(f"{signed(number(bias.values[cell.place[0]]))}")
    if not terms:
        return f"{result}, no input reaches it"
    return f"{' + '.join(terms)} = {result}"


def signed(text: str) -> str:
    """A number within a sum: in brackets where it is negative."""
    return f"({text})" if text.startswith("-") else text
