"""Arrays that several modules read: they stand in front of the modules, and in none of them.

A walk meets such an array, a mask that all blocks share, inside of the first module that reads it,
which would then be unlike the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convcalc.importers.building import Placed

# Names of modules, outermost first.
_Path = tuple[str, ...]


def in_front(placed: Sequence[Placed]) -> list[tuple[int, Placed]]:
    """The layers in their new order, each with the place that it had; inputs are those it had."""
    readers: dict[int, list[int]] = {}
    for at, one in enumerate(placed):
        for index in dict.fromkeys(one.inputs):
            readers.setdefault(index, []).append(at)
    keys = [(at, 1) for at in range(len(placed))]
    moved = list(enumerate(placed))
    for at, one in enumerate(placed):
        read_at = readers.get(at, [])
        if not one.layer.is_source or len(read_at) < 2:
            continue
        depth = _shared_depth([_path(placed[index]) for index in read_at])
        first = _first_of(placed, read_at[0], depth + 1)
        if first < at:
            keys[at] = (first, 0)
            own = one.operation
            moved[at] = (at, one._replace(operation=replace(own, path=own.path[:depth])))
    return sorted(moved, key=lambda pair: (*keys[pair[0]], pair[0]))


def _path(one: Placed) -> _Path:
    return tuple(module.name for module in one.operation.path)


def _shared_depth(paths: Sequence[_Path]) -> int:
    """How many modules all of them stand in."""
    depth = 0
    while all(len(path) > depth and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return depth


def _first_of(placed: Sequence[Placed], at: int, depth: int) -> int:
    """The first layer of the module at this depth that layer `at` stands in; itself without one."""
    wanted = _path(placed[at])[:depth]
    if len(wanted) < depth:
        return at
    while at and _path(placed[at - 1])[:depth] == wanted:
        at -= 1
    return at
