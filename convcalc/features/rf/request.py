"""The words of `convcalc rf` to values: a file or a chain, a unit, columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm
from typing import TYPE_CHECKING

from convcalc.cli import options
from convcalc.cli.options import bad

if TYPE_CHECKING:
    from convcalc.core.shapes import Shape
    from convcalc.features.rf import FieldReport
    from convcalc.network.graph import Graph
    from convcalc.report.drawing import Picture


def graph_of(
    words: Sequence[str],
    shapes: Shape | dict[str, Shape] | None,
    values: Mapping[str, int],
    most: int,
    stdin_filename: str | None,
) -> tuple[Graph, bool]:
    """The graph that `words` name or write, and whether its input's size is known.

    Raises StackError where it cannot be used, BadParameter for words that do not go together.
    """
    from convcalc.features.rf.question import is_chain, place_chain

    if is_chain(words[0]):
        if shapes is not None:
            help = "write it in place of 1d, 2d or 3d: 224x224 k3 s2"
            raise bad("a chain has its size in front", help, "--input")
        if values:
            raise bad("a chain has no variables", "write the numbers themselves", "--set")
        return place_chain(words, most)
    if len(words) > 1:
        help = "give one file, or begin a chain with 1d, 2d, 3d or a size"
        raise bad(f"`{words[1]}` stands behind the file `{words[0]}`", help, "FILE|CHAIN")
    from convcalc.cli.reading import read_network

    network = read_network(words[0], stdin_filename)
    return network.graph(shapes, values, most), True


def unit_of(value: str) -> tuple[int, ...]:
    """The position that `--at` writes.

    >>> unit_of("3,4"), unit_of("3x4"), unit_of("100")
    ((3, 4), (3, 4), (100,))
    """
    parts = value.replace("x", ",").split(",")
    if not 1 <= len(parts) <= 3:
        raise bad(f"`{value}` is no position", "write one number an axis, as in 3,3", "--at")
    return tuple(options.whole_number(part.strip(), "--at", 0) for part in parts)


def columns_of(values: Sequence[str] | None) -> tuple[str, ...]:
    """The keys of the columns asked for, in their order; `all` means every one.

    >>> columns_of(["layer,field"]), columns_of(None)
    (('name', 'size'), ())
    """
    from convcalc.features.rf.words import COLUMNS, spellings

    known = spellings()
    keys: list[str] = []
    for word in options.words(values):
        if word == "all":
            keys += COLUMNS
        else:
            keys.append(known[options.one_of(word.lower(), known, "--columns")])
    return tuple(dict.fromkeys(keys))


def last_with_positions(graph: Graph) -> str:
    """The last layer that has a map, on the way to the first output; the last one without."""
    at = graph.outputs[0]
    while len(graph.shape_of(at)) < 2 and graph.nodes[at].inputs:
        at = graph.nodes[at].inputs[0]
    return graph.name_of(at if graph.nodes[at].inputs else graph.outputs[0])


def picture_of(
    report: FieldReport,
    words: Sequence[str],
    layers: Sequence[str],
    unit: tuple[int, ...] | None,
    picture: str,
) -> Picture:
    """The picture of a report of all layers of what `words` name or write.

    See `convcalc.features.rf.drawing.field_picture`. Raises StackError as that does.
    """
    from convcalc.features.rf.drawing import field_picture

    if not report.is_placed and unit is None:
        report = _on_small_input(report, words)
    return field_picture(report, layers, unit, picture)


def _on_small_input(report: FieldReport, words: Sequence[str]) -> FieldReport:
    """The report of a chain of any size on an input just large enough for its fields.

    On one as large as chains are measured on no paths could be counted.
    """
    from convcalc.core.errors import StackError
    from convcalc.features.rf import field_report
    from convcalc.features.rf.question import read_chain

    axes = [axis for field in report.layers for axis in field.axes]
    strides = [axis.stride for axis in axes]
    # Units keep their phase on a multiple of every stride.
    step = 4 * lcm(*(stride.numerator * stride.denominator for stride in strides))
    least = 2 * max((axis.most for axis in axes), default=1)
    size = (least // step + 2) * step
    graph = report.lens.graph
    shapes = {name: (shape[0], *[size] * (len(shape) - 1)) for name, shape in graph.inputs.items()}
    try:
        small = read_chain(words)[0].graph(shapes, max_layers=len(graph.layers))
        return field_report(small, origin=report.origin, ignore=report.lens.words, is_placed=False)
    except StackError:
        return report
