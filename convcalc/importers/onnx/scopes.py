"""Which modules a node belongs to: TorchScript writes them into its name, dynamo beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, reduce

from convcalc.importers.model import Module, Operation

_Path = tuple[Module, ...]

_PRODUCTS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# How TorchScript's exporter counts the calls of a module.
_CALL = re.compile(r"_\d+(?=/|$)")
# Words between plain quotes, with nothing spelt out in them.
_PLAIN = re.compile(r"\['[^'\\\n\r\0]*'(?:, '[^'\\\n\r\0]*')*\]")


def modules(name: str, metadata: Mapping[str, str]) -> tuple[Module, ...]:
    """The modules that a node belongs to, outermost first.

    TorchScript exports keep them in the node's name, dynamo ones in its metadata.

    >>> [module.name for module in modules("/layer1/layer1.0/conv1/Conv", {})]
    ['layer1', 'layer1.0', 'layer1.0.conv1']
    """
    scopes = metadata.get("pkg.torch.onnx.name_scopes", "")
    if scopes:
        names = _listed_words(scopes)[:-1]
        classes = _listed_words(metadata.get("pkg.torch.onnx.class_hierarchy", ""))
        types = [one.rpartition(".")[2] for one in classes[: len(names)]]
        types += [""] * (len(names) - len(types))
        pairs = zip(names, types, strict=True)
        return tuple(Module(one, type_) for one, type_ in pairs if one)
    if not name.startswith("/") or len(name) > 4096:
        return ()
    return _of_path(name.rpartition("/")[0])


def without_calls(name: str) -> str:
    """The name of a node, whichever call of its module it is of.

    >>> without_calls("/block_1/fc/MatMul")
    '/block/fc/MatMul'
    """
    return _CALL.sub("", name)


def module_names(
    operations: Sequence[Operation], tensors: Iterable[str]
) -> dict[str, frozenset[str]]:
    """For each of these tensors the nodes that read it, whichever calls of modules they are of."""
    found: dict[str, set[str]] = {name: set() for name in tensors}
    for one in operations:
        for name in found.keys() & one.inputs if found else ():
            found[name].add(without_calls(one.name))
    return {name: frozenset(nodes) for name, nodes in found.items()}


def all_told(operations: list[Operation], programs: Sequence[str]) -> list[Operation]:
    """The operations, those of an optimizer in the modules that they stand between.

    It writes down no modules for what it makes, where the exporter does: those that what is read
    and what reads it share. A product into which a norm went stands in the module of its weights.
    """
    if not any(programs):
        return operations
    operations = [_of_its_weights(one) if one.op in _PRODUCTS else one for one in operations]
    before = _nearest(operations, programs, is_behind=False)
    after = _nearest(operations, programs, is_behind=True)
    return [
        one if said else replace(one, path=_shared([*before[at], *after[at]]))
        for at, (one, said) in enumerate(zip(operations, programs, strict=True))
    ]


def _of_its_weights(operation: Operation) -> Operation:
    """The operation in the module that its weights are called after, where that is a sibling."""
    if not operation.path or len(operation.inputs) < 2:
        return operation
    *outer, own = operation.path
    module = operation.inputs[1].rpartition(".")[0]
    if not module or module.rpartition(".")[0] != own.name.rpartition(".")[0]:
        return operation
    return operation if module == own.name else replace(operation, path=(*outer, Module(module)))


def _nearest(
    operations: Sequence[Operation], programs: Sequence[str], is_behind: bool
) -> list[list[_Path]]:
    """For each operation the modules of those nearest before it, or behind it, that say any."""
    # What makes each tensor, or what its readers share.
    known: dict[str, _Path] = {}
    found: list[list[_Path]] = [[] for _ in operations]
    for at in reversed(range(len(operations))) if is_behind else range(len(operations)):
        one = operations[at]
        read, given = (one.outputs, one.inputs) if is_behind else (one.inputs, one.outputs)
        found[at] = [known[name] for name in read if name in known]
        if programs[at] or found[at]:
            path = one.path if programs[at] else _shared(found[at])
            for name in given:
                known[name] = _shared([known.get(name, path), path]) if is_behind else path
    return found


def _shared(paths: Sequence[_Path]) -> _Path:
    """The modules, outermost first, that all paths begin with; none of no paths."""
    return reduce(_common, paths) if paths else ()


def _common(one: _Path, other: _Path) -> _Path:
    depth = 0
    for mine, its in zip(one, other, strict=False):
        if mine != its:
            break
        depth += 1
    return one[:depth]


@lru_cache(maxsize=4096)
def _of_path(path: str) -> tuple[Module, ...]:
    """The modules of a path, which are those of many nodes."""
    found: list[Module] = []
    for part in path.split("/")[1:]:
        outer = found[-1].name if found else ""
        # `layer1.0` in `layer1` is its whole name already, `conv1` in `layer1.0` is not.
        whole_name = part if not outer or part.startswith(f"{outer}.") else f"{outer}.{part}"
        found.append(Module(whole_name))
    return tuple(found)


def _listed_words(text_: str) -> list[str]:
    """A list of words as Python writes it; none where it is something else."""
    if len(text_) > 10_000:
        return []
    if _PLAIN.fullmatch(text_):
        return text_[2:-2].split("', '")
    try:
        found = ast.literal_eval(text_)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []
