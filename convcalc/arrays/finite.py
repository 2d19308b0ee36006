"""NaN and infinity: found where they stand, in what is given and in what a layer makes of it."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from convcalc.arrays.ops import Array
from convcalc.core.errors import Place, Problem, StackError
from convcalc.network.graph import Graph, GraphNode


def converted(
    given: Array, dtype: np.dtype[Any], what: str, finite: bool = True
) -> tuple[Array, list[Problem]]:
    """(the array in the run's type, what keeps it from being used)."""
    with np.errstate(over="ignore", invalid="ignore"):
        array = given.astype(dtype, copy=False)
    if not finite or is_finite(array):
        return array, []
    bad = ~np.isfinite(array)
    at = first(bad)
    message = f"{what} holds {_word(array[at])} at {_place(at)}"
    help = "if it is meant, run it with `finite=False`"
    if np.isfinite(given[at]):
        help = ""
        message = f"{what} holds {given[at]:.6g} at {_place(at)}, too large for {dtype.name}"
    note = f"{int(bad.sum()):,} of {prod(given.shape):,} numbers; places count from 0"
    return array, [Problem("not-finite", message, None, note, help)]


def check_finite(y: Array, node: GraphNode, graph: Graph) -> None:
    """Raises StackError where a layer, given finite numbers, made `y` (channels-last) of others."""
    if is_finite(y):
        return
    bad = np.moveaxis(~np.isfinite(y), -1, 1)
    at = first(bad)
    message = f"layer `{node.name}` gives {_word(np.moveaxis(y, -1, 1)[at])} at {_place(at)}"
    note = (
        f"{int(bad.sum()):,} of its {y.size:,} numbers, from finite inputs and weights; "
        "places (N, C, ...) count from 0"
    )
    # What a mask hides scores with before a softmax; NaN is never meant.
    is_infinite = not np.isnan(y).any()
    help = "if it is meant, as in a mask, run it with `finite=False`" if is_infinite else ""
    raise StackError(
        [of_layer(Problem("not-finite", message, None, note, help), node, graph)], graph.source
    )


def check_indices(inputs: tuple[Array, ...], node: GraphNode, graph: Graph) -> None:
    """Raises StackError where a layer that reads indices is given other numbers."""
    shapes = tuple(graph.shape_of(index) for index in node.inputs)
    for place, known in node.layer.index_limits(shapes).items():
        _check_indices(inputs[place], known, node, graph)


def _check_indices(x: Array, known: range, node: GraphNode, graph: Graph) -> None:
    bad = np.moveaxis((x != np.rint(x)) | (x < known.start) | (x >= known.stop), -1, 1)
    if not bad.any():
        return
    at = first(bad)
    given = np.moveaxis(x, -1, 1)[at]
    message = f"layer `{node.name}` reads {given:.6g} at {_place(at)}, which is no index of it"
    note = (
        f"whole numbers from {known.start:,} to {known.stop - 1:,} are; "
        f"{int(bad.sum()):,} of {x.size:,} are not; places (N, C, ...) count from 0"
    )
    help = "give it the tokens themselves, or more rows"
    raise StackError(
        [of_layer(Problem("not-an-index", message, None, note, help), node, graph)], graph.source
    )


def is_finite(array: Array) -> bool:
    """True without NaN and infinity; in one pass, without a second array where it is."""
    if not array.size:
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        # NaN and infinity never leave a sum; a sum of finite numbers may overflow, however.
        return bool(np.isfinite(array.sum())) or bool(np.isfinite(array).all())


def first(marks: Array) -> tuple[int, ...]:
    """The place of the first True.

    >>> first(np.array([[False, False], [True, True]]))
    (1, 0)
    """
    return tuple(map(int, np.unravel_index(int(np.argmax(marks)), marks.shape)))


def _word(value: Any) -> str:
    return "NaN" if np.isnan(value) else "-infinity" if value < 0 else "infinity"


def _place(at: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, at))}]"


def of_layer(problem: Problem, node: GraphNode, graph: Graph) -> Problem:
    """The same problem at the layer's place in its file."""
    place: Place | None = node.template.node.place
    return Problem(
        problem.slug, problem.message, place, problem.note, problem.help, node.name, graph.file
    )
