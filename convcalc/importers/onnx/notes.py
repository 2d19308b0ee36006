"""What a reader of the figures should know of a file: where its parameters are not the module's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from convcalc.core.text import in_words
from convcalc.importers.counting_notes import first_named
from convcalc.importers.model import Operation
from convcalc.importers.onnx.origins import MADE_BY_TORCHSCRIPT, Origins, is_real
from convcalc.importers.onnx.reader import Graph
from convcalc.importers.onnx.scopes import module_names
from convcalc.importers.onnx.shaping import is_elementwise

_START = "parameters as stored there: "
_EQUAL = "of equal numbers, such as the ones and zeros of a model without training"
# What reads arrays that were turned for it, or joined, and have all of their numbers.
_LAID_OUT = ("Conv", "ConvTranspose", "MatMul", "Gemm", "LSTM", "GRU", "RNN")
# What the layers of torch.nn call their arrays.
_OF_LAYERS = re.compile(
    r"(?:(?:in|[qkv])_proj_)?(?:weight|bias)(?:_(?:ih|hh|hr)_l\d+(?:_reverse)?)?|running_\w+|bias_[kv]"
)


def notes(graph: Graph, known: Origins, producer: str) -> tuple[str, ...]:
    """Sentences; none where the file has the parameters of the module, each by its name."""
    if known.is_told:
        return tuple(_of_dynamo(graph, known))
    found = _of_torchscript(graph, known) if _is_of_torchscript(graph, producer) else ()
    ops = {one.op for one in graph.operations}
    is_made = any(name.startswith(MADE_BY_TORCHSCRIPT) for name in graph.initializers)
    may_have_norms = "Conv" in ops and "BatchNormalization" not in ops and not is_made
    folded = f"{_START}exporters fold batch norms into convolutions"
    return (*found, folded) if may_have_norms else (*found,)


def unsaid(learnt: Iterable[str], known: Origins) -> frozenset[str]:
    """Of these arrays those that may be buffers, but for those that a note says were worked out."""
    if known.is_told:
        return frozenset()
    return frozenset(name for name in learnt if not name.startswith(MADE_BY_TORCHSCRIPT))


def doubtful(graph: Graph, known: Origins, producer: str) -> frozenset[str]:
    """Arrays of PyTorch's modules that may be buffers, by their names: no layer calls its so."""
    if known.is_told or not _is_of_torchscript(graph, producer):
        return frozenset()
    return frozenset(
        name
        for name in graph.initializers
        if not name.startswith(MADE_BY_TORCHSCRIPT)
        if _is_array(graph, name) and not _OF_LAYERS.fullmatch(name.rpartition(".")[2])
    )


def _is_of_torchscript(graph: Graph, producer: str) -> bool:
    is_made = any(name.startswith(MADE_BY_TORCHSCRIPT) for name in graph.initializers)
    return is_made or producer.startswith("pytorch")


def _of_dynamo(graph: Graph, known: Origins) -> Iterator[str]:
    if known.apart:
        has = "array is" if len(known.apart) == 1 else "arrays are"
        yield (
            f"parameters as the module has them: {len(known.apart)} {has} stored under the name of "
            f"another {_EQUAL}: {first_named(sorted(known.apart))}"
        )
    used = {one for names in known.folded.values() for one in names} | graph.initializers.keys()
    gone = known.parameters - used
    elsewhere = sorted(_under_another_name(graph, known) & gone)
    gone = gone.difference(elsewhere)
    if gone:
        many = f"{in_words(len(gone), 'array')} of the module went into others"
        fate = "is not read" if len(gone) == 1 else "are not read"
        yield f"{_START}{many}, or {fate}: {first_named(sorted(gone))}"
    if elsewhere:
        is_ = "is" if len(elsewhere) == 1 else "are"
        why = (
            "tied" if any(graph.programs) else f"tied, or {_EQUAL}, which the exporter stores once"
        )
        yield (
            f"{_START}{in_words(len(elsewhere), 'array')} of the module {is_} read under the name "
            f"of another, {why}: {first_named(elsewhere)}"
        )
    laid_out = {name for one in graph.operations if one.op in _LAID_OUT for name in one.inputs}
    made = [
        name
        for name, names in known.folded.items()
        if (len(names) > 1 or name not in laid_out | known.parameters)
        if not known.parameters.isdisjoint(names) and name in graph.initializers
        if name not in known.again
    ]
    if made:
        yield _worked_out(graph, made)
    for name, first in sorted(known.again.items()):
        yield _taken_for(name, known.own_name_of(first))


def _under_another_name(graph: Graph, known: Origins) -> set[str]:
    """Parameters that modules would have by the names of those of others that they read."""
    found = set()
    for one in graph.operations:
        for name in one.inputs if one.path else ():
            origin = (known.folded.get(name) or (name,))[0]
            if origin in known.parameters:
                found.add(f"{one.path[-1].name}.{origin.rpartition('.')[2]}")
    return found


