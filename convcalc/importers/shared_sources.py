"""What several modules read stands in front of the modules, and in none of them.

A walk meets an array that all blocks share, or a mask that it lays out for them, inside of the
first module that reads it, which would then be unlike the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from convcalc.importers.placing import Placed

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
        if not _only_lays_out(one) or len(read_at) < 2:
            continue
        depth = _shared_depth([_path(placed[index]) for index in read_at])
        first = _first_of(placed, read_at[0], depth + 1)
        made_of = _made_of(placed, readers, at, first) if first < at else ()
        for place in made_of:
            keys[place] = (first, 0)
            own = placed[place].operation
            same = replace(own, path=own.path[:depth])
            moved[place] = (place, placed[place]._replace(operation=same))
    return sorted(moved, key=lambda pair: (*keys[pair[0]], pair[0]))


def _only_lays_out(one: Placed) -> bool:
    """True for a source, and for what makes something else of one layer, without learning it."""
    facts, role = one.facts, type(one.layer).role
    return not one.inputs or not (len(one.inputs) > 1 or role or facts.params or facts.macs)


def _made_of(
    placed: Sequence[Placed], readers: Mapping[int, Sequence[int]], at: int, first: int
) -> Sequence[int]:
    """The layer and those from `first` on that lead to it alone; none where others do."""
    found = [at]
    for place in found:
        for index in placed[place].inputs:
            if index >= first:
                if not _only_lays_out(placed[index]) or len(readers[index]) > 1:
                    return ()
                found.append(index)
    return found


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
    first = at
    while at and len(wanted) == depth:
        at -= 1
        if _path(placed[at])[:depth] == wanted:
            first = at
        elif not _only_lays_out(placed[at]):
            # What is laid out may stand among the layers of the module that reads it.
            break
    return first
