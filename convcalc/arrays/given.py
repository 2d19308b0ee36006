"""What is given to a run, against what the network wants: names, shapes, types, finite numbers.

Everything that can be said of names, shapes and types is said at once, before any layer runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convcalc.arrays.finite import converted, of_layer
from convcalc.arrays.ops import Array, channels_last
from convcalc.arrays.stored import NUMBERS, PathLike, Stored, in_memory, mapped, opened
from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import nearest
from convcalc.kinds.base.field_values import escaped
from convcalc.network.findings import MAX_PROBLEMS
from convcalc.network.graph import Graph, GraphNode

GivenInputs = ArrayLike | Mapping[str, Any] | PathLike
GivenWeights = Mapping[str, Any] | PathLike
# PyTorch counts its batches; nothing is calculated with it.
_COUNTER = "num_batches_tracked"
# Keras keeps its kernels (*k, in, out).
_KERAS = {2: (1, 0), 3: (2, 1, 0), 4: (3, 2, 0, 1), 5: (4, 3, 0, 1, 2)}


def array_shapes(node: GraphNode, graph: Graph) -> dict[str, Shape]:
    """Learnt arrays and buffers of a layer, by name, in PyTorch's layout."""
    inputs = tuple(map(graph.shape_of, node.inputs))
    return node.layer.weights_of(inputs) | node.layer.buffers_of(inputs)


class Weights:
    """Given weights that fit a graph; `of` reads those of one layer."""

    def __init__(
        self, found: Mapping[str, Stored], graph: Graph, dtype: np.dtype[Any], finite: bool
    ) -> None:
        self._found, self._graph = found, graph
        self._dtype, self._finite = dtype, finite

    def of(self, node: GraphNode) -> dict[str, Array]:
        """The arrays that a layer uses. Raises StackError where they are not finite."""
        names = array_shapes(node, self._graph)
        node = self._graph.owner_of(node)
        arrays: dict[str, Array] = {}
        problems: list[Problem] = []
        for name in names:
            path = f"{node.name}.{name}"
            given = self._found[path].read()
            arrays[name], wrong = converted(given, self._dtype, f"array `{path}`", self._finite)
            problems += [of_layer(problem, node, self._graph) for problem in wrong]
        _refuse(problems, self._graph)
        return arrays


@contextmanager
def weights_of(
    given: GivenWeights, graph: Graph, dtype: np.dtype[Any], finite: bool = True
) -> Iterator[Weights]:
    """The weights in a mapping or an `.npz` file, by `LAYER.ARRAY`.

    Raises StackError with every array that is unknown, missing, or does not fit.
    """
    with _source(given, "weights") as found:
        if "" in found:
            help = "write numpy.savez(file, **{'LAYER.ARRAY': array, ...})"
            message = "weights have names, and an .npy file has none"
            raise StackError([Problem("wrong-value", message, help=help)])
        _check_weights(found, graph)
        yield Weights(found, graph, dtype, finite)


def inputs_of(
    given: GivenInputs,
    graph: Graph,
    dtype: np.dtype[Any],
    *,
    batch: int | None = None,
    finite: bool = True,
    before_reading: Callable[[int], object] = lambda batch: None,
) -> list[Array]:
    """The inputs in the graph's order, channels-last, all of the same number of samples.

    A single array stands for the only input; the batch axis may be left out. `before_reading`
    is told the number of samples before any is read. Raises StackError with everything that
    does not fit.
    """
    with _source(given, "inputs") as found:
        if "" in found:
            if len(graph.inputs) != 1:
                names = ", ".join(f"`{name}`" for name in graph.inputs)
                message = f"the network has {len(graph.inputs)} inputs, and one array was given"
                help = f"give arrays by name: {names}"
                raise StackError([Problem("missing-array", message, help=help, file=graph.file)])
            found = {next(iter(graph.inputs)): found[""]}
        batch = _check_inputs(found, graph, batch)
        before_reading(batch)
        arrays = []
        problems: list[Problem] = []
        for name, shape in graph.inputs.items():
            array, wrong = converted(found[name].read(), dtype, f"input `{name}`", finite)
            problems += wrong
            arrays.append(channels_last(array.reshape(batch, *shape)))
        _refuse(problems, graph)
        return arrays


@contextmanager
def _source(given: object, what: str) -> Iterator[dict[str, Stored]]:
    """Arrays by name, whatever they came in; under "" an array without a name."""
    if isinstance(given, Mapping):
        yield mapped(given)
    elif isinstance(given, str) or hasattr(given, "__fspath__"):
        with opened(given) as found:
            yield found
    elif what == "inputs":
        yield {"": in_memory(given, "inputs")}
    else:
        got = type(given).__name__
        message = f"weights want a mapping or the path of an .npz file, got {got}"
        help = "write {'LAYER.ARRAY': array}"
        raise StackError([Problem("wrong-type", message, help=help)])