def _of_torchscript(graph: Graph, known: Origins) -> Iterator[str]:
    made = {name for name in graph.initializers if name.startswith(MADE_BY_TORCHSCRIPT)}
    # A module that is called again reads copies.
    copies = _copies(graph)
    convs = {
        tuple(copies.get(name, name) for name in one.inputs[1:])
        for one in graph.operations
        if one.op in ("Conv", "ConvTranspose")
    }
    # A norm leaves a bias as well; a weight alone was turned or scaled.
    with_norms = sum(1 for arrays in convs if len(arrays) > 1 and made.issuperset(arrays))
    if with_norms:
        yield f"{_START}batch norms went into {with_norms} of {in_words(len(convs), 'convolution')}"
    yield from _stored_twice(graph, known, made)
    laid_out = {name for one in graph.operations if one.op in _LAID_OUT for name in one.inputs}
    laid_out -= _of_no_layer(graph, made) - known.folded.keys()
    others = [n for n in graph.initializers if n in made - laid_out - known.others]
    others = [n for n in others if _is_array(graph, n)]
    if others:
        yield _worked_out(graph, others)
    yield from _single_numbers(graph)


def _stored_twice(graph: Graph, known: Origins, made: Collection[str]) -> Iterator[str]:
    """Notes of arrays of the exporter that have, or may have, the numbers of others."""
    for name in sorted(known.folded.keys() & made):
        (first,) = known.folded[name]
        # What is made as well is read by calls of one module.
        if first not in made:
            yield _taken_for(name, first)
    equal = sorted(known.equal | _copied_for_others(graph))
    if equal:
        has = "array has" if len(equal) == 1 else "arrays have"
        yield (
            f"{len(equal):,} {has} the numbers of another, tied or copied and not trained, and "
            f"{'counts' if len(equal) == 1 else 'count'}: {first_named(equal)}"
        )
    for name, table in known.alike.items():
        yield f"{_START}`{name}` may be the table `{table}`, turned and stored again"


def _single_numbers(graph: Graph) -> Iterator[str]:
    """A note of single numbers that may be parameters."""
    # What calculates with one number, which is a constant or a parameter alike.
    functions = [one for one in graph.operations if is_elementwise(one.op) and one.op != "PRelu"]
    makers = {name: one for one in graph.operations for name in one.outputs}
    read = {
        name for one in functions for name in one.inputs if not _is_bias(graph, makers, one, name)
    }
    stored = sorted(read & graph.initializers.keys())
    single = [name for name in stored if _is_one(graph, name)]
    if single:
        count = "counts as a constant" if len(single) == 1 else "count as constants"
        yield f"{in_words(len(single), 'stored single number')} {count}: {first_named(single)}"


def _is_bias(graph: Graph, makers: Mapping[str, Operation], sum_: Operation, name: str) -> bool:
    """True where a number is added to what a dense layer of one output makes."""
    others = [makers.get(one) for one in sum_.inputs if one != name]
    return sum_.op == "Add" and any(
        one is not None
        and one.op == "MatMul"
        and (weight := graph.initializers.get("".join(one.inputs[1:2]))) is not None
        and weight.dims[-1:] == (1,)
        for one in others
    )


def _copied_for_others(graph: Graph) -> set[str]:
    """Arrays of the exporter that copies of it stand for, which other modules read."""
    pairs = {
        copy: name
        for copy, name in _copies(graph).items()
        if name in graph.initializers
        if name.startswith(MADE_BY_TORCHSCRIPT) and copy.startswith(MADE_BY_TORCHSCRIPT)
    }
    modules = module_names(graph.operations, {*pairs, *pairs.values()})
    return {copy for copy, name in pairs.items() if modules[name].isdisjoint(modules[copy])}


def _copies(graph: Graph) -> dict[str, str]:
    """What is copied, by the name of the copy."""
    copying = (one for one in graph.operations if one.op == "Identity")
    return {
        copy: name for one in copying for copy, name in zip(one.outputs, one.inputs, strict=False)
    }


def _of_no_layer(graph: Graph, made: Collection[str]) -> set[str]:
    """Of these arrays those that a module turned, cut or worked out, and no exporter.

    A kernel is stored as it is, and a dense layer is a module with a product and a sum alone.
    """
    found: set[str] = set()
    inside: dict[str, list[str]] = {}
    for one in graph.operations:
        inside.setdefault(one.name.rpartition("/")[0], []).append(one.op)
    for one in graph.operations:
        if one.op in ("Conv", "ConvTranspose", "Gemm"):
            is_folded = len(one.inputs) > 2 and one.inputs[2] in made
            found.update(() if is_folded else one.inputs[1:2])
        elif one.op == "MatMul" and one.name.startswith("/"):
            module = one.name.rpartition("/")[0]
            ops = inside[module]
            is_layer = module and ops.count("MatMul") == 1 and {*ops} <= {"MatMul", "Add"}
            found.update(() if is_layer else one.inputs)
    return found.intersection(made)


def _is_one(graph: Graph, name: str) -> bool:
    held = graph.initializers[name]
    return held.count == 1 and is_real(held)


def _taken_for(name: str, first: str) -> str:
    return f"`{name}` is taken for `{first}`, which has its numbers, stored again"


def _worked_out(graph: Graph, names: Sequence[str]) -> str:
    count = sum(graph.initializers[name].count for name in names)
    many = in_words(len(names), "array")
    are = "is" if count == 1 else "are"
    return f"{_START}{count:,} {are} in {many} worked out by the exporter: {first_named(names)}"


def _is_array(graph: Graph, name: str) -> bool:
    held = graph.initializers[name]
    return held.count > 1 and held.element.startswith(("float", "bfloat"))
