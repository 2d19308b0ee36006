"""The words of `convcalc rf` to values: a file or a chain, a unit, columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from convcalc.cli import options
from convcalc.cli.options import bad

if TYPE_CHECKING:
    from convcalc.network.graph import Graph
    from convcalc.shapes import Shape


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
    from convcalc.receptive.words import is_chain, place_chain

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
    from convcalc.formats.rf_columns import COLUMNS, spellings

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
    shift = len(graph.inputs)
    while len(graph.shape_of(at)) < 2 and at >= shift:
        at = graph.nodes[at - shift].inputs[0]
    return graph.name_of(at if at >= shift else graph.outputs[0])