def _check_inputs(found: Mapping[str, Stored], graph: Graph, batch: int | None) -> int:
    """The number of samples. Raises StackError where inputs do not fit."""
    problems = [_unknown(name, found, graph.inputs, graph) for name in found.keys() - graph.inputs]
    batches: dict[str, int] = {}
    for name, shape in graph.inputs.items():
        stored = found.get(name)
        if stored is None:
            message = f"input `{name}` was not given"
            help = f"give an array of N x {format_shape(shape)}, or no inputs at all"
            problems.append(Problem("missing-array", message, help=help, file=graph.file))
            continue
        problems += _no_numbers(stored, f"input `{name}`", graph.file)
        if stored.shape == shape:
            batches[name] = 1
        elif stored.shape[1:] == shape and stored.shape[0] > 0:
            batches[name] = stored.shape[0]
        else:
            problems.append(_misshapen_input(name, stored.shape, shape, graph))
    if not problems and len(set(batches.values())) > 1:
        listed = " and ".join(f"{count} of `{name}`" for name, count in batches.items())
        message = f"the inputs have different numbers of samples: {listed}"
        problems.append(Problem("array-mismatch", message, file=graph.file))
    _refuse(problems, graph)
    count = next(iter(batches.values()), 1)
    if batch is not None and batch != count:
        held = f"{count} sample{'s' if count > 1 else ''}"
        message = f"the batch is {batch}, but the inputs hold {held}"
        help = f"give batch={count} to `run` or `prepare`"
        raise StackError([Problem("array-mismatch", message, help=help, file=graph.file)])
    return count


def _misshapen_input(name: str, got: Shape, shape: Shape, graph: Graph) -> Problem:
    wanted = f"N x {format_shape(shape)}"
    message = f"input `{name}` wants {wanted}, got {_written(got)}"
    help = ""
    if got[:1] == (0,) and got[1:] == shape:
        help = "give at least one sample"
    elif len(shape) > 1 and got[-1:] == shape[:1] and got[-len(shape) : -1] == shape[1:]:
        help = f"arrays are channels first: numpy.moveaxis(array, -1, {len(got) - len(shape)})"
    elif len(got) in (len(shape), len(shape) + 1) and got[-len(shape)] == shape[0]:
        help = f"to run it at this size, give the shape too: input={got[-len(shape) :]}"
    return Problem("array-mismatch", message, help=help, file=graph.file)


def _check_weights(found: Mapping[str, Stored], graph: Graph) -> None:
    """Raises StackError with all weights that are unknown, missing or do not fit."""
    wanted: dict[str, None] = {}
    problems: list[Problem] = []
    for node in graph.layers:
        if node.shares is not None:
            continue
        missing = []
        for name, shape in array_shapes(node, graph).items():
            path = f"{node.name}.{name}"
            wanted[path] = None
            if path in found:
                problems += _unfit(found[path], path, shape, node, graph)
            else:
                missing.append(f"`{path}` ({format_shape(shape)})")
        if missing:
            message = f"layer `{node.name}` was given no {' and no '.join(missing)}"
            problem = Problem("missing-array", message, help="give all weights, or none")
            problems.append(of_layer(problem, node, graph))
    for path in found:
        is_counter = path.endswith(f".{_COUNTER}")
        if path not in wanted and not is_counter:
            problems.append(_unknown(path, found, wanted, graph))
    _refuse(problems, graph)


def _unknown(
    name: str, found: Mapping[str, Stored], known: Mapping[str, object], graph: Graph
) -> Problem:
    help = nearest(name, [one for one in known if one not in found] or known)
    layer, _, array = name.rpartition(".")
    user = next((n for n in graph.layers if n.name == layer and n.shares is not None), None)
    if user is not None:
        help = f"`{layer}` uses those of another layer: give `{graph.owner_of(user).name}.{array}`"
    message = f"there is no array `{escaped(name[:100])}` in the network"
    return Problem("unknown-array", message, help=help, file=found[name].file or graph.file)


def _unfit(
    stored: Stored, path: str, shape: Shape, node: GraphNode, graph: Graph
) -> Iterator[Problem]:
    for problem in _no_numbers(stored, f"array `{path}`", graph.file):
        yield of_layer(problem, node, graph)
    if stored.shape != shape:
        message = f"array `{path}` wants {format_shape(shape)}, got {_written(stored.shape)}"
        help = _turned(stored.shape, shape)
        note = "weights have PyTorch's layout" if help else ""
        yield of_layer(Problem("array-mismatch", message, None, note, help), node, graph)


def _turned(got: Shape, shape: Shape) -> str:
    """A repair where the sizes are right and in another order, Keras's before any other."""
    if len(got) != len(shape) or sorted(got) != sorted(shape) or len(got) > 5:
        return ""
    orders = [_KERAS.get(len(got), ()), *permutations(range(len(got)))]
    order = next(o for o in orders if o and tuple(got[axis] for axis in o) == shape)
    return f"turn its axes: numpy.transpose(array, {order})"


def _no_numbers(stored: Stored, what: str, file: str) -> Iterator[Problem]:
    if stored.dtype.kind not in NUMBERS:
        message = f"{what} holds {stored.dtype.name}, which are no real numbers"
        help = "give float32, float64 or integers"
        yield Problem("array-mismatch", message, help=help, file=file)


def _written(shape: Shape) -> str:
    return format_shape(shape) if shape else "a single number"


def _refuse(problems: list[Problem], graph: Graph) -> None:
    if problems:
        raise StackError(problems[:MAX_PROBLEMS], graph.source)
