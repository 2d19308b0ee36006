"""Chains without a file: `1d k8 d1,2,4,8 x3`, `2d k3 s2 , k3 , k3 d2`, `224x224 k7 s2 p3`.

chain   size layer { "," layer }
size    1d | 2d | 3d                the input's size is open
        32 | 224x192 | @9x9x9       or known
        3x224x224 | 3@224           or known, behind channels, which are left out
layer   as for `convcalc shape`
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from math import lcm
from typing import TYPE_CHECKING, Any

from convcalc.core.errors import Place, Problem, StackError

if TYPE_CHECKING:
    from convcalc.features.rf import FieldReport
    from convcalc.kinds.base import Kind
    from convcalc.network import Network
    from convcalc.network.graph import Graph
    from convcalc.shorthand.question import Layer

SOURCE = "<command>"
# An open input is drawn this large: windows fit, strides and factors divide it.
_OPEN = lcm(*range(1, 17)) << 10
MAX_LAYERS = 100_000

_RANK = re.compile(r"([123])[dD]")
_SIZES = re.compile(r"([0-9]{0,9}@)?[0-9]{1,9}(x[0-9]{1,9}){0,3}")


def is_chain(word: str) -> bool:
    """True where a command's first word begins a chain and names no file.

    >>> [is_chain(word) for word in ("2d", "3@224x224", "16000", "net.net.yaml", "-")]
    [True, True, True, False, False]
    """
    return bool(_RANK.fullmatch(word) or _SIZES.fullmatch(word))


def read_chain(words: Sequence[str]) -> tuple[Network, bool]:
    """The network that `words` write, and whether its input's size is known.

    Raises StackError where a word does not fit.

    >>> network, is_placed = read_chain(["1d", "k3", "d1,2,4", "x2"])
    >>> len(network.graph().layers), is_placed
    (6, False)
    """
    from convcalc.kinds.base import plain
    from convcalc.network import loads
    from convcalc.shorthand.making import make_layer, read_question

    first, *rest = words
    found = _RANK.fullmatch(first)
    # Behind the sign no number is taken for channels.
    text = f"@{'x'.join([str(_OPEN)] * int(found[1]))}" if found else first
    if not rest:
        help = f"write a layer behind it: {first} k3 s2 , k3 d2"
        problem = Problem("missing-field", "the chain has no layers", help=help, file=SOURCE)
        raise StackError([problem])
    try:
        question = read_question([text, *rest])
        # Channels that nobody names are as many as the groups of all layers need.
        width = lcm(*map(_groups, question.layers))
        sizes = (question.channels or width, *question.axes)
        rank = len(question.axes)
        layers: list[dict[str, Any]] = []
        memo: dict[str, dict[str, Any]] = {}
        for written in question.layers:
            if written.text not in memo:
                made = make_layer(question, written, written.fields, rank, has_channels=False)
                _check_sized(made, bool(found))
                fields = {
                    name: plain(value)
                    for name, value in made
                    if value != type(made).model_fields[name].default
                }
                if written.is_convolution and not written.names_filters:
                    fields["out_channels"] = lcm(sizes[0], width)
                memo[written.text] = {made.kind: fields} if fields else {made.kind: {}}
            layers.append(memo[written.text])
        data = {"convcalc": 1, "name": " ".join(words), "input": sizes, "layers": layers}
        return loads(json.dumps(data), SOURCE), not found
    except StackError as error:
        raise _replaced(error, text, first) from None


def place_chain(words: Sequence[str], max_layers: int = MAX_LAYERS) -> tuple[Graph, bool]:
    """The graph of the chain that `words` write, and whether its input's size is known.

    Raises StackError where a word does not fit, and where a layer cannot stand; then without
    places, since the file behind the words is ours.
    """
    network, is_placed = read_chain(words)
    try:
        return network.graph(max_layers=max_layers), is_placed
    except StackError as error:
        raise StackError(
            replace(problem, place=None, help=_help_for(problem, is_placed))
            for problem in error.problems
        ) from None


def _help_for(problem: Problem, is_placed: bool) -> str:
    """The repair in the words of a chain; where an open size is too small, a size in front."""
    from convcalc.shorthand.making import spoken

    if not is_placed and problem.slug == "kernel-exceeds-input":
        return f"a chain of open size has room for a field of {_OPEN:,}; give the size in front"
    return spoken(problem.help)


def _groups(layer: Layer) -> int:
    """The groups that a layer is written with; a depthwise one has as many as it finds."""
    groups = layer.fields.get("groups", 1)
    return groups if isinstance(groups, int) else 1


def chain_reading(words: Sequence[str]) -> str:
    """How the size of a chain was read; empty where there was no choice, as in an open size."""
    from convcalc.shorthand.making import read_question

    return "" if _RANK.fullmatch(words[0]) else read_question(list(words)).reading


def _check_sized(made: Kind, is_open: bool) -> None:
    if is_open and made.reads_by_size():
        what = f"`{made.padding_word() or made.kind}`"
        message = f"what {what} reads depends on the input's size"
        help = "write the size in place of 1d, 2d or 3d, as in 224x224 k3 s2 same_upper"
        raise StackError([Problem("wrong-value", message, help=help, file=SOURCE)])


def _replaced(error: StackError, text: str, first: str) -> StackError:
    """The error with the words that were written: the input's size is ours."""
    shift = len(first) - len(text)
    problems = []
    for problem in error.problems:
        if problem.slug in ("file-too-large", "too-many-nodes"):
            # The file is ours as well.
            message = "the chain has more layers than are read at once"
            help = "repeat less, or write a file, in which `repeat` stands for many"
            problem = Problem("too-many-layers", message, help=help, file=SOURCE)
        place = problem.place
        if place is not None and error.source.startswith(text):
            column = max(1, place.column + (shift if place.column > len(text) else 0))
            width = min(place.width, len(first)) if place.column == 1 else place.width
            problem = problem.at(Place(place.line, column, width))
        elif place is not None:
            problem = problem.at(None)
        problems.append(problem)
    return StackError(problems, first + error.source.removeprefix(text))


def last_with_positions(graph: Graph) -> str:
    """The last layer that has a map, on the way to the first output; the last one without."""
    at = graph.outputs[0]
    while len(graph.shape_of(at)) < 2 and graph.nodes[at].inputs:
        at = graph.nodes[at].inputs[0]
    return graph.name_of(at if graph.nodes[at].inputs else graph.outputs[0])


def on_small_input(report: FieldReport, words: Sequence[str]) -> FieldReport:
    """The report of a chain of any size on an input just large enough for its fields.

    On one as large as chains are measured on no paths could be counted.
    """
    from convcalc.features.rf import field_report

    axes = [axis for field in report.layers for axis in field.axes]
    strides = [axis.stride for axis in axes if axis.stride is not None]
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
